package limits

import "time"

// rounds bounds how many legs of an account are stopped one by one. Those that are then left all
// stop together, before their next increment: too early rather than too late. Each round looks at
// all legs some thirty times, so that an account with more legs than crowd gets but one.
const (
	rounds = 8
	crowd  = 64
)

// plan is how the legs of an account go on under one cap: who has to stop when.
type plan struct {
	measure  *measure
	count    Money
	limit    Value
	base     Value // closed usage of the window
	window   Window
	calendar Calendar
	period   Period
	now, end time.Time
	legs     []*Leg
	stop     []time.Time // zero is not before end; nil where that goes for all
}

// make finds the moment at which the next increment no longer fits, stops the leg that wants it,
// and goes on with what the others can still use.
func (p *plan) make() {
	steps := rounds
	if len(p.legs) > crowd {
		steps = 1
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
	for i, l := range p.legs {
		if p.stop[i].IsZero() {
			p.stop[i] = p.boundary(l, at)
		}
	}
}

// full is the last moment up to which all that has not stopped can go on, or the end. The time may
// reach into the next window, which starts with nothing spent.
func (p *plan) full() time.Time {
	base, w, from := p.base, p.window, p.now
	for {
		until := p.end
		if w.End.Before(until) {
			until = w.End
		}
		at := p.search(base, w, from, until)
		if at.Before(until) || !until.Before(p.end) {
			return at
		}
		base, from = 0, w.End
		w = p.calendar.Window(p.period, w.End)
	}
}

// search finds the last moment between from and until at which what is used in w still fits.
func (p *plan) search(base Value, w Window, from, until time.Time) time.Time {
	if p.fits(base, w, until) {
		return until
	}
	if !p.fits(base, w, from) {
		return from
	}
	low, high := time.Duration(0), until.Sub(from)
	for high-low > time.Microsecond {
		mid := low + (high-low)/2
		if p.fits(base, w, from.Add(mid)) {
			low = mid
		} else {
			high = mid
		}
	}
	return from.Add(low)
}

func (p *plan) fits(base Value, w Window, t time.Time) bool {
	total := base
	for i, l := range p.legs {
		until := t
		if p.stop != nil && !p.stop[i].IsZero() && p.stop[i].Before(until) {
			until = p.stop[i]
		}
		total = plus(total, p.measure.use(l, p.count, w, p.now, until))
	}
	return total <= p.limit
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
