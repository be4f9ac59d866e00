package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
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
		fmt.Fprintf(&text, "%d,Somewhere far away in the %d. district,0.01,60/60\n", 100_000+i, i)
	}
	path := filepath.Join(shortDir(t), "large.csv")
	write(t, path, text.String())
	return path
}

// TestProgress: a terminal sees how far a large file is, and a pipe sees nothing.
func TestProgress(t *testing.T) {
	socket, path := serve(t, busy(t)), largeDeck(t)
	const summary = "Deck default has 60000 rates (EUR).\nIt is in force from now on.\n"
	if r := fraudguard(t, socket, "rates", "import", path, "--deck", "default"); r != (result{0, summary, ""}) {
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
	if code := codeOf(t, c.Wait()); code != 0 || out.String() != summary {
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
	if text, err := c.CombinedOutput(); err != nil || !strings.HasPrefix(string(text), "Deck default has 3 rates") {
		t.Errorf("%s, %v", text, err)
	}
}
