package limits

import (
	"math"
	"math/bits"
	"time"

	"github.com/fraudguard/fraudguard/rates"
)

// rounds bounds how many legs of an account are stopped one by one. Those that are then left all
// stop together, before their next increment: too early rather than too late. So do those of an
// account with more legs than crowd at once, and there the moment is sought to a grain only.
const (
	rounds = 8
	crowd  = 64
	grain  = 10 * time.Millisecond
)

// plan is how the legs of an account go on under one cap: who has to stop when.
type plan struct {
	measure  *measure
	count    Money
	limit    Value
	base     Value // closed usage of the window
	after    Value // and of the window after it
	window   Window
	calendar Calendar
	period   Period
	now, end time.Time
	legs     []*Leg
	stop     []time.Time // zero is not before end; nil where that goes for all
	// runs are the legs in the window entered, for the many times that they are added up.
	runs    []run
	entered Window
}

// run is how a leg that can use something goes on in one window.
type run struct {
	rate *rates.Rate
	from time.Time
	// age is how long it has lasted, and stop when it stops, counted from now.
	age, stop time.Duration
	// before is what it used before the window.
	before Value
}

// decide finds the moment at which the next increment no longer fits, stops the leg that wants it,
// and goes on with what the others can still use.
func (p *plan) decide() {
	steps := rounds
	if len(p.legs) > crowd {
		steps = 0
	}
	for range steps {
		at := p.full()
		if !at.Before(p.end) {
			return
		}
		if p.stop == nil {
			p.stop = make([]time.Time, len(p.legs))
		}
		if i := p.next(at); i >= 0 {
			p.stop[i] = p.boundary(p.legs[i], at)
			p.runs = nil
			continue
		}
		p.stopAll(at)
		return
	}
	if at := p.full(); at.Before(p.end) {
		p.stopAll(at)
	}
}

// next gives the leg whose increment begins at the moment at; of several, that with the dearest.
// It is -1 where none begins just then: the cap is broken already.
func (p *plan) next(at time.Time) int {
	found, dearest := -1, Value(-1)
	for i, l := range p.legs {
		if l.Exempt || !p.stop[i].IsZero() {
			continue
		}
		b := p.boundary(l, at)
		if b.Sub(at) > 2*time.Microsecond {
			continue
		}
		from, r := l.from(p.now), p.measure.rate(l, p.count)
		price := p.measure.used(r, from, b.Sub(from)+time.Microsecond) - p.measure.used(r, from, b.Sub(from))
		if price > dearest {
			found, dearest = i, price
		}
	}
	return found
}

func (p *plan) stopAll(at time.Time) {
	if p.stop == nil {
		p.stop = make([]time.Time, len(p.legs))
	}
	for i, l := range p.legs {
		if p.stop[i].IsZero() {
			p.stop[i] = p.boundary(l, at)
		}
	}
}

// full is the last moment up to which all that has not stopped can go on, or the end. The time may
// reach into the next windows, which start with nothing spent, but where the clock was there already.
func (p *plan) full() time.Time {
	base, after, w, from := p.base, p.after, p.window, p.now
	for {
		until := p.end
		if w.End.Before(until) {
			until = w.End
		}
		at := p.search(base, w, from, until)
		if at.Before(until) || !until.Before(p.end) {
			return at
		}
		base, after, from = after, 0, w.End
		w = p.calendar.Window(p.period, w.End)
	}
}

// search finds the last moment between from and until at which what is used in w still fits.
func (p *plan) search(base Value, w Window, from, until time.Time) time.Time {
	most := p.total(base, w, until)
	if most <= p.limit {
		return until
	}
	least := p.total(base, w, from)
	if least > p.limit {
		return from
	}
	s := search{low: 0, high: until.Sub(from), least: least, most: most}
	probe := func(after time.Duration) { s.narrow(after, p.total(base, w, from.Add(after)), p.limit) }
	if len(p.legs) <= crowd {
		for s.span() > time.Microsecond {
			probe(s.low + s.span()/2)
		}
		return from.Add(s.low)
	}
	// Many legs together use more and more nearly as a straight line rises.
	for s.span() > grain {
		span, guess := s.span(), s.guess(p.limit)
		probe(guess - span/64)
		probe(guess + span/64)
		if s.span() > span/2 {
			probe(s.low + s.span()/2)
		}
	}
	return from.Add(s.low)
}

// search is what a search has come to: what is used fits at low, and does not at high.
type search struct {
	low, high   time.Duration
	least, most Value
}

func (s *search) span() time.Duration { return s.high - s.low }

// narrow takes in what is used at a moment, if it lies between the two.
func (s *search) narrow(at time.Duration, used, limit Value) {
	switch {
	case at <= s.low || at >= s.high:
	case used <= limit:
		s.low, s.least = at, used
	default:
		s.high, s.most = at, used
	}
}

// guess is where a straight line between the two comes to the limit.
func (s *search) guess(limit Value) time.Duration {
	high, low := bits.Mul64(uint64(s.span()), uint64(limit-s.least))
	part, _ := bits.Div64(high, low, uint64(s.most-s.least))
	return s.low + time.Duration(part)
}

// total is what all legs use in w up to a moment, or to where they stop.
func (p *plan) total(base Value, w Window, t time.Time) Value {
	if p.runs == nil || p.entered != w {
		p.enter(w)
	}
	if t.After(w.End) {
		t = w.End
	}
	total, ahead := base, t.Sub(p.now)
	for i := range p.runs {
		r := &p.runs[i]
		if elapsed := r.age + min(ahead, r.stop); elapsed >= 0 {
			total = plus(total, p.measure.used(r.rate, r.from, elapsed)-r.before)
		}
	}
	return total
}

// enter finds the legs that can use something in a window, as measure.use does.
func (p *plan) enter(w Window) {
	p.entered = w
	if p.runs == nil {
		p.runs = make([]run, 0, len(p.legs))
	}
	p.runs = p.runs[:0]
	for i, l := range p.legs {
		r := run{rate: p.measure.rate(l, p.count), from: l.from(p.now), stop: math.MaxInt64}
		if p.stop != nil && !p.stop[i].IsZero() {
			if r.stop = p.stop[i].Sub(p.now); p.stop[i].Before(w.Start) {
				continue
			}
		}
		if l.idle() || !r.from.Before(w.End) {
			continue
		}
		if r.age = p.now.Sub(r.from); r.from.Before(w.Start) {
			r.before = p.measure.used(r.rate, r.from, w.Start.Sub(r.from))
		}
		p.runs = append(p.runs, r)
	}
}

// boundary is the first moment, not before at, at which the leg begins an increment. Where that
// cannot be known, it is taken to begin one at once.
func (p *plan) boundary(l *Leg, at time.Time) time.Time {
	if l.Estimated {
		return at
	}
	from := l.from(p.now)
	return from.Add(p.measure.rate(l, p.count).NextIncrement(at.Sub(from)))
}
