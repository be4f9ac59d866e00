package daemon

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// backend answers what is asked on the socket: the running state from the guard, the past from the
// store.
type backend struct{ *Daemon }

// Calls gives legs, newest first: those that live as the guard knows them, the others as recorded.
func (b backend) Calls(ctx context.Context, q store.CallsQuery) ([]web.Call, error) {
	var live []guard.Leg
	if err := b.ask(ctx, func(g *guard.Guard) { live = g.Live(time.Now()) }); err != nil {
		return nil, err
	}
	var calls []web.Call
	known := make(map[string]bool)
	for _, l := range live {
		known[l.Server+" "+l.ID] = true
		if matches(l, q) {
			calls = append(calls, web.CallOf(l))
		}
	}
	if !q.LiveOnly {
		recorded, err := b.store.Calls(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, l := range recorded {
			if !known[l.Server+" "+l.ID] {
				calls = append(calls, web.CallOf(l))
			}
		}
	}
	slices.SortStableFunc(calls, func(x, y web.Call) int { return y.Started.Compare(x.Started) })
	return calls[:min(len(calls), store.Rows(q.Limit))], nil
}

func matches(l guard.Leg, q store.CallsQuery) bool {
	return (q.Tenant == "" || l.Account.Tenant == q.Tenant) &&
		(q.Extension == "" || l.Account.Extension == q.Extension) &&
		(q.Server == "" || l.Server == q.Server) && (len(q.Names) == 0 || slices.Contains(q.Names, l.Name)) &&
		!l.Started.Before(q.Since) && (q.Until.IsZero() || l.Started.Before(q.Until))
}

// Ledger gives one window: the running one from the guard, which knows the live legs; others from
// the store.
func (b backend) Ledger(ctx context.Context, q web.LedgerQuery) ([]web.LedgerRow, error) {
	c, _ := b.current()
	running := limits.NewCalendar(c.Zone).Window(q.Period, time.Now()).Key
	var rows []limits.Row
	var err error
	if q.Key == "" || q.Key == running {
		err = b.ask(ctx, func(g *guard.Guard) { rows = g.Ledger(q.Period, time.Now()) })
	} else {
		rows, err = b.store.Ledger(ctx, store.LedgerQuery{Tenant: q.Tenant, Extension: q.Extension, Period: q.Period, From: q.Key, To: q.Key})
	}
	if err != nil {
		return nil, err
	}
	var out []web.LedgerRow
	for _, r := range rows {
		if (q.Tenant == "" || r.Account.Tenant == q.Tenant) && (q.Extension == "" || r.Account.Extension == q.Extension) {
			out = append(out, web.LedgerRowOf(r))
		}
	}
	return out, nil
}

// Blocks gives blocks: those in force from the guard, all that ever were from the store.
func (b backend) Blocks(ctx context.Context, all bool) ([]web.Block, error) {
	var blocks []guard.Block
	var err error
	if all {
		blocks, err = b.store.Blocks(ctx, true)
	} else {
		err = b.ask(ctx, func(g *guard.Guard) { blocks = g.Blocks() })
	}
	if err != nil {
		return nil, err
	}
	var out []web.Block
	for _, block := range blocks {
		out = append(out, web.BlockOf(block))
	}
	return out, nil
}

// Block sets a block, and hangs up what it concerns.
func (b backend) Block(ctx context.Context, r web.BlockRequest) (web.Block, error) {
	if err := b.canBlock(r.Target); err != nil {
		return web.Block{}, err
	}
	now := time.Now()
	fact := guard.BlockAsked{Seen: guard.Seen{At: now}, Target: r.Target, Reason: r.Reason, Who: r.Who, KeepLive: r.KeepLive}
	if r.For > 0 {
		fact.Until = now.Add(r.For)
	}
	if fact.Reason == "" {
		fact.Reason = "by hand"
	}
	if err := b.handle(ctx, fact); err != nil {
		return web.Block{}, err
	}
	block, err := b.blockOn(ctx, r.Target)
	if err == nil && block == nil {
		err = errors.New("the block ended as soon as it was set")
	}
	if err != nil {
		return web.Block{}, err
	}
	return web.BlockOf(*block), nil
}

// canBlock says what a block on a target would not do.
func (b backend) canBlock(t guard.Target) error {
	c, _ := b.current()
	if t.Server != "" {
		if _, err := serverNamed(c, t.Server); err != nil {
			return err
		}
	}
	if t.Number == "" {
		return nil
	}
	for i := range c.Server {
		s := &c.Server[i]
		for _, dialled := range []string{t.Number, "+" + t.Number} {
			if d, err := s.Plan(c.Numbers.Classes).Parse(dialled); err == nil && d.Class == number.Emergency {
				return web.Errorf(http.StatusBadRequest, "+%s is an emergency number at %s: those always pass, and no block holds them", t.Number, s.Name)
			}
		}
	}
	return nil
}

// blockOn gives the block in force on a target, nil where there is none.
func (b backend) blockOn(ctx context.Context, t guard.Target) (*guard.Block, error) {
	var found *guard.Block
	err := b.ask(ctx, func(g *guard.Guard) {
		for _, block := range g.Blocks() {
			if block.Target == t {
				found = &block
			}
		}
	})
	return found, err
}

// Unblock lifts the block on a target.
func (b backend) Unblock(ctx context.Context, t guard.Target, who string) error {
	block, err := b.blockOn(ctx, t)
	if err != nil {
		return err
	}
	if block == nil {
		return web.Errorf(http.StatusNotFound, "there is no block on %s: see fraudguard blocks", t)
	}
	return b.handle(ctx, guard.UnblockAsked{Seen: guard.Seen{At: time.Now()}, Target: t, Who: who})
}

// Incidents gives incidents, newest first.
func (b backend) Incidents(ctx context.Context, q store.IncidentsQuery) ([]web.Incident, error) {
	incidents, err := b.store.Incidents(ctx, q)
	var out []web.Incident
	for _, i := range incidents {
		out = append(out, web.IncidentOf(i))
	}
	return out, err
}

// Incident gives one incident.
func (b backend) Incident(ctx context.Context, id string) (web.Incident, error) {
	i, err := b.store.Incident(ctx, id)
	return web.IncidentOf(i), err
}

func serverNamed(c *config.Config, name string) (*config.Server, error) {
	var names []string
	for i := range c.Server {
		if name == "" || c.Server[i].Name == name {
			return &c.Server[i], nil
		}
		names = append(names, c.Server[i].Name)
	}
	return nil, web.Errorf(http.StatusNotFound, "there is no server %q: write %s", name, strings.Join(names, " or "))
}

// Reload takes a changed configuration.
func (b backend) Reload(ctx context.Context) error {
	if err := b.Daemon.Reload(ctx); err != nil {
		return web.Errorf(http.StatusBadRequest, "%v", err)
	}
	return nil
}
