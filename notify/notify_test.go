package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anIncident is an ordinary one, told by its number.
func anIncident(n int, at time.Time) guard.Incident {
	return guard.Incident{
		ID: fmt.Sprintf("i%04d", n), At: at, Server: "pbx1", Rule: "abuse.repeated_number",
		Account: limits.Account{Tenant: "acme", Extension: "101"}, Number: "39899123456", Leg: "1763719625.7",
		Seen:     "the same number 6 times in 5m",
		Evidence: []guard.Evidence{{Name: "calls", Value: "6"}, {Name: "cost", Value: "3.20"}},
		Actions:  []string{"refuse the call", "block the extension until lifted"},
	}
}

// shelf is an outbox in memory that keeps its users to the contract.
type shelf struct {
	t    *testing.T
	sent chan struct{} // gets a value for each call of Sent that worked
	// fails gives the error of an operation ("due", "sent", "postpone"); nil works.
	fails func(operation string) error

	mu      sync.Mutex
	entries []*entry
}

type entry struct {
	Notice
	channel string
	next    time.Time
	sentAt  time.Time
	reason  string
}

func newShelf(t *testing.T) *shelf { return &shelf{t: t, sent: make(chan struct{}, 1000)} }

func (s *shelf) put(channel string, incidents ...guard.Incident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range incidents {
		id := int64(len(s.entries) + 1)
		s.entries = append(s.entries, &entry{Notice: Notice{ID: id, Incident: i}, channel: channel})
	}
}

func (s *shelf) failing(operation string) error {
	if s.fails == nil {
		return nil
	}
	return s.fails(operation)
}

func (s *shelf) Due(ctx context.Context, channel string, now time.Time, limit int) ([]Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(ctx.Err(), s.failing("due")); err != nil {
		return nil, err
	}
	var due []Notice
	for _, e := range s.entries {
		if e.channel == channel && e.sentAt.IsZero() && !e.next.After(now) {
			due = append(due, e.Notice)
		}
	}
	slices.SortStableFunc(due, func(a, b Notice) int {
		if a.Incident.Urgent != b.Incident.Urgent {
			if a.Incident.Urgent {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Attempts, b.Attempts)
	})
	return due[:min(len(due), limit)], nil
}

func (s *shelf) each(ids []int64, do func(*entry)) {
	if len(ids) == 0 {
		s.t.Error("the outbox was called for no notices")
	}
	for _, id := range ids {
		e := s.entries[id-1]
		if !e.sentAt.IsZero() {
			s.t.Errorf("notice %d was already sent", id)
		}
		do(e)
	}
}

func (s *shelf) Sent(ctx context.Context, ids []int64, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(ctx.Err(), s.failing("sent")); err != nil {
		return err
	}
	s.each(ids, func(e *entry) { e.sentAt = at })
	s.sent <- struct{}{}
	return nil
}

func (s *shelf) Postpone(ctx context.Context, ids []int64, next time.Time, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(ctx.Err(), s.failing("postpone")); err != nil {
		return err
	}
	if !next.After(time.Now()) || reason == "" || len([]rune(reason)) > reasonLimit {
		s.t.Errorf("postponed to %s because %q", next, reason)
	}
	s.each(ids, func(e *entry) { e.next, e.reason, e.Attempts = next, reason, e.Attempts+1 })
	return nil
}

// unsent is how many notices still wait.
func (s *shelf) unsent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.entries {
		if e.sentAt.IsZero() {
			n++
		}
	}
	return n
}

// mouth is a channel that remembers what it was told to tell.
type mouth struct {
	name string
	pace Pace
	// answer is what Send returns for a group; nil takes all.
	answer func(ctx context.Context, group []guard.Incident) error

	mu   sync.Mutex
	told []telling
}

type telling struct {
	at  time.Time
	ids []string
	err error
}

func (m *mouth) Name() string { return m.name }
func (m *mouth) Pace() Pace   { return m.pace }

func (m *mouth) Send(ctx context.Context, group []guard.Incident) error {
	t := telling{at: time.Now()}
	for _, i := range group {
		t.ids = append(t.ids, i.ID)
	}
	if len(group) == 0 || len(group) > m.pace.Group {
		t.err = fmt.Errorf("%d incidents in a group of at most %d", len(group), m.pace.Group)
	} else if m.answer != nil {
		t.err = m.answer(ctx, group)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, t)
	return t.err
}

func (m *mouth) tellings() []telling {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.told)
}

// journal is a log that tests can read.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// running starts Run and gives a function that stops it and waits for its end.
func running(t *testing.T, outbox Outbox, j *journal, wake <-chan struct{}, channels ...Channel) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Run(ctx, outbox, channels, wake, j.logger())
	}()
	return func() { cancel(); <-done }
}

// failureOf gives the Failure in an error, and ends the test where there is none.
func failureOf(t *testing.T, err error) *Failure {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a Failure", err)
	}
	return f
}
