// Package aritest is an Asterisk REST interface for tests: it keeps channels,
// answers as Asterisk 22 was seen to answer, and fails the test on anything
// that a careful client would not send.
//
// A [Server] can misbehave on request: see [Server.Stall], [Server.Answer],
// [Server.DropNext], [Server.Cut], [Server.CloseIdle], [Server.Mute] and
// [Server.Stop].
package aritest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// The user whom a server lets in, and the one who may only read.
const (
	User         = "guard"
	Password     = "correct horse: battery"
	ReadOnlyUser = "reader"
)

// Application is the only Stasis application that may be asked for.
const Application = "fraudguard"

// Server is one REST interface. Make it with [Start].
type Server struct {
	t       testing.TB
	port    port
	http    *http.Server
	serving sync.WaitGroup

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced at every change
	channels  map[string]*Channel
	globals   map[string]string
	hangups   []Hangup
	plays     []Play
	continued []Continued
	requests  []string
	session   *session
	sessions  int
	conns     map[net.Conn]http.ConnState
	stalled   chan struct{} // closed when the stall ends; nil without one
	fault     fault
	dropNext  bool
	muted     bool
	refused   int
	opened    int // connections, ever
	active    int // requests and event streams that are being served
}

type fault struct{ status, times int }

// Channel is a channel of the server. Its variables may be set before it is added.
type Channel struct {
	ID, Name, State string
	InStasis        bool
	Variables       map[string]string
	Labels          []string // that Continue finds
}

// Hangup is one DELETE that hung a channel up.
type Hangup struct{ ID, Reason string }

// Play is one playback that was asked for.
type Play struct{ Channel, ID, Media string }

// Continued is one channel that was sent on. What was not given is empty.
type Continued struct{ ID, Context, Extension, Priority, Label string }

// Start serves on a free port of 127.0.0.1 until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		t: t, changed: make(chan struct{}),
		channels: make(map[string]*Channel), globals: make(map[string]string), conns: make(map[net.Conn]http.ConnState),
	}
	held, err := holdPort()
	if err != nil {
		t.Fatalf("aritest: %v", err)
	}
	s.port = held
	s.listen()
	t.Cleanup(func() {
		s.mu.Lock()
		stopped := s.http == nil
		s.mu.Unlock()
		if !stopped {
			s.Stop()
		}
		s.port.release()
	})
	return s
}

// URL is the base address: "http://127.0.0.1:PORT/ari".
func (s *Server) URL() string { return "http://" + s.port.address() + "/ari" }

func (s *Server) listen() {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.port.address())
	if err != nil {
		s.t.Fatalf("aritest: %v", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(s.serve), ConnState: s.noteConn, ReadHeaderTimeout: time.Minute}
	s.mu.Lock()
	s.http = server
	s.mu.Unlock()
	s.serving.Go(func() { _ = server.Serve(listener) })
}

// Stop ends the server abruptly, as a crash does; its channels are gone. Its
// port refuses connections until [Server.Restart].
func (s *Server) Stop() {
	s.t.Helper()
	s.mu.Lock()
	server := s.http
	s.http = nil
	clear(s.channels)
	if s.stalled != nil {
		close(s.stalled)
		s.stalled = nil
	}
	s.mu.Unlock()
	_ = server.Close()
	s.Cut()
	s.serving.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.Wait(ctx, "the end of all requests", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.active == 0
	})
}

// Restart serves again on the same port after [Server.Stop].
func (s *Server) Restart() {
	s.t.Helper()
	s.listen()
}

// Add adds a channel.
func (s *Server) Add(channel Channel) {
	if channel.State == "" {
		channel.State = "Up"
	}
	if channel.Variables == nil {
		channel.Variables = make(map[string]string)
	}
	s.change(func() { s.channels[channel.ID] = &channel })
}

// Remove ends a channel by itself, as when the other side hangs up.
func (s *Server) Remove(id string) {
	s.change(func() { delete(s.channels, id) })
}

// EnterStasis adds a channel that is in the application, and tells so on the stream.
func (s *Server) EnterStasis(channel Channel, args ...string) {
	s.t.Helper()
	channel.InStasis = true
	s.Add(channel)
	s.mu.Lock()
	described := describe(s.channels[channel.ID])
	s.mu.Unlock()
	s.Emit("StasisStart", map[string]any{"args": append([]string{}, args...), "channel": described})
}

// Variable is the value that a channel's variable has now; empty where it has none.
func (s *Server) Variable(id, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if channel := s.channels[id]; channel != nil {
		return channel.Variables[name]
	}
	return ""
}

// Global gives a variable that belongs to no channel.
func (s *Server) Global(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.globals[name]
}

// SetGlobal sets one, as another program would.
func (s *Server) SetGlobal(name, value string) { s.change(func() { s.globals[name] = value }) }

// Has tells whether there is such a channel.
func (s *Server) Has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[id] != nil
}

// Hangups lists the hang-ups in order.
func (s *Server) Hangups() []Hangup { return copied(s, &s.hangups) }

// Plays lists the playbacks in order.
func (s *Server) Plays() []Play { return copied(s, &s.plays) }

// Continued lists the channels that were sent on, in order.
func (s *Server) Continued() []Continued { return copied(s, &s.continued) }

// Requests lists method and target of all requests in order, as they were on the wire.
func (s *Server) Requests() []string { return copied(s, &s.requests) }

// Refused counts the requests without a right password, or without the right to write.
func (s *Server) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Sessions counts the event streams that were connected.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// Connections counts the open connections, idle or not, but not event streams.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Opened counts all connections that were ever opened.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

func copied[T any](s *Server, list *[]T) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]T(nil), *list...)
}

// Wait waits until the condition holds. It is asked again after every change
// of the server, and fails the test when the context ends first.
func (s *Server) Wait(ctx context.Context, what string, condition func() bool) {
	s.t.Helper()
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			s.t.Fatalf("aritest: waited in vain for %s", what)
		}
	}
}

func (s *Server) change(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) noteConn(conn net.Conn, state http.ConnState) {
	s.change(func() {
		if state == http.StateClosed || state == http.StateHijacked {
			delete(s.conns, conn)
			return
		}
		if state == http.StateNew {
			s.opened++
		}
		s.conns[conn] = state
	})
}

// unexpected fails the test for a request that a careful client would not send.
func (s *Server) unexpected(w http.ResponseWriter, format string, args ...any) {
	s.t.Errorf("aritest: unexpected request: "+format, args...)
	answer(w, http.StatusBadRequest, message(fmt.Sprintf(format, args...)))
}
