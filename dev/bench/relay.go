package main

import (
	"io"
	"net"
	"regexp"
	"sync"
	"time"
)

// relay stands in front of ARI and notes when the request to hang each channel up arrives. It passes
// bytes on as they are, so that it costs as little as a relay can.
type relay struct {
	listener net.Listener
	target   string
	work     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	asked map[string]time.Time // by channel
}

var deletion = regexp.MustCompile(`^DELETE /ari/channels/([0-9A-Za-z._-]+)`)

func newRelay(target string) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: l, target: target, conns: make(map[net.Conn]bool), asked: make(map[string]time.Time)}
	r.work.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			r.work.Go(func() { r.serve(client) })
		}
	})
	return r, nil
}

func (r *relay) url() string { return "http://" + r.listener.Addr().String() + "/ari" }

func (r *relay) close() {
	r.listener.Close()
	r.mu.Lock()
	for c := range r.conns {
		c.Close()
	}
	r.mu.Unlock()
	r.work.Wait()
}

func (r *relay) keep(c net.Conn, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if on {
		r.conns[c] = true
	} else {
		delete(r.conns, c)
		c.Close()
	}
}

func (r *relay) serve(client net.Conn) {
	r.keep(client, true)
	defer r.keep(client, false)
	server, err := net.Dial("tcp", r.target)
	if err != nil {
		return
	}
	r.keep(server, true)
	defer r.keep(server, false)
	r.work.Go(func() {
		_, _ = io.Copy(client, server)
		client.Close()
	})
	buffer := make([]byte, 16<<10)
	for {
		n, err := client.Read(buffer)
		if n > 0 {
			r.note(buffer[:n], time.Now()) // first, or the end could be seen before it was asked for
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (r *relay) note(request []byte, at time.Time) {
	m := deletion.FindSubmatch(request)
	if m == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := string(m[1]); r.asked[id].IsZero() {
		r.asked[id] = at
	}
}

// askedAt is when the end of a channel was first asked for.
func (r *relay) askedAt(id string) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.asked[id]
	return at, ok
}
