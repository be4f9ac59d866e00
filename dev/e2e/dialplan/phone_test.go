package dialplan

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/dev/sip"
)

// TestPhoneHears: what a real phone sees of a refusal. It hears the message before any answer, so that nothing is
// billed, and is told a status that fits; Asterisk's call record has the rule.
func TestPhoneHears(t *testing.T) {
	each(t, "plain", italy(), phones, func(t *testing.T, b *bench) {
		phone := b.phone(t)
		b.serve(t)
		for _, c := range []struct {
			number, rule string
			status       int
		}{
			{"0612345671", "caps.extension.cost_per_day", 403},
			{"0612345672", "number.unparseable", 404},
			{"0612345673", "guard.gone", 503},
		} {
			b.beat(t, time.Now())
			b.on(c.number, answer{verdict: "refuse" + c.rule})
			call, err := phone.Dial(t.Context(), c.number)
			if err != nil {
				t.Fatal(err)
			}
			first := <-call.States()
			if first.Kind != sip.Ringing || first.Code != 183 {
				t.Errorf("%s: first comes %+v", c.rule, first)
			}
			last, err := call.WaitOver(t.Context())
			if err != nil || last.Kind != sip.Refused || last.Code != c.status {
				t.Errorf("%s ends with %+v, %v", c.rule, last, err)
			}
			record := b.await(t, func(m ami.Message) bool { return m.Event() == "Cdr" && m.Get("UserField") != "" })
			want(t, c.rule, record, "UserField", "fraudguard:"+c.rule, "BillableSeconds", "0", "Source", "101")
		}
	})
}

// phone is the registered phone 101.
func (b *bench) phone(t *testing.T) *sip.Phone {
	t.Helper()
	phone, err := sip.NewPhone(sip.PhoneOptions{User: "101", Password: b.server.Password("101"), Registrar: b.server.SIPAddr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	if err := phone.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	return phone
}
