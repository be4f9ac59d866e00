package aritest

import (
	"fmt"
	"syscall"
)

// port keeps a port for a server over its stops and restarts: the socket is
// bound, so that no other program on the machine is given the port, but does
// not listen, so that connecting is refused while the server is stopped.
type port struct {
	socket int
	number int
}

func holdPort() (port, error) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return port{}, fmt.Errorf("a socket to hold a port: %w", err)
	}
	// Both sides set this, so the listener may bind to the same port.
	err = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	var at syscall.Sockaddr
	if err == nil {
		at, err = syscall.Getsockname(socket)
	}
	if err != nil {
		_ = syscall.Close(socket)
		return port{}, fmt.Errorf("holding a port: %w", err)
	}
	return port{socket, at.(*syscall.SockaddrInet4).Port}, nil
}

func (p port) address() string { return fmt.Sprintf("127.0.0.1:%d", p.number) }

func (p port) release() { _ = syscall.Close(p.socket) }
