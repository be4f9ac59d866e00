package watch

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
)

const repeatedRules = `[abuse.repeated_number]
calls = 3
within = "5m"
action = "block"
block_for = "24h"
`

// flags is what stands in Asterisk's own database.
func flags(t *testing.T, ctx context.Context, s *site.Site) string {
	t.Helper()
	return must[string](t)(s.Asterisk.Console(ctx, "database show fraudguard"))
}

// TestRepeatedNumber: one extension dials the same number abroad again and again. The attempt that
// is one too many shuts the extension out, on this Asterisk and for the next guard too, until a
// person lifts the block.
func TestRepeatedNumber(t *testing.T) {
	const again, flag = "00442011111111", "/fraudguard/block/extension/acme/101"
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		other := must[*sip.Call](t)(phone.Dial(ctx, "0037177777777"))
		up(t, ctx, s, g, 1)
		for n := range 3 {
			call := must[*sip.Call](t)(phone.Dial(ctx, again))
			check(t, s.Carrier.WaitInvited(ctx, n+2))
			check(t, call.Hangup())
		}
		if strings.Contains(flags(t, ctx, s), flag) || s.Carrier.Live() != 1 {
			t.Fatal("three attempts are allowed")
		}
		refused(t, ctx, s, phone, again)
		must[sip.State](t)(other.WaitOver(ctx))
		settled(t, ctx, s, g)
		check(t, g.Wait(ctx, "the flag is raised", func() bool { return strings.Contains(flags(t, ctx, s), flag) }))
		refused(t, ctx, s, phone, "00442022222222")
		passes(t, ctx, must[*sip.Phone](t)(s.Phone(ctx, "102")), "00442088888888")
		settled(t, ctx, s, g)

		stop(t, ctx, g)
		g = must[*site.Guard](t)(s.StartGuard(ctx))
		refused(t, ctx, s, phone, "00442022222222")
		says(t, command(t, ctx, s, 0, "blocks").out, "acme/101", "abuse.repeated_number")
		says(t, flags(t, ctx, s), flag)

		command(t, ctx, s, 0, "unblock", "acme/101")
		check(t, g.Wait(ctx, "the flag is lowered", func() bool { return !strings.Contains(flags(t, ctx, s), flag) }))
		passes(t, ctx, phone, "00442088888888")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if got, want := ledger(t, ctx, s, "101"), billed(t, s, "0037177")+billed(t, s, "00442088")/2; got != want {
			t.Errorf("101 is charged %s, not %s", got, want)
		}
		evidence(t, ctx, s)
		command(t, ctx, s, 1, "unblock", "acme/101")
	}, site.Options{Rules: repeatedRules, Answers: map[string]sip.Behaviour{
		again: {NoAnswer: true}, "00442022222222": {RingFor: 3 * time.Second},
	}})
}

// evidence looks at the incidents of TestRepeatedNumber: the attempt, the call that it ended, and
// two attempts of a blocked extension.
func evidence(t *testing.T, ctx context.Context, s *site.Site) {
	t.Helper()
	found := incidents(t, ctx, s, "abuse.repeated_number")
	if len(found) != 2 || len(incidents(t, ctx, s, "block")) != 2 {
		t.Fatalf("incidents: %+v", incidents(t, ctx, s, ""))
	}
	for _, i := range found {
		says(t, i.Seen, "4 attempts to +442011111111", "3 within 5m0s are allowed")
		have := make(map[string]string)
		for _, e := range i.Evidence {
			have[e.Name] = e.Value
		}
		if i.Tenant != "acme" || i.Extension != "101" || i.Leg == "" || !strings.HasPrefix(have["channel"], "PJSIP/carrier-") ||
			!strings.Contains(have["paid by"], "phone PJSIP/101-") || !strings.HasPrefix(have["dialled"], "00") || have["route"] == "" {
			t.Errorf("incident: %+v", i)
		}
		says(t, command(t, ctx, s, 0, "explain", i.ID).out, i.ID, i.Rule, i.Seen, "acme/101", "PJSIP/carrier-")
	}
	says(t, strings.Join(found[0].Actions, ", ")+strings.Join(found[1].Actions, ", "), "refuse the call", "block the extension for 24h0m0s", "hang up")
}
