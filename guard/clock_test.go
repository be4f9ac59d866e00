package guard

import (
	"slices"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/limits/limitstest"
)

func hangsUp(effects []Effect, id string) bool {
	return slices.ContainsFunc(effects, func(e Effect) bool {
		h, ok := e.(HangUp)
		return ok && h.ID == id
	})
}

// TestClockSetOverMidnight: while a call is up the clock is set to the next day and back. What was spent on
// the first day counts again, so that the call ends when the cap of that day is reached, and no other begins.
func TestClockSetOverMidnight(t *testing.T) {
	p := newPast(t) // a thousandth a second
	p.rules.Caps = limits.Caps{Values: map[limits.Subject]limits.Values{{Scope: limits.PerExtension}: {limits.CostPerDay: 100_000}}}
	now := limitstest.Running(time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC))
	alice := limits.Account{Tenant: "acme", Extension: "101"}
	p.guard = New(p.rules, p.prices, State{Days: []limits.Row{{Account: alice, Key: "2026-11-21", Usage: limits.Usage{Cost: 70_000}}}}, now)
	p.guard.Handle(ServerUp{Seen{"pbx", now}})
	dial := func(id string) []Effect {
		phone := Channel{ID: "p" + id, LinkedID: "p" + id, Name: "PJSIP/101-0000000" + id, AccountCode: "acme", State: StateRinging}
		trunk := Channel{ID: "t" + id, LinkedID: "p" + id, Name: "PJSIP/carrier-0000000" + id}
		p.guard.Handle(ChannelCreated{Seen{"pbx", now}, phone})
		p.guard.Handle(ChannelCreated{Seen{"pbx", now}, trunk})
		return p.guard.Handle(DialBegun{Seen: Seen{"pbx", now}, From: phone, To: trunk, Dialled: "00442012345678"})
	}
	tick := func(after time.Duration) []Effect {
		now = now.Add(after)
		return p.guard.Handle(Tick{Seen{At: now}})
	}
	dial("1")
	p.guard.Handle(ChannelAnswered{Seen{"pbx", now}, Channel{ID: "t1", Name: "PJSIP/carrier-00000001", State: StateUp}})

	now = limitstest.SetClock(now.Add(10*time.Second), 12*time.Hour)
	if !slices.Contains(tick(0), Effect(FindTotals{Day: "2026-11-22"})) {
		t.Error("nobody asks what was spent on the day to which the clock was set")
	}
	p.guard.Handle(TotalsRead{Seen: Seen{At: now}, Day: "2026-11-22"})
	if hangsUp(dial("2"), "t2") {
		t.Error("on a day on which little is spent a call is refused")
	}
	p.guard.Handle(ChannelEnded{Seen: Seen{"pbx", now}, ID: "t2"})

	now = limitstest.SetClock(now.Add(10*time.Second), -12*time.Hour)
	limited := time.Duration(0)
	for _, e := range tick(0) {
		if l, ok := e.(LimitTime); ok && l.ID == "t1" {
			limited = l.After
		}
	}
	if limited <= 0 || limited > 10*time.Second {
		t.Errorf("with a tenth of the cap left, Asterisk is told to end the call in %s", limited)
	}
	if hangsUp(tick(9*time.Second), "t1") {
		t.Error("the call is cut before the cap is reached")
	}
	if !hangsUp(tick(999*time.Millisecond), "t1") {
		t.Error("the call is not cut at the cap")
	}
	p.guard.Handle(ChannelEnded{Seen: Seen{"pbx", now}, ID: "t1"})
	if rows := p.guard.Ledger(limits.Day, now); len(rows) != 1 || rows[0].Key != "2026-11-21" || rows[0].Cost != 100_000 {
		t.Errorf("the day's ledger is %+v", rows)
	}
	if !hangsUp(dial("3"), "t3") {
		t.Error("with the cap spent another call is let through")
	}
}
