package ami

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// ErrDown is an action asked of a link that has no session just now.
var ErrDown = errors.New("ami: link is down")

// Sink is told what a link sees. All calls come from one goroutine, in the order in which things stood in the stream;
// a call that takes long delays the next ones, and what then no longer fits into the queue comes as a Gap. A Sink may
// use the link's Do.
type Sink interface {
	// Up says that a session has begun. Each Up is followed by one Down.
	Up(Info)
	// Down says that the session has ended, or that the very first attempt failed. Later failed attempts are not told:
	// see Status.
	Down(reason error)
	// Event is one event, and when it was read.
	Event(m Message, at time.Time)
	// Gap says that so many events are missing at this place. Channels follows as soon as Asterisk has answered.
	Gap(dropped uint64, at time.Time)
	// Channels is every live channel (events CoreShowChannel), after each Up and each Gap. The list is newer than every
	// event before it. Events after it may be older: a Hangup of a channel that is not in the list any more, or the
	// Newchannel of one that is, can still come. It does not come if the user may not list channels: see Status.
	Channels(list []Message, at time.Time)
}

// Info describes a session that has begun.
type Info struct {
	Asterisk  string    // version of Asterisk, "" if the user may not ask for it
	AMI       string    // version of the manager interface
	At        time.Time // when the login was through
	DownSince time.Time // since when nothing was seen; zero if the very first attempt succeeded
	Dropped   uint64    // events dropped so far, over all sessions of this link
}

const (
	listTimeout = 10 * time.Second // for the list of channels
	resyncEvery = time.Second      // at most, however many gaps there are
)

// Link keeps one session with one server alive. Links share nothing.
type Link struct {
	cfg     Config
	filters []string
	sink    Sink

	events, dropped, truncated atomic.Uint64

	unfilterable string // why no filter is set; of the goroutine of Run

	mu      sync.Mutex
	session *Session
	status  Status
	access  access
}

// NewLink makes a link that Run will bring up. filters are the regular expressions (POSIX, extended, at most about
// 1,000 bytes each) of which an event's text must match one to be sent; none means every event.
func NewLink(cfg Config, filters []string, sink Sink) *Link {
	l := &Link{cfg: cfg.withDefaults(), filters: filters, sink: sink}
	l.status = Status{Server: cfg.Server, Addr: cfg.Addr, State: Connecting, Since: time.Now()}
	return l
}

// Run keeps the link up until ctx ends. It may be called once.
func (l *Link) Run(ctx context.Context) {
	var pause backoff
	var downSince time.Time
	for first := true; ; first = false {
		wasUp, upFor, err := l.attempt(ctx, downSince)
		if wasUp || downSince.IsZero() {
			downSince = time.Now()
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		l.setDown(err)
		if wasUp || (first && ctx.Err() == nil) {
			l.sink.Down(err)
		}
		select {
		case <-time.After(pause.next(err, upFor)):
		case <-ctx.Done():
			return
		}
	}
}

// Do sends an action on the current session: see Session.Do. Without a session it fails at once with ErrDown; if the
// session ends before the answer, it is an ErrDown too, and the action may have been done or not.
func (l *Link) Do(ctx context.Context, a Action) (Message, error) {
	s, err := l.current()
	if err != nil {
		return Message{}, err
	}
	reply, err := s.Do(ctx, a)
	return reply, s.blame(err)
}

// List sends an action that is answered with a list: see Session.List. Without a session it fails with ErrDown.
func (l *Link) List(ctx context.Context, a Action) ([]Message, error) {
	s, err := l.current()
	if err != nil {
		return nil, err
	}
	items, err := s.List(ctx, a)
	return items, s.blame(err)
}

// blame marks an error that comes from the end of the session. The action may have been done or not.
func (s *Session) blame(err error) error {
	if _, no := refusedBy(err); err == nil || no {
		return err
	}
	select {
	case <-s.done:
		return fmt.Errorf("%w: %w", ErrDown, err)
	default:
		return err
	}
}

func (l *Link) current() (*Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.session != nil:
		return l.session, nil
	case l.status.LastError != "":
		return nil, fmt.Errorf("%w: %s", ErrDown, l.status.LastError)
	}
	return nil, ErrDown
}

