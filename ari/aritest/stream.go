package aritest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// session is one event stream. It is registered before the client is answered,
// as in Asterisk, so that no event can fall between.
type session struct {
	conn  *websocket.Conn // nil where the handshake failed; not to be read before ready
	ready chan struct{}
}

// stream holds the application for one client, and as Asterisk does takes it
// from the one that had it before.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	mine := &session{ready: make(chan struct{})}
	var before *session
	s.change(func() {
		before, s.session = s.session, mine
		s.sessions++
	})
	defer s.change(func() {
		if s.session == mine {
			s.session = nil
		}
	})
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		OnPingReceived: func(context.Context, []byte) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return !s.muted
		},
	})
	mine.conn = conn
	close(mine.ready)
	if err != nil {
		s.t.Errorf("aritest: the event stream was asked for wrongly: %v", err)
		return
	}
	defer func() { _ = conn.CloseNow() }()
	if before != nil {
		s.write(before, []byte(`{"type":"ApplicationReplaced","application":"`+Application+`"}`))
	}
	// A client sends nothing but pings and the end.
	<-conn.CloseRead(context.WithoutCancel(r.Context())).Done()
}

// Connected tells whether a client holds the application.
func (s *Server) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session != nil
}

// Emit sends an event of a type with the given fields. Without a connected
// client the test fails.
func (s *Server) Emit(kind string, fields map[string]any) {
	s.t.Helper()
	if !s.emitIfConnected(kind, fields) {
		s.t.Errorf("aritest: nobody is connected to receive %s", kind)
	}
}

// EmitRaw sends text as one message, whatever it is.
func (s *Server) EmitRaw(text string) {
	s.t.Helper()
	s.mu.Lock()
	session := s.session
	s.mu.Unlock()
	if session == nil {
		s.t.Errorf("aritest: nobody is connected to receive %.40q", text)
		return
	}
	s.write(session, []byte(text))
}

func (s *Server) emitIfConnected(kind string, fields map[string]any) bool {
	event := map[string]any{
		"type": kind, "application": Application, "timestamp": "2026-11-21T11:10:22.396+0000", "asterisk_id": "02:fc:00:00:00:01",
	}
	for name, value := range fields {
		event[name] = value
	}
	text, err := json.Marshal(event)
	if err != nil {
		s.t.Errorf("aritest: event %s: %v", kind, err)
		return false
	}
	s.mu.Lock()
	session := s.session
	s.mu.Unlock()
	if session == nil {
		return false
	}
	s.write(session, text)
	return true
}

func (s *Server) write(to *session, text []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	<-to.ready
	if to.conn == nil {
		return
	}
	// A client that went away is what some tests are about.
	_ = to.conn.Write(ctx, websocket.MessageText, text)
}
