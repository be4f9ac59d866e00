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

	mu    sync.Mutex
	queue []string // keys, oldest first
	order map[string]order
	wake  chan struct{}
}

// order makes an action when it is sent, and hears of an error that means that it was not done; with
// a link that is down nothing is.
type order struct {
	action func() ami.Action
	failed func(ctx context.Context, err error)
}

func newOrders(link *ami.Link, log *slog.Logger) *orders {
	return &orders{link: link, log: log, order: make(map[string]order), wake: make(chan struct{}, 1)}
}

// put takes an order; it never waits. Its failed can be nil.
func (o *orders) put(key string, next order) {
	o.mu.Lock()
	if o.order[key].action == nil {
		o.queue = append(o.queue, key)
	}
	o.order[key] = next
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
		delete(o.order, key)
		return true
	})
}

func (o *orders) take() (key string, next order, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return "", order{}, false
	}
	key, o.queue = o.queue[0], o.queue[1:]
	next = o.order[key]
	delete(o.order, key)
	return key, next, true
}

// run sends until ctx ends. What cannot be sent while the link is down is let go: once the link
// stands again, the guard gives every order anew.
func (o *orders) run(ctx context.Context) {
	for {
		key, next, ok := o.take()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-o.wake:
			}
			continue
		}
		limited, cancel := context.WithTimeout(ctx, orderTimeout)
		_, err := o.link.Do(limited, next.action())
		cancel()
		var refused *ami.ResponseError
		if err == nil || errors.Is(err, ami.ErrDown) || ctx.Err() != nil {
			continue
		}
		if next.failed != nil {
			next.failed(ctx, err)
		}
		switch {
		case errors.As(err, &refused):
			// Mostly a channel that has ended meanwhile, or a flag that is not there.
			o.log.Debug("Asterisk did not take an order", "order", key, "error", err)
		default:
			o.log.Warn("an order to Asterisk failed", "order", key, "error", err)
		}
	}
}
