package watch

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

const inForce = "the changed configuration is in force"

// TestReload: a lower cap cuts live legs, by the command and by SIGHUP. A faulty configuration is
// refused, and the old one stays.
func TestReload(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
		up(t, ctx, s, g, 1)

		edit(t, s, `cost_per_day = "100.00"`, `cost_per_dya = "0.00"`)
		refusal := command(t, ctx, s, 2, "reload").said
		says(t, refusal, s.ConfigPath()+":", `unknown key "caps.extension.cost_per_dya"`, "allowed here are cost_per_day")
		check(t, g.Reload())
		check(t, g.Wait(ctx, "SIGHUP is refused too", func() bool {
			return len(logged(s, "the changed configuration is refused; the old one stays in force")) == 2
		}))
		up(t, ctx, s, g, 1)

		edit(t, s, `cost_per_dya = "0.00"`, `cost_per_day = "0.05"`)
		command(t, ctx, s, 0, "reload")
		must[sip.State](t)(call.WaitOver(ctx))
		refused(t, ctx, s, phone, "00442022222222")

		edit(t, s, `cost_per_day = "0.05"`, `cost_per_day = "50.00"`)
		check(t, g.Reload())
		check(t, g.Wait(ctx, "the higher cap is in force", func() bool { return len(logged(s, inForce)) == 2 }))
		call = must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
		up(t, ctx, s, g, 1)
		edit(t, s, `cost_per_day = "50.00"`, `cost_per_day = "0.10"`)
		check(t, g.Reload())
		must[sip.State](t)(call.WaitOver(ctx))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"100.00\"\n",
		Answers: map[string]sip.Behaviour{"00442022": {RingFor: 3 * time.Second}}})
}

// TestReloadLink: other credentials make another link; a leg that is live meanwhile goes on and is
// charged to the second.
func TestReloadLink(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		call := dial(t, ctx, s, "101", "00442011111111")
		check(t, call.WaitAnswered(ctx))
		answered := time.Now()
		up(t, ctx, s, g, 1)
		edit(t, s, `ami_user = "guard"`, `ami_user = "admin"`)
		command(t, ctx, s, 0, "reload")
		linked(t, ctx, g, "refused")
		edit(t, s, s.Asterisk.AMISecret("guard"), s.Asterisk.AMISecret("admin"))
		command(t, ctx, s, 0, "reload")
		linked(t, ctx, g, "up")
		up(t, ctx, s, g, 1)
		halfway(ctx, answered)
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{})
}

// TestTermination: SIGTERM ends the guard in order, and a second guard is refused the socket.
func TestTermination(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		says(t, command(t, ctx, s, 1, "run", "--config", s.ConfigPath()).said, "another fraudguard is running on "+s.Socket())
		check(t, g.WaitStatus(ctx, "the first one goes on", func(st web.Status) bool { return st.Servers[0].State == "up" }))
		says(t, command(t, ctx, s, 2, "reload", "now").said, "takes no arguments")
		stop(t, ctx, g)
		if _, err := os.Stat(s.Socket()); !os.IsNotExist(err) {
			t.Errorf("the socket is still there: %v", err)
		}
		says(t, command(t, ctx, s, 1, "status").said, "there is no socket "+s.Socket(), "is fraudguard running?")
	}, site.Options{})
}
