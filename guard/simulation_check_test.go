package guard

import (
	"math/big"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
)

// bill is the carrier's own arithmetic for the part of a call that begins before until.
func (c *call) bill(until time.Time) money.Amount {
	seconds := c.seconds(until)
	if seconds == 0 {
		return 0
	}
	price := new(big.Rat).SetFrac64(int64(c.rate.PerMinute)*seconds, 60)
	whole := new(big.Int).Quo(price.Num(), price.Denom())
	if !price.IsInt() {
		whole.Add(whole, big.NewInt(1))
	}
	return money.Amount(whole.Int64()) + c.rate.Connect
}

// seconds are those of the increments of a call that begin before until.
func (c *call) seconds(until time.Time) int64 {
	if until.After(c.ended) {
		until = c.ended
	}
	if c.answered.IsZero() || !until.After(c.answered) {
		return 0
	}
	elapsed, seconds := until.Sub(c.answered), int64(c.rate.First)
	for time.Duration(seconds)*time.Second < elapsed {
		seconds += int64(c.rate.Next)
	}
	return seconds
}

func (w *world) check() {
	charged := make(map[string]money.Amount)
	byDay := make(map[string]money.Amount)
	for _, c := range w.kept.charges {
		charged[c.Leg] += c.Amount
		byDay[c.Account.String()+" "+c.Day] += c.Amount
	}
	for _, c := range w.legs {
		leg, bill := w.kept.legs[c.channel.ID], c.bill(c.ended)
		switch {
		case leg.ID == "":
			w.t.Errorf("leg %s is not in the record", c.channel.ID)
		case leg.Ended.IsZero():
			w.t.Errorf("leg %s has not ended in the record", c.channel.ID)
		case leg.International != (c.rate.Prefix != "39"):
			w.t.Errorf("leg %s to +%s is international: %v", c.channel.ID, leg.Number, leg.International)
		case leg.Account != c.account:
			w.t.Errorf("leg %s is charged to %s, not %s", c.channel.ID, leg.Account, c.account)
		case !leg.Estimated && charged[c.channel.ID] != bill:
			w.t.Errorf("leg %s is charged %s, the carrier bills %s", c.channel.ID, charged[c.channel.ID], bill)
		case charged[c.channel.ID] < bill:
			w.t.Errorf("leg %s was not watched and is charged %s, the carrier bills %s", c.channel.ID, charged[c.channel.ID], bill)
		}
	}
	w.checkCaps()
	if live := w.guard.Live(w.now); len(live) > 0 {
		w.t.Errorf("%d legs are still live", len(live))
	}
	for _, row := range w.guard.Ledger(limits.Day, w.now) {
		if row.Cost != byDay[row.Account.String()+" "+row.Key] {
			w.t.Errorf("the ledger of %s says %s, the charges add up to %s", row.Account, row.Cost, byDay[row.Account.String()+" "+row.Key])
		}
	}
}

// usedUp is what a cap is held to.
type usedUp struct {
	account limits.Account
	kind    limits.Kind
	what    string // the window, the leg, or the window and the route
}

// checkCaps adds up what the carrier bills and holds it to the caps.
func (w *world) checkCaps() {
	used := make(map[usedUp]limits.Value)
	for _, c := range w.legs {
		spare := int64(0) // increments
		switch {
		case c.lost:
			spare = 2
		case c.unwatched:
			spare = 1
		}
		w.countCall(used, c)
		if c.answered.IsZero() {
			continue
		}
		add := func(cost money.Amount, seconds int64, route string, kinds ...limits.Kind) {
			longest := int64(max(c.rate.First, c.rate.Next))
			cost -= money.Amount(spare) * (c.rate.Connect + (c.rate.PerMinute*money.Amount(longest)+59)/60)
			seconds -= spare * longest
			for _, account := range []limits.Account{c.account, {Tenant: c.account.Tenant}} {
				for _, k := range kinds {
					v := limits.Value(seconds)
					if k.Unit() == limits.InMoney {
						v = limits.Value(cost)
					}
					used[usedUp{account, k, route}] += v
				}
			}
		}
		add(c.bill(c.ended), c.seconds(c.ended), "call "+c.channel.ID, limits.CostPerCall, limits.MinutesPerCall)
		for day := w.rules.Calendar.Window(limits.Day, c.answered); ; day = w.rules.Calendar.Window(limits.Day, day.End) {
			cost, seconds := c.bill(day.End)-c.bill(day.Start), c.seconds(day.End)-c.seconds(day.Start)
			add(cost, seconds, day.Key, limits.CostPerDay, limits.MinutesPerDay)
			add(cost, seconds, day.Key[:7], limits.CostPerMonth, limits.MinutesPerMonth)
			add(cost, seconds, day.Key+" "+c.rate.Route, limits.RouteMinutesPerDay)
			if c.rate.Prefix != "39" {
				add(cost, seconds, day.Key, limits.InternationalMinutesPerDay)
				add(cost, seconds, day.Key[:7], limits.InternationalMinutesPerMonth)
			}
			if !day.End.Before(c.ended) {
				break
			}
		}
	}
	for key, v := range used {
		if limit, _, set := w.rules.Caps.Value(key.account, key.kind); set && v > limit {
			w.t.Errorf("%s: %s of %s comes to %d, the cap is %d", key.account, key.kind, key.what, v, limit)
		}
	}
}

// countCall counts a leg that was let through, and those that lived when it began.
func (w *world) countCall(used map[usedUp]limits.Value, c *call) {
	through := func(c *call) bool { return w.kept.legs[c.channel.ID].Verdict != Denied }
	if !through(c) {
		return
	}
	day := w.rules.Calendar.Window(limits.Day, c.begun).Key
	for _, account := range []limits.Account{c.account, {Tenant: c.account.Tenant}} {
		used[usedUp{account, limits.AttemptsPerDay, day}]++
		for _, other := range w.legs {
			same := other.account == c.account || account.Extension == "" && other.account.Tenant == account.Tenant
			if !same || !through(other) || other.begun.After(c.begun) || !other.ended.After(c.begun) {
				continue
			}
			used[usedUp{account, limits.ConcurrentCalls, "when " + c.channel.ID + " began"}]++
			if c.rate.Prefix != "39" && other.rate.Prefix != "39" {
				used[usedUp{account, limits.ConcurrentInternational, "when " + c.channel.ID + " began"}]++
			}
		}
	}
}
