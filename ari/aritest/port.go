package aritest

import (
	"fmt"
	"net/netip"
	"syscall"
)

// port keeps a port of a stopped server: bound, so that no other program on
// the machine is given it, but not listening, so that connecting is refused.
type port struct{ socket int }

func holdPort(address string) (port, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return port{}, err
	}
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return port{}, fmt.Errorf("a socket to hold %s: %w", address, err)
	}
	// The connections of the stopped server may still be on their way out.
	err = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(socket, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()})
	}
	if err == nil {
		// From here on nobody may share it.
		err = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
	}
	if err != nil {
		_ = syscall.Close(socket)
		return port{}, fmt.Errorf("holding %s: %w", address, err)
	}
	return port{socket}, nil
}

func (p port) release() { _ = syscall.Close(p.socket) }
