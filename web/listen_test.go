package web_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/fraudguard/fraudguard/web"
)

// TestListen: the socket is for owner and group alone, whatever the process's mask, and goes with
// its listener.
func TestListen(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	path := socketIn(t)
	listener, err := web.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if mask := syscall.Umask(0); mask != 0 {
		t.Errorf("the process is left with mask %o", mask)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside the socket there is %v, %v", entries, err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
}

// abandon leaves a socket behind as a killed daemon does.
func abandon(t *testing.T, path string) {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
}

func TestStaleSocket(t *testing.T) {
	path := socketIn(t)
	abandon(t, path)
	listener, err := web.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
}

func TestListenRefuses(t *testing.T) {
	path := socketIn(t)
	running, err := web.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	file := filepath.Join(filepath.Dir(path), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(path), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for path, say := range map[string]string{
		path:                           "another fraudguard is running on " + path,
		file:                           "is no socket",
		link:                           "is no socket",
		"relative/s":                   "absolute path",
		"@abstract":                    "absolute path",
		"/" + strings.Repeat("a", 107): "at most 107",
		filepath.Join(filepath.Dir(path), "none", "s"): "create it",
	} {
		listener, err := web.Listen(path)
		if err == nil {
			listener.Close()
		}
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v; want %q", path, err, say)
		}
	}
	if _, err := os.Lstat(file); err != nil {
		t.Errorf("what is no socket was touched: %v", err)
	}
}

// TestTwoAtOnce: of daemons that start at once over a stale socket exactly one gets it, and its
// socket is the one that answers.
func TestTwoAtOnce(t *testing.T) {
	for range 20 {
		path := socketIn(t)
		abandon(t, path)
		var mu sync.Mutex
		var won []net.Listener
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if listener, err := web.Listen(path); err == nil {
					mu.Lock()
					defer mu.Unlock()
					won = append(won, listener)
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("%d daemons have the socket", len(won))
		}
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Error(err)
		} else {
			conn.Close()
		}
		won[0].Close()
	}
}

func TestNotRunning(t *testing.T) {
	path := socketIn(t)
	ask := func() string {
		_, err := clientOf(t, path).Status(context.Background())
		var down *web.NotRunningError
		if !errors.As(err, &down) || down.Path != path {
			t.Fatalf("%v", err)
		}
		return err.Error()
	}
	if say := ask(); !strings.HasPrefix(say, "there is no socket "+path) || !strings.HasSuffix(say, "systemctl status fraudguard") {
		t.Error(say)
	}
	abandon(t, path)
	if say := ask(); !strings.HasPrefix(say, "nobody listens on "+path) {
		t.Error(say)
	}
	denied := &web.NotRunningError{Path: path, Cause: os.NewSyscallError("connect", syscall.EACCES)}
	if say := denied.Error(); !strings.Contains(say, "is not open to you") {
		t.Error(say)
	}
}
