package rates

import (
	"math"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// How a call is charged, in one place:
//
// A call is billed by increments. The first begins with the answer, each following one where the
// one before it ends, and one that has begun is billed whole. An increment costs its seconds at
// the price per minute of the moment at which it begins: that of the last tier that holds then, or
// else the rate's own. A minimum is billed with the first increment, and those that end within it
// cost nothing more. The connect fee falls due with the first increment too. What all increments
// cost is added up exactly, in sixtieths of a millionth, and rounded up to a millionth once for
// the whole call.
//
// What a part of a call costs is the difference of two such totals, and so the parts, such as
// those before and after a midnight, always add up to the whole.

// BilledSeconds is the length of all increments that have begun when the given time has gone by
// since the answer, and at least Minimum. The first begins with the answer and counts from elapsed
// 0 on; a following one that begins at an offset counts as soon as elapsed is beyond that offset.
// Before the answer, where elapsed is negative, and within the grace nothing is billed.
func (r *Rate) BilledSeconds(elapsed time.Duration) int64 {
	if elapsed < 0 || elapsed < r.Entry() {
		return 0
	}
	first, covered, next := r.increments()
	beyond := int64(elapsed) - covered*int64(time.Second)
	if beyond <= 0 {
		return first
	}
	begun := (beyond-1)/(next*int64(time.Second)) + 1
	return covered + begun*next
}

// increments gives the seconds billed at the answer, the offset from the answer up to which they
// last, and the seconds of each following increment. All are kept within their bounds, so that a
// rate nobody checked can be wrong about money but cannot divide by zero.
func (r *Rate) increments() (first, covered, next int64) {
	covered, next = int64(min(max(r.First, 1), maxIncrement)), int64(min(max(r.Next, 1), maxIncrement))
	first = covered
	if least := int64(min(r.Minimum, maxIncrement)); least > first {
		first = least
		covered += (least - covered) / next * next
	}
	return first, covered, next
}

// Entry is the smallest elapsed at which a call costs something: 0 without a grace. With one it
// lies a nanosecond beyond the last free second, because a second counts as soon as it has begun.
func (r *Rate) Entry() time.Duration {
	if r.Grace <= 0 {
		return 0
	}
	return time.Duration(min(r.Grace, maxIncrement)-1)*time.Second + 1
}

// Cost is the connect fee and all increments begun by elapsed, as BilledSeconds counts them, of a
// call answered at the given moment. It is 0 before the answer, never falls as elapsed grows, and
// for a rate beyond Check's bounds stays at the largest amount where it would not fit.
func (r *Rate) Cost(answered time.Time, elapsed time.Duration) money.Amount {
	if elapsed < 0 || elapsed < r.Entry() {
		return 0
	}
	var meter money.Meter
	var err error
	if r.Tiers == nil {
		err = meter.Add(r.PerMinute, r.BilledSeconds(elapsed))
	} else {
		err = r.addTiered(&meter, answered, elapsed)
	}
	if err != nil {
		return money.Max
	}
	minutes, err := meter.Cost()
	if err != nil {
		return money.Max
	}
	total, err := money.Add(r.Connect, minutes)
	if err != nil {
		return money.Max
	}
	return total
}

// addTiered adds the increments up stretch by stretch of one price.
func (r *Rate) addTiered(meter *money.Meter, answered time.Time, elapsed time.Duration) error {
	first, covered, next := r.increments()
	price, change := r.priceAt(answered, 0)
	if err := meter.Add(price, first); err != nil {
		return err
	}
	step, ahead := time.Duration(next)*time.Second, first-covered // what a minimum has billed in advance
	for offset := time.Duration(covered) * time.Second; offset < elapsed; {
		if offset >= change {
			price, change = r.priceAt(answered, offset)
		}
		begun := (min(change, elapsed)-offset-1)/step + 1
		if err := meter.Add(price, int64(begun)*next-ahead); err != nil {
			return err
		}
		ahead = 0
		offset += begun * step
	}
	return nil
}

// priceAt is the price per minute of an increment that begins at an offset of a call, and the next
// offset at which that can change.
func (r *Rate) priceAt(answered time.Time, offset time.Duration) (money.Amount, time.Duration) {
	if r.Tiers == nil {
		return r.PerMinute, math.MaxInt64
	}
	price, change, found := r.Tiers.at(answered, offset)
	if !found {
		price = r.PerMinute
	}
	return price, change
}

// Dearest is the highest price per minute that holds at some time of a call answered at the given
// moment, up to the horizon.
func (r *Rate) Dearest(answered time.Time, horizon time.Duration) money.Amount {
	dearest, change := r.priceAt(answered, 0)
	for change <= horizon {
		var price money.Amount
		price, change = r.priceAt(answered, change)
		dearest = max(dearest, price)
	}
	return dearest
}

// NextIncrement is the smallest offset from the answer, not before elapsed, at which an increment
// falls due. The first does so at 0, or where the grace ends. At that very offset it is not yet
// charged, but for the first one without a grace: a call that ends there does not pay for it.
func (r *Rate) NextIncrement(elapsed time.Duration) time.Duration {
	if free := max(r.Entry()-1, 0); elapsed <= free {
		return free
	}
	_, covered, next := r.increments()
	if elapsed <= time.Duration(covered)*time.Second {
		return time.Duration(covered) * time.Second
	}
	step := next * int64(time.Second)
	begun := (int64(elapsed)-covered*int64(time.Second)-1)/step + 1
	if begun > (math.MaxInt64-covered*int64(time.Second))/step {
		return math.MaxInt64
	}
	return time.Duration(covered*int64(time.Second) + begun*step)
}

// Affordable is how long a call answered at the given moment may last, at most the horizon, so
// that it costs no more than the budget: the largest d with Cost(answered, d) <= budget. It is
// false where no call can be had for the budget, or where the horizon is negative.
func (r *Rate) Affordable(answered time.Time, budget money.Amount, horizon time.Duration) (time.Duration, bool) {
	if horizon < 0 || r.Cost(answered, 0) > budget {
		return 0, false
	}
	if r.Cost(answered, horizon) <= budget {
		return horizon, true
	}
	if entry := r.Entry(); r.Cost(answered, entry) > budget {
		return entry - 1, true
	}
	// Cost changes only between one increment's beginning and the next. Search for the last
	// beginning up to which the total still fits.
	_, covered, next := r.increments()
	low, high := int64(0), (int64(horizon)/int64(time.Second)-covered)/next+1
	for high-low > 1 {
		middle := low + (high-low)/2
		if r.Cost(answered, time.Duration(covered+middle*next)*time.Second) <= budget {
			low = middle
		} else {
			high = middle
		}
	}
	return time.Duration(covered+low*next) * time.Second, true
}
