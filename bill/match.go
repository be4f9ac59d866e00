package bill

import (
	"cmp"
	"iter"
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

// near is a call on the bill and a leg that may be its own.
type near struct {
	row, leg           int
	rarer              int // by how many fewer calls have a leg by this way to read the number than by the row's best
	off, outside, away time.Duration
}

// Match finds the leg of each call: of the same number, the nearest in time, of those the nearest in
// length as the carrier rounds it, and each only once. Where a number can be read as those of several legs,
// the way to read it comes first by which most calls of the bill have a leg: a carrier writes all in one.
// No call stays alone that could have a leg if others had other ones: it would be charged a second time.
// Calls and legs without a partner come alone; legs that nobody answered, which no carrier bills, are left
// out.
func Match(rows []Row, numbers Numbers, legs []guard.Leg, rounding Rounding) []Pair {
	known := answeredLegs(legs)
	usual := known.usual(rows, numbers)
	var all []near
	for i := range rows {
		row, first, best := &rows[i], len(all), 0
		for digits, often := range weighed(numbers.readings(row.Number), usual) {
			for leg := range known.around(digits, row.Start) {
				outside := Pair{row, &legs[leg]}.Longer(Terms{Rounding: rounding}).Abs()
				all = append(all, near{row: i, leg: leg, rarer: -often, outside: outside, away: (row.Lasted - talked(&legs[leg])).Abs()})
				best = max(best, often)
			}
		}
		for n := range all[first:] {
			all[first+n].rarer += best
		}
	}
	theirs := clockOf(all, rows, legs)
	for i := range all {
		all[i].off = theirs.misses(&rows[all[i].row], &legs[all[i].leg]).Round(time.Second)
	}
	slices.SortStableFunc(all, func(x, y near) int {
		return cmp.Or(cmp.Compare(x.rarer, y.rarer), cmp.Compare(x.off, y.off), cmp.Compare(x.outside, y.outside), cmp.Compare(x.away, y.away))
	})
	m := newMatching(all, len(rows), len(legs))
	var pairs []Pair
	for i, leg := range m.legOf {
		p := Pair{Row: &rows[i]}
		if leg != nobody {
			p.Leg = &legs[leg]
		}
		pairs = append(pairs, p)
	}
	for i, row := range m.rowOf {
		if row == nobody && answered(&legs[i]) {
			pairs = append(pairs, Pair{Leg: &legs[i]})
		}
	}
	return pairs
}

// byNumber finds legs by their number and time.
type byNumber struct {
	legs []guard.Leg
	// of has the indexes of each number's legs, by their start.
	of map[string][]int
}

func answered(l *guard.Leg) bool { return !l.Answered.IsZero() && !l.Ended.IsZero() }

func answeredLegs(legs []guard.Leg) byNumber {
	b := byNumber{legs, make(map[string][]int)}
	for i := range legs {
		if answered(&legs[i]) {
			b.of[legs[i].Number] = append(b.of[legs[i].Number], i)
		}
	}
	for _, list := range b.of {
		slices.SortFunc(list, func(x, y int) int { return legs[x].Started.Compare(legs[y].Started) })
	}
	return b
}

// around gives the legs to a number that may be the call that a bill has at a moment.
func (b byNumber) around(digits string, at time.Time) iter.Seq[int] {
	return func(yield func(int) bool) {
		list := b.of[digits]
		from, _ := slices.BinarySearchFunc(list, at.Add(-Window-Ringing), func(leg int, at time.Time) int { return b.legs[leg].Started.Compare(at) })
		for _, leg := range list[from:] {
			l := &b.legs[leg]
			if l.Started.After(at.Add(Window)) {
				return
			}
			if (clock{}).misses(&Row{Start: at}, l) <= Window && !yield(leg) {
				return
			}
		}
	}
}

// usual counts for each way to read a number how many calls of a bill have a leg by it, each leg for one.
func (b byNumber) usual(rows []Row, numbers Numbers) []int {
	often, taken := make([]int, numbers.ways()), make([][]bool, numbers.ways())
	for way := range taken {
		taken[way] = make([]bool, len(b.legs))
	}
	for i := range rows {
		for way, digits := range numbers.readings(rows[i].Number) {
			for leg := range b.around(digits, rows[i].Start) {
				if !taken[way][leg] {
					taken[way][leg] = true
					often[way]++
					break
				}
			}
		}
	}
	return often
}

// weighed gives each different reading of a number once, with the count of the most usual way that
// leads to it.
func weighed(readings []string, often []int) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for i, digits := range readings {
			if digits == "" || slices.Contains(readings[:i], digits) {
				continue
			}
			most := often[i]
			for j := i + 1; j < len(readings); j++ {
				if readings[j] == digits {
					most = max(most, often[j])
				}
			}
			if !yield(digits, most) {
				return
			}
		}
	}
}
