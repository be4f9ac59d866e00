package daemon

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/notify"
)

// pressingMost bounds the incidents that wait in memory for one channel.
const pressingMost = 100

// pressing is an outbox in memory, for urgent incidents while the store is away. Its notices have IDs
// below zero, by which they are told from those of the store.
type pressing struct {
	mu      sync.Mutex
	last    int64
	waiting []pressingNotice
}

type pressingNotice struct {
	notify.Notice
	channel string
	next    time.Time
}

func (p *pressing) add(channels []string, i guard.Incident) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, channel := range channels {
		if len(p.waiting) >= pressingMost*len(channels) {
			return // it is in the record
		}
		p.last--
		p.waiting = append(p.waiting, pressingNotice{Notice: notify.Notice{ID: p.last, Incident: i}, channel: channel})
	}
}

func (p *pressing) due(channel string, now time.Time, limit int) (due []notify.Notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.waiting {
		if n.channel == channel && !n.next.After(now) && len(due) < limit {
			due = append(due, n.Notice)
		}
	}
	return due
}

func (p *pressing) sent(ids []int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(n pressingNotice) bool { return slices.Contains(ids, n.ID) })
}

func (p *pressing) postpone(ids []int64, next time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.waiting {
		if n := &p.waiting[i]; slices.Contains(ids, n.ID) {
			n.next = next
			n.Attempts++
		}
	}
}

// Sent notes what was taken.
func (o outbox) Sent(ctx context.Context, ids []int64, at time.Time) error {
	o.pressing.sent(ids)
	if ids = stored(ids); len(ids) == 0 {
		return nil
	}
	return o.Store.Sent(ctx, ids, at)
}

// Postpone notes what was not.
func (o outbox) Postpone(ctx context.Context, ids []int64, next time.Time, reason string) error {
	o.pressing.postpone(ids, next)
	if ids = stored(ids); len(ids) == 0 {
		return nil
	}
	return o.Store.Postpone(ctx, ids, next, reason)
}

// stored gives the notices that are the store's.
func stored(ids []int64) []int64 {
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return id < 0 })
}
