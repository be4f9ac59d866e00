package postgres

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// line is a line between a guard and its server that breaks at a chosen moment.
type line struct {
	listener net.Listener
	server   string
	done     sync.WaitGroup

	mu    sync.Mutex
	after []byte // when this has gone to the server, its answer does not come back
	open  map[net.Conn]bool
}

func newLine(t *testing.T, server string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{listener: listener, server: server, open: make(map[net.Conn]bool)}
	l.done.Go(l.accept)
	t.Cleanup(func() {
		listener.Close()
		l.mu.Lock()
		for c := range l.open {
			c.Close()
		}
		l.mu.Unlock()
		l.done.Wait()
	})
	return l
}

func (l *line) address() string { return l.listener.Addr().String() }

// cutAfter lets the line break once, when a text has gone to the server and the server has answered.
func (l *line) cutAfter(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.after = []byte(text)
}

func (l *line) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.server)
		if err != nil {
			near.Close()
			continue
		}
		l.mu.Lock()
		l.open[near], l.open[far] = true, true
		l.mu.Unlock()
		cut := make(chan struct{})
		l.done.Go(func() { l.there(near, far, cut) })
		l.done.Go(func() { l.back(near, far, cut) })
	}
}

// there carries what the guard says.
func (l *line) there(near, far net.Conn, cut chan struct{}) {
	defer far.Close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := near.Read(buffer)
		if err != nil {
			return
		}
		l.mu.Lock()
		if l.after != nil && bytes.Contains(buffer[:n], l.after) {
			l.after = nil
			close(cut)
		}
		l.mu.Unlock()
		if _, err := far.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// back carries what the server says.
func (l *line) back(near, far net.Conn, cut chan struct{}) {
	defer near.Close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := far.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-cut:
			return // the answer is here, and nobody will ever know
		default:
		}
		if _, err := io.Writer(near).Write(buffer[:n]); err != nil {
			return
		}
	}
}
