package sip

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// CarrierOptions describe a carrier.
type CarrierOptions struct {
	Addr string // where it listens; empty for any port of 127.0.0.1

	// Answers says how calls are served, by the longest prefix of the number
	// as it arrives. A number without one is served like the zero Behaviour:
	// answered at once.
	Answers map[string]Behaviour

	// Tariffs are what the carrier takes, by the longest prefix of the number
	// as it arrives. A number without one costs nothing.
	Tariffs []Tariff
}

// A Carrier is the far end of a trunk. It bills what it sees.
type Carrier struct {
	options CarrierOptions
	agent   *agent

	mu      sync.Mutex
	bills   []*Bill
	changed chan struct{} // closed and replaced at each change of a bill
}

// NewCarrier opens the socket. The caller must end with [Carrier.Close].
func NewCarrier(options CarrierOptions) (*Carrier, error) {
	if options.Addr == "" {
		options.Addr = "127.0.0.1:0"
	}
	for _, tariff := range options.Tariffs {
		if err := tariff.check(); err != nil {
			return nil, err
		}
	}
	c := &Carrier{options: options, changed: make(chan struct{})}
	a, err := newAgent(options.Addr, "carrier", "fraudguard-test-carrier", c.behave)
	if err != nil {
		return nil, err
	}
	c.agent = a
	return c, nil
}

// Addr is where the carrier listens, ip:port: the address of a trunk.
func (c *Carrier) Addr() string { return c.agent.socket.local }

// Close hangs up what is still up and closes the socket. The bills stay readable.
func (c *Carrier) Close() {
	c.agent.hangupAll()
	c.agent.close()
}

// Vanish closes the socket without a word, as a carrier does whose network fails.
func (c *Carrier) Vanish() { c.agent.close() }

func (c *Carrier) behave(call *Call) Behaviour {
	bill := &Bill{Number: call.Number, CallID: call.ID, Invited: time.Now()}
	call.record = func(state State) { c.write(bill, state) }
	c.mu.Lock()
	c.bills = append(c.bills, bill)
	c.announce()
	c.mu.Unlock()

	longest, behaviour := -1, Behaviour{}
	for prefix, b := range c.options.Answers {
		if strings.HasPrefix(call.Number, prefix) && len(prefix) > longest {
			longest, behaviour = len(prefix), b
		}
	}
	return behaviour
}

func (c *Carrier) write(bill *Bill, state State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state.Kind {
	case Answered:
		bill.Answered = state.At
	case Refused, Ended:
		bill.Ended, bill.EndedBy = state.At, "carrier"
		if state.ByRemote || state.Code == 487 {
			bill.EndedBy = "customer"
		}
		bill.Status = state.Code
	}
	c.announce()
}

// announce wakes everybody who waits. The caller holds the lock.
func (c *Carrier) announce() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Bills returns a copy of all rows in the order of the calls.
func (c *Carrier) Bills() []Bill {
	c.mu.Lock()
	defer c.mu.Unlock()
	rows := make([]Bill, len(c.bills))
	for i, bill := range c.bills {
		rows[i] = *bill
	}
	return rows
}

// Live counts the legs that are answered and not ended: those that cost money now.
func (c *Carrier) Live() int {
	live := 0
	for _, bill := range c.Bills() {
		if bill.Live() {
			live++
		}
	}
	return live
}

// Wait returns when the rows satisfy a condition, which is tried now and after each change.
func (c *Carrier) Wait(ctx context.Context, what string, enough func([]Bill) bool) error {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		rows := c.Bills()
		if enough(rows) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the carrier waited for %s: %w; its bill: %+v", what, ctx.Err(), rows)
		}
	}
}

// WaitAnswered returns when at least n legs have been answered, ended or not.
func (c *Carrier) WaitAnswered(ctx context.Context, n int) error {
	return c.Wait(ctx, fmt.Sprintf("%d answered legs", n), func(rows []Bill) bool {
		answered := 0
		for _, row := range rows {
			if !row.Answered.IsZero() {
				answered++
			}
		}
		return answered >= n
	})
}

// WaitInvited returns when at least n legs have arrived.
func (c *Carrier) WaitInvited(ctx context.Context, n int) error {
	return c.Wait(ctx, fmt.Sprintf("%d legs", n), func(rows []Bill) bool { return len(rows) >= n })
}

// WaitAllEnded returns when no leg is ringing or live.
func (c *Carrier) WaitAllEnded(ctx context.Context) error {
	return c.Wait(ctx, "the end of all legs", func(rows []Bill) bool {
		return !slices.ContainsFunc(rows, func(row Bill) bool { return row.Ended.IsZero() })
	})
}

// Hangup ends the live legs to a number from the carrier's side.
func (c *Carrier) Hangup(number string) error { return c.agent.hangupTo(number) }

// HangupAll ends all live legs from the carrier's side.
func (c *Carrier) HangupAll() { c.agent.hangupAll() }

// Call places a call from the outside world to a number of the server at the
// given address. It costs nothing. The headers, "Name: value", go with it.
func (c *Carrier) Call(ctx context.Context, server, number, from string, headers ...string) (*Call, error) {
	call := newCall(c.agent, number, random())
	call.headers = headers
	if err := c.agent.place(ctx, call, server, from, nil); err != nil {
		return nil, err
	}
	return call, nil
}
