package bill

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/number"
)

// TestWrongClock: a carrier's clock that is off mixes up no calls to one number, where other calls tell by how
// much it is off, whether the carrier writes when a call began or when it was answered.
func TestWrongClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		off := time.Duration(rapid.IntRange(-25, 25).Draw(t, "clock")) * time.Second
		answers := rapid.Bool().Draw(t, "of answers")
		var legs []guard.Leg
		var rows []Row
		call := func(digits string, at time.Time, rang int) {
			lasted := time.Duration(rapid.IntRange(1, 90).Draw(t, "lasted")) * time.Second
			l := leg(digits, at, lasted, int64(lasted/time.Second))
			l.ID = fmt.Sprint(len(legs))
			l.Started = at.Add(-time.Duration(rang) * time.Second)
			row := Row{Line: len(legs), Number: digits, Start: l.Started.Add(off), Lasted: lasted}
			if answers {
				row.Start = l.Answered.Add(off)
			}
			legs, rows = append(legs, l), append(rows, row)
		}
		for i, rang := range []int{2, 9, 17} { // which tells, too, what the carrier writes
			call(fmt.Sprint("39061234567", i), noon, rang)
		}
		at := noon
		for range rapid.IntRange(2, 12).Draw(t, "calls") {
			at = at.Add(time.Duration(rapid.IntRange(21, 60).Draw(t, "pause")) * time.Second)
			call("390698765432", at, rapid.IntRange(0, 20).Draw(t, "rang"))
		}
		for _, p := range Match(rapid.Permutation(rows).Draw(t, "order"), NewNumbers(number.Plan{Country: "IT"}), legs, Rounding{}) {
			if p.Row == nil || p.Leg == nil || p.Leg.ID != fmt.Sprint(p.Row.Line) {
				t.Fatal(shownPair(p))
			}
		}
	})
}

// TestNoCallStaysAlone: calls of which each could have a leg all have one, although the nearest to one is
// the only one for another.
func TestNoCallStaysAlone(t *testing.T) {
	var legs []guard.Leg
	var rows []Row
	for _, second := range []time.Duration{0, 14, 45} {
		l := leg("390698765432", noon.Add(second*time.Second), time.Minute, 60)
		legs = append(legs, l)
		rows = append(rows, Row{Number: "390698765432", Start: l.Answered.Add(16 * time.Second), Lasted: time.Minute})
	}
	for _, p := range Match(rows, NewNumbers(number.Plan{Country: "IT"}), legs, Rounding{}) {
		if p.Row == nil || p.Leg == nil {
			t.Error(shownPair(p))
		}
	}
}
