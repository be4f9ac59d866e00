package site

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Cable is a TCP line between the guard and Asterisk that can be cut, and be slow.
type Cable struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	delay time.Duration
	conns map[net.Conn]struct{}
	ended chan struct{}
}

func newCable(target string) (*Cable, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Cable{listener: listener, target: target, conns: make(map[net.Conn]struct{}), ended: make(chan struct{})}
	c.running.Go(c.accept)
	return c, nil
}

// Addr is the near end.
func (c *Cable) Addr() string { return c.listener.Addr().String() }

// Cut ends all connections, and lets none begin until Mend.
func (c *Cable) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for conn := range c.conns {
		conn.Close()
	}
}

// Mend lets connections begin again.
func (c *Cable) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = false
}

// Delay makes all that the guard says arrive so much later.
func (c *Cable) Delay(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delay = d
}

func (c *Cable) close() {
	c.listener.Close()
	close(c.ended)
	c.Cut()
	c.running.Wait()
}

func (c *Cable) accept() {
	for {
		near, err := c.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		far, err := net.Dial("tcp", c.target)
		if err != nil || !c.hold(near, far) {
			near.Close()
			if far != nil {
				far.Close()
			}
			continue
		}
		c.running.Go(func() { c.carry(far, near, true) })
		c.running.Go(func() { c.carry(near, far, false) })
	}
}

// hold remembers a connection, unless the line is cut.
func (c *Cable) hold(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return false
	}
	for _, conn := range conns {
		c.conns[conn] = struct{}{}
	}
	return true
}

// carry passes on what comes, and ends both sides when one ends.
func (c *Cable) carry(to, from net.Conn, slow bool) {
	defer func() {
		to.Close()
		from.Close()
		c.mu.Lock()
		delete(c.conns, from)
		c.mu.Unlock()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if slow && n > 0 && !c.wait() {
			return
		}
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}

// wait lets the delay go by; it is false once the line is gone.
func (c *Cable) wait() bool {
	c.mu.Lock()
	delay := c.delay
	c.mu.Unlock()
	if delay == 0 {
		return true
	}
	select {
	case <-time.After(delay):
		return true
	case <-c.ended:
		return false
	}
}
