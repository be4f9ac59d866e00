package bill

import (
	"cmp"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// Window is by how much the start of a call on a bill may miss that of its leg.
const Window = time.Minute

// Ringing is how long a leg can have rung before the answer with which a carrier's call begins.
const Ringing = 10 * time.Minute

// Pair is a call on the bill and its leg; either can be missing, and is nil then.
type Pair struct {
	Row *Row
	Leg *guard.Leg
}

// Match finds the leg of each call: of the same number, the nearest in time, of those the nearest in
// length as the carrier rounds it, and each only once. Numbers gives the number of each row as legs
// have it. Calls and legs without a partner come alone; legs that nobody answered, which no carrier
// bills, are left out.
func Match(rows []Row, numbers []string, legs []guard.Leg, rounding Rounding) []Pair {
	type near struct {
		row, leg           int
		off, outside, away time.Duration
	}
	byNumber := make(map[string][]int)
	for i := range legs {
		if !legs[i].Answered.IsZero() && !legs[i].Ended.IsZero() {
			byNumber[legs[i].Number] = append(byNumber[legs[i].Number], i)
		}
	}
	for _, list := range byNumber {
		slices.SortFunc(list, func(x, y int) int { return legs[x].Started.Compare(legs[y].Started) })
	}
	var all []near
	for i := range rows {
		list := byNumber[numbers[i]]
		from, _ := slices.BinarySearchFunc(list, rows[i].Start.Add(-Window-Ringing), func(leg int, at time.Time) int { return legs[leg].Started.Compare(at) })
		for _, leg := range list[from:] {
			l := &legs[leg]
			if l.Started.After(rows[i].Start.Add(Window)) {
				break
			}
			// Some carriers write when a call began, others when it was answered.
			off := min(l.Answered.Sub(rows[i].Start).Abs(), l.Started.Sub(rows[i].Start).Abs())
			if off <= Window {
				outside := Pair{&rows[i], l}.Longer(Terms{Rounding: rounding}).Abs()
				all = append(all, near{i, leg, off.Round(time.Second), outside, (rows[i].Lasted - talked(l)).Abs()})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y near) int {
		return cmp.Or(cmp.Compare(x.off, y.off), cmp.Compare(x.outside, y.outside), cmp.Compare(x.away, y.away))
	})
	rowTaken, legTaken := make([]bool, len(rows)), make([]bool, len(legs))
	var pairs []Pair
	for _, n := range all {
		if !rowTaken[n.row] && !legTaken[n.leg] {
			rowTaken[n.row], legTaken[n.leg] = true, true
			pairs = append(pairs, Pair{&rows[n.row], &legs[n.leg]})
		}
	}
	for i := range rows {
		if !rowTaken[i] {
			pairs = append(pairs, Pair{Row: &rows[i]})
		}
	}
	for i := range legs {
		if !legTaken[i] && !legs[i].Answered.IsZero() && !legs[i].Ended.IsZero() {
			pairs = append(pairs, Pair{Leg: &legs[i]})
		}
	}
	return pairs
}
