package watch

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// asking waits until calls can ask, and the dialplan has been shown so.
func asking(t *testing.T, ctx context.Context, s *site.Site, g *site.Guard) {
	t.Helper()
	check(t, g.Wait(ctx, "calls can ask", func() bool {
		apps, err := s.Asterisk.Console(ctx, "ari show apps")
		beat, berr := s.Asterisk.Console(ctx, "dialplan show globals")
		return err == nil && berr == nil && strings.Contains(apps, "fraudguard") && strings.Contains(beat, "FRAUDGUARD_HEARTBEAT")
	}))
}

// beginAsking starts the guard with its price list, and waits until calls can ask.
func beginAsking(t *testing.T, ctx context.Context, s *site.Site) *site.Guard {
	t.Helper()
	g := begin(t, ctx, s)
	asking(t, ctx, s, g)
	return g
}

// calls gives the legs, the newest first.
func calls(t *testing.T, ctx context.Context, s *site.Site) []web.Call {
	t.Helper()
	client := s.Client()
	defer client.Close()
	return must[[]web.Call](t)(client.Calls(ctx, store.CallsQuery{}))
}

// turnedAway dials a number that must be refused before the carrier hears of it, for a reason.
func turnedAway(t *testing.T, ctx context.Context, s *site.Site, p *sip.Phone, number, reason string) {
	t.Helper()
	before := len(s.Carrier.Bills())
	call := must[*sip.Call](t)(p.Dial(ctx, number))
	if over := must[sip.State](t)(call.WaitOver(ctx)); over.Kind != sip.Refused {
		t.Errorf("the call to %s ended as %+v", number, over)
	}
	if after := len(s.Carrier.Bills()); after != before {
		t.Errorf("the carrier heard of the call to %s", number)
	}
	if reason == "" {
		return
	}
	if newest := calls(t, ctx, s)[0]; newest.Verdict != "deny" || newest.Reason != reason {
		t.Errorf("the call to %s is told as %+v", number, newest)
	}
}

// TestAsk: a call that asks is let through under a limit, metered and billed as any other; one that
// is refused never reaches the carrier, and the reason stands in Asterisk's own record.
func TestAsk(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := beginAsking(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00442012345678"))
		check(t, call.WaitAnswered(ctx))
		answered := time.Now()
		up(t, ctx, s, g, 1)
		halfway(ctx, answered)
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		records := must[*ami.Session](t)(ami.Dial(ctx, ami.Config{Server: "pbx1", Addr: s.Asterisk.AMIAddr, User: "admin", Secret: s.Asterisk.AMISecret("admin")}))
		defer records.Close()
		turnedAway(t, ctx, s, phone, "00449001111111", "caps.route.cost_per_minute")
		for said := ""; said != "fraudguard:caps.route.cost_per_minute"; {
			if e := must[ami.Entry](t)(records.Next(ctx)); e.Event.Event() == "Cdr" {
				said = e.Event.Get("UserField")
			}
		}
		turnedAway(t, ctx, s, phone, "0044", "")
		command(t, ctx, s, 0, "block", "acme/101", "--reason", "a test")
		turnedAway(t, ctx, s, phone, "00442012345678", "block")
		passes(t, ctx, phone, "112")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if found := incidents(t, ctx, s, "admission.bypass"); len(found) != 0 {
			t.Errorf("calls that asked are told as having not: %+v", found)
		}
	}, site.Options{Ask: true, Rules: "[caps.route]\ncost_per_minute = \"0.50\"\n"})
}

// TestAskedCap: three calls at once fill the cap. The carrier's bill stays within it, and Asterisk
// itself would end them: each leg stands under a limit, and the callers do not any more.
func TestAskedCap(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := beginAsking(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for _, number := range []string{"00449001111111", "00449002222222", "00449003333333"} {
			must[*sip.Call](t)(phone.Dial(ctx, number))
		}
		check(t, s.Carrier.WaitAnswered(ctx, 3))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if spent, cap := ledger(t, ctx, s, "101"), amount(t, "0.60"); spent > cap || spent < cap-amount(t, "0.15") {
			t.Errorf("spent %s of a cap of %s", spent, cap)
		}
		turnedAway(t, ctx, s, phone, "00449004444444", "caps.extension.cost_per_day")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{Ask: true, Rules: "[caps.extension]\ncost_per_day = \"0.60\"\n"})
}

