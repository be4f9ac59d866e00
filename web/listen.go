package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// maxPath is what Linux allows for the path of a unix socket.
const maxPath = 107

// socketMask leaves read and write for the owner and the group: mode 0660.
const socketMask = 0o117

// Listen opens the unix socket at an absolute path, in a directory that must exist, for the owner
// and the group only. A socket that a killed daemon left behind is replaced; one on which somebody
// listens is not. Closing the listener removes the socket.
func Listen(path string) (net.Listener, error) {
	if !filepath.IsAbs(path) || len(path) > maxPath {
		return nil, fmt.Errorf("socket %q: write an absolute path of at most %d characters", path, maxPath)
	}
	unlock, err := lock(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := clear(path); err != nil {
		return nil, err
	}
	// A mode set after the fact would leave a moment in which everybody may connect. The mask is
	// the whole process's, and for that moment it only makes other new files stricter.
	before := syscall.Umask(socketMask)
	listener, err := net.Listen("unix", path)
	syscall.Umask(before)
	if err != nil {
		return nil, fmt.Errorf("socket %s cannot be opened: %w", path, err)
	}
	return listener, nil
}

// lock keeps two daemons that start at once from each taking the other's new socket for a stale
// one. The directory is locked, so that no lock file stays behind.
func lock(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("the socket's directory cannot be used: %w; create it for the user that runs fraudguard", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another fraudguard is starting in %s", dir)
	}
	return func() { f.Close() }, nil
}

// clear removes a socket on which nobody listens.
func clear(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("socket %s cannot be looked at: %w", path, err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket: remove it, or name another path as socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return fmt.Errorf("another fraudguard is running on %s", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("cannot tell whether somebody listens on socket %s: %w", path, err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("the socket of a fraudguard that is gone cannot be removed: %w", err)
	}
	return nil
}

// bounded is a listener with at most cap(places) connections at once; further ones wait in the
// kernel's queue.
type bounded struct {
	net.Listener
	places chan struct{}
	closed <-chan struct{}
}

// Accept waits for a place and then for a connection.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &place{Conn: conn, free: func() { <-b.places }}, nil
}
