package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

const (
	verdictTenants    = 100
	verdictExtensions = 1000 // of each tenant
	verdictPrefixes   = 100_000
	verdictSamples    = 4000
	// allocationSamples are fewer: asking for the memory stops the world.
	allocationSamples = 200
	// betweenCalls is the time that goes by from one attempt to the next: ten calls a second.
	betweenCalls = 100 * time.Millisecond
)

// verdictStart is early in a day and a month, so that no window ends during a scene.
var verdictStart = time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC)

// verdictScene is a guard in a state in which it is asked.
type verdictScene struct {
	name   string
	live   int
	denied bool
	// tight has the tenant's cap within the horizon, so that it is known of each leg when it has to end.
	tight bool
}

func measureVerdicts(ctx context.Context, b *bench) error {
	prices, err := verdictPrices(1, verdictPrefixes)
	if err != nil {
		return err
	}
	for _, scene := range []verdictScene{
		{"allowed, no live leg", 0, false, false}, {"allowed, 100 live legs of the tenant", 100, false, false},
		{"allowed, 1,000 live legs of the tenant", 1000, false, false},
		{"allowed, 1,000 live legs, cap within the horizon", 1000, false, true},
		{"denied (route cap), no live leg", 0, true, false}, {"denied, 100 live legs of the tenant", 100, true, false},
		{"denied, 1,000 live legs of the tenant", 1000, true, false},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := scene.measure(b, prices); err != nil {
			return fmt.Errorf("%s: %w", scene.name, err)
		}
	}
	return nil
}

func (s verdictScene) measure(b *bench, prices *rates.Prices) error {
	samples := verdictSamples
	if s.live >= 1000 {
		samples /= 3
	}
	if s.tight {
		samples /= 4
	}
	c, err := s.prepare(prices)
	if err != nil {
		return err
	}
	runtime.GC()
	took := make([]float64, 0, samples)
	for range samples {
		f := c.dial()
		began := time.Now()
		effects := c.guard.Handle(f)
		took = append(took, micros(time.Since(began)))
		if err := s.check(effects); err != nil {
			return err
		}
		c.hangUp()
	}
	var objects, bytes []float64
	var before, after runtime.MemStats
	for range allocationSamples {
		f := c.dial()
		runtime.ReadMemStats(&before)
		c.guard.Handle(f)
		runtime.ReadMemStats(&after)
		objects = append(objects, float64(after.Mallocs-before.Mallocs))
		bytes = append(bytes, float64(after.TotalAlloc-before.TotalAlloc))
		c.hangUp()
	}
	b.add(result{What: s.name, Value: median(took), Unit: "µs", Note: fmt.Sprintf("p99 %s µs, %s allocations, %s bytes",
		readable(percentile(took, 99)), readable(median(objects)), readable(median(bytes)))})
	return nil
}

// check holds that the verdict measured is the one that was meant.
func (s verdictScene) check(effects []guard.Effect) error {
	for _, e := range effects {
		if save, ok := e.(guard.Save); ok {
			if l, ok := save.Record.(guard.Leg); ok && l.Ended.IsZero() && l.Answered.IsZero() {
				if (l.Verdict == guard.Denied) != s.denied {
					return fmt.Errorf("the verdict on %s is %s %s", l.Number, l.Verdict, l.Reason)
				}
				return nil
			}
		}
	}
	return errors.New("no verdict was given")
}

// verdictCaller feeds a guard the facts of calls.
type verdictCaller struct {
	guard  *guard.Guard
	now    time.Time
	prefix string
	calls  int
}

func (s verdictScene) prepare(prices *rates.Prices) (*verdictCaller, error) {
	c := &verdictCaller{guard: guard.New(s.rules(), prices, verdictState(), verdictStart), now: verdictStart, prefix: "0039066"}
	c.guard.Handle(guard.ServerUp{Seen: c.seen()})
	for range s.live {
		f := c.dial()
		c.guard.Handle(f)
		c.guard.Handle(guard.ChannelAnswered{Seen: c.seen(), Channel: f.To})
	}
	if got := len(c.guard.Live(c.now)); got != s.live {
		return nil, fmt.Errorf("%d live legs, not %d", got, s.live)
	}
	if s.denied {
		c.prefix = "00881"
	}
	return c, nil
}