// TestBypass: a leg that leaves the dialplan without asking is judged when it dials, and told with
// the place where it left.
func TestBypass(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := beginAsking(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		passes(t, ctx, phone, "7700442012345678")
		refused(t, ctx, s, phone, "7700449001111111")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		found := incidents(t, ctx, s, "admission.bypass")
		if len(found) != 1 {
			t.Fatalf("%d incidents tell of it: %+v", len(found), found)
		}
		says(t, found[0].Seen, `context "asking-acme"`, `extension "7700442012345678"`, "PJSIP/101-")
		if found[0].Extension != "101" {
			t.Errorf("it is told of %s", found[0].Extension)
		}
	}, site.Options{Ask: true, Rules: "[caps.route]\ncost_per_minute = \"0.50\"\n",
		Dialplan: "[asking-acme](+)\nexten => _77X.,1,Dial(PJSIP/${EXTEN:2}@carrier,60)\n same => n,Hangup()\n",
		Answers:  map[string]sip.Behaviour{"0044900": {RingFor: 3 * time.Second}}})
}

// TestCapsWhileCalling: a cap that a person sets counts for live calls at once, and raising it opens
// what it closed.
func TestCapsWhileCalling(t *testing.T) {
	for name, ask := range map[string]bool{"ask": true, "watch": false} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
				g := begin(t, ctx, s)
				if ask {
					asking(t, ctx, s, g)
				}
				phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
				call := must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
				check(t, call.WaitAnswered(ctx))
				up(t, ctx, s, g, 1)
				command(t, ctx, s, 0, "caps", "set", "acme/101", "cost_per_day", "0.20")
				must[sip.State](t)(call.WaitOver(ctx))
				settled(t, ctx, s, g)
				sameAsBill(t, ctx, s)
				if spent := ledger(t, ctx, s, "101"); spent > amount(t, "0.25") {
					t.Errorf("spent %s of a cap that came to 0.20", spent)
				}
				refused(t, ctx, s, phone, "00449002222222")
				command(t, ctx, s, 0, "caps", "set", "acme/101", "cost_per_day", "5")
				passes(t, ctx, phone, "00449003333333")
				command(t, ctx, s, 0, "caps", "set", "acme", "minutes_per_day", "0")
				refused(t, ctx, s, phone, "00449002222222")
				command(t, ctx, s, 0, "caps", "unset", "acme", "minutes_per_day")
				passes(t, ctx, phone, "00449003333333")
				settled(t, ctx, s, g)
				sameAsBill(t, ctx, s)
				var listed []map[string]any
				check(t, json.Unmarshal([]byte(command(t, ctx, s, 0, "caps", "list", "--json").out), &listed))
				if len(listed) == 0 {
					t.Error("no cap is listed")
				}
			}, site.Options{Ask: ask, Answers: map[string]sip.Behaviour{"00449002": {RingFor: 3 * time.Second}}})
		})
	}
}

// TestAskedAgain: a call whose first trunk cannot be reached asks again for the next one. The limit of
// its first verdict is not taken for the site's own: it goes once a leg begins, and the call can last.
func TestAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := beginAsking(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "8800442012345678"))
		check(t, call.WaitAnswered(ctx))
		up(t, ctx, s, g, 1)
		manager := must[*ami.Session](t)(ami.Dial(ctx, ami.Config{Server: "pbx1", Addr: s.Asterisk.AMIAddr, User: "admin", Secret: s.Asterisk.AMISecret("admin")}))
		defer manager.Close()
		var caller string
		for line := range strings.Lines(must[string](t)(s.Asterisk.Console(ctx, "core show channels concise"))) {
			if name, _, _ := strings.Cut(line, "!"); strings.HasPrefix(name, "PJSIP/101-") {
				caller = name
			}
		}
		check(t, g.Wait(ctx, "the caller has no limit of its own", func() bool {
			answer, err := manager.Do(ctx, ami.NewAction("Getvar").With("Channel", caller).With("Variable", "TIMEOUT(absolute)"))
			return err == nil && strings.TrimRight(answer.Get("Value"), "0.") == ""
		}))
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{Ask: true, Dialplan: `[asking-acme](+)
exten => _88X.,1,Gosub(fraudguard,ask,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${EXTEN:2}@nowhere,60)
 same => n,Gosub(fraudguard,ask,1(${EXTEN:2}))
 same => n,Dial(PJSIP/${EXTEN:2}@carrier,60)
 same => n,Hangup()
`})
}
