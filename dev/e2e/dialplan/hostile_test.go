package dialplan

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// phones is the context of the phone 101: what it dials goes to the subroutine as it is. MODE is the tenant.
const phones = `
[phones]
exten => _[0-9+*#].,1,UserEvent(Begin,Id: phone)
 same => n,Set(FRAUDGUARD_TENANT=${GLOBAL(MODE)})
 same => n,Gosub(fraudguard,ask,1(${EXTEN}))
 same => n,UserEvent(Back,Result: ${FRAUDGUARD_RESULT},Reason: ${FRAUDGUARD_REASON},Limit: ${FRAUDGUARD_LIMIT},Where: ${CONTEXT},Stack: ${STACK_PEEK(1,c,s)})
 same => n,Hangup(16)
exten => _[a-zA-Z].,1,Hangup(1)
`

// hostile is what a phone may send as a number, as it stands in the SIP address.
func hostile() []string {
	return []string{
		"0612345678%2C1", "0612345678%2C", "%2B390612345678%2Cn", "0612%22345678", "0612345678%22", "0%220612345678%22",
		"0612345678)%2Cx(", "0612345678%5C", "0612345678%5C%2C1", "0%5C612345678",
		"06$%7BEXTEN%7D12345678", "06%24%5B1%2B1%5D12345678", "06$%7BSHELL%28id%29%7D",
		"06%22%20%7C%201%20%3D%201%20%7C%20%22", "06%26%26", "0612345678%7Cx", "0612345678'", "0612345678%60id%60",
		"0612345678%0D%0AAction%3A%20Logoff", "06%0A12345678", "06%0D%0A12345678", "0612345678%09", "0612345678%3Brn%3D%2B88216", "0612345678%3F1%3A2", "06%3A12345678",
		"06%C3%A912345678", "06a12345678", "0612345678x", "0612345678%40elsewhere",
		// Functions and ExecIf() cut at a colon behind a closing bracket.
		"06%3A12%22345678", "0612)%3A34%22", "06)%3F12%3A%22", "0612345678)%3A0", "0612345678)%3A0%3A1x", "112)%3A0", "06%3F12%3A%22345678", "0612345678%22%3Fx%3A", "06%3D12345678%22", "0612345678%22%2C%3A", "0612345678/n", "0612345678%5E",
	}
}

// TestHostileNumbers dials them on a real phone. None of them may become another number, or be let through.
func TestHostileNumbers(t *testing.T) {
	each(t, "plain", italy(), phones, func(t *testing.T, b *bench) {
		phone := b.phone(t)
		dial := func(t *testing.T, number string) outcome {
			t.Helper()
			return b.follow(t, "phone", false, func() {
				if _, err := phone.Dial(t.Context(), number); err != nil {
					t.Fatal(err)
				}
			})
		}
		for _, tenant := range []string{"generous", "anybody"} {
			b.setGlobal(t, "MODE", tenant)
			allowed(t, "a good one", dial(t, "06%2D1234%20(56)78)"))
			for _, number := range hostile() {
				reason := map[string]string{"generous": "number.unparseable", "anybody": "guard.gone"}[tenant]
				refused(t, tenant+" "+number, dial(t, number), reason)
			}
			allowed(t, "what is cut at a NUL", dial(t, "0612345678%00"))
		}
		b.serve(t)
		for _, number := range hostile() {
			decoded, err := url.PathUnescape(number)
			if err != nil {
				t.Fatal(err)
			}
			decoded, _, _ = strings.Cut(decoded, "\x00") // Asterisk's texts end there, the one it dials too
			b.beat(t, time.Now())
			_, before := b.lastAsked()
			o := dial(t, number)
			args, after := b.lastAsked()
			if after != before+1 {
				t.Errorf("%q did not ask: %s", decoded, o.last())
				continue
			}
			told := strings.Join(args[3:], ",")
			d, err := italy().Plan.Parse(told)
			if err == nil && told != decoded || args[1] != "anybody" || args[2] != "" {
				t.Errorf("%q asks %q, which is the number %s", decoded, args, d.Digits)
			}
		}
	})
}
