package watch

import (
	"context"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// live gives the live legs by number.
func live(t *testing.T, ctx context.Context, s *site.Site) map[string]web.Call {
	t.Helper()
	client := s.Client()
	defer client.Close()
	legs := make(map[string]web.Call)
	for _, c := range must[[]web.Call](t)(client.Calls(ctx, store.CallsQuery{LiveOnly: true})) {
		legs[c.Number] = c
	}
	return legs
}

// cost is what a number's leg was charged.
func cost(t *testing.T, ctx context.Context, s *site.Site, number string) money.Amount {
	t.Helper()
	client := s.Client()
	defer client.Close()
	for _, c := range must[[]web.Call](t)(client.Calls(ctx, store.CallsQuery{})) {
		if c.Number == number {
			return c.Cost
		}
	}
	t.Errorf("no leg goes to %s", number)
	return 0
}

// TestGuardRestart: the guard ends in order in the middle of calls and comes back. A leg that lives
// on is charged to the second as if nothing had been; one that ended meanwhile costs no less than
// the carrier takes.
func TestGuardRestart(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		staying := must[*sip.Call](t)(phone.Dial(ctx, "00442011111111"))
		check(t, staying.WaitAnswered(ctx))
		answered := time.Now()
		leaving := must[*sip.Call](t)(phone.Dial(ctx, "00442022222222"))
		up(t, ctx, s, g, 2)
		before := live(t, ctx, s)
		stop(t, ctx, g)
		check(t, leaving.Hangup())
		g = must[*site.Guard](t)(s.StartGuard(ctx))
		check(t, g.WaitStatus(ctx, "the leg that left is closed", func(st web.Status) bool { return st.LiveLegs == 1 }))
		was, is := before["442011111111"], live(t, ctx, s)["442011111111"]
		if is.Answered == nil || !is.Answered.Equal(*was.Answered) || !is.Started.Equal(was.Started) {
			t.Errorf("the leg was %+v and is resumed as %+v", was, is)
		}
		halfway(ctx, answered)
		check(t, staying.Hangup())
		settled(t, ctx, s, g)
		if got, want := cost(t, ctx, s, "442011111111"), billed(t, s, "00442011111111"); got != want {
			t.Errorf("the leg that lived on costs %s, the carrier bills %s: %+v", got, want, s.Carrier.Bills())
		}
		if got, want := cost(t, ctx, s, "442022222222"), billed(t, s, "00442022222222"); got < want || got > want+amount(t, "0.01") {
			t.Errorf("the leg that left costs %s, the carrier bills %s", got, want)
		}
		if lines := logged(s, "the store does not answer; protection goes on, the record waits"); len(lines) != 0 {
			t.Errorf("an end in order is told as a fault: %v", lines)
		}
	}, site.Options{})
}

// TestSuspendedGuard: for three seconds the guard does nothing. A leg whose cap is reached in that
// time is ended by Asterisk itself, and one that lives through it is charged to the second.
func TestSuspendedGuard(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		honest := dial(t, ctx, s, "201", "00442011111111")
		check(t, honest.WaitAnswered(ctx))
		answered := time.Now()
		must[*sip.Call](t)(must[*sip.Phone](t)(s.Phone(ctx, "101")).Dial(ctx, "00449001111111"))
		up(t, ctx, s, g, 2)
		pause(ctx, 300*time.Millisecond) // Asterisk has its limit
		check(t, g.Suspend())
		pause(ctx, 3*time.Second)
		theft := s.Carrier.Bills()[1]
		check(t, g.Resume())
		if increment := amount(t, "0.05"); theft.Live() || billed(t, s, "00449") > amount(t, "0.10")+increment {
			t.Errorf("Asterisk did not end the leg at its cap: %+v", theft)
		}
		halfway(ctx, answered)
		check(t, honest.Hangup())
		settled(t, ctx, s, g)
		if got, want := cost(t, ctx, s, "442011111111"), billed(t, s, "004420"); got != want {
			t.Errorf("the leg that lived through costs %s, the carrier bills %s", got, want)
		}
		if got, want := cost(t, ctx, s, "449001111111"), billed(t, s, "00449"); got < want {
			t.Errorf("the leg that Asterisk ended costs %s, the carrier bills %s", got, want)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.10\"\n"})
}

// TestLateStart: the guard comes up while calls are already live. It takes them up as dear as they
// can have been, knows who pays, and cuts them at the cap.
func TestLateStart(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		stop(t, ctx, begin(t, ctx, s))
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for _, number := range []string{"00449001111111", "00449002222222"} {
			must[*sip.Call](t)(phone.Dial(ctx, number))
		}
		check(t, s.Carrier.WaitAnswered(ctx, 2))
		pause(ctx, time.Second)
		g := must[*site.Guard](t)(s.StartGuard(ctx))
		settled(t, ctx, s, g)
		bill := amount(t, s.Carrier.Total())
		if got := ledger(t, ctx, s, "101"); got < bill || got > bill+2*2*amount(t, "0.05") {
			t.Errorf("101 is charged %s, the carrier bills %s", got, bill)
		}
		if bill > amount(t, "0.80") {
			t.Errorf("the carrier bills %s; the cap is 0.80", bill)
		}
		for _, line := range logged(s, "leg") {
			if line["estimated"] != true || line["verdict"] != "cut" {
				t.Errorf("a leg that was live before the guard: %v", line)
			}
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.80\"\n"})
}

// TestTwentyCalls: two extensions of a tenant hold ten premium calls each. The tenant's cap ends
// all twenty, and is not broken by a single increment.
func TestTwentyCalls(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		for _, extension := range []string{"101", "102"} {
			phone := must[*sip.Phone](t)(s.Phone(ctx, extension))
			for range 10 {
				must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
			}
		}
		check(t, s.Carrier.WaitAnswered(ctx, 20))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		cap, increment := amount(t, "6.00"), amount(t, "0.05")
		if bill := amount(t, s.Carrier.Total()); bill > cap || bill < cap-20*increment {
			t.Errorf("the carrier bills %s; the cap is %s", bill, cap)
		}
		if n := len(incidents(t, ctx, s, "caps.tenant.cost_per_day")); n != 20 {
			t.Errorf("%d incidents for twenty cuts", n)
		}
	}, site.Options{Rules: "[abuse.repeated_number]\ncalls = 0\n[caps.tenant]\ncost_per_day = \"6.00\"\n"})
}
