package ami

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ResponseError is an answer "Response: Error": Asterisk understood the action and did not do it.
type ResponseError struct {
	Action  string
	Message string // Asterisk's words
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("ami: Asterisk refused %s: %q", e.Action, e.Message)
}

// maxAbandoned is how many timed-out actions may lack their answers before the session is given up: a server that
// answers pings but nothing else is of no use.
const maxAbandoned = 256

type callKind uint8

const (
	single   callKind = iota // one answer
	list                     // an answer, items, and an event that says "complete"
	inStream                 // the same, delivered through the stream
)

// call is an action on its way: its fields belong to the session's lock until done is closed.
type call struct {
	action    string
	id        string
	kind      callKind
	wire      []byte
	sent      bool
	listing   bool // the list has begun
	abandoned bool

	reply Message
	items []Message
	err   error
	done  chan struct{}
}

func (c *call) finish(err error) {
	c.err = err
	close(c.done)
}

// Do sends an action and waits for its answer until ctx ends; without a deadline in ctx, for Config.ActionTimeout. An
// answer "Response: Error" is a *ResponseError. An action that timed out may still have been done; the session goes on
// and a late answer is dropped.
func (s *Session) Do(ctx context.Context, a Action) (Message, error) {
	c, err := s.perform(ctx, a, single)
	if err != nil {
		return Message{}, err
	}
	return c.reply, nil
}

// List sends an action that is answered with a list, and returns its items.
func (s *Session) List(ctx context.Context, a Action) ([]Message, error) {
	c, err := s.perform(ctx, a, list)
	if err != nil {
		return nil, err
	}
	return c.items, nil
}

// RequestList sends an action whose list comes through the stream, at the place where Asterisk made it. It does not
// wait for the answer, and no deadline but the pings' applies to it.
func (s *Session) RequestList(ctx context.Context, a Action) error {
	_, err := s.enqueue(ctx, a, inStream)
	return err
}

func (s *Session) perform(ctx context.Context, a Action, kind callKind) (*call, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.cfg.ActionTimeout)
		defer cancel()
	}
	c, err := s.enqueue(ctx, a, kind)
	if err != nil {
		return nil, err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		if s.abandon(c) {
			return nil, s.errorf("no answer to %s: %w", a.name, ctx.Err())
		}
	}
	return c, c.err
}

// enqueue gives the action an ActionID and hands it to the writer.
func (s *Session) enqueue(ctx context.Context, a Action, kind callKind) (*call, error) {
	c := &call{action: a.name, kind: kind, done: make(chan struct{})}
	s.mu.Lock()
	s.lastID++
	c.id = s.idPrefix + strconv.FormatUint(s.lastID, 10)
	wire, err := a.Encode(c.id)
	if err == nil {
		err = s.err
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	c.wire = wire
	s.calls[c.id] = c
	s.mu.Unlock()
	select {
	case s.writes <- c:
		return c, nil
	case <-c.done:
		return nil, c.err
	case <-ctx.Done():
		s.abandon(c)
		return nil, s.errorf("could not send %s: %w", a.name, ctx.Err())
	}
}

// startSending tells the writer whether anybody still wants the action.
func (s *Session) startSending(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.sent = !c.abandoned && s.err == nil
	return c.sent
}

// abandon gives up waiting for the answer, unless it has come. An action that was not sent never will be; of one that
// was sent the ActionID is remembered, so that its late answer or list does not pass for something else.
func (s *Session) abandon(c *call) bool {
	s.mu.Lock()
	select {
	case <-c.done:
		s.mu.Unlock()
		return false
	default:
	}
	c.abandoned, c.items = true, nil
	if c.sent {
		s.abandoned++
	} else {
		delete(s.calls, c.id)
	}
	hopeless := s.abandoned > maxAbandoned
	s.mu.Unlock()
	if hopeless {
		s.fail(s.errorf("%d actions are without an answer", maxAbandoned))
	}
	return true
}

// route gives a message to the call it answers, or to the stream.
func (s *Session) route(m Message, at time.Time) {
	switch {
	case m.Event() != "":
		if !s.listItem(m) {
			s.stream.event(m, at)
		}
	case m.Response() != "":
		if !s.answer(m, at) {
			s.stray.Add(1)
		}
	default:
		s.stray.Add(1)
	}
}

// answer takes a message "Response: …". It returns false if nothing waits for it.
func (s *Session) answer(m Message, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[m.Get("ActionID")]
	if c == nil || c.listing {
		return false
	}
	c.reply = m
	var err error
	if m.Response() == "Error" {
		err = &ResponseError{Action: c.action, Message: strings.Clone(m.Get("Message"))}
	} else if c.kind != single {
		if strings.EqualFold(m.Get("EventList"), "start") {
			c.listing = true
			if c.kind == inStream {
				s.stream.listing(c, at)
			}
			return true
		}
		err = s.errorf("%s was not answered with a list", c.action)
	}
	if c.kind == inStream {
		s.stream.listing(c, at)
	}
	s.complete(c, err)
	return true
}

// listItem takes an event that belongs to a list. It returns false if it belongs to none.
func (s *Session) listItem(m Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) == 0 {
		return false
	}
	c := s.calls[m.Get("ActionID")]
	if c == nil || !c.listing {
		return false
	}
	switch end := m.Get("EventList"); {
	case strings.EqualFold(end, "Complete"):
		s.complete(c, c.err)
	case strings.EqualFold(end, "Cancelled"):
		s.complete(c, s.errorf("Asterisk cancelled the list of %s", c.action))
	case c.abandoned || c.err != nil:
	case len(c.items) >= s.cfg.ListItems:
		c.items, c.err = nil, s.errorf("the list of %s has more than %d items", c.action, s.cfg.ListItems)
	default:
		c.items = append(c.items, m)
	}
	return true
}

func (s *Session) complete(c *call, err error) {
	delete(s.calls, c.id)
	if c.abandoned {
		s.abandoned--
	}
	c.items = slices.Clip(c.items)
	c.finish(err)
}

// refusedBy returns Asterisk's words if err is an answer "Response: Error".
func refusedBy(err error) (words string, ok bool) {
	var no *ResponseError
	if errors.As(err, &no) {
		return no.Message, true
	}
	return "", false
}
