package watch

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// TestCapsByHand: a cap that a person sets ends a live call at it, refuses the next ones of that
// extension alone, also after a restart, and counts no more once it is taken back.
func TestCapsByHand(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		one, two := must[*sip.Phone](t)(s.Phone(ctx, "101")), must[*sip.Phone](t)(s.Phone(ctx, "102"))
		call := must[*sip.Call](t)(one.Dial(ctx, "00449001111111"))
		up(t, ctx, s, g, 1)
		limit := ledger(t, ctx, s, "101") + amount(t, "0.20")
		command(t, ctx, s, 0, "caps", "set", "acme/101", "cost_per_day", limit.String(), "--reason", "a test")
		must[sip.State](t)(call.WaitOver(ctx))
		settled(t, ctx, s, g)
		if bill := billed(t, s, "004490"); bill > limit || bill < limit-amount(t, "0.10") {
			t.Errorf("the carrier takes %s under a cap of %s", bill, limit)
		}
		refused(t, ctx, s, one, "0037120000000")
		passes(t, ctx, two, "00442011111111")
		settled(t, ctx, s, g)

		stop(t, ctx, g)
		g = must[*site.Guard](t)(s.StartGuard(ctx))
		linked(t, ctx, g, "up")
		refused(t, ctx, s, one, "0037120000001")
		settled(t, ctx, s, g)
		var caps []web.Cap
		check(t, json.Unmarshal([]byte(command(t, ctx, s, 0, "caps", "list", "acme/101", "--json").out), &caps))
		if len(caps) != 1 || caps[0].SetFor != "acme/101" || caps[0].Source != "root" || caps[0].Value != limit.String() || caps[0].Set == nil ||
			caps[0].Used == nil || *caps[0].Used != ledger(t, ctx, s, "101").String() {
			t.Errorf("the cap is told as %+v", caps)
		}
		says(t, command(t, ctx, s, 0, "incidents", "--rule", "caps.set").out, "root set the cap cost_per_day of acme/101 to "+limit.String()+": a test")

		command(t, ctx, s, 0, "caps", "unset", "acme/101", "cost_per_day")
		passes(t, ctx, one, "00442011111112")
		says(t, command(t, ctx, s, 1, "caps", "unset", "acme/101", "cost_per_day").said, "nobody has set the cap")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"100.00\"\n",
		Answers: map[string]sip.Behaviour{"0037120": {RingFor: 3 * time.Second}}})
}
