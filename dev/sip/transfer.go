package sip

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// BlindTransfer asks the server to connect the other side of this call to a
// number (REFER), and leaves the call when the server has taken over. It
// returns when this phone is out of the call; the new call goes on.
func (c *Call) BlindTransfer(ctx context.Context, number string) error {
	return c.refer(ctx, fmt.Sprintf("<sip:%s@%s>", number, c.peer))
}

// AttendedTransfer connects the other side of this call with the other side
// of a second call of the same phone.
func (c *Call) AttendedTransfer(ctx context.Context, second *Call) error {
	second.mu.Lock()
	replaces := url.QueryEscape(fmt.Sprintf("%s;to-tag=%s;from-tag=%s", second.ID, tag(second.remote), tag(second.local)))
	second.mu.Unlock()
	return c.refer(ctx, fmt.Sprintf("<sip:%s@%s?Replaces=%s>", second.Number, second.peer, replaces))
}

// takeOver is how long a server may take to report on a transfer that it has
// accepted. Asterisk 16 may not report at all when the call is gone by then.
const takeOver = 2 * time.Second

// patience is for how long a transfer is tried again. Asterisk refuses one before it has put both
// sides of the call together, which a busy machine does some moments after the answer.
const patience = 3 * time.Second

func (c *Call) refer(ctx context.Context, to string) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := c.referOnce(ctx, to)
		var refused *Refusal
		if !errors.As(err, &refused) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-c.over:
			return err
		case <-limited.Done():
			return err
		}
	}
}

func (c *Call) referOnce(ctx context.Context, to string) error {
	m, err := c.inDialog(ctx, "REFER", "Refer-To: "+to, c.agent.contact())
	if err != nil {
		return err
	}
	if m.status >= 300 {
		return &Refusal{Method: "REFER", Code: m.status, Reason: m.reason}
	}
	wait := time.NewTimer(takeOver)
	defer wait.Stop()
	select {
	case status := <-c.referred:
		if status >= 300 {
			return &Refusal{Method: "transfer", Code: status, Reason: "reported by NOTIFY"}
		}
	case <-c.over:
		return nil
	case <-wait.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return c.Hangup()
}