// attempt connects and stays connected. It returns why that ended, and for how long the session was up.
func (l *Link) attempt(ctx context.Context, downSince time.Time) (wasUp bool, upFor time.Duration, reason error) {
	s, err := Dial(ctx, l.cfg)
	if err != nil {
		return false, 0, err
	}
	defer s.Close()
	a, err := l.inspect(ctx, s)
	if err != nil {
		return false, 0, err
	}
	up := time.Now()
	l.setUp(s, a, up)
	l.sink.Up(Info{Asterisk: a.version, AMI: s.Version(), At: up, DownSince: downSince, Dropped: l.dropped.Load()})
	err = l.consume(ctx, s, a.allowed("CoreShowChannels"))
	l.setDown(err)
	return true, time.Since(up), err
}

// consume hands the stream of the session to the sink until the session ends, and lists the channels when needed.
func (l *Link) consume(ctx context.Context, s *Session, mayList bool) error {
	r := resync{ctx: ctx, session: s, off: !mayList}
	defer r.stop()
	if err := r.request(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		entry, err := s.Next(r.wait())
		switch {
		case err == context.DeadlineExceeded && ctx.Err() == nil:
			err = r.due()
		case err != nil:
			return err
		case entry.Listing != nil:
			err = l.channels(entry, &r)
		case entry.Dropped > 0:
			l.dropped.Add(entry.Dropped)
			l.sink.Gap(entry.Dropped, entry.At)
			err = r.request()
		default:
			l.event(entry)
			if entry.Event.Lost() > 0 {
				err = r.request()
			}
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (l *Link) event(e Entry) {
	l.events.Add(1)
	if e.Event.Shortened() || e.Event.Lost() > 0 {
		l.truncated.Add(1)
	}
	l.witness(e.Event)
	l.sink.Event(e.Event, e.At)
}

// channels hands over the list. Asterisk's no is for the administrator to mend; every other failure ends the session.
func (l *Link) channels(e Entry, r *resync) error {
	r.listed()
	if _, no := refusedBy(e.Listing.Err); no {
		l.complain(e.Listing.Err.Error())
		return nil
	}
	if e.Listing.Err != nil {
		return e.Listing.Err
	}
	l.sink.Channels(e.Listing.Items, e.At)
	return nil
}

// resync decides when the channels are listed: at once, but never twice within resyncEvery, so that nobody can make
// Asterisk do nothing but list by causing gaps. A list that has been asked for and not yet come serves for every gap
// before it in the stream.
type resync struct {
	ctx     context.Context
	session *Session
	off     bool // the user may not list

	asked  time.Time // of the last list
	open   bool      // it has not come
	wanted bool      // another one as soon as the time has come

	deadline context.Context // ends at the time at which due is to be called
	cancel   context.CancelFunc
}

// request lists the channels now or as soon as allowed.
func (r *resync) request() error {
	if r.off || r.open {
		return nil
	}
	r.wanted = true
	if since := time.Since(r.asked); !r.asked.IsZero() && since < resyncEvery {
		r.alarm(resyncEvery - since)
		return nil
	}
	return r.due()
}

// due acts on the alarm: the list is late, or it is time for the next.
func (r *resync) due() error {
	if r.open {
		return fmt.Errorf("ami: %s: no answer to CoreShowChannels within %v", r.session.cfg.where(), listTimeout)
	}
	if !r.wanted {
		return nil
	}
	r.open, r.wanted, r.asked = true, false, time.Now()
	r.alarm(listTimeout)
	return r.session.RequestList(r.ctx, NewAction("CoreShowChannels"))
}

func (r *resync) listed() {
	r.open = false
	r.stop()
}

func (r *resync) alarm(after time.Duration) {
	r.stop()
	r.deadline, r.cancel = context.WithTimeout(r.ctx, after)
}

func (r *resync) stop() {
	if r.cancel != nil {
		r.cancel()
		r.cancel = nil
	}
}

func (r *resync) wait() context.Context {
	if r.cancel != nil {
		return r.deadline
	}
	return r.ctx
}
