package ari

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Events connects to the application's event stream, connects again whenever
// it breaks, and yields what comes, in order, in the goroutine that ranges
// over it. It ends with the context or the loop, and leaves nothing running.
//
// The reader never waits for the loop's body: a slow one loses events when the
// queue is full, and finds a [Gap] in their place. Range over it once at a
// time: Asterisk gives an application to the last that asks.
func (c *Client) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		ctx, cancel := context.WithCancel(ctx)
		q := newQueue(c.limits.queued, c.limits.queuedIn)
		var link sync.WaitGroup
		link.Go(func() { c.keepConnected(ctx, q) })
		defer link.Wait()
		defer cancel()
		for {
			event, ok := q.take(ctx)
			if !ok || !yield(event) {
				return
			}
		}
	}
}

func (c *Client) keepConnected(ctx context.Context, q *queue) {
	wait := c.timing.retry
	for {
		began := time.Now()
		err := c.readStream(ctx, q)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > c.timing.retryMx {
			wait = c.timing.retry
		}
		pause := wait
		if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrReplaced) {
			pause = c.timing.refused
		}
		// Many guards that lost one Asterisk must not come back in the same moment.
		pause = pause/2 + rand.N(pause/2+1)
		wait = min(2*wait, c.timing.retryMx)

		// A consumer that is stuck cannot answer a call that asks, so the
		// application stays absent, and the dialplan's fail mode decides.
		taken := q.mark(Disconnected{Err: err, Retry: pause})
		select {
		case <-ctx.Done():
			return
		case <-taken:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// readStream connects once and reads until the stream breaks, and says why.
func (c *Client) readStream(ctx context.Context, q *queue) error {
	conn, err := c.dialStream(ctx)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(c.limits.message)
	c.stats.connections.Add(1)
	q.mark(Gap{Connected: true, Lost: LostUnknown})

	ctx, stop := context.WithCancelCause(ctx)
	var pings sync.WaitGroup
	pings.Go(func() { c.pingStream(ctx, conn, stop) })
	defer pings.Wait()
	defer stop(nil)
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return c.streamError(ctx, err)
		}
		if err := c.receive(q, kind, message); err != nil {
			return c.streamError(ctx, err)
		}
	}
}

// receive passes one message on. Only losing the application is an error.
func (c *Client) receive(q *queue, kind websocket.MessageType, message []byte) error {
	event, err := decode(message)
	if err != nil || kind != websocket.MessageText {
		c.stats.malformed.Add(1)
		return nil
	}
	if !q.put(event, len(message)) {
		c.stats.lost.Add(1)
	}
	if other, ok := event.(Other); ok && other.Type == applicationReplaced {
		return ErrReplaced
	}
	return nil
}

// pingStream notices an end that is gone without a word: after a power cut no
// packet comes to break the connection.
func (c *Client) pingStream(ctx context.Context, conn *websocket.Conn, stop context.CancelCauseFunc) {
	ticker := time.NewTicker(c.timing.ping)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		wait, cancel := context.WithTimeout(ctx, c.timing.pong)
		err := conn.Ping(wait)
		late := wait.Err() != nil
		cancel()
		if err != nil && late && ctx.Err() == nil {
			stop(fmt.Errorf("%w within %s", ErrHalfOpen, c.timing.pong))
			return
		}
	}
}

func (c *Client) streamError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return c.explain(request{action: "read the events of", about: c.application}, &Error{Err: err})
}

func (c *Client) dialStream(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	// The name of an application needs no escaping, see checkApplication.
	conn, response, err := websocket.Dial(ctx, c.address()+"/events?app="+c.application, &websocket.DialOptions{
		HTTPHeader: c.header,
		HTTPClient: &http.Client{
			Transport:     c.streams,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err == nil {
		return conn, nil
	}
	r := request{action: "connect to the events of", about: c.application}
	if response == nil || response.StatusCode == http.StatusSwitchingProtocols {
		return nil, c.explain(r, failure(err))
	}
	body, _ := io.ReadAll(response.Body) // no more than 1024 bytes, says the library
	return nil, c.explain(r, refusal(response.StatusCode, response.Header.Get("Content-Type"), body))
}
