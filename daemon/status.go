package daemon

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/web"
)

// outboxTimeout bounds how long a status waits for the store.
const outboxTimeout = 3 * time.Second

// Status says how fraudguard is, and first of all what is not guarded at the moment.
func (b backend) Status(ctx context.Context) (web.Status, error) {
	c := b.condition()
	s := web.Status{
		Version: b.version, Mode: c.config.Mode, Started: web.Moment(b.started), Timezone: c.config.Timezone, Currency: c.config.Currency,
		Deck:  c.statusDeck(),
		Store: c.storeStatus(),
	}
	err := b.ask(ctx, func(g *guard.Guard) { s.LiveLegs, s.Blocks = g.Counts() })
	if err != nil {
		return s, err
	}
	limited, cancel := context.WithTimeout(ctx, outboxTimeout)
	defer cancel()
	if s.NoticesWaiting, err = b.store.OutboxWaiting(limited); err != nil && s.Store.Error == "" {
		s.Store.Error = err.Error()
	}
	for _, server := range c.servers {
		if server.watched {
			s.Servers = append(s.Servers, server.status())
		}
	}
	s.NotGuarded = c.notGuarded(s.Store.Error)
	return s, nil
}

func (c condition) storeStatus() web.StoreStatus {
	r := c.record
	return web.StoreStatus{
		URL: c.config.Store.URL, Waiting: r.waiting(), Error: textOf(r.err),
		AwaySince: web.MomentOrNull(r.away), AwaySeconds: int64(c.awayFor() / time.Second),
		Journal: web.JournalStatus{
			Folder: c.config.Store.Journal, Waiting: r.journal.Records, Bytes: r.journal.Bytes,
			Error: textOf(r.keepErr), Damaged: append([]string{}, r.journal.Bad...),
		},
	}
}

// textOf is what an error says; "" where there is none.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// statusDeck is the general price list in force, nil where there is none.
func (c condition) statusDeck() *web.StatusDeck {
	e, ok := c.deck()
	if !ok {
		return nil
	}
	return &web.StatusDeck{Name: e.Deck.Name(), Edition: e.Number, Currency: e.Deck.Currency(), Rates: e.Deck.Len()}
}

// status says how the link is.
func (s serverCondition) status() web.Server {
	w := web.Server{
		Name: s.name, State: string(s.link.State), Since: web.MomentOrNull(s.link.Since),
		Events: s.link.Events, Dropped: s.link.Dropped, Reconnects: s.reconnects(),
	}
	if s.link.State != ami.Up {
		w.Detail = s.link.LastError
		return w
	}
	details := slices.Clone(s.link.Unproven)
	if s.link.Asterisk != "" {
		details = append([]string{"Asterisk " + s.link.Asterisk}, details...)
	}
	w.Detail = strings.Join(details, "; ")
	return w
}

// reconnects counts the links after the first.
func (s serverCondition) reconnects() uint64 { return max(s.link.Sessions, 1) - 1 }
