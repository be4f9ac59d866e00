// Package amitest is a small, strict Asterisk manager for tests. It keeps channels, variables and an AstDB, answers the
// actions that fraudguard sends as Asterisk 16 and 22 do, and fails the test on anything that Asterisk would not expect:
// an unknown action, a missing, unknown or doubled header, a reused ActionID, an action before the login.
package amitest

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// User and Secret log in.
const (
	User   = "fraudguard"
	Secret = "s3cret"
)

// Server is the manager. The fields may be changed before the first connection; the methods may be called at any time,
// from any goroutine. Everything ends with the test.
type Server struct {
	Banner  string   // first line, without its line end
	MD5     bool     // offers MD5 login
	Read    []string // event classes that the user sees
	CDR     bool     // call records are on
	Modules []string // loaded modules
	Segment int      // if not 0, everything is sent in pieces of so many bytes

	t    testing.TB
	work sync.WaitGroup

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced whenever an action has been answered or output has been written
	listeners []net.Listener
	sessions  []*session
	channels  []channel
	vars      map[string]string // "channel\x00name"
	db        map[string]string // "family\x00key"
	withheld  map[string]bool
	failing   map[string]string
	handlers  map[string]func(Action, func(string))
	refusing  bool
	silent    bool
	closing   bool
	logins    int
	log       []Action
	waited    map[string]int
}

type channel struct {
	name, uniqueid string
	headers        []string
}

// New makes a manager that nobody can reach yet: see Listen and DialContext.
func New(t testing.TB) *Server {
	s := &Server{
		Banner: "Asterisk Call Manager/11.0.0", MD5: true, CDR: true,
		Read: []string{"call", "cdr", "security", "system"}, Modules: []string{"cdr_manager"},
		t: t, changed: make(chan struct{}),
		vars: map[string]string{}, db: map[string]string{}, withheld: map[string]bool{}, failing: map[string]string{},
		handlers: map[string]func(Action, func(string)){}, waited: map[string]int{},
	}
	t.Cleanup(s.Close)
	return s
}

// Listen serves a free TCP port of this machine and returns its address.
func (s *Server) Listen() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.Serve(l)
	return l.Addr().String()
}

// Serve takes connections from l, which it closes in the end.
func (s *Server) Serve(l net.Listener) {
	s.mu.Lock()
	s.listeners = append(s.listeners, l)
	s.mu.Unlock()
	s.work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.open(conn)
		}
	})
}

// DialContext connects without a network. It fits ami.Config.DialContext.
func (s *Server) DialContext(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	s.open(server)
	return client, nil
}

// Close ends everything and waits for it. It is called at the end of the test by itself.
func (s *Server) Close() {
	s.mu.Lock()
	s.closing = true
	for _, l := range s.listeners {
		_ = l.Close()
	}
	s.mu.Unlock()
	s.Cut()
	s.work.Wait()
}

// Cut closes every connection, in the middle of whatever was being sent.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sessions {
		c.cut()
	}
	s.sessions = nil
}

// Refuse makes logins fail, or succeed again.
func (s *Server) Refuse(on bool) { s.set(func() { s.refusing = on }) }

// Silence makes the server read actions and say nothing, events included, or speak again.
func (s *Server) Silence(on bool) { s.set(func() { s.silent = on }) }

// Withhold takes the permission for these actions from the user.
func (s *Server) Withhold(actions ...string) {
	s.set(func() {
		for _, a := range actions {
			s.withheld[a] = true
		}
	})
}

// Fail answers an action with an error of these words; "" ends that.
func (s *Server) Fail(action, words string) { s.set(func() { s.failing[action] = words }) }

// Handle answers an action by other means: reply sends raw text on the session that asked, any number of times, also
// later. The shape of the action is checked all the same, if it is one that the server knows.
func (s *Server) Handle(action string, answer func(a Action, reply func(raw string))) {
	s.set(func() { s.handlers[action] = answer })
}

