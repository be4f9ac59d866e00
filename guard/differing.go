package guard

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	// recordTolerance is by how much a leg and Asterisk's own records of it may differ, besides the
	// whole seconds that records cut off.
	recordTolerance = 2 * time.Second
	// differsAgain is how often at most it is told of the legs of a server that differ.
	differsAgain = time.Hour
	// worstDiffering bounds the legs that are named then.
	worstDiffering = 10
)

// differing are the legs of a server that Asterisk's own records say otherwise, since it was told of
// the last ones.
type differing struct {
	wake  wake // when it may be told again; out of the heap where it may be told at once
	legs  int
	worst []difference // the farthest off first
}

type difference struct {
	by       time.Duration
	evidence Evidence
}

// compareRecords holds a leg that was watched from its answer to its end to the records that came of
// it. Those that have not come by now are not waited for.
func (g *Guard) compareRecords(s *server, l *leg) {
	if l.Answered.IsZero() || l.Estimated {
		return
	}
	by := recordedBeyond(&l.Leg, l.parts)
	if by.Abs() <= recordTolerance {
		return
	}
	metered := l.Ended.Sub(l.Answered)
	d := &s.differing
	d.legs++
	d.worst = append(d.worst, difference{by, Evidence{"leg " + l.ID, fmt.Sprintf("%s to %s at %s: metered %.1f s, recorded %.1f s",
		l.Account, l.Number, l.Started.Format(time.RFC3339), metered.Seconds(), (metered + by).Seconds())}})
	slices.SortStableFunc(d.worst, func(x, y difference) int { return cmp.Compare(y.by.Abs(), x.by.Abs()) })
	d.worst = d.worst[:min(len(d.worst), worstDiffering)]
	if d.wake.place < 0 {
		g.tellDiffering(s)
	}
}

// recordedBeyond is by how much the records of a leg last longer than it was metered, at the least: a
// record of 5 s can be of 5.9. It is negative where they are shorter, and zero where none has an answer.
//
// Both the ends and the lengths have to differ. Who was answered before he dialled has a record that
// begins too early, and the clock of another machine moves both ends.
func recordedBeyond(l *Leg, parts []part) time.Duration {
	var from, to time.Time
	for _, p := range parts {
		if p.answered {
			to = later(to, p.to)
			if from.IsZero() || p.from.Before(from) {
				from = p.from
			}
		}
	}
	if from.IsZero() {
		return 0
	}
	ends := outside(l.Ended.Sub(to), 0, time.Second)
	lengths := outside(l.Ended.Sub(l.Answered), to.Sub(from)-time.Second, to.Sub(from)+time.Second)
	if ends.Abs() < lengths.Abs() {
		return ends
	}
	return lengths
}

// outside is what would have to be added to a length to bring it between two others.
func outside(length, least, most time.Duration) time.Duration {
	return min(max(length, least), most) - length
}

// tellDiffering tells of the legs that differ, and of further ones in an hour.
func (g *Guard) tellDiffering(s *server) {
	d := &s.differing
	if d.legs == 0 {
		return
	}
	var evidence []Evidence
	for _, w := range d.worst {
		evidence = append(evidence, w.evidence)
	}
	g.incident(nil, Incident{
		Server: s.name, Rule: ruleRecordDiffers, Evidence: evidence,
		Seen:    fmt.Sprintf("the call records of Asterisk differ from what was metered on %d legs", d.legs),
		Actions: []string{"tell"},
	})
	d.legs, d.worst = 0, nil
	g.wakes.set(&d.wake, g.now.Add(differsAgain))
}