// rules are those of the example configuration, with room for the calls.
func (s verdictScene) rules() guard.Rules {
	tenantDay := money.Amount(1_000_000) * money.Unit
	if s.tight {
		// 1,000 posted; the live legs cost 10 a minute together.
		tenantDay = 1_100 * money.Unit
	}
	return guard.Rules{
		Calendar: limits.NewCalendar(time.UTC),
		Caps: limits.Caps{Values: map[limits.Subject]limits.Values{
			{Scope: limits.PerExtension}: {limits.CostPerDay: limits.Value(100_000 * money.Unit), limits.RouteCostPerMinute: limits.Value(2 * money.Unit)},
			{Scope: limits.PerTenant}:    {limits.CostPerDay: limits.Value(tenantDay), limits.CostPerMonth: limits.Value(10_000_000 * money.Unit)},
		}},
		Abuse: abuse.Settings{RepeatedNumber: &abuse.RepeatedNumberSettings{
			Calls: 5, Within: 5 * time.Minute, Action: abuse.Block, BlockFor: 24 * time.Hour,
		}},
		Horizon: 15 * time.Minute,
		Servers: map[string]guard.ServerRules{"pbx1": {
			Trunks: []string{"PJSIP/carrier"}, Tenant: "default", TenantBy: []guard.TenantSource{guard.ByAccountCode},
			Plan: number.Plan{Country: "DE", InternationalPrefixes: []string{"00"}, NationalPrefix: "0"},
		}},
	}
}

// verdictState is a ledger of 100,000 accounts.
func verdictState() guard.State {
	var state guard.State
	for t := range verdictTenants {
		for e := range verdictExtensions {
			state.Days = append(state.Days, limits.Row{
				Account: limits.Account{Tenant: fmt.Sprintf("t%02d", t), Extension: fmt.Sprint(1000 + e)}, Key: "2026-11-02",
				Usage: limits.Usage{Cost: money.Unit, BilledSeconds: 600, Calls: 5, Attempts: 9},
			})
		}
	}
	return state
}

// verdictPrices is an edition with the prices of the numbers that are dialled, and many others.
func verdictPrices(edition, prefixes int) (*rates.Prices, error) {
	all := deckRates(prefixes)
	keep := all[:0]
	for _, r := range all {
		if !strings.HasPrefix(r.Prefix, "39") && !strings.HasPrefix(r.Prefix, "881") {
			keep = append(keep, r)
		}
	}
	keep = append(keep,
		rates.Rate{Prefix: "39", Route: "Italy", PerMinute: money.Unit / 100, First: 1, Next: 1},
		rates.Rate{Prefix: "3906", Route: "Italy Rome", PerMinute: money.Unit / 100, First: 1, Next: 1},
		rates.Rate{Prefix: "881", Route: "Satellite", PerMinute: 5 * money.Unit, First: 60, Next: 60})
	deck, err := rates.NewDeck("default", "EUR", keep)
	if err != nil {
		return nil, err
	}
	return rates.NewPrices([]rates.Edition{{Number: edition, Deck: deck}}, "default", nil, nil), nil
}

func (c *verdictCaller) seen() guard.Seen { return guard.Seen{Server: "pbx1", At: c.now} }

// dial makes the next call as far as its trunk leg; the extensions of one tenant take turns. The
// guard has heard of both channels when the returned fact comes.
func (c *verdictCaller) dial() guard.DialBegun {
	c.now = c.now.Add(betweenCalls)
	c.calls++
	extension := fmt.Sprint(1000 + c.calls%verdictExtensions)
	id := func(half int) string { return fmt.Sprintf("%d.%d", c.now.Unix(), 2*c.calls+half) }
	digits := fmt.Sprintf("%s%06d", c.prefix, c.calls)
	f := guard.DialBegun{Dialled: digits,
		From: guard.Channel{ID: id(0), LinkedID: id(0), Name: fmt.Sprintf("PJSIP/%s-%08x", extension, 2*c.calls),
			State: guard.StateRinging, AccountCode: "t00", Context: "default", Exten: digits},
		To: guard.Channel{ID: id(1), LinkedID: id(0), Name: fmt.Sprintf("PJSIP/carrier-%08x", 2*c.calls+1),
			Context: "default", Exten: digits}}
	c.guard.Handle(guard.ChannelCreated{Seen: c.seen(), Channel: f.From})
	c.guard.Handle(guard.ChannelCreated{Seen: c.seen(), Channel: f.To})
	f.Seen = c.seen()
	return f
}

// hangUp ends the call that dial made last.
func (c *verdictCaller) hangUp() {
	for half := range 2 {
		c.guard.Handle(guard.ChannelEnded{Seen: c.seen(), ID: fmt.Sprintf("%d.%d", c.now.Unix(), 2*c.calls+half), Cause: 21})
	}
}
