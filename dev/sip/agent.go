package sip

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// agent is what phones and carriers have in common: a socket and the calls on it.
type agent struct {
	socket *socket
	user   string // of our Contact

	// behave says how an incoming call is served, and prepares the call's record.
	behave func(*Call) Behaviour

	mu     sync.Mutex
	calls  map[string]*Call // by Call-ID
	closed bool
	work   sync.WaitGroup
}

func newAgent(address, user, userAgent string, behave func(*Call) Behaviour) (*agent, error) {
	s, err := listen(address, userAgent)
	if err != nil {
		return nil, err
	}
	a := &agent{socket: s, user: user, behave: behave, calls: make(map[string]*Call)}
	s.handle = a.handle
	go s.read()
	return a, nil
}

// close shuts the socket and returns when nothing of the agent runs any more.
// The other side is told nothing: its calls stay up until it notices.
func (a *agent) close() {
	a.mu.Lock()
	a.closed = true
	left := slices.Collect(maps.Values(a.calls))
	a.mu.Unlock()
	a.socket.close()
	a.work.Wait()
	for _, call := range left {
		select {
		case <-call.answered:
			call.happened(State{Kind: Ended, At: time.Now()})
		default:
			call.happened(State{Kind: Refused, At: time.Now()})
		}
	}
}

// courtesy is how long the end of a phone or carrier waits for the other side
// to confirm: it may be dead, and often is in a test.
const courtesy = time.Second

// hangupAll ends all calls at the same time.
func (a *agent) hangupAll() {
	ctx, cancel := context.WithTimeout(context.Background(), courtesy)
	defer cancel()
	a.mu.Lock()
	open := slices.Collect(maps.Values(a.calls))
	a.mu.Unlock()
	var all sync.WaitGroup
	for _, call := range open {
		all.Go(func() { call.hangup(ctx) })
	}
	all.Wait()
}

// hangupTo ends the calls to a number.
func (a *agent) hangupTo(number string) error {
	a.mu.Lock()
	open := slices.Collect(maps.Values(a.calls))
	a.mu.Unlock()
	var all []error
	for _, call := range open {
		if call.Number == number {
			all = append(all, call.Hangup())
		}
	}
	return errors.Join(all...)
}

// begin counts a goroutine in, unless the agent is closed already.
func (a *agent) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.work.Add(1)
	return true
}

func (a *agent) contact() string {
	return fmt.Sprintf("Contact: <sip:%s@%s>", a.user, a.socket.local)
}

func (a *agent) remember(c *Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[c.ID] = c
}

func (a *agent) forget(c *Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.calls, c.ID)
}

func (a *agent) find(m *received) *Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[m.callID]
}

func (a *agent) handle(m *received) {
	call := a.find(m)
	switch {
	case m.method == "OPTIONS":
		a.socket.respond(m, 200, "OK", random(), nil, "")
	case m.method == "INVITE" && call == nil && tag(m.to) == "":
		a.serveInvite(m)
	case call == nil:
		a.socket.respond(m, 481, "Call/Transaction Does Not Exist", random(), nil, "")
	case m.method == "INVITE":
		// The other side wants to change the media of a call: as it likes.
		a.socket.respond(m, 200, "OK", call.localTag, []string{a.contact()}, sdp(a.socket.local))
	case m.method == "BYE":
		call.serveBye(m)
	case m.method == "CANCEL":
		a.socket.respond(m, 200, "OK", call.localTag, nil, "")
		call.refuse(487)
	case m.method == "NOTIFY":
		a.socket.respond(m, 200, "OK", call.localTag, nil, "")
		call.serveNotify(m)
	default:
		a.socket.respond(m, 200, "OK", call.localTag, nil, "")
	}
}

// serveInvite begins an incoming call.
func (a *agent) serveInvite(m *received) {
	c := newCall(a, m.user, m.callID)
	c.Caller, c.Incoming, c.invite = m.from, true, m
	c.localTag, c.peer, c.target = random(), m.source, m.contact
	c.local, c.remote = m.to+";tag="+c.localTag, m.from
	behaviour := a.behave(c)
	a.remember(c)
	a.socket.respond(m, 100, "Trying", "", nil, "")
	switch {
	case behaviour.EarlyMedia:
		a.socket.respond(m, 183, "Session Progress", c.localTag, []string{a.contact()}, sdp(a.socket.local))
		c.happened(State{Kind: Ringing, Code: 183, At: time.Now()})
	case behaviour.RingFor > 0 || behaviour.NoAnswer:
		a.socket.respond(m, 180, "Ringing", c.localTag, []string{a.contact()}, "")
		c.happened(State{Kind: Ringing, Code: 180, At: time.Now()})
	}
	if !behaviour.NoAnswer {
		c.after(behaviour.RingFor, func() { c.decide(behaviour) })
	}
}

