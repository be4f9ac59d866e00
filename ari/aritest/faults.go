package aritest

import (
	"net/http"
	"sync"
)

// Answer answers the next so many requests with a status, before anything is
// done. An event stream counts as a request.
func (s *Server) Answer(status, times int) {
	s.change(func() { s.fault = fault{status, times} })
}

// Stall leaves all requests without an answer from now on. The function that
// it returns lets them go on, and may be called more than once.
func (s *Server) Stall() (release func()) {
	stalled := make(chan struct{})
	s.change(func() { s.stalled = stalled })
	return sync.OnceFunc(func() {
		s.change(func() {
			if s.stalled == stalled {
				s.stalled = nil
				close(stalled)
			}
		})
	})
}

// DropNext closes the connection of the next request without an answer and
// without doing what it asks, as an Asterisk does that closes an idle
// connection in the moment in which a request is on its way.
func (s *Server) DropNext() {
	s.change(func() { s.dropNext = true })
}

// CloseIdle closes the connections on which no request is under way.
func (s *Server) CloseIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn, state := range s.conns {
		if state == http.StateIdle {
			_ = conn.Close()
		}
	}
}

// Cut closes all connections, the event stream included, without a word.
func (s *Server) Cut() {
	s.mu.Lock()
	session := s.session
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	if session == nil {
		return
	}
	<-session.ready
	if session.conn != nil {
		_ = session.conn.CloseNow()
	}
}

// Mute leaves pings on event streams without an answer, as if the machine were gone.
func (s *Server) Mute(mute bool) {
	s.change(func() { s.muted = mute })
}

// faulty plays the fault that was asked for, and tells whether the request is over.
func (s *Server) faulty(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	stalled, drop, status := s.stalled, s.dropNext, 0
	s.dropNext = false
	if !drop && s.fault.times > 0 {
		s.fault.times--
		status = s.fault.status
	}
	s.mu.Unlock()
	if stalled != nil {
		select {
		case <-stalled:
		case <-r.Context().Done():
			return true
		}
	}
	if drop {
		panic(http.ErrAbortHandler) // the way to close a connection unanswered
	}
	if status != 0 {
		answer(w, status, message(http.StatusText(status)))
		return true
	}
	return false
}
