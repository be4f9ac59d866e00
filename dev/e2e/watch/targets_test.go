package watch

import (
	"context"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
)

// TestBlockTargets: each kind of block refuses what it is about and nothing else; a live call goes on
// where the block is set so, and ends where it is not.
func TestBlockTargets(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		one, two := must[*sip.Phone](t)(s.Phone(ctx, "101")), must[*sip.Phone](t)(s.Phone(ctx, "201"))
		const britain, latvia = "00442022222222", "0037120000000"
		for _, c := range []struct {
			target        string
			who           *sip.Phone
			number, other string // refused, and let through; "" is none
		}{
			{"acme/101", one, britain, ""},
			{"acme/*", one, britain, ""},
			{"+442022222222", two, britain, latvia},
			{"+4420*", two, britain, latvia},
			{"country:GB", two, britain, latvia},
			{"server:pbx1", two, britain, ""},
			{"acme/101:+442022222222", one, britain, latvia},
			{"everything", two, britain, ""},
		} {
			command(t, ctx, s, 0, "block", c.target, "--yes", "--for", "1h")
			refused(t, ctx, s, c.who, c.number)
			if c.other != "" {
				passes(t, ctx, c.who, c.other)
			}
			says(t, command(t, ctx, s, 0, "blocks").out, c.target)
			command(t, ctx, s, 0, "unblock", c.target)
		}
		passes(t, ctx, one, britain)
		call := must[*sip.Call](t)(one.Dial(ctx, "00442011111111"))
		up(t, ctx, s, g, 1)
		command(t, ctx, s, 0, "block", "+4420*", "--keep-live")
		refused(t, ctx, s, two, britain)
		up(t, ctx, s, g, 1)
		command(t, ctx, s, 0, "block", "country:GB")
		must[sip.State](t)(call.WaitOver(ctx))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{Answers: map[string]sip.Behaviour{"00442022": {RingFor: 2 * time.Second}, "0037120": {RingFor: 2 * time.Second}}})
}
