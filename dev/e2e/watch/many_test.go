package watch

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
)

// many is how many calls of one tenant live at the same time: enough that limits have slack.
const many = 20

// TestLimitsOfMany: many live legs of a tenant near its cap, of which some end and others begin, cost
// few commands to Asterisk; and when the guard is killed then, Asterisk ends them all before the cap.
func TestLimitsOfMany(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		var phones []*sip.Phone
		for _, extension := range []string{"101", "102", "103", "104"} {
			phones = append(phones, must[*sip.Phone](t)(s.Phone(ctx, extension)))
		}
		var calls []*sip.Call
		dial := func() {
			n := len(calls)
			call := must[*sip.Call](t)(phones[n%len(phones)].Dial(ctx, fmt.Sprintf("004490%08d", n)))
			check(t, call.WaitAnswered(ctx))
			calls = append(calls, call)
		}
		for range many {
			dial()
		}
		up(t, ctx, s, g, many)
		const changes = 10
		s.AMI.Count("Variable: TIMEOUT(absolute)")
		for i := range changes {
			check(t, calls[i].Hangup())
			dial()
			pause(ctx, 500*time.Millisecond)
		}
		up(t, ctx, s, g, many)
		// Each call that begins needs its own limit, and some have to be renewed.
		if n := s.AMI.Said(); n < changes || n > 4*changes {
			t.Errorf("%d time limits were told for %d calls that began among %d", n, changes, many)
		}
		g.Kill()
		check(t, s.Carrier.WaitAllEnded(ctx))
		if billed, cap := amount(t, s.Carrier.Total()), amount(t, "60.00"); billed > cap || billed < cap/4 {
			t.Errorf("the carrier bills %s, the cap is %s", billed, cap)
		}
		for _, bill := range s.Carrier.Bills() {
			if bill.EndedBy != "customer" {
				t.Errorf("the call to %s was ended by the %s", bill.Number, bill.EndedBy)
			}
		}
	}, site.Options{Cables: true, Rules: "[caps.tenant]\ncost_per_day = \"60.00\"\n[abuse.repeated_number]\ncalls = 0\n",
		Phones: map[string][]string{"acme": {"101", "102", "103", "104"}}})
}
