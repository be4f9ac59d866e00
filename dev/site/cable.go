package site

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Cable is a TCP line between the guard and Asterisk, or its store, that can be cut, half-open and
// slow.
type Cable struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	held  bool
	delay time.Duration
	words []byte
	said  int // how often the guard said the words
	conns map[net.Conn]*connection
	ended chan struct{}
}

// connection is one that goes through the line. A deaf one carries nothing any more.
type connection struct{ deaf atomic.Bool }

// NewCable lays a line to a TCP address. The caller ends with [Cable.Close].
func NewCable(target string) (*Cable, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Cable{listener: listener, target: target, conns: make(map[net.Conn]*connection), ended: make(chan struct{})}
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

// Hold leaves all connections open and swallows what either side says, as a firewall does that has
// forgotten them. That is for good: Mend lets only new connections through, and those that begin
// meanwhile are swallowed too.
func (c *Cable) Hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
	for _, through := range c.conns {
		through.deaf.Store(true)
	}
}

// Count begins to count how often the guard says some words, and Said gives the number so far.
func (c *Cable) Count(words string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.words, c.said = []byte(words), 0
}

// Said is what Count counts.
func (c *Cable) Said() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said
}

// Mend lets connections begin again.
func (c *Cable) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut, c.held = false, false
}

// Delay makes all that the guard says arrive so much later.
func (c *Cable) Delay(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delay = d
}

// Close takes the line away, with all that goes through it.
func (c *Cable) Close() {
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
		var through *connection
		if err == nil {
			through = c.begin(near, far)
		}
		if through == nil {
			near.Close()
			if far != nil {
				far.Close()
			}
			continue
		}
		c.running.Go(func() { c.carry(far, near, through, true) })
		c.running.Go(func() { c.carry(near, far, through, false) })
	}
}

// begin remembers a connection; it is nil where the line is cut.
func (c *Cable) begin(near, far net.Conn) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return nil
	}
	through := new(connection)
	through.deaf.Store(c.held)
	c.conns[near], c.conns[far] = through, through
	return through
}

// carry passes on what comes, and ends both sides when one ends.
func (c *Cable) carry(to, from net.Conn, through *connection, slow bool) {
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
		if slow && n > 0 {
			c.hear(buffer[:n])
			if !c.wait() {
				return
			}
		}
		if err == nil && through.deaf.Load() {
			continue
		}
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}

func (c *Cable) hear(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.words) > 0 {
		c.said += bytes.Count(text, c.words)
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
