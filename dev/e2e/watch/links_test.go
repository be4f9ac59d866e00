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

// linked waits until the link is in a state.
func linked(t *testing.T, ctx context.Context, g *site.Guard, state string) {
	t.Helper()
	check(t, g.WaitStatus(ctx, "the link is "+state, func(st web.Status) bool {
		return len(st.Servers) == 1 && st.Servers[0].State == state
	}))
}

// TestAsteriskRestart: Asterisk crashes with calls up and comes back. The calls are charged for no
// less than the carrier takes, blocks are in the new Asterisk, and the caps know what was spent.
func TestAsteriskRestart(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for _, number := range []string{"00449001111111", "00449002222222"} {
			must[*sip.Call](t)(phone.Dial(ctx, number))
		}
		up(t, ctx, s, g, 2)
		pause(ctx, 1500*time.Millisecond)
		check(t, s.Asterisk.Kill())
		s.Carrier.HangupAll() // as a carrier does that hears nothing any more
		linked(t, ctx, g, "down")
		says(t, command(t, ctx, s, 0, "status").out, "NOT GUARDED", "pbx1: no link to Asterisk, its calls are not watched")
		command(t, ctx, s, 0, "block", "acme/102")
		check(t, s.Asterisk.Restart(ctx))
		linked(t, ctx, g, "up")
		settled(t, ctx, s, g)
		bill := amount(t, s.Carrier.Total())
		if got := ledger(t, ctx, s, "101"); got < bill {
			t.Errorf("101 is charged %s, the carrier bills %s", got, bill)
		}
		check(t, g.Wait(ctx, "the block is in the new Asterisk", func() bool {
			return strings.Contains(flags(t, ctx, s), "/fraudguard/block/extension/acme/102")
		}))
		refused(t, ctx, s, must[*sip.Phone](t)(s.Phone(ctx, "102")), "00442022222222")

		before := ledger(t, ctx, s, "201")
		call := dial(t, ctx, s, "201", "00442011111111")
		check(t, call.WaitAnswered(ctx))
		pause(ctx, 1500*time.Millisecond)
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		if got, want := ledger(t, ctx, s, "201")-before, billed(t, s, "00442011"); got != want {
			t.Errorf("after the restart 201 is charged %s for %s", got, want)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"1.00\"\n",
		Answers: map[string]sip.Behaviour{"00442022": {RingFor: 3 * time.Second}}})
}

// TestAsteriskSuspended: Asterisk hangs for a while, connections open, and goes on. The guard says
// that it is blind, and the call that lived through it is charged to the second.
func TestAsteriskSuspended(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		call := dial(t, ctx, s, "101", "00442011111111")
		check(t, call.WaitAnswered(ctx))
		answered := time.Now()
		up(t, ctx, s, g, 1)
		check(t, s.Asterisk.Suspend())
		linked(t, ctx, g, "down") // after a ping without an answer
		says(t, command(t, ctx, s, 0, "status").out, "NOT GUARDED", "pbx1: no link to Asterisk")
		check(t, s.Asterisk.Resume())
		linked(t, ctx, g, "up")
		up(t, ctx, s, g, 1)
		halfway(ctx, answered)
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"1.00\"\n"})
}
