package limits

import (
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// measure is what a kind counts, and how much of it a leg uses. What legs use adds up.
type measure struct {
	// closed is what a window has of it from the legs that have ended; nil where it is kept by route.
	closed func(u *Usage, m Money) Value
	// rate is the one whose increments count, and used what those come to that have begun some time
	// after the answer. Both are nil where a leg counts once, as it begins.
	rate func(l *Leg, m Money) *rates.Rate
	used func(r *rates.Rate, answered time.Time, elapsed time.Duration) Value
	// counts says which legs use any; nil is all.
	counts func(l *Leg) bool
}

// The measures.
var (
	cost = measure{
		closed: func(u *Usage, m Money) Value { return Value(m.of(*u)) },
		rate:   (*Leg).rate,
		used: func(r *rates.Rate, answered time.Time, elapsed time.Duration) Value {
			return Value(r.Cost(answered, elapsed))
		},
	}
	seconds = measure{
		closed: func(u *Usage, _ Money) Value { return Value(u.BilledSeconds) },
		rate:   carriers, used: billed,
	}
	international = measure{
		closed: func(u *Usage, _ Money) Value { return Value(u.InternationalSeconds) },
		rate:   carriers, used: billed,
		counts: func(l *Leg) bool { return l.International },
	}
	// routeSeconds are counted for each route by itself. Legs without a priced route have one in
	// common, whose name is empty or what the guard calls it.
	routeSeconds = measure{rate: carriers, used: billed}
	attempts     = measure{closed: func(u *Usage, _ Money) Value { return Value(u.Attempts) }}
)

// carriers is the rate by which seconds are counted, as the ledger does: the carrier's.
func carriers(l *Leg, _ Money) *rates.Rate { return &l.Rate }

func billed(r *rates.Rate, _ time.Time, elapsed time.Duration) Value {
	return Value(r.BilledSeconds(elapsed))
}

// byRoute says whether each route has the whole cap to itself.
func (x *measure) byRoute() bool { return x.closed == nil }

// grows says whether a leg uses more the longer it lasts, so that a moment can be told at which it
// has to end.
func (x *measure) grows() bool { return x.used != nil }

// has says whether a leg counts, on the route where the measure is one by route.
func (x *measure) has(l *Leg, route string) bool {
	return (x.counts == nil || x.counts(l)) && (!x.byRoute() || l.Rate.Route == route)
}

// entry is what a leg needs if it is answered now: at least its first increment.
func (x *measure) entry(l *Leg, m Money, now time.Time) Value {
	if !x.grows() {
		return 1
	}
	r := x.rate(l, m)
	return x.used(r, now, r.Entry())
}

// held is what a ringing leg takes up at the moment now.
func (x *measure) held(l *Leg, m Money, w Window, now time.Time) Value {
	if !l.Unwatched.IsZero() || l.Refused {
		return x.use(l, m, w, now, now)
	}
	return x.entry(l, m, now)
}

// use is what the leg's increments that begin in w and before until come to.
func (x *measure) use(l *Leg, m Money, w Window, now, until time.Time) Value {
	if l.idle() {
		return 0
	}
	from := l.from(now)
	if until.After(w.End) {
		until = w.End
	}
	if until.Before(from) || until.Before(w.Start) || !from.Before(w.End) {
		return 0
	}
	r := x.rate(l, m)
	total := x.used(r, from, until.Sub(from))
	if from.Before(w.Start) {
		total -= x.used(r, from, w.Start.Sub(from))
	}
	return total
}

// most is no less than what the leg can come to use by until, in the window that began at start or
// a later one, at whatever moment from now on it is answered.
func (x *measure) most(l *Leg, m Money, start, now, until time.Time) Value {
	r := x.rate(l, m)
	if r.Tiers == nil || !l.rings() {
		return x.use(l, m, Window{Start: start, End: until.Add(1)}, now, until)
	}
	if l.idle() {
		return 0
	}
	flat := r.Flat()
	return x.used(&flat, now, until.Sub(now))
}

// plus adds, and stays at the largest value where the sum does not fit.
func plus(a, b Value) Value { return Value(sum(money.Amount(a), money.Amount(b))) }
