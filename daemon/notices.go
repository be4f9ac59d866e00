package daemon

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/notify"
	"github.com/fraudguard/fraudguard/store"
)

// notices tells people of incidents: it runs the channels that the configuration names.
type notices struct {
	store store.Store
	log   *slog.Logger
	wake  chan struct{}
	// counts hears of what was sent.
	counts *counts
	// pressing are told although the store is away.
	pressing pressing

	mu       sync.Mutex
	channels []notify.Channel
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

func newNotices(s store.Store, counts *counts, log *slog.Logger) *notices {
	return &notices{store: s, counts: counts, log: log, wake: make(chan struct{}, 1)}
}

// stored wakes the channels when a batch has brought incidents.
func (n *notices) stored(incidents bool) {
	if !incidents {
		return
	}
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// use puts other channels in the place of those that run.
func (n *notices) use(channels []notify.Channel) {
	n.end()
	n.mu.Lock()
	defer n.mu.Unlock()
	var ctx context.Context
	ctx, n.cancel = context.WithCancel(context.Background())
	n.channels = n.counts.counting(channels)
	n.done.Go(func() { notify.Run(ctx, outbox{n.store, &n.pressing}, n.channels, n.wake, n.log) })
}

// channelsOf makes the channels that a configuration names.
func channelsOf(c *config.Config) ([]notify.Channel, error) {
	var channels []notify.Channel
	if c.Notify.Webhook.URL != "" {
		w, err := notify.NewWebhook(c.Notify.Webhook.Options())
		if err != nil {
			return nil, err
		}
		channels = append(channels, w)
	}
	if c.Notify.Email.Server != "" {
		e, err := notify.NewEmail(c.Notify.Email.Options(c.Zone))
		if err != nil {
			return nil, err
		}
		channels = append(channels, e)
	}
	return channels, nil
}

// tellNow tells an incident that cannot wait for the store. It comes once more out of the store, when
// that is back.
func (n *notices) tellNow(i guard.Incident) {
	n.mu.Lock()
	n.pressing.add(namesOf(n.channels), i)
	n.mu.Unlock()
	n.stored(true)
}

func namesOf(channels []notify.Channel) []string {
	var names []string
	for _, c := range channels {
		names = append(names, c.Name())
	}
	return names
}

// end stops the channels; what is not sent stays in the outbox.
func (n *notices) end() {
	n.mu.Lock()
	cancel := n.cancel
	n.cancel = nil
	n.mu.Unlock()
	if cancel != nil {
		cancel()
		n.done.Wait()
	}
}

// outbox is the store as the channels see it, and what is told although it is away.
type outbox struct {
	store.Store
	pressing *pressing
}

// Due gives what is to be sent.
func (o outbox) Due(ctx context.Context, channel string, now time.Time, limit int) ([]notify.Notice, error) {
	if own := o.pressing.due(channel, now, limit); len(own) > 0 {
		return own, nil
	}
	due, err := o.Store.Due(ctx, channel, now, limit)
	notices := make([]notify.Notice, len(due))
	for i, n := range due {
		notices[i] = notify.Notice(n)
	}
	return notices, err
}
