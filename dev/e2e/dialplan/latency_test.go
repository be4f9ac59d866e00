package dialplan

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami"
)

// timed has two ways to ask: Stasis() alone, and the whole subroutine. Both tell when they began and ended.
const timed = `
[phones]
exten => _1X.,1,UserEvent(Begin,Id: phone)
 same => n,Set(BEGAN=${STRFTIME(,,%s%6q)})
 same => n,Stasis(fraudguard,ask,,,${EXTEN})
 same => n,Set(ENDED=${STRFTIME(,,%s%6q)})
 same => n,UserEvent(Back,Began: ${BEGAN},Ended: ${ENDED})
 same => n,Hangup(16)
exten => _0X.,1,UserEvent(Begin,Id: phone)
 same => n,Set(BEGAN=${STRFTIME(,,%s%6q)})
 same => n,Gosub(fraudguard,ask,1(${EXTEN}))
 same => n,Set(ENDED=${STRFTIME(,,%s%6q)})
 same => n,UserEvent(Back,Began: ${BEGAN},Ended: ${ENDED})
 same => n,Hangup(16)
`

// TestLatency: what asking adds to a phone's call. Asterisk 16 alone would look for the answer after 200 ms.
func TestLatency(t *testing.T) {
	each(t, "plain", italy(), timed, func(t *testing.T, b *bench) {
		phone := b.phone(t)
		b.serve(t)
		b.on("112345678", answer{})
		b.on("0612345678", answer{verdict: "allow60"})
		median := func(number string) time.Duration {
			var all []time.Duration
			for range 21 {
				b.beat(t, time.Now())
				o := b.follow(t, "phone", false, func() {
					if _, err := phone.Dial(t.Context(), number); err != nil {
						t.Fatal(err)
					}
				})
				all = append(all, between(t, o.back))
			}
			slices.Sort(all)
			return all[len(all)/2]
		}
		bare, whole := median("112345678"), median("0612345678")
		t.Logf("median of 21 calls: Stasis and continue alone %s, the whole subroutine %s", bare, whole)
		if whole > 150*time.Millisecond {
			t.Errorf("asking takes %s", whole)
		}
	})
}

// between reads two moments in microseconds.
func between(t *testing.T, m ami.Message) time.Duration {
	t.Helper()
	began, err1 := strconv.ParseInt(m.Get("Began"), 10, 64)
	ended, err2 := strconv.ParseInt(m.Get("Ended"), 10, 64)
	if err1 != nil || err2 != nil {
		t.Fatalf("%v %v in %s", err1, err2, m)
	}
	return time.Duration(ended-began) * time.Microsecond
}
