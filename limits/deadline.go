package limits

import (
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// Deadline is the moment at which a leg has to end so that a cap holds.
type Deadline struct {
	Leg *Leg
	At  time.Time
	// Cap sets the moment; nil where only the horizon does.
	Cap *Cap
}

// Deadlines gives, for each live leg of a tenant, the moment at which it has to end so that every
// cap holds, but not later than the horizon after now. An increment that is paid for is never cut
// short. A ringing leg counts as if it were answered now.
//
// The slice is good until the next call. If each leg ends at its deadline at the latest, no cap is broken, even if nobody looks again.
func (b *Book) Deadlines(tenant string, now time.Time, horizon time.Duration) []Deadline {
	b.turn(now)
	legs := b.live[Account{Tenant: tenant}]
	deadlines := b.deadlines[:0]
	for i, l := range legs {
		deadlines = append(deadlines, Deadline{Leg: l, At: now.Add(horizon)})
		l.place = i
	}
	b.deadlines = deadlines
	for _, l := range legs {
		if b.live[l.Account][0] == l { // once for each extension
			b.apply(l.Account, now, horizon)
		}
	}
	b.apply(Account{Tenant: tenant}, now, horizon)
	return deadlines
}

// apply brings the deadlines forward to where the account's caps want them.
func (b *Book) apply(account Account, now time.Time, horizon time.Duration) {
	caps := b.capsFor(account)
	for i := range caps {
		c := &caps[i]
		if c.Kind != CostPerDay && c.Kind != CostPerMonth {
			continue
		}
		p := b.plan(c, account, now, now.Add(horizon))
		for j, at := range p.stop {
			l := p.legs[j]
			if d := &b.deadlines[l.place]; !at.IsZero() && !l.Exempt && at.Before(d.At) {
				d.At, d.Cap = at, c
			}
		}
	}
}

// rounds bounds how many legs of an account are stopped one by one. Those that are then left all
// stop together, before their next increment: too early rather than too late. Each round looks at
// all legs some thirty times, so that an account with more legs than crowd gets but one.
const (
	rounds = 8
	crowd  = 64
)

// plan is how the legs of an account go on under one cap: who has to stop when.
type plan struct {
	count    Money
	limit    money.Amount
	base     money.Amount // closed usage of the window
	window   Window
	calendar Calendar
	period   Period
	now, end time.Time
	legs     []*Leg
	stop     []time.Time // zero is not before end; nil where that goes for all
}

// plan finds the moment at which the next increment no longer fits, stops the leg that wants it,
// and goes on with what the others can still use.
func (b *Book) plan(c *Cap, account Account, now, end time.Time) plan {
	s := &b.day
	if c.Kind.Period() == Month {
		s = &b.month
	}
	legs := b.live[account]
	p := plan{
		count: b.caps.Count, limit: money.Amount(c.Limit), base: b.caps.Count.of(s.of(account)), window: s.window, calendar: b.calendar, period: c.Kind.Period(),
		now: now, end: end, legs: legs,
	}
	steps := rounds
	if len(legs) > crowd {
		steps = 1
	}
	for range steps {
		at := p.full()
		if !at.Before(end) {
			return p
		}
		if p.stop == nil {
			p.stop = make([]time.Time, len(legs))
		}
		if i := p.next(at); i >= 0 {
			p.stop[i] = p.boundary(p.legs[i], at)
			continue
		}
		p.stopAll(at)
		return p
	}
	if at := p.full(); at.Before(end) {
		p.stopAll(at)
	}
	return p
}

// next gives the leg whose increment begins at the moment at; of several, that with the dearest.
// It is -1 where none begins just then: the cap is broken already.
func (p *plan) next(at time.Time) int {
	found, dearest := -1, money.Amount(-1)
	for i, l := range p.legs {
		if l.Exempt || !p.stop[i].IsZero() {
			continue
		}
		b := p.boundary(l, at)
		if b.Sub(at) > 2*time.Microsecond {
			continue
		}
		from, r := l.from(p.now), l.rate(p.count)
		price := r.Cost(from, b.Sub(from)+time.Microsecond) - r.Cost(from, b.Sub(from))
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

// search finds the last moment between from and until at which the cost in w still fits.
func (p *plan) search(base money.Amount, w Window, from, until time.Time) time.Time {
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

func (p *plan) fits(base money.Amount, w Window, t time.Time) bool {
	total := base
	for i, l := range p.legs {
		until := t
		if p.stop != nil && !p.stop[i].IsZero() && p.stop[i].Before(until) {
			until = p.stop[i]
		}
		total = sum(total, l.cost(p.count, w, p.now, until))
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
	return from.Add(l.rate(p.count).NextIncrement(at.Sub(from)))
}