func (s *Server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// Emit sends an event to every session that wants it. headers are names and values in turn; a header Privilege tells
// its class.
func (s *Server) Emit(event string, headers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emit(event, headers...)
}

func (s *Server) emit(event string, headers ...string) {
	text := block(append([]string{"Event", event}, headers...)...)
	for _, c := range s.sessions {
		if c.wants(text, headers) {
			c.send(text)
		}
	}
}

// EmitRaw sends bytes to every session that has logged in.
func (s *Server) EmitRaw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.sessions {
		if c.loggedIn {
			c.send(text)
		}
	}
}

// AddChannel makes a channel and emits its Newchannel. headers are names and values in turn, for that event and for the
// list of channels.
func (s *Server) AddChannel(name, uniqueid string, headers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := channel{name, uniqueid, headers}
	s.channels = append(s.channels, c)
	s.emit("Newchannel", append([]string{"Privilege", "call,all"}, c.describe()...)...)
}

// RemoveChannel ends a channel and emits its Hangup.
func (s *Server) RemoveChannel(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.hangUp(name, "16") {
		s.t.Errorf("amitest: there is no channel %q to remove", name)
	}
}

// EndChannel removes a channel as RemoveChannel does, unless it has ended already.
func (s *Server) EndChannel(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangUp(name, "16")
}

// ForgetChannels ends every channel without an event, as a restart of Asterisk does.
func (s *Server) ForgetChannels() { s.set(func() { s.channels = nil }) }

func (s *Server) hangUp(name, cause string) bool {
	i := slices.IndexFunc(s.channels, func(c channel) bool { return c.called(name) })
	if i < 0 {
		return false
	}
	c := s.channels[i]
	s.channels = slices.Delete(s.channels, i, i+1)
	s.emit("Hangup", append(append([]string{"Privilege", "call,all"}, c.describe()...), "Cause", cause)...)
	return true
}

// called says whether an action that names a channel means this one: Asterisk takes the name or the Uniqueid.
func (c channel) called(name string) bool { return c.name == name || c.uniqueid == name }

func (c channel) describe() []string {
	return append([]string{"Channel", c.name, "Uniqueid", c.uniqueid}, c.headers...)
}

// Channels is the names of the live channels.
func (s *Server) Channels() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, c := range s.channels {
		names = append(names, c.name)
	}
	return names
}

// Var is a variable that Setvar set on a channel, or with an empty channel, a global one.
func (s *Server) Var(channel, name string) (value string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok = s.vars[channel+"\x00"+name]
	return value, ok
}

// DB is a value of the AstDB.
func (s *Server) DB(family, key string) (value string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok = s.db[family+"\x00"+key]
	return value, ok
}

// Logins is the number of logins that succeeded.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// Actions is every action received so far, in order, unanswered ones included.
func (s *Server) Actions() []Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Await waits for an action of that name: the first call returns the first one, the next call the second.
func (s *Server) Await(name string) Action {
	s.t.Helper()
	var found Action
	s.await("action "+name, func() bool {
		n := 0
		for _, a := range s.log {
			if a.Name == name {
				if n++; n > s.waited[name] {
					s.waited[name], found = n, a
					return true
				}
			}
		}
		return false
	})
	return found
}

// Drain waits until everything emitted so far has been taken by the other side.
func (s *Server) Drain() {
	s.t.Helper()
	s.await("the other side to read", func() bool {
		return !slices.ContainsFunc(s.sessions, func(c *session) bool { return len(c.out) > 0 || c.writing })
	})
}

func (s *Server) await(what string, done func() bool) {
	s.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		ok, changed := done(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			s.t.Fatalf("amitest: waited 20 s for %s", what)
		}
	}
}

func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// block is a message as it goes over the wire.
func block(headers ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(headers); i += 2 {
		b.WriteString(headers[i] + ": " + headers[i+1] + "\r\n")
	}
	b.WriteString("\r\n")
	return b.String()
}
