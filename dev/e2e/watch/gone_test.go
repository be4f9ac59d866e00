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

// failModes are three tenants, one for each fail mode: "acme" has the server's own.
const failModes = "fail_mode = \"domestic\"\n[server.fail_modes]\nglobex = \"open\"\ninitech = \"closed\"\n"

// byFailMode plays what the fail modes let through, with the guard in some state of absence.
func byFailMode(t *testing.T, ctx context.Context, s *site.Site) {
	t.Helper()
	domestic, open, closed := must[*sip.Phone](t)(s.Phone(ctx, "101")), must[*sip.Phone](t)(s.Phone(ctx, "201")), must[*sip.Phone](t)(s.Phone(ctx, "301"))
	passes(t, ctx, domestic, "0612345678")
	turnedAway(t, ctx, s, domestic, "00442012345678", "")
	passes(t, ctx, open, "00442012345678")
	turnedAway(t, ctx, s, closed, "0612345678", "")
	for _, p := range []*sip.Phone{domestic, open, closed} {
		passes(t, ctx, p, "112")
	}
}

// TestFailModes: with the guard killed, stopped, slow, blind or unreachable, the dialplan decides by
// the tenant's fail mode; emergency calls pass; what was blocked stays so; and when the guard is back,
// it judges again and has charged all that it could see.
func TestFailModes(t *testing.T) {
	states := []struct {
		name  string
		begin func(*testing.T, context.Context, *site.Site, *site.Guard)
		// end brings the guard back, and gives it.
		end func(*testing.T, context.Context, *site.Site, *site.Guard) *site.Guard
	}{
		{"killed", func(_ *testing.T, _ context.Context, _ *site.Site, g *site.Guard) { g.Kill() },
			func(t *testing.T, ctx context.Context, s *site.Site, _ *site.Guard) *site.Guard {
				return must[*site.Guard](t)(s.StartGuard(ctx))
			}},
		{"stopped", func(t *testing.T, _ context.Context, _ *site.Site, g *site.Guard) { check(t, g.Suspend()) },
			func(t *testing.T, _ context.Context, _ *site.Site, g *site.Guard) *site.Guard {
				check(t, g.Resume())
				return g
			}},
		{"slow", func(_ *testing.T, _ context.Context, s *site.Site, _ *site.Guard) {
			s.ARI.Delay(600 * time.Millisecond)
		},
			func(_ *testing.T, _ context.Context, s *site.Site, g *site.Guard) *site.Guard {
				s.ARI.Delay(0)
				return g
			}},
		{"ARI up, AMI down", func(t *testing.T, ctx context.Context, s *site.Site, g *site.Guard) {
			s.AMI.Cut()
			linked(t, ctx, g, "down")
		}, func(t *testing.T, ctx context.Context, s *site.Site, g *site.Guard) *site.Guard {
			s.AMI.Mend()
			linked(t, ctx, g, "up")
			return g
		}},
		{"AMI up, ARI down", func(t *testing.T, ctx context.Context, s *site.Site, g *site.Guard) {
			s.ARI.Cut()
			check(t, g.WaitStatus(ctx, "calls cannot ask", func(st web.Status) bool {
				return strings.Contains(strings.Join(st.NotGuarded, "\n"), "calls cannot ask")
			}))
		}, func(_ *testing.T, _ context.Context, s *site.Site, g *site.Guard) *site.Guard {
			s.ARI.Mend()
			return g
		}},
	}
	for _, state := range states {
		t.Run(state.name, func(t *testing.T) {
			each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
				g := beginAsking(t, ctx, s)
				command(t, ctx, s, 0, "block", "globex/202")
				command(t, ctx, s, 0, "block", "+4420999*")
				check(t, g.Wait(ctx, "the blocks are in Asterisk", func() bool {
					return strings.Contains(flags(t, ctx, s), "/fraudguard/block/prefix/4420999")
				}))
				state.begin(t, ctx, s, g)
				byFailMode(t, ctx, s)
				turnedAway(t, ctx, s, must[*sip.Phone](t)(s.Phone(ctx, "202")), "0612345678", "")
				turnedAway(t, ctx, s, must[*sip.Phone](t)(s.Phone(ctx, "203")), "0044209991234", "")
				g = state.end(t, ctx, s, g)
				asking(t, ctx, s, g)
				check(t, g.Wait(ctx, "the guard judges again", func() bool {
					phone := must[*sip.Phone](t)(s.Phone(ctx, "301"))
					defer phone.Close()
					call := must[*sip.Call](t)(phone.Dial(ctx, "0612345678"))
					over := call.WaitAnswered(ctx)
					_ = call.Hangup()
					return over == nil
				}))
				settled(t, ctx, s, g)
				for _, i := range incidents(t, ctx, s, "") {
					if i.Number == "112" {
						t.Errorf("an emergency call made an incident: %+v", i)
					}
				}
			}, site.Options{Ask: true, Cables: true, Server: failModes,
				Phones: map[string][]string{"acme": {"101"}, "globex": {"201", "202", "203"}, "initech": {"301"}}})
		})
	}
}
