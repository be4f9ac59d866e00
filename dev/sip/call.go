package sip

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A Kind is what can happen to a call, each at most once.
type Kind string

const (
	Ringing  Kind = "ringing"  // 180 or 183
	Answered Kind = "answered" // 200
	Refused  Kind = "refused"  // 3xx to 6xx before an answer, also after a cancel
	Ended    Kind = "ended"    // BYE after an answer, or the loss of our own socket
)

// State is something that happened to a call.
type State struct {
	Kind     Kind
	Code     int  // the SIP status of Ringing, Answered and Refused
	ByRemote bool // of Ended: the other side sent the BYE
	At       time.Time
}

// A Call is one dialog, seen from this side: made by [Phone.Dial] or
// [Carrier.Call], or received.
type Call struct {
	Number   string // who was called
	Caller   string // the other side's From header, of a received call
	ID       string // Call-ID
	Incoming bool

	agent  *agent
	states chan State
	record func(State) // told of each state in order, may be nil

	trying   chan struct{} // closed at the first provisional response to our INVITE
	answered chan struct{} // closed when answered
	over     chan struct{} // closed when refused or ended
	referred chan int      // the outcome of a transfer that we asked for

	mu       sync.Mutex
	seen     map[Kind]State
	last     State  // Refused or Ended, once over is closed
	local    string // our From in requests of this dialog
	remote   string // their To
	target   string // request URI for this dialog
	peer     string // ip:port
	seq      uint32
	headers  []string  // that our INVITE has besides the usual ones
	offer    request   // our INVITE, of an outgoing call
	invite   *received // the other side's, of an incoming call
	localTag string
	timer    *time.Timer // the next step of a behaviour
}

func newCall(a *agent, number, id string) *Call {
	return &Call{
		Number: number, ID: id, agent: a,
		states:   make(chan State, 4),
		trying:   make(chan struct{}),
		answered: make(chan struct{}),
		over:     make(chan struct{}),
		referred: make(chan int, 4),
		seen:     make(map[Kind]State),
	}
}

// States reports what happens, in order. It has room for everything that can
// happen, so nothing is lost when nobody reads; it is never closed.
func (c *Call) States() <-chan State { return c.states }

// happened notes a state the first time, and tells whether it was the first.
func (c *Call) happened(state State) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, again := c.seen[state.Kind]; again || c.last.Kind != "" {
		return false
	}
	c.seen[state.Kind] = state
	if c.record != nil {
		c.record(state)
	}
	c.states <- state
	switch state.Kind {
	case Answered:
		close(c.answered)
	case Refused, Ended:
		c.last = state
		if c.timer != nil {
			c.timer.Stop()
		}
		c.agent.forget(c)
		close(c.over)
	}
	return true
}

// WaitAnswered returns when the call is answered, or an error that says how it ended instead.
func (c *Call) WaitAnswered(ctx context.Context) error {
	select {
	case <-c.answered:
		return nil
	default:
	}
	select {
	case <-c.answered:
		return nil
	case <-c.over:
		return fmt.Errorf("the call to %s was not answered: %s %d", c.Number, c.last.Kind, c.last.Code)
	case <-ctx.Done():
		return fmt.Errorf("waiting for an answer from %s: %w", c.Number, ctx.Err())
	}
}

// WaitOver returns how the call was refused or ended.
func (c *Call) WaitOver(ctx context.Context) (State, error) {
	select {
	case <-c.over:
		return c.last, nil
	case <-ctx.Done():
		return State{}, fmt.Errorf("waiting for the end of the call to %s: %w", c.Number, ctx.Err())
	}
}

// inDialog sends a request of this dialog.
func (c *Call) inDialog(ctx context.Context, method string, headers ...string) (*received, error) {
	return c.inDialogWith(ctx, method, "", headers...)
}

func (c *Call) inDialogWith(ctx context.Context, method, body string, headers ...string) (*received, error) {
	c.mu.Lock()
	c.seq++
	r := request{
		method: method, target: c.target, from: c.local, to: c.remote,
		callID: c.ID, seq: c.seq, branch: newBranch(), headers: headers, body: body,
	}
	peer := c.peer
	c.mu.Unlock()
	return c.agent.socket.ask(ctx, r, peer, nil)
}

// Press sends the keys 0 to 9, * and #, one after the other, each as a SIP INFO (application/dtmf-relay).
func (c *Call) Press(ctx context.Context, keys string) error {
	for _, key := range keys {
		m, err := c.inDialogWith(ctx, "INFO", fmt.Sprintf("Signal=%c\r\nDuration=100\r\n", key))
		if err != nil {
			return err
		}
		if m.status >= 300 {
			return &Refusal{Method: "INFO", Code: m.status, Reason: m.reason}
		}
	}
	return nil
}

// Hangup ends an answered call with BYE, and cancels one that is not answered yet.
func (c *Call) Hangup() error {
	ctx, cancel := context.WithTimeout(context.Background(), giveUp)
	defer cancel()
	return c.hangup(ctx)
}

func (c *Call) hangup(ctx context.Context) error {
	select {
	case <-c.answered:
	default:
		if err := c.cancel(ctx); err != nil {
			return err
		}
		// The answer may have crossed our CANCEL.
		select {
		case <-c.answered:
		case <-c.over:
			return nil
		case <-c.agent.socket.readerDone:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("the cancelled call to %s does not end: %w", c.Number, ctx.Err())
		}
	}
	if !c.happened(State{Kind: Ended, At: time.Now()}) {
		return nil
	}
	m, err := c.inDialog(ctx, "BYE")
	if err != nil {
		return err
	}
	// 481: the other side has hung up at the same moment.
	if m.status >= 300 && m.status != 481 {
		return fmt.Errorf("BYE for the call to %s: %d %s", c.Number, m.status, m.reason)
	}
	return nil
}

// serveBye answers the other side's BYE.
func (c *Call) serveBye(m *received) {
	at := time.Now()
	c.agent.socket.respond(m, 200, "OK", c.localTag, nil, "")
	c.happened(State{Kind: Ended, ByRemote: true, At: at})
}
