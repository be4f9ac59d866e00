package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/fraudguard/fraudguard/web"
	"github.com/fraudguard/fraudguard/web/webtest"
)

// terminal opens a pseudo terminal: what is written to slave is read from master.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	var unlocked, n int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlocked, syscall.TIOCGPTN: &n} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// largeDeck writes a price list of a few MiB.
func largeDeck(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("prefix,route,price,increment\n")
	for i := range 60_000 {
		fmt.Fprintf(&text, "39%d,Somewhere far away in the %d. district,0.01,60/60\n", 100_000+i, i)
	}
	path := filepath.Join(shortDir(t), "large.csv")
	write(t, path, text.String())
	return path
}

// TestProgress: a terminal sees how far a large file is, and a pipe sees nothing.
func TestProgress(t *testing.T) {
	socket, path := serve(t, busy(t)), largeDeck(t)
	const summary = "Deck default, edition 2, is in force from now on.\n"
	if r := fraudguard(t, socket, "rates", "import", path, "--deck", "default"); r.code != 0 || !strings.HasSuffix(r.out, summary) || r.errs != "" {
		t.Errorf("on a pipe: %+v", r)
	}
	master, slave := terminal(t)
	var out strings.Builder
	c := command(t, socket, "rates", "import", path, "--deck", "default")
	c.Stdout, c.Stderr = &out, slave
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	shown, err := io.ReadAll(master)
	if err != nil && !errors.Is(err, syscall.EIO) { // how a terminal ends
		t.Fatal(err)
	}
	if code := codeOf(t, c.Wait()); code != 0 || !strings.HasSuffix(out.String(), "Deck default, edition 3, is in force from now on.\n") {
		t.Errorf("exit %d, %s", code, out.String())
	}
	bars := strings.Split(string(shown), "\r")
	last := "[##############################] 100 % of 3 MiB sent; it is being read and stored"
	if len(bars) < 10 || bars[0] != "" || !strings.HasPrefix(bars[1], "[-----") || !strings.Contains(string(shown), last) || !strings.HasSuffix(string(shown), "\n") {
		t.Errorf("%q", shown)
	}
}

// TestImportOfAPipe: a price list can come from another program.
func TestImportOfAPipe(t *testing.T) {
	socket := serve(t, busy(t))
	c := command(t, socket, "rates", "import", "/dev/stdin", "--deck", "default")
	c.Stdin = struct{ io.Reader }{strings.NewReader(carrier)}
	if text, err := c.CombinedOutput(); err != nil || !strings.HasPrefix(string(text), "3 rates, 3 rows") {
		t.Errorf("%s, %v", text, err)
	}
}

// TestImportAsks: on a terminal a person sees what would change, and only a yes changes it.
func TestImportAsks(t *testing.T) {
	for answer, want := range map[string]string{"y\n": "is in force from now on", "n\n": "nothing was imported", "\n": "nothing was imported", "\x04": "nothing was imported"} {
		socket := serve(t, busy(t))
		path := filepath.Join(shortDir(t), "list.csv")
		write(t, path, "prefix,route,price\n39,Italy,0.50\n")
		master, slave := terminal(t)
		c := command(t, socket, "rates", "import", path, "--deck", "default")
		var out strings.Builder
		c.Stdin, c.Stdout, c.Stderr = slave, &out, &out
		if _, err := io.WriteString(master, answer); err != nil {
			t.Fatal(err)
		}
		code := codeOf(t, c.Run())
		slave.Close()
		if (code == 0) != (answer == "y\n") || !strings.Contains(out.String(), "1 changed") || !strings.Contains(out.String(), "Import it? [y/N]") ||
			!strings.Contains(out.String(), want) {
			t.Errorf("%q: exit %d, %s", answer, code, out.String())
		}
		if list := fraudguard(t, socket, "rates", "list").out; strings.Contains(list, "default@2") != (answer == "y\n") {
			t.Errorf("%q: %s", answer, list)
		}
	}
}

// paused is a daemon that waits before it reads a price list.
type paused struct {
	*webtest.Backend
	begun, open chan struct{}
}

func (p *paused) ImportRates(ctx context.Context, r web.ImportRequest, body io.Reader) (web.RatesSummary, error) {
	p.begun <- struct{}{}
	<-p.open
	return p.Backend.ImportRates(ctx, r, body)
}

// TestImportOfAFileThatChanges: a file that is written to while it is read is not imported.
func TestImportOfAFileThatChanges(t *testing.T) {
	backend := &paused{busy(t), make(chan struct{}), make(chan struct{})}
	socket := serve(t, backend)
	path := filepath.Join(shortDir(t), "list.csv")
	write(t, path, "prefix,route,price\n39,Italy,0.50\n")
	done := make(chan result, 1)
	go func() { done <- fraudguard(t, socket, "rates", "import", path, "--deck", "default") }()
	<-backend.begun // the command has read it once, to know it again
	write(t, path, "prefix,route,price\n39,Italy,0.51\n")
	close(backend.open)
	if r := <-done; r.code != 1 || !strings.Contains(r.errs, "has changed") {
		t.Errorf("%+v", r)
	}
}
