package watch

import (
	"context"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

// TestOrdinaryEnds: calls end in all the ways in which honest ones do. Only what was answered costs
// money, a call from outside is no leg, and nothing is an incident.
func TestOrdinaryEnds(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for number, cost := range map[string]string{
			"00442011111111": "0.0015", // the carrier hangs up after 2.5 s
			"00442022222222": "0",      // busy
			"00442033333333": "0",      // no lines
		} {
			before := ledger(t, ctx, s, "101")
			call := must[*sip.Call](t)(phone.Dial(ctx, number))
			over := must[sip.State](t)(call.WaitOver(ctx))
			settled(t, ctx, s, g)
			if got := ledger(t, ctx, s, "101") - before; got != amount(t, cost) || over.Kind == sip.Ended && !over.ByRemote {
				t.Errorf("%s cost %s and ended as %+v", number, got, over)
			}
		}
		given := must[*sip.Call](t)(phone.Dial(ctx, "00442044444444")) // rings
		check(t, s.Carrier.WaitInvited(ctx, 4))
		check(t, given.Hangup())
		settled(t, ctx, s, g)

		incoming := must[*sip.Call](t)(s.Carrier.Call(ctx, s.Asterisk.SIPAddr, "101", "00442099999999"))
		check(t, incoming.WaitAnswered(ctx))
		pause(ctx, time.Second)
		check(t, g.WaitStatus(ctx, "nothing is live", func(st web.Status) bool { return st.LiveLegs == 0 }))
		check(t, incoming.Hangup())

		sameAsBill(t, ctx, s)
		client := s.Client()
		defer client.Close()
		rows := must[[]web.LedgerRow](t)(client.Ledger(ctx, web.LedgerQuery{Period: limits.Day}))
		if len(rows) != 1 || rows[0].Calls != 1 || rows[0].Attempts != 4 || rows[0].BilledSeconds != 3 {
			t.Errorf("one call and four attempts of 101 stand in the ledger as %+v", rows)
		}
		if all := incidents(t, ctx, s, ""); len(all) != 0 {
			t.Errorf("honest calls made incidents: %+v", all)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"1.00\"\n", Answers: map[string]sip.Behaviour{
		"00442011": {HangUpAfter: 2500 * time.Millisecond},
		"00442022": {Refuse: 486},
		"00442033": {Refuse: 503},
		"00442044": {NoAnswer: true},
	}})
}
