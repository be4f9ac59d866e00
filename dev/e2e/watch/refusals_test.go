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

// soon is within how long a refused leg has to be gone. The guard needs milliseconds; a busy
// machine may need more, a carrier's ringing lasts longer.
const soon = time.Second

// TestRefusals: a destination that is too dear, one without a price, and digits that are no number
// are refused before the carrier answers.
func TestRefusals(t *testing.T) {
	ring := sip.Behaviour{RingFor: 5 * time.Second}
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		reasons := map[string]string{
			"00449001111111":  "caps.route.cost_per_minute",
			"0033123456789":   "rates.unpriced",
			"0012*34#5678901": "number.unparseable",
			"00":              "number.unparseable",
		}
		for number := range reasons {
			refused(t, ctx, s, phone, number)
		}
		passes(t, ctx, phone, "00442012345678")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		for _, rule := range reasons {
			if len(incidents(t, ctx, s, rule)) == 0 {
				t.Errorf("no incident tells of %s", rule)
			}
		}
		told := make(map[any]bool)
		for _, line := range logged(s, "leg") {
			if told[line["id"]] = true; line["verdict"] != "deny" {
				continue
			}
			text, _ := line["lived"].(string)
			if lived, err := time.ParseDuration(text); err != nil || lived > soon {
				t.Errorf("a refused leg lived for %q: %v", text, line)
			}
		}
		if len(told) != len(reasons)+1 {
			t.Errorf("lines tell of %d legs of %d", len(told), len(reasons)+1)
		}
		client := s.Client()
		defer client.Close()
		denied := make(map[string]int)
		for _, c := range must[[]web.Call](t)(client.Calls(ctx, store.CallsQuery{})) {
			denied[c.Reason]++
		}
		if denied["number.unparseable"] != 2 || denied["rates.unpriced"] != 1 || denied["caps.route.cost_per_minute"] != 1 || denied[""] != 1 {
			t.Errorf("calls by reason: %v", denied)
		}
	}, site.Options{Rules: "[caps.route]\ncost_per_minute = \"1.00\"\n",
		Answers: map[string]sip.Behaviour{"00": ring, "004420": {}}})
}

// TestTenantCaps: the extensions of a tenant share its caps, and another tenant has its own.
func TestTenantCaps(t *testing.T) {
	for _, period := range []limits.Period{limits.Day, limits.Month} {
		t.Run(period.String(), func(t *testing.T) {
			key := "cost_per_" + period.String()
			each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
				g := begin(t, ctx, s)
				foreign := must[*sip.Call](t)(must[*sip.Phone](t)(s.Phone(ctx, "201")).Dial(ctx, "00442066666666"))
				check(t, foreign.WaitAnswered(ctx))
				answered := time.Now()
				var shared []*sip.Call
				for _, extension := range []string{"101", "102"} {
					shared = append(shared, dial(t, ctx, s, extension, "00449001111111"))
				}
				for _, call := range shared {
					must[sip.State](t)(call.WaitOver(ctx))
				}
				refused(t, ctx, s, must[*sip.Phone](t)(s.Phone(ctx, "102")), "00449002222222")
				up(t, ctx, s, g, 1)
				halfway(ctx, answered)
				check(t, foreign.Hangup())
				settled(t, ctx, s, g)
				sameAsBill(t, ctx, s)

				client := s.Client()
				defer client.Close()
				var acme money.Amount
				payers := 0
				for _, row := range must[[]web.LedgerRow](t)(client.Ledger(ctx, web.LedgerQuery{Tenant: "acme", Period: period})) {
					acme += row.Cost
					payers++
				}
				if cap := amount(t, "0.40"); payers != 2 || acme > cap || acme < cap-amount(t, "0.10") {
					t.Errorf("%d extensions spent %s of the tenant's %s", payers, acme, cap)
				}
				if n := len(incidents(t, ctx, s, "caps.tenant."+key)); n != 3 {
					t.Errorf("%d incidents for two cuts and a refusal", n)
				}
			}, site.Options{Rules: "[caps.tenant]\n" + key + " = \"0.40\"\n",
				Answers: map[string]sip.Behaviour{"00449002": {RingFor: 5 * time.Second}}})
		})
	}
}
