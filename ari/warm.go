package ari

import (
	"context"
	"net/http"
	"time"
)

// Warm keeps a few connections open and in use until the context ends, so that
// a hang-up finds one ready. It asks more seldom while Asterisk does not answer.
func (c *Client) Warm(ctx context.Context) {
	wait := c.timing.warm
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if c.warmOnce(ctx) {
			wait = c.timing.warm
		} else {
			wait = min(2*wait, c.timing.warmMax)
		}
		timer.Reset(wait)
	}
}

// warmOnce sends one request on each connection. A connection is free again
// only when its answer has been read to the end, so holding the answers back
// makes each request take, or open, another connection.
func (c *Client) warmOnce(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	held := make([]*http.Response, 0, warmConnections)
	defer func() {
		for _, response := range held {
			_, _ = readUpTo(response.Body, c.limits.answer) // what it says does not matter
			response.Body.Close()
		}
	}()
	good := true
	for good && len(held) < warmConnections {
		response, err := c.send(ctx, pingRequest())
		if err != nil {
			return false
		}
		held = append(held, response)
		good = response.StatusCode == http.StatusOK
	}
	return good
}
