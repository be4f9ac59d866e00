package watch

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// TestEmergency: 112 passes, and is never hung up, with the cap spent, the extension and the number
// blocked, everything else refused, and the guard dead.
func TestEmergency(t *testing.T) {
	for name, ask := range map[string]bool{"ask": true, "watch": false} {
		t.Run(name, func(t *testing.T) { emergency(t, ask) })
	}
}

func emergency(t *testing.T, ask bool) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		if ask {
			asking(t, ctx, s, g)
		}
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "112"))
		check(t, call.WaitAnswered(ctx))
		up(t, ctx, s, g, 1)

		spend := must[*sip.Call](t)(phone.Dial(ctx, "00442012345678"))
		check(t, spend.WaitAnswered(ctx))
		must[sip.State](t)(spend.WaitOver(ctx)) // the cap ends it
		refused(t, ctx, s, phone, "0612345678")
		passes(t, ctx, phone, "112")

		command(t, ctx, s, 0, "block", "acme/101")
		if _, err := s.Run(ctx, "block", "+112"); err == nil || !strings.Contains(err.Error(), "emergency") {
			t.Errorf("an emergency number can be blocked: %v", err)
		}
		for _, target := range []string{"acme/*", "country:IT", "server:pbx1", "+1*"} {
			command(t, ctx, s, 0, "block", target)
		}
		command(t, ctx, s, 0, "block", "everything", "--yes")
		edit(t, s, "[caps.extension]", "[caps.tenant]\ncost_per_day = \"0\"\ncost_per_month = \"0\"\n[caps.route]\ncost_per_minute = \"0\"\n[caps.extension]")
		command(t, ctx, s, 0, "reload")
		refused(t, ctx, s, must[*sip.Phone](t)(s.Phone(ctx, "102")), "0612345678")
		passes(t, ctx, phone, "112")
		check(t, g.WaitStatus(ctx, "only the first call is live", func(st web.Status) bool {
			return st.LiveLegs == 1 && st.Store.Waiting == 0
		}))

		g.Kill()
		passes(t, ctx, phone, "112")
		pause(ctx, 3*time.Second) // longer than any limit that a hang-up leaves behind
		if over := s.Carrier.Bills()[0]; !over.Live() {
			t.Errorf("the first emergency call was ended: %+v", over)
		}
		g = must[*site.Guard](t)(s.StartGuard(ctx))
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		for _, i := range incidents(t, ctx, s, "") {
			if i.Number == "112" && i.Rule != "block" || i.Leg != "" && i.Number == "112" {
				t.Errorf("an emergency call made an incident: %+v", i)
			}
		}
	}, site.Options{Ask: ask, Rules: "[caps.extension]\ncost_per_day = \"0.0015\"\n",
		Answers: map[string]sip.Behaviour{"0612345678": {RingFor: 3 * time.Second}}})
}
