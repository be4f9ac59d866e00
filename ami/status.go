package ami

import (
	"errors"
	"slices"
	"time"
)

// State is what a link is doing.
type State string

// The states of a link.
const (
	Connecting State = "connecting" // never up so far, and no attempt has failed
	Up         State = "up"
	Down       State = "down"    // trying again soon
	Refused    State = "refused" // Asterisk refused the login; trying again, but seldom
)

// Status is a link as people want to see it.
type Status struct {
	Server    string
	Addr      string
	State     State
	Since     time.Time // of the state
	LastError string    // why the link is down, or was the last time
	Asterisk  string    // version, as far as known
	Filtered  bool      // Asterisk sends only the events asked for

	Sessions  uint64 // logins that succeeded; reconnects are one less
	Events    uint64 // delivered
	Dropped   uint64 // not delivered because the consumer was too slow
	Truncated uint64 // events that were longer than the limits

	Missing  []string // what keeps the guard from its work, as sentences for the administrator
	Unproven []string // what has not been seen to work yet
}

// Status may be called at any time.
func (l *Link) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.status
	st.Events, st.Dropped, st.Truncated = l.events.Load(), l.dropped.Load(), l.truncated.Load()
	if l.session != nil {
		st.Filtered = l.access.filtered
		st.Missing = slices.Concat(l.access.missing, l.access.unseen(l.cfg.User, time.Since(st.Since)))
		st.Unproven = l.access.unproven(l.cfg.User)
	}
	return st
}

func (l *Link) setUp(s *Session, a access, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session, l.access = s, a
	l.status.State, l.status.Since, l.status.Asterisk = Up, at, a.version
	l.status.Sessions++
}

func (l *Link) setDown(reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := Down
	if errors.Is(reason, ErrRefused) {
		state = Refused
	}
	if l.status.State != state {
		l.status.Since = time.Now()
	}
	l.session, l.status.State, l.status.LastError = nil, state, reason.Error()
}

func (l *Link) complain(sentence string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.access.missing, sentence) {
		l.access.missing = append(l.access.missing, sentence)
	}
}
