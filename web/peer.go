package web

import (
	"context"
	"net"
	"os/user"
	"strconv"
	"sync"
	"syscall"
)

// place is a connection that holds one of a bounded listener's places.
type place struct {
	net.Conn
	once sync.Once
	free func()
}

// Close closes the connection and gives its place away.
func (p *place) Close() error {
	p.once.Do(p.free)
	return p.Conn.Close()
}

// CloseWrite lets net/http end a connection so that the last answer still arrives.
func (p *place) CloseWrite() error {
	if c, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// unknownUser stands where the kernel does not tell who connected.
const unknownUser = "unknown user"

type whoKey struct{}

// Who is the name of the user who sent the request that a Backend is working on.
func Who(ctx context.Context) string {
	if who, ok := ctx.Value(whoKey{}).(string); ok {
		return who
	}
	return unknownUser
}

// withPeer notes in a connection's context who is at the other end.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, whoKey{}, peer(conn))
}

// peer asks the kernel for the user at the other end of a unix socket: the name, or "uid 1000"
// where the user has none.
func peer(conn net.Conn) string {
	if p, ok := conn.(*place); ok {
		conn = p.Conn
	}
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return unknownUser
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return unknownUser
	}
	var credentials *syscall.Ucred
	var told error
	err = raw.Control(func(fd uintptr) {
		credentials, told = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err != nil || told != nil {
		return unknownUser
	}
	uid := strconv.FormatUint(uint64(credentials.Uid), 10)
	if u, err := user.LookupId(uid); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + uid
}
