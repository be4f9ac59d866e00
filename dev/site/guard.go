package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fraudguard/fraudguard/web"
)

// Guard is a running fraudguard.
type Guard struct {
	site *Site
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of the process, once done is closed
}

// StartGuard starts fraudguard and waits until it guards: the link stands and the channels are
// listed.
func (s *Site) StartGuard(ctx context.Context) (*Guard, error) {
	g, err := s.LaunchGuard()
	if err != nil {
		return nil, err
	}
	err = g.WaitStatus(ctx, "the link is up", func(st web.Status) bool {
		return len(st.Servers) == 1 && st.Servers[0].State == "up"
	})
	if err != nil {
		g.Kill()
		return nil, err
	}
	return g, nil
}

// LaunchGuard starts fraudguard and waits for nothing.
func (s *Site) LaunchGuard() (*Guard, error) {
	log, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	g := &Guard{site: s, done: make(chan struct{})}
	g.cmd = exec.Command(s.program, "run", "--config", s.ConfigPath(), "--log", "json")
	g.cmd.Stderr = log
	// A test that is killed takes its guard with it.
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		g.err = g.cmd.Wait()
		close(g.done)
	}()
	s.guard = g
	return g, nil
}

func (s *Site) logPath() string { return filepath.Join(s.Folder, "fraudguard.log") }

// Log is all that every guard of the site has logged.
func (s *Site) Log() string {
	text, _ := os.ReadFile(s.logPath())
	return string(text)
}

// WaitStatus waits until the status is as wanted.
func (g *Guard) WaitStatus(ctx context.Context, what string, good func(web.Status) bool) error {
	client := g.site.Client()
	defer client.Close()
	return g.Wait(ctx, what, func() bool {
		status, err := client.Status(ctx)
		return err == nil && good(status)
	})
}

// Wait looks again and again until something is so; it gives up when the guard or ctx ends.
func (g *Guard) Wait(ctx context.Context, what string, good func() bool) error {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !good() {
		select {
		case <-look.C:
		case <-g.done:
			return fmt.Errorf("waiting until %s: fraudguard ended: %v\n%s", what, g.err, g.site.Log())
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w\n%s", what, ctx.Err(), g.site.Log())
		}
	}
	return nil
}

// Kill ends the process at once, as a crash would.
func (g *Guard) Kill() {
	_ = g.cmd.Process.Kill()
	<-g.done
}

// Suspend stops the process in its tracks, and Resume lets it go on.
func (g *Guard) Suspend() error { return g.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets a suspended process go on.
func (g *Guard) Resume() error { return g.cmd.Process.Signal(syscall.SIGCONT) }

// Reload sends SIGHUP.
func (g *Guard) Reload() error { return g.cmd.Process.Signal(syscall.SIGHUP) }

// PID is the process's.
func (g *Guard) PID() int { return g.cmd.Process.Pid }

// Stop ends the guard in order and gives its exit code.
func (g *Guard) Stop(ctx context.Context) (int, error) {
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	return g.WaitExit(ctx)
}

// WaitExit waits for the end of the process and gives its exit code.
func (g *Guard) WaitExit(ctx context.Context) (int, error) {
	select {
	case <-g.done:
		return g.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, errors.New("fraudguard did not end")
	}
}

// Run runs a command of fraudguard that speaks to the guard, and gives what it printed.
func (s *Site) Run(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, s.program, args...)
	c.Env = append(os.Environ(), "FRAUDGUARD_SOCKET="+s.Socket())
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("fraudguard %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return string(out), err
}

// ImportPrices brings the price list in force.
func (s *Site) ImportPrices(ctx context.Context) error {
	_, err := s.Run(ctx, "rates", "import", s.DeckPath(), "--deck", "default")
	return err
}
