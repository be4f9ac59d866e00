package watch

import (
	"context"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// originated asks Asterisk for a call, as a click-to-dial program does. Pairs are headers.
func originated(t *testing.T, ctx context.Context, s *site.Site, pairs ...string) {
	t.Helper()
	session, err := ami.Dial(ctx, ami.Config{Server: "pbx1", Addr: s.Asterisk.AMIAddr, User: "admin", Secret: s.Asterisk.AMISecret("admin")})
	check(t, err)
	defer session.Close()
	action := ami.NewAction("Originate").With("Async", "true")
	for i := 0; i < len(pairs); i += 2 {
		action = action.With(pairs[i], pairs[i+1])
	}
	must[ami.Message](t)(session.Do(ctx, action))
}

// TestPayers: whoever causes a leg pays for it, however it comes about.
func TestPayers(t *testing.T) {
	const number = "00442012345678"
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		dialled := func(number string) func() {
			return func() { must[*sip.Call](t)(phone.Dial(ctx, number)) }
		}
		trunk := "PJSIP/" + number + "@carrier"
		for _, story := range []struct {
			name, account string
			do            func()
		}{
			{"a chain of Local channels", "acme/101", dialled("700")},
			{"named by the dialplan", "boutique/desk7", dialled("8" + number)},
			{"the dialplan names the extension only", "acme/desk8", dialled("9" + number)},
			{"originated to the trunk", "unknown/pbx1", func() {
				originated(t, ctx, s, "Channel", trunk, "Application", "Wait", "Data", "9")
			}},
			{"originated for an account code", "globex/unknown", func() {
				originated(t, ctx, s, "Channel", trunk, "Application", "Wait", "Data", "9", "Account", "globex")
			}},
			{"originated by way of a phone", "acme/101", func() {
				originated(t, ctx, s, "Channel", "PJSIP/101", "Context", "tenant-acme", "Exten", number, "Priority", "1")
			}},
		} {
			before := spent(t, ctx, s)
			have := len(s.Carrier.Bills())
			story.do()
			check(t, s.Carrier.WaitAnswered(ctx, have+1))
			settled(t, ctx, s, g)
			sameAsBill(t, ctx, s)
			for account, now := range spent(t, ctx, s) {
				if got := now - before[account]; (got != 0) != (account == story.account) {
					t.Errorf("%s: %s is charged %s", story.name, account, got)
				}
			}
		}
	}, site.Options{
		Answers: map[string]sip.Behaviour{"0044": {HangUpAfter: 500 * time.Millisecond}},
		Dialplan: `
[tenant-acme]
exten => 700,1,Dial(Local/701@chain,60)
exten => _8X.,1,Set(FRAUDGUARD_TENANT=boutique)
 same => n,Set(FRAUDGUARD_EXTENSION=desk7)
 same => n,Dial(PJSIP/${EXTEN:1}@carrier,60)
exten => _9X.,1,Set(FRAUDGUARD_EXTENSION=desk8)
 same => n,Dial(PJSIP/${EXTEN:1}@carrier,60)
[chain]
exten => 701,1,Dial(Local/702@chain/n,60)
exten => 702,1,Dial(PJSIP/` + number + `@carrier,60)
`})
}

// TestTransferredTwice: 101 sends a paid leg on to 102, and 102 sends it to a second number abroad.
// Both have left; each pays for the leg that it caused, and the tenant's cap ends both.
func TestTransferredTwice(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		first, second := must[*sip.Phone](t)(s.Phone(ctx, "101")), must[*sip.Phone](t)(s.Phone(ctx, "102"))
		call := must[*sip.Call](t)(first.Dial(ctx, "00449001111111"))
		up(t, ctx, s, g, 1)
		check(t, call.BlindTransfer(ctx, "102"))
		first.Vanish()
		var passed *sip.Call
		select {
		case passed = <-second.Incoming():
		case <-ctx.Done():
			t.Fatal("the call does not arrive at 102")
		}
		check(t, passed.WaitAnswered(ctx))
		check(t, passed.BlindTransfer(ctx, "00449002222222"))
		second.Vanish()
		check(t, s.Carrier.WaitAnswered(ctx, 2))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		for extension, number := range map[string]string{"101": "00449001111111", "102": "00449002222222"} {
			if got, want := ledger(t, ctx, s, extension), billed(t, s, number); got != want || want == 0 {
				t.Errorf("%s is charged %s for %s", extension, got, want)
			}
		}
		if total := ledger(t, ctx, s, ""); total > amount(t, "1.00") {
			t.Errorf("the tenant spent %s of 1.00", total)
		}
	}, site.Options{Rules: "[caps.tenant]\ncost_per_day = \"1.00\"\n"})
}

// TestAttendedTransfer: 101 connects two paid legs with each other and leaves. It pays for both
// until its cap ends them.
func TestAttendedTransfer(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		one := must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
		two := must[*sip.Call](t)(phone.Dial(ctx, "00449002222222"))
		check(t, one.WaitAnswered(ctx))
		check(t, two.WaitAnswered(ctx))
		up(t, ctx, s, g, 2)
		check(t, one.AttendedTransfer(ctx, two))
		phone.Vanish()
		check(t, g.WaitStatus(ctx, "both legs live on", func(st web.Status) bool { return st.LiveLegs == 2 }))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if got := ledger(t, ctx, s, "101"); got != amount(t, s.Carrier.Total()) || got > amount(t, "0.60") || got < amount(t, "0.50") {
			t.Errorf("101 is charged %s of %s; its cap is 0.60", got, s.Carrier.Total())
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.60\"\n"})
}
