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
// less than the carrier takes, and no more than they can have cost until the guard saw that they were
// gone; blocks are in the new Asterisk, and the cap counts what was charged so.
func TestAsteriskRestart(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for _, number := range []string{"00449001111111", "00449002222222"} {
			must[*sip.Call](t)(phone.Dial(ctx, number))
		}
		up(t, ctx, s, g, 2)
		rang := time.Now()
		dial(t, ctx, s, "201", "00442044444444") // what is held for it has to be free again in the end
		check(t, g.WaitStatus(ctx, "the third call rings", func(st web.Status) bool { return st.LiveLegs == 3 }))
		pause(ctx, 1500*time.Millisecond)
		killed := time.Now()
		check(t, s.Asterisk.Kill())
		s.Carrier.HangupAll() // as a carrier does that hears nothing any more
		linked(t, ctx, g, "down")
		says(t, command(t, ctx, s, 0, "status").out, "NOT GUARDED", "pbx1: no link to Asterisk, its calls are not watched")
		command(t, ctx, s, 0, "block", "acme/102")
		check(t, s.Asterisk.Restart(ctx))
		linked(t, ctx, g, "up")
		settled(t, ctx, s, g)
		// When the carrier hung up nobody could tell the guard: it has to assume that the two calls went on
		// until they were missing in the list of the new Asterisk, or until their limits, and that the third
		// was answered, which is charged from its beginning.
		blind, ringing := int(time.Since(killed)/time.Second)+1, int(time.Since(rang)/time.Second)+1
		assumed := func(number string) int {
			switch number {
			case "00449001111111", "00449002222222":
				return blind
			case "00442044444444":
				return ringing
			}
			return 0
		}
		whole(t, ctx, s, s.Socket(), assumed)
		check(t, g.Wait(ctx, "the block is in the new Asterisk", func() bool {
			return strings.Contains(flags(t, ctx, s), "/fraudguard/block/extension/acme/102")
		}))
		refused(t, ctx, s, must[*sip.Phone](t)(s.Phone(ctx, "102")), "00442022222222")

		call := dial(t, ctx, s, "201", "00442011111111")
		check(t, call.WaitAnswered(ctx))
		pause(ctx, 1500*time.Millisecond)
		check(t, call.Hangup())

		// What 101 has left is its cap without what was assumed: the next call is cut there, or refused.
		again := dial(t, ctx, s, "101", "00449003333333")
		must[sip.State](t)(again.WaitOver(ctx))
		settled(t, ctx, s, g)
		whole(t, ctx, s, s.Socket(), assumed)
		spent, most, increment := ledger(t, ctx, s, "101"), amount(t, "1.00"), amount(t, "0.05")
		if spent > most || spent <= most-2*increment {
			t.Errorf("101 is charged %s in the end, its cap is %s", spent, most)
		}
		if bill := billed(t, s, "00449"); bill > most {
			t.Errorf("the carrier bills %s, the cap of 101 is %s", bill, most)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"1.00\"\n",
		Answers: map[string]sip.Behaviour{"00442022": {RingFor: 3 * time.Second}, "00442044": {RingFor: time.Minute}, "00449003": {RingFor: time.Second}}})
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
		whole(t, ctx, s, s.Socket(), site.Exact)
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"1.00\"\n"})
}
