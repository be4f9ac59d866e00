package watch

import (
	"context"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// dial begins a call from a phone of its own.
func dial(t *testing.T, ctx context.Context, s *site.Site, extension, number string) *sip.Call {
	t.Helper()
	phone := must[*sip.Phone](t)(s.Phone(ctx, extension))
	return must[*sip.Call](t)(phone.Dial(ctx, number))
}

// settled waits until the guard has no live leg and everything is stored.
func settled(t *testing.T, ctx context.Context, s *site.Site, g *site.Guard) {
	t.Helper()
	check(t, s.Carrier.WaitAllEnded(ctx))
	check(t, g.WaitStatus(ctx, "no leg is live", func(st web.Status) bool { return st.LiveLegs == 0 }))
	// A status is no one moment: the end that it counts may not yet be among what it says waits.
	check(t, g.WaitStatus(ctx, "no leg is live and all is stored", func(st web.Status) bool {
		return st.LiveLegs == 0 && st.Store.Waiting == 0
	}))
}

// ledger gives what an account has spent today; "" is every extension.
func ledger(t *testing.T, ctx context.Context, s *site.Site, extension string) money.Amount {
	t.Helper()
	client := s.Client()
	defer client.Close()
	var total money.Amount
	for _, row := range must[[]web.LedgerRow](t)(client.Ledger(ctx, web.LedgerQuery{Extension: extension, Period: limits.Day})) {
		total += row.Cost
	}
	return total
}

func incidents(t *testing.T, ctx context.Context, s *site.Site, rule string) []web.Incident {
	t.Helper()
	client := s.Client()
	defer client.Close()
	return must[[]web.Incident](t)(client.Incidents(ctx, store.IncidentsQuery{Rule: rule}))
}

// sameAsBill holds the whole ledger to the carrier's bill.
func sameAsBill(t *testing.T, ctx context.Context, s *site.Site) {
	t.Helper()
	if got, want := ledger(t, ctx, s, ""), amount(t, s.Carrier.Total()); got != want {
		t.Errorf("the ledger says %s, the carrier bills %s: %+v", got, want, s.Carrier.Bills())
	}
}

func TestHonestCall(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		call := dial(t, ctx, s, "101", "00442012345678")
		check(t, call.WaitAnswered(ctx))
		pause(ctx, 2500*time.Millisecond)
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if got := ledger(t, ctx, s, "101"); got != amount(t, "0.0015") {
			t.Errorf("three seconds at 0.03 a minute cost %s", got)
		}
		if all := incidents(t, ctx, s, ""); len(all) != 0 {
			t.Errorf("an honest call made incidents: %+v", all)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"1.00\"\n"})
}

// pause lets a call last; that is a length of talk, not a wait for something to happen.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// TestCapCutsParallelCalls: a stolen extension dials premium numbers in parallel. All legs are cut
// when the cap is reached, and the next one is refused before the carrier answers.
func TestCapCutsParallelCalls(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for _, number := range []string{"00449001111111", "00449002222222", "00449003333333"} {
			must[*sip.Call](t)(phone.Dial(ctx, number))
		}
		check(t, s.Carrier.WaitAnswered(ctx, 3))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if spent, cap := ledger(t, ctx, s, "101"), amount(t, "0.60"); spent > cap || spent < cap-amount(t, "0.15") {
			t.Errorf("spent %s of a cap of %s", spent, cap)
		}
		refused := must[*sip.Call](t)(phone.Dial(ctx, "00449004444444"))
		if over := must[sip.State](t)(refused.WaitOver(ctx)); over.Kind != sip.Refused {
			t.Errorf("the call after the cap ended as %+v", over)
		}
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if n := len(incidents(t, ctx, s, "caps.extension.cost_per_day")); n != 4 {
			t.Errorf("%d incidents for three cuts and a refusal", n)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.60\"\n",
		Answers: map[string]sip.Behaviour{"00449004": {RingFor: 5 * time.Second}}})
}

// TestBlindTransfer is the theft that records do not see: the phone sends one paid leg to another
// number and leaves. The account that did it pays for both, and its cap ends both.
func TestBlindTransfer(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
		check(t, call.WaitAnswered(ctx))
		pause(ctx, time.Second)
		check(t, call.BlindTransfer(ctx, "00449002222222"))
		phone.Vanish()
		check(t, s.Carrier.WaitAnswered(ctx, 2))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if spent, total := ledger(t, ctx, s, "101"), amount(t, s.Carrier.Total()); spent != total || spent > amount(t, "0.80") {
			t.Errorf("101 is charged %s of %s, its cap is 0.80", spent, total)
		}
		for _, bill := range s.Carrier.Bills() {
			if bill.EndedBy != "customer" {
				t.Errorf("the leg to %s was ended by the %s", bill.Number, bill.EndedBy)
			}
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.80\"\n"})
}

// TestKilledGuard: SIGKILL in the middle of calls. Asterisk's own limits end them, and no account
// spends beyond its cap plus one increment for each live leg.
func TestKilledGuard(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for _, number := range []string{"00449001111111", "00449002222222", "00449003333333"} {
			must[*sip.Call](t)(phone.Dial(ctx, number))
		}
		check(t, s.Carrier.WaitAnswered(ctx, 3))
		check(t, g.WaitStatus(ctx, "three legs are live", func(st web.Status) bool { return st.LiveLegs == 3 }))
		pause(ctx, time.Second)
		g.Kill()
		check(t, s.Carrier.WaitAllEnded(ctx))
		billed, cap, increment := amount(t, s.Carrier.Total()), amount(t, "0.90"), amount(t, "0.05")
		if billed > cap+3*increment || billed < cap-3*increment {
			t.Errorf("the carrier bills %s after the guard was killed; the cap is %s", billed, cap)
		}
		g = must[*site.Guard](t)(s.StartGuard(ctx))
		settled(t, ctx, s, g)
		if spent := ledger(t, ctx, s, "101"); spent < billed {
			t.Errorf("the ledger says %s, the carrier bills %s", spent, billed)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.90\"\n"})
}
