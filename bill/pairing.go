package bill

import (
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// nobody is in the place of a partner where there is none.
const nobody = -1

// matching gives calls and legs each other, each at most once.
type matching struct {
	legOf, rowOf []int
	// of has the candidates of each row, the likeliest first.
	of [][]int
	// tried are the legs that the row that looks for one has asked for.
	tried map[int]bool
}

// newMatching lets the likeliest candidates belong together, and then has those give way who can have
// others, until as many as possible have a partner.
func newMatching(likeliest []near, rows, legs int) *matching {
	m := &matching{legOf: slices.Repeat([]int{nobody}, rows), rowOf: slices.Repeat([]int{nobody}, legs), of: make([][]int, rows)}
	for _, n := range likeliest {
		m.of[n.row] = append(m.of[n.row], n.leg)
		if m.legOf[n.row] == nobody && m.rowOf[n.leg] == nobody {
			m.legOf[n.row], m.rowOf[n.leg] = n.leg, n.row
		}
	}
	for row := range m.legOf {
		if m.legOf[row] == nobody && len(m.of[row]) > 0 {
			m.tried = make(map[int]bool)
			m.find(row)
		}
	}
	return m
}

// find looks for a leg for a row, of those whose rows can have another one too (Kuhn's augmenting paths).
func (m *matching) find(row int) bool {
	for _, leg := range m.of[row] {
		if m.tried[leg] {
			continue
		}
		m.tried[leg] = true
		if m.rowOf[leg] == nobody || m.find(m.rowOf[leg]) {
			m.legOf[row], m.rowOf[leg] = leg, row
			return true
		}
	}
	return false
}

const (
	// clockCalls is how many calls, of which none can be mistaken for another, tell how a carrier's clock goes.
	clockCalls = 3
	// clockSpread is by how much they may contradict each other, on average.
	clockSpread = 3 * time.Second
)

// clock says how a carrier's times lie to ours. The zero clock is not known, and taken to be right.
type clock struct {
	known bool
	// ofAnswers says that it writes when a call was answered, and not when it began.
	ofAnswers bool
	// fast is by how much it is fast.
	fast time.Duration
}

// misses is how far from a leg a row is. Some carriers write when a call began, others when it was answered.
func (c clock) misses(r *Row, l *guard.Leg) time.Duration {
	if c.known {
		return (c.after(r, l) - c.fast).Abs()
	}
	return min(r.Start.Sub(l.Answered).Abs(), r.Start.Sub(l.Started).Abs())
}

// after is how long after the leg's moment the bill has the call.
func (c clock) after(r *Row, l *guard.Leg) time.Duration {
	if c.ofAnswers {
		return r.Start.Sub(l.Answered)
	}
	return r.Start.Sub(l.Started)
}

// clockOf learns a carrier's clock from the calls that have one candidate only.
func clockOf(all []near, rows []Row, legs []guard.Leg) clock {
	perRow, perLeg := make([]int, len(rows)), make([]int, len(legs))
	for _, n := range all {
		perRow[n.row]++
		perLeg[n.leg]++
	}
	var best clock
	least := clockSpread
	for _, c := range []clock{{known: true}, {known: true, ofAnswers: true}} {
		var after []time.Duration
		for _, n := range all {
			if perRow[n.row] == 1 && perLeg[n.leg] == 1 {
				after = append(after, c.after(&rows[n.row], &legs[n.leg]))
			}
		}
		if len(after) < clockCalls {
			return clock{}
		}
		slices.Sort(after)
		c.fast = after[len(after)/2]
		var spread time.Duration
		for _, d := range after {
			spread += (d - c.fast).Abs() / time.Duration(len(after))
		}
		if spread < least {
			best, least = c, spread
		}
	}
	return best
}
