package guard

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// Asterisk's own records tell of calls that nobody watched, and check those that somebody did. A
// record is of the channel that called, and names the trunk's channel only: so a record belongs to
// the leg of that name that lived at the same time.

const (
	// recordSlack is by how much the times of a record and of its leg may miss each other: records are
	// cut to whole seconds.
	recordSlack = 3 * time.Second
	// halfSecond stands for what a record cuts off.
	halfSecond = 500 * time.Millisecond
	// partsMost bounds the records of one leg that are kept.
	partsMost = 1000
)

// part is what one record says of a leg.
type part struct {
	// from and to are when it was answered and ended, or, unanswered, when it began and ended.
	from, to time.Time
	talked   time.Duration
	answered bool
	// called is set where the leg is the record's destination; else it is the calling channel, which
	// talks as long as the record is.
	called bool
	record *CallRecord
}

// partOf is what a record says of one of its two channels.
func partOf(r *CallRecord, called bool) part {
	p := part{from: r.Started, to: r.Ended, called: called, record: r}
	if !called {
		p.answered, p.talked = true, r.Ended.Sub(r.Started)
	} else if !r.Answered.IsZero() {
		p.answered, p.from, p.talked = true, r.Answered, time.Duration(r.BillableSeconds)*time.Second
	}
	return p
}

// usable says whether the times of a record make sense. An event can lack them.
func (r *CallRecord) usable() bool {
	return !r.Started.IsZero() && !r.Ended.Before(r.Started) && (r.Answered.IsZero() || !r.Answered.Before(r.Started) && !r.Ended.Before(r.Answered))
}

// recording is what all records together say of one leg.
type recording struct {
	name  string
	parts []part // by their beginning
}

// recordingOf puts parts together that belong to one leg.
func recordingOf(name string, parts []part) recording {
	slices.SortStableFunc(parts, func(x, y part) int {
		return cmp.Or(x.record.Started.Compare(y.record.Started), x.to.Compare(y.to))
	})
	return recording{name: name, parts: parts}
}

// recordingsOf finds the legs in records: their parts are those of one channel that follow each other.
func (s *server) recordingsOf(records []CallRecord) []recording {
	byName := make(map[string][]part)
	var names []string
	add := func(name string, p part) {
		if s.rules.kindOf(name) != trunk {
			return
		}
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], p)
	}
	for i := range records {
		if r := &records[i]; r.usable() {
			add(r.Destination, partOf(r, true))
			add(r.Channel, partOf(r, false))
		}
	}
	var all []recording
	for _, name := range names {
		whole := recordingOf(name, byName[name])
		begin, until := 0, time.Time{}
		for i, p := range whole.parts {
			if i > begin && p.from.After(until.Add(recordSlack)) {
				all = append(all, recording{name, whole.parts[begin:i]})
				begin, until = i, time.Time{}
			}
			until = later(until, p.to)
		}
		all = append(all, recording{name, whole.parts[begin:]})
	}
	slices.SortStableFunc(all, func(x, y recording) int { return x.began().Compare(y.began()) })
	return all
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// began is when the first record of the leg begins.
func (r *recording) began() time.Time { return r.parts[0].record.Started }

// outbound says whether the leg was called, as far as the records know: a channel that began by
// calling is one on which somebody called in.
func (r *recording) outbound() bool { return r.parts[0].called }

// latest is the last whole second in which a part can have ended.
func (p *part) latest() time.Time {
	if p.record.EndWorkedOut {
		return p.to.Add(time.Second)
	}
	return p.to
}

// talk gives when the leg was answered, and how long it lasted then: the longest time that the
// records allow, less the half of a second that they cut off. It is false where it was not answered.
func (r *recording) talk() (answered time.Time, lasted time.Duration, ok bool) {
	var to, latest time.Time
	var talked time.Duration
	whole := true // no time between the records
	for _, p := range r.parts {
		if !p.answered {
			continue
		}
		if !ok {
			answered, ok = p.from, true
		} else if p.from.After(to.Add(time.Second)) {
			whole = false
		}
		to, latest = later(to, p.to), later(latest, p.latest())
		talked += p.talked + time.Second
	}
	lasted = latest.Sub(answered) + time.Second
	if whole {
		lasted = min(lasted, talked)
	}
	return answered, lasted - halfSecond, ok
}

// ended is the end of the last record.
func (r *recording) ended() (at time.Time) {
	for _, p := range r.parts {
		at = later(at, p.to)
	}
	return at
}

// of says whether the records and a leg were there at the same time.
func (r *recording) of(l *Leg) bool {
	ended := l.Ended
	if ended.IsZero() {
		ended = lastMoment
	}
	return l.Name == r.name && !r.parts[0].from.After(ended.Add(recordSlack)) && !r.ended().Before(l.Started.Add(-recordSlack))
}

