package records

import (
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/site"
)

// TestWatched: Asterisk's own records of calls that were watched agree with what was metered: of a plain
// call, of one that is sent on, and of one that the dialplan answers before it dials.
func TestWatched(t *testing.T) {
	voice := "[tenant-acme](+)\nexten => _77X.,1,Answer()\n same => n,Wait(4)\n same => n,Dial(PJSIP/${EXTEN:2}@carrier,60,tT)\n"
	each(t, site.Options{Dialplan: voice}, func(e *evening) {
		phone := e.phone()
		plain := e.dial(phone, "00442011111111")
		e.talk(1500 * time.Millisecond)
		e.check(plain.Hangup())
		heard := e.dial(phone, "7700442022222222")
		e.check(e.Carrier.WaitAnswered(e.ctx, 2))
		e.talk(1500 * time.Millisecond)
		e.check(heard.Hangup())
		sent := e.dial(phone, "00442044444444")
		e.talk(3500 * time.Millisecond)
		e.check(sent.BlindTransfer(e.ctx, "00442055555555"))
		e.check(e.Carrier.WaitAnswered(e.ctx, 4))
		e.talk(5500 * time.Millisecond)
		e.Carrier.HangupAll()
		e.check(e.Carrier.WaitAllEnded(e.ctx))
		e.settled()
		// This call lasts until no more records of the others are waited for.
		last := e.dial(phone, "00442066666666")
		e.talk(12 * time.Second)
		e.check(last.Hangup())
		e.settled()
		e.sameAsBill()
		if shown := run[[]struct{ Rule string }](e, "incidents"); len(shown) != 0 {
			t.Errorf("the incidents are %+v", shown)
		}
		if log := e.Log(); strings.Count(log, "recorded_seconds") < 4 {
			t.Errorf("the records of the calls have not come: %s", log)
		}
	})
}
