package faults

import (
	"context"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/site"
)

// onCables plays a test on both Asterisks, behind lines that can break.
func onCables(t *testing.T, play func(e *evening)) {
	t.Parallel()
	for _, version := range asterisk.Versions() {
		t.Run("Asterisk "+version, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			o := options(version)
			o.Cables = true
			e := open(t, ctx, program, o)
			e.begin()
			play(e)
		})
	}
}

// lines are those between the guard and Asterisk.
func (e *evening) lines(do func(*site.Cable)) {
	do(e.AMI)
	do(e.ARI)
}

// theftCap is what a stolen extension may spend.
const theftCap = 12 * theftPerSecond

// steal lets two calls through that reach their cap in the end, and waits until Asterisk knows when.
func (e *evening) steal() {
	e.t.Helper()
	_, err := e.Run(e.ctx, "caps", "set", "globex/201", "cost_per_day", theftCap.String())
	e.check(err)
	thief := e.phone("201")
	for n := range 2 {
		e.dial(thief, number("4490", n))
	}
	e.live(2)
	e.pause(300 * time.Millisecond)
}

// TestFlapping: the lines to Asterisk break and are mended every 300 ms for five seconds. One call lives
// through it, one ends in it, one begins in it, and two reach their cap.
func TestFlapping(t *testing.T) {
	onCables(t, func(e *evening) {
		e.steal()
		phone := e.phone("101")
		through, ends := e.dial(phone, number("4420", 1)), e.dial(phone, number("4420", 2))
		e.live(4)
		var begins talk
		for n := range 8 {
			e.lines((*site.Cable).Cut)
			e.pause(300 * time.Millisecond)
			switch n {
			case 3:
				e.hangUp(ends)
			case 5:
				begins = e.dial(phone, number("4420", 3))
			}
			e.lines((*site.Cable).Mend)
			e.pause(300 * time.Millisecond)
		}
		e.linked("up")
		e.hangUp(through)
		e.hangUp(begins)
		e.refused(phone, number("4499", 1))
		e.filledIn()
	})
}

// TestHalfOpen: the lines to Asterisk stay open and carry nothing. The guard says that it is blind, comes
// back as soon as there is a line, and Asterisk itself has ended what reached its cap meanwhile.
func TestHalfOpen(t *testing.T) {
	onCables(t, func(e *evening) {
		e.steal()
		phone := e.phone("101")
		through, ends := e.dial(phone, number("4420", 1)), e.dial(phone, number("4420", 2))
		e.live(4)
		e.lines((*site.Cable).Hold)
		e.hangUp(ends)
		e.hangUp(e.dial(phone, number("4420", 3)))
		begins := e.dial(phone, number("4420", 4))
		e.linked("down") // after a ping without an answer
		e.lines((*site.Cable).Mend)
		e.linked("up")
		e.hangUp(through)
		e.hangUp(begins)
		e.refused(phone, number("4499", 1))
		e.filledIn()
	})
}