// lastMoment is after all others.
var lastMoment = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// callRecorded matches Asterisk's own record of a call to the legs that were part of it. Where it
// tells of a leg that nobody knows, the store is asked.
func (g *Guard) callRecorded(s *server, f CallRecorded) {
	for _, side := range [...]struct {
		name   string
		called bool
	}{{f.Channel, false}, {f.Destination, true}} {
		l := s.byName[side.name]
		if l == nil {
			if side.called && f.usable() && s.rules.kindOf(side.name) == trunk {
				g.protect = append(g.protect, FindLegs{Server: s.name, Record: f.CallRecord})
			}
			continue
		}
		l.RecordedSeconds = max(l.RecordedSeconds, 0) + f.BillableSeconds
		g.recordLeg(l)
		record := f.CallRecord
		one := recording{name: l.Name, parts: []part{partOf(&record, side.called)}}
		if !f.usable() || !one.of(&l.Leg) || len(l.parts) == partsMost {
			continue
		}
		l.parts = append(l.parts, one.parts[0])
		if !l.Ended.IsZero() && l.Estimated {
			r := recordingOf(l.Name, l.parts)
			if next, changed := r.correct(&l.Leg, l.seenLast); changed {
				g.correct(&l.Leg, next)
				g.spent([]limits.Account{l.Account})
			}
		}
	}
}

// endByRecord closes a leg that ended in the dark as its records say.
func (g *Guard) endByRecord(l *leg) bool {
	if len(l.parts) == 0 {
		return false
	}
	r := recordingOf(l.Name, l.parts)
	answered, lasted, ok := r.talk()
	ended := r.ended()
	switch {
	case ok && l.Answered.IsZero():
		g.answer(l, later(answered, l.Started), true)
		ended = answered.Add(lasted)
	case ok && near(answered, l.Answered):
		ended = l.Answered.Add(lasted)
	case ok:
		ended = answered.Add(lasted)
	}
	if !l.Answered.IsZero() {
		l.RecordedSeconds = max(l.RecordedSeconds, int64(lasted/time.Second))
	}
	g.end(l, later(ended, l.seenLast), 0, true)
	return true
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() <= recordSlack }

// recordPrefix begins the ID of a leg that is known from records alone: Asterisk's Uniqueid of the
// trunk's channel does not stand in them.
const recordPrefix = "cdr:"

// FromRecord says whether a leg is known from Asterisk's records alone.
func FromRecord(l *Leg) bool { return strings.HasPrefix(l.ID, recordPrefix) }

// ByRecord says whether the times of a leg that was not watched are those of its records already, which
// can then only add to them.
func ByRecord(l *Leg) bool {
	if FromRecord(l) {
		return true
	}
	span := l.Ended.Sub(l.Answered)
	return l.RecordedSeconds >= 0 && !l.Answered.IsZero() && (span-time.Duration(l.RecordedSeconds)*time.Second).Abs() <= time.Second
}

// correct gives a leg whose times were estimated, or come from records, with those of its records. A
// leg never ends before it was seen last, and what is within a second stays as it is.
func (r *recording) correct(l *Leg, seenLast time.Time) (next Leg, changed bool) {
	answered, lasted, ok := r.talk()
	next = *l
	if !ok {
		next.Answered = time.Time{} // it was charged as if it might have been answered, and was not
		return next, l.Cost != 0 || l.Price != 0 || l.BilledSeconds != 0
	}
	next.RecordedSeconds = max(l.RecordedSeconds, int64(lasted/time.Second))
	switch {
	case l.Answered.IsZero():
		next.Answered, next.Ended = answered, answered.Add(lasted)
	case ByRecord(l) && near(answered, l.Answered): // the same moment, as it was found then
		next.Ended = later(l.Ended, l.Answered.Add(lasted))
	case ByRecord(l):
		next.Ended = later(l.Ended, answered.Add(lasted))
		if answered.Before(l.Answered.Add(-time.Second)) {
			next.Answered = answered
		}
	case near(answered, l.Answered):
		next.Ended = l.Answered.Add(lasted)
	case near(answered.Add(lasted), l.Ended):
		next.Answered = l.Ended.Add(-lasted)
	default:
		next.Answered, next.Ended = answered, answered.Add(lasted)
	}
	next.Ended = later(next.Ended, seenLast)
	changed = next.Ended.Sub(l.Ended).Abs() > time.Second || next.Answered.Sub(l.Answered).Abs() > time.Second
	if !changed {
		next = *l
	} else {
		next.RecordedSeconds = max(next.RecordedSeconds, int64(next.Ended.Sub(next.Answered)/time.Second))
	}
	return next, changed
}