// after does the next step of a behaviour, unless the call is over by then.
func (c *Call) after(pause time.Duration, step func()) {
	if pause <= 0 {
		step()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.Kind != "" {
		return
	}
	c.timer = time.AfterFunc(pause, func() {
		if c.agent.begin() {
			defer c.agent.work.Done()
			step()
		}
	})
}

func (c *Call) decide(behaviour Behaviour) {
	switch {
	case behaviour.ForwardTo != "":
		host := c.peer
		if c.happened(State{Kind: Refused, Code: 302, At: time.Now()}) {
			c.agent.socket.respond(c.invite, 302, "Moved Temporarily", c.localTag,
				[]string{fmt.Sprintf("Contact: <sip:%s@%s>", behaviour.ForwardTo, host)}, "")
		}
	case behaviour.Refuse != 0:
		c.refuse(behaviour.Refuse)
	default:
		c.answer()
		if behaviour.HangUpAfter > 0 {
			c.after(behaviour.HangUpAfter, func() { c.Hangup() })
		}
	}
}

// answer accepts an incoming call. The moment is taken before the response
// leaves, as a carrier's switch does.
func (c *Call) answer() {
	if c.happened(State{Kind: Answered, Code: 200, At: time.Now()}) {
		c.agent.socket.respond(c.invite, 200, "OK", c.localTag, []string{c.agent.contact()}, sdp(c.agent.socket.local))
	}
}

// refuse ends an incoming call that is not answered.
func (c *Call) refuse(status int) {
	select {
	case <-c.answered:
		return // a CANCEL that crossed our answer changes nothing
	default:
	}
	if c.happened(State{Kind: Refused, Code: status, At: time.Now()}) {
		c.agent.socket.respond(c.invite, status, reasonOf(status), c.localTag, nil, "")
	}
}

// serveNotify reads how a transfer that we asked for goes: the body is the
// status line of the new call.
func (c *Call) serveNotify(m *received) {
	_, rest, ok := strings.Cut(strings.TrimSpace(m.body), "SIP/2.0 ")
	if !ok {
		return
	}
	code, _, _ := strings.Cut(rest, " ")
	if status, err := strconv.Atoi(code); err == nil && status >= 200 {
		select {
		case c.referred <- status:
		default:
		}
	}
}

// place sends an INVITE and follows it. authorize answers a challenge; nil
// where nobody will ask for a password.
func (a *agent) place(ctx context.Context, c *Call, to, from string, authorize func(challenge, method, uri string) (string, error)) error {
	if !a.begin() {
		return fmt.Errorf("calling %s: the socket is closed", c.Number)
	}
	c.peer = to
	c.target = fmt.Sprintf("sip:%s@%s", c.Number, to)
	c.local = fmt.Sprintf("<sip:%s@%s>;tag=%s", from, to, random())
	c.remote = fmt.Sprintf("<sip:%s@%s>", c.Number, to)
	a.remember(c)
	stop := context.AfterFunc(ctx, func() {
		if a.begin() {
			defer a.work.Done()
			c.Cancel()
		}
	})
	go func() {
		defer a.work.Done()
		defer stop()
		c.follow(to, authorize)
	}()
	return nil
}

// follow sends the INVITE, a second time with credentials where the server
// asks for them, and notes the outcome.
func (c *Call) follow(to string, authorize func(challenge, method, uri string) (string, error)) {
	var credentials []string
	for {
		m, err := c.offerOnce(to, credentials)
		if err != nil {
			c.happened(State{Kind: Refused, At: time.Now()})
			return
		}
		at := time.Now()
		if m.status < 300 {
			c.mu.Lock()
			c.remote = m.to
			if m.contact != "" {
				c.target = m.contact
			}
			offer := c.offer
			c.mu.Unlock()
			c.agent.socket.acknowledge(offer, m, to)
			c.happened(State{Kind: Answered, Code: m.status, At: at})
			return
		}
		if m.status != 401 && m.status != 407 || authorize == nil || m.challenge == "" || len(credentials) > 0 {
			c.happened(State{Kind: Refused, Code: m.status, At: at})
			return
		}
		header, err := authorize(m.challenge, "INVITE", c.target)
		if err != nil {
			c.happened(State{Kind: Refused, Code: m.status, At: at})
			return
		}
		name := "Authorization"
		if m.status == 407 {
			name = "Proxy-Authorization"
		}
		credentials = []string{name + ": " + header}
	}
}

func (c *Call) offerOnce(to string, credentials []string) (*received, error) {
	c.mu.Lock()
	c.seq++
	c.offer = request{
		method: "INVITE", target: c.target, from: c.local, to: c.remote, callID: c.ID, seq: c.seq, branch: newBranch(),
		headers: slices.Concat([]string{c.agent.contact(), "Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, OPTIONS"}, c.headers, credentials),
		body:    sdp(c.agent.socket.local),
	}
	offer := c.offer
	c.mu.Unlock()
	return c.agent.socket.ask(context.Background(), offer, to, func(m *received) {
		c.mu.Lock()
		select {
		case <-c.trying:
		default:
			close(c.trying)
		}
		c.mu.Unlock()
		if m.status > 100 {
			c.happened(State{Kind: Ringing, Code: m.status, At: time.Now()})
		}
	})
}

// Cancel gives up a call that is not answered yet. An answer that crosses the
// CANCEL leaves the call answered.
func (c *Call) Cancel() error {
	ctx, stop := context.WithTimeout(context.Background(), giveUp)
	defer stop()
	return c.cancel(ctx)
}

func (c *Call) cancel(ctx context.Context) error {
	if c.Incoming {
		c.refuse(480)
		return nil
	}
	// A CANCEL may be sent only after a provisional response (RFC 3261, 9.1).
	select {
	case <-c.trying:
	case <-c.over:
		return nil
	case <-c.agent.socket.readerDone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cancelling the call to %s: no answer to cancel: %w", c.Number, ctx.Err())
	}
	c.mu.Lock()
	offer := c.offer
	c.mu.Unlock()
	cancel := request{method: "CANCEL", target: offer.target, from: offer.from, to: offer.to, callID: offer.callID, seq: offer.seq, branch: offer.branch}
	_, err := c.agent.socket.ask(ctx, cancel, c.peer, nil)
	return err
}
