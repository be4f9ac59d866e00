package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/ami"
)

// orderTimeout bounds one AMI action.
const orderTimeout = 3 * time.Second

// orders carries time limits and flags to one Asterisk by AMI, one after the other. A newer order
// about the same thing takes the place of one that still waits, so that their number is bounded by
// that of live legs and blocks, and none is ever sent too late behind a newer one.
type orders struct {
	link *ami.Link
	log  *slog.Logger

	mu     sync.Mutex
	queue  []string // keys, oldest first
	action map[string]func() ami.Action
	wake   chan struct{}
}

func newOrders(link *ami.Link, log *slog.Logger) *orders {
	return &orders{link: link, log: log, action: make(map[string]func() ami.Action), wake: make(chan struct{}, 1)}
}

// put takes an order; it never waits. The action is made when it is sent.
func (o *orders) put(key string, action func() ami.Action) {
	o.mu.Lock()
	if o.action[key] == nil {
		o.queue = append(o.queue, key)
	}
	o.action[key] = action
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// drop lets go of the orders that wait about keys with a prefix, before one that undoes them all.
func (o *orders) drop(prefix string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = slices.DeleteFunc(o.queue, func(key string) bool {
		if !strings.HasPrefix(key, prefix) {
			return false
		}
		delete(o.action, key)
		return true
	})
}

func (o *orders) take() (key string, action func() ami.Action, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return "", nil, false
	}
	key, o.queue = o.queue[0], o.queue[1:]
	action = o.action[key]
	delete(o.action, key)
	return key, action, true
}

// run sends until ctx ends. What cannot be sent while the link is down is let go: once the link
// stands again, the guard gives every order anew.
func (o *orders) run(ctx context.Context) {
	for {
		key, action, ok := o.take()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-o.wake:
			}
			continue
		}
		limited, cancel := context.WithTimeout(ctx, orderTimeout)
		_, err := o.link.Do(limited, action())
		cancel()
		var refused *ami.ResponseError
		switch {
		case err == nil || errors.Is(err, ami.ErrDown) || ctx.Err() != nil:
		case errors.As(err, &refused):
			// Mostly a channel that has ended meanwhile, or a flag that is not there.
			o.log.Debug("Asterisk did not take an order", "order", key, "error", err)
		default:
			o.log.Warn("an order to Asterisk failed", "order", key, "error", err)
		}
	}
}
