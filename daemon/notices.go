package daemon

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/notify"
	"github.com/fraudguard/fraudguard/store"
)

// notices tells people of incidents: it runs the channels that the configuration names.
type notices struct {
	store store.Store
	log   *slog.Logger
	wake  chan struct{}

	mu       sync.Mutex
	channels []notify.Channel
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

func newNotices(s store.Store, log *slog.Logger) *notices {
	return &notices{store: s, log: log, wake: make(chan struct{}, 1)}
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
	n.channels = channels
	n.done.Go(func() { notify.Run(ctx, outbox{n.store}, channels, n.wake, n.log) })
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

// names are those of the channels that run.
func (n *notices) names() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var names []string
	for _, c := range n.channels {
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

// outbox is the store as the channels see it.
type outbox struct{ store.Store }

// Due gives what is to be sent.
func (o outbox) Due(ctx context.Context, channel string, now time.Time, limit int) ([]notify.Notice, error) {
	due, err := o.Store.Due(ctx, channel, now, limit)
	notices := make([]notify.Notice, len(due))
	for i, n := range due {
		notices[i] = notify.Notice(n)
	}
	return notices, err
}
