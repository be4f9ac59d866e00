package ami

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is the end of a session that its owner closed.
var ErrClosed = errors.New("ami: session closed")

// Config says where and how to log in. Zero durations and counts mean the defaults.
type Config struct {
	Server string // name of the server in the configuration, for messages
	Addr   string // host:port
	User   string
	Secret string
	TLS    *tls.Config // nil: plain TCP

	// DialContext opens the connection; nil means net.Dialer.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)

	LoginTimeout  time.Duration // dial, banner and login together; 10 s
	ActionTimeout time.Duration // one action whose context has no deadline; 10 s
	WriteTimeout  time.Duration // one write; 5 s
	PingEvery     time.Duration // 5 s
	PingTimeout   time.Duration // 5 s

	QueueEvents int // events that may wait for the consumer; 16384
	QueueBytes  int // bytes of those; 32 MiB
	ListItems   int // items of one list answer; 200 000
	Limits      Limits
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.LoginTimeout, 10 * time.Second}, {&c.ActionTimeout, 10 * time.Second}, {&c.WriteTimeout, 5 * time.Second},
		{&c.PingEvery, 5 * time.Second}, {&c.PingTimeout, 5 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	for _, n := range []struct {
		field *int
		value int
	}{
		{&c.QueueEvents, 16384}, {&c.QueueBytes, 32 << 20}, {&c.ListItems, 200_000},
	} {
		if *n.field <= 0 {
			*n.field = n.value
		}
	}
	if c.DialContext == nil {
		c.DialContext = (&net.Dialer{}).DialContext
	}
	c.Limits = c.Limits.withDefaults()
	return c
}

// Session is one connection that has logged in. Its methods may be called from many goroutines, except Next, which is
// for one. It ends by itself when the connection breaks, when a write or a ping goes unanswered, or by Close.
type Session struct {
	cfg     Config
	conn    *transport
	in      *Reader
	version string // of the manager interface, from the banner

	stream *stream
	writes chan *call
	done   chan struct{}
	work   sync.WaitGroup

	mu        sync.Mutex
	calls     map[string]*call
	abandoned int // calls whose caller has gone, still waiting for their answer
	idPrefix  string
	lastID    uint64
	err       error

	stray atomic.Uint64
}

// Dial connects, checks the banner and logs in. ctx bounds only the dialling and login. A login that Asterisk refuses
// is an ErrRefused.
func Dial(ctx context.Context, cfg Config) (*Session, error) {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, cfg.LoginTimeout)
	defer cancel()
	conn, in, version, err := connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &Session{
		cfg: cfg, conn: conn, in: in, version: version,
		stream:   newStream(cfg.QueueEvents, cfg.QueueBytes),
		writes:   make(chan *call, 64),
		done:     make(chan struct{}),
		calls:    make(map[string]*call),
		idPrefix: newIDPrefix(),
	}
	s.work.Go(s.readLoop)
	s.work.Go(s.writeLoop)
	if err := s.login(ctx); err != nil {
		s.fail(ErrClosed)
		s.work.Wait()
		return nil, err
	}
	s.work.Go(s.pingLoop)
	return s, nil
}

// newIDPrefix makes the ActionIDs of a session impossible to guess, so that no caller can put one into an event.
func newIDPrefix() string {
	var b [6]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:]) + "-"
}

// Next takes the next entry of the stream, in the order in which Asterisk sent it. When the session has ended and
// everything read before has been taken, it returns the reason of the end. ctx bounds the waiting only: an entry that
// is there already comes even if ctx has ended.
func (s *Session) Next(ctx context.Context) (Entry, error) { return s.stream.next(ctx) }

// Version is that of the manager interface, such as "11.0.0".
func (s *Session) Version() string { return s.version }

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Stray is the number of messages that were neither an event nor an answer to anything asked.
func (s *Session) Stray() uint64 { return s.stray.Load() }

// Close logs off, if that can be done quickly, and ends the session and its goroutines.
func (s *Session) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()
	_, _ = s.Do(ctx, NewAction("Logoff")) // a courtesy: the connection is closed either way
	s.fail(ErrClosed)
	s.work.Wait()
}

// fail ends the session with the first reason given, and with it every call that waits.
func (s *Session) fail(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.err = reason
	close(s.done)
	_ = s.conn.Close()
	for _, c := range s.calls {
		c.finish(reason)
	}
	clear(s.calls)
	s.stream.close(reason)
}

func (s *Session) errorf(format string, args ...any) error {
	return fmt.Errorf("ami: %s: "+format, append([]any{s.cfg.where()}, args...)...)
}

func (c Config) where() string {
	if c.Server == "" {
		return c.Addr
	}
	return c.Server + " (" + c.Addr + ")"
}

func (s *Session) readLoop() {
	for {
		m, err := s.in.Read()
		if err != nil {
			s.fail(s.errorf("connection lost: %w", err))
			return
		}
		s.route(m, s.conn.at)
	}
}

func (s *Session) writeLoop() {
	for {
		select {
		case c := <-s.writes:
			if !s.startSending(c) {
				continue
			}
			_ = s.conn.SetWriteDeadline(time.Now().Add(s.cfg.WriteTimeout))
			if _, err := s.conn.Write(c.wire); err != nil {
				s.fail(s.errorf("sending %s: %w", c.action, err))
				return
			}
		case <-s.done:
			return
		}
	}
}

// pingLoop finds out that the other end has gone without a word, and keeps firewalls on the way from forgetting the
// connection.
func (s *Session) pingLoop() {
	tick := time.NewTicker(s.cfg.PingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.done:
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), s.cfg.PingTimeout)
		_, err := s.Do(ctx, NewAction("Ping"))
		cancel()
		if err != nil {
			s.fail(s.errorf("no answer to a ping within %v: the link is dead", s.cfg.PingTimeout))
			return
		}
	}
}
