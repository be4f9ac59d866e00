package debian

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Prepare makes sure that the root folder exists. The first time that takes a minute or two and
// needs root, a Debian-like host and the network; later it returns at once. Several processes may
// ask at the same time: one works, the others wait.
//
// The root is made beside its final place and renamed when it is complete, so an interrupted
// preparation leaves nothing that could be mistaken for a root. The progress gets a line for each
// step.
func (r Root) Prepare(ctx context.Context, progress io.Writer) error {
	if err := NeedRoot(); err != nil {
		return err
	}
	if exists(r.Folder()) {
		return nil
	}
	if err := os.MkdirAll(CacheFolder(), 0o755); err != nil {
		return fmt.Errorf("the cache folder: %w: set FRAUDGUARD_CACHE to a folder that can be written", err)
	}
	unlock, err := lockRoot(ctx, r.Folder(), progress)
	if err != nil {
		return err
	}
	defer unlock()
	if exists(r.Folder()) {
		return nil
	}
	if err := r.build(ctx, progress); err != nil {
		return fmt.Errorf("preparing %s: %w", r.Name, err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// lockRoot waits for the right to build the root.
func lockRoot(ctx context.Context, root string, progress io.Writer) (unlock func(), err error) {
	file, err := os.OpenFile(root+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	told := false
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(err, file.Close())
		}
		if !told {
			fmt.Fprintf(progress, "another process is preparing %s, waiting for it\n", root)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-again.C:
		}
	}
}

func (r Root) build(ctx context.Context, progress io.Writer) error {
	root := r.Folder()
	// We hold the lock, so a partial root here is from a preparation that died.
	leftovers, _ := filepath.Glob(root + ".partial-*")
	for _, leftover := range leftovers {
		if err := os.RemoveAll(leftover); err != nil {
			return err
		}
	}
	debootstrap, err := findDebootstrap(ctx, progress)
	if err != nil {
		return err
	}
	partial, err := os.MkdirTemp(CacheFolder(), filepath.Base(root)+".partial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial) // fails after the rename, and then has nothing to do
	if err := os.Chmod(partial, 0o755); err != nil {
		return err
	}

	fmt.Fprintf(progress, "%s: debootstrap of Debian %s into %s\n", r.Name, r.Suite, root)
	arguments := []string{"--variant=minbase", "--include=" + strings.Join(r.Packages, ","), r.Suite, partial}
	if mirror := hostMirror("/"); mirror != "" {
		arguments = append(arguments, mirror)
	}
	steps := &stepWriter{out: progress}
	cmd := exec.CommandContext(ctx, debootstrap, arguments...)
	cmd.Stdout, cmd.Stderr = steps, steps
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	// What it mounts goes away with it, whatever way it ends; and ending it
	// ends its children too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("debootstrap: %w: %s\n%s", err, steps.last(), explain(steps.last()))
	}

	found, err := r.Check(ctx, partial)
	if err != nil {
		return err
	}
	if err := os.Rename(partial, root); err != nil {
		return err
	}
	fmt.Fprintf(progress, "%s is ready in %s\n", found, root)
	return nil
}

// findDebootstrap installs it where it is missing.
func findDebootstrap(ctx context.Context, progress io.Writer) (string, error) {
	if path, err := exec.LookPath("debootstrap"); err == nil {
		return path, nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return "", errors.New("neither debootstrap nor apt-get is there: use a Debian or Ubuntu host or container, or install debootstrap by hand")
	}
	fmt.Fprintln(progress, "installing debootstrap")
	for _, arguments := range [][]string{
		{"update"},
		{"install", "-y", "--no-install-recommends", "debootstrap", "debian-archive-keyring"},
	} {
		cmd := exec.CommandContext(ctx, apt, arguments...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("apt-get %s: %w: is the network there?\n%s", arguments[0], err, out)
		}
	}
	return exec.LookPath("debootstrap")
}

// explain turns debootstrap's usual complaints into what to do.
func explain(complaint string) string {
	switch {
	case strings.Contains(complaint, "Failed getting release file"), strings.Contains(complaint, "Couldn't download"):
		return "The packages could not be fetched: check the network, name resolution and a proxy (http_proxy)."
	case strings.Contains(complaint, "No such script"):
		return "This debootstrap is too old to know the suite: install a newer one."
	case strings.Contains(complaint, "NOEXEC"), strings.Contains(complaint, "NODEV"):
		return "The cache folder's file system forbids device files or programs: set FRAUDGUARD_CACHE to a folder on another one."
	default:
		return "The lines above are debootstrap's own."
	}
}
