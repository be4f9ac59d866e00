package watch

import (
	"context"
	"testing"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// TestTransferredTwice: 101 sends a paid leg on to 102, and 102 sends it to a second number abroad.
// Both have left; each pays for the leg that it caused, and the tenant's cap ends both.
func TestTransferredTwice(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		first, second := must[*sip.Phone](t)(s.Phone(ctx, "101")), must[*sip.Phone](t)(s.Phone(ctx, "102"))
		call := must[*sip.Call](t)(first.Dial(ctx, "00449001111111"))
		up(t, ctx, s, g, 1)
		check(t, call.BlindTransfer(ctx, "102"))
		first.Vanish()
		var passed *sip.Call
		select {
		case passed = <-second.Incoming():
		case <-ctx.Done():
			t.Fatal("the call does not arrive at 102")
		}
		check(t, passed.WaitAnswered(ctx))
		check(t, passed.BlindTransfer(ctx, "00449002222222"))
		second.Vanish()
		check(t, s.Carrier.WaitAnswered(ctx, 2))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		for extension, number := range map[string]string{"101": "00449001111111", "102": "00449002222222"} {
			if got, want := ledger(t, ctx, s, extension), billed(t, s, number); got != want || want == 0 {
				t.Errorf("%s is charged %s for %s", extension, got, want)
			}
		}
		if total := ledger(t, ctx, s, ""); total > amount(t, "1.00") {
			t.Errorf("the tenant spent %s of 1.00", total)
		}
	}, site.Options{Rules: "[caps.tenant]\ncost_per_day = \"1.00\"\n"})
}

// TestAttendedTransfer: 101 connects two paid legs with each other and leaves. It pays for both
// until its cap ends them.
func TestAttendedTransfer(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		one := must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
		two := must[*sip.Call](t)(phone.Dial(ctx, "00449002222222"))
		check(t, one.WaitAnswered(ctx))
		check(t, two.WaitAnswered(ctx))
		up(t, ctx, s, g, 2)
		check(t, one.AttendedTransfer(ctx, two))
		phone.Vanish()
		check(t, g.WaitStatus(ctx, "both legs live on", func(st web.Status) bool { return st.LiveLegs == 2 }))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if got := ledger(t, ctx, s, "101"); got != amount(t, s.Carrier.Total()) || got > amount(t, "0.60") || got < amount(t, "0.50") {
			t.Errorf("101 is charged %s of %s; its cap is 0.60", got, s.Carrier.Total())
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.60\"\n"})
}
