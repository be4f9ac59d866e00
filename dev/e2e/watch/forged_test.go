package watch

import (
	"context"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// TestHiddenLeg: line breaks in the dialled number break every manager event of the call before it
// says which channel it is about, while the dialplan dials what is left of the number. The REST
// interface shows the leg, and it is hung up.
func TestHiddenLeg(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "8800449001111111%0D%0A%0D%0A"))
		check(t, call.WaitAnswered(ctx))
		check(t, s.Carrier.WaitAllEnded(ctx))
		check(t, g.Wait(ctx, "the hidden leg is told of", func() bool { return len(incidents(t, ctx, s, "ami.hidden")) > 0 }))
		if bill := s.Carrier.Bills()[0]; bill.EndedBy != "customer" || bill.Duration() > 12*time.Second {
			t.Errorf("the hidden leg lived for %s and was ended by the %s", bill.Duration(), bill.EndedBy)
		}
	}, site.Options{Dialplan: "[tenant-acme](+)\nexten => _88X.,1,Dial(PJSIP/${FILTER(0-9,${EXTEN:2})}@carrier)\n same => n,Hangup()\n"})
}

// TestForgedEnd: another phone dials a number that holds the end of a live leg as a manager event.
// The leg lives on, which the REST interface shows; it is hung up, and charged for all it used.
func TestForgedEnd(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		call := dial(t, ctx, s, "101", "00449001111111")
		check(t, call.WaitAnswered(ctx))
		var id string
		check(t, g.Wait(ctx, "the leg is live", func() bool {
			client := s.Client()
			defer client.Close()
			live, err := client.Calls(ctx, store.CallsQuery{LiveOnly: true})
			if err == nil && len(live) == 1 {
				id = live[0].ID
			}
			return id != ""
		}))
		forger := dial(t, ctx, s, "102", "99%0D%0A%0D%0AEvent%3A%20Hangup%0D%0AUniqueid%3A%20"+id+"%0D%0A%0D%0A")
		_, _ = forger.WaitOver(ctx)
		check(t, g.WaitStatus(ctx, "the guard believes it", func(st web.Status) bool { return st.LiveLegs == 0 }))
		check(t, s.Carrier.WaitAllEnded(ctx))
		check(t, g.Wait(ctx, "the forgery is told of", func() bool { return len(incidents(t, ctx, s, "ami.forged")) > 0 }))
		settled(t, ctx, s, g)
		bill, charged, increment := amount(t, s.Carrier.Total()), ledger(t, ctx, s, "101"), amount(t, "0.05")
		if charged < bill-increment || bill > 8*increment {
			t.Errorf("the ledger says %s, the carrier bills %s", charged, bill)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"5.00\"\n", Dialplan: "[tenant-acme](+)\nexten => _99.,1,Hangup()\n"})
}
