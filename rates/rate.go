package rates

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// Bounds that Check holds a rate to. Within them not even a call of ten years can cost more than
// an amount can hold.
const (
	maxPrefix    = 15
	maxRoute     = 200 // bytes
	maxPrice     = 1_000_000 * money.Unit
	maxIncrement = 24 * 60 * 60 // seconds
)

// Rate is the price of one prefix from a moment on.
//
// The cost of a call is the connect fee plus the price of its billed seconds, rounded up to a
// millionth once for the whole call. What a part of a call costs is the difference of two such
// totals, and so the parts always add up to the whole.
type Rate struct {
	// Prefix is the leading E.164 digits, without +: one to fifteen digits.
	Prefix string
	// Route is the carrier's name for the destination; several prefixes can share it.
	Route string
	// PerMinute is the price of sixty billed seconds, Connect the fee of being answered at all.
	PerMinute, Connect money.Amount
	// First and Next are the seconds of the first and of each following increment, at least 1.
	First, Next int
	// ValidFrom is the first moment of the rate; the zero time is always.
	ValidFrom time.Time
}

// Check says in words what is wrong with the rate, or gives nil.
func (r Rate) Check() error {
	if err := checkPrefix(r.Prefix); err != nil {
		return err
	}
	if len(r.Route) > maxRoute {
		return fmt.Errorf("route name has %d bytes: at most %d", len(r.Route), maxRoute)
	}
	if r.PerMinute < 0 || r.Connect < 0 {
		return errors.New("a price cannot be negative")
	}
	if r.PerMinute > maxPrice || r.Connect > maxPrice {
		return fmt.Errorf("a price above %v is not believed", maxPrice)
	}
	if r.First < 1 || r.Next < 1 || r.First > maxIncrement || r.Next > maxIncrement {
		return fmt.Errorf("increments %d/%d: each has 1 to %d seconds", r.First, r.Next, maxIncrement)
	}
	return nil
}

func checkPrefix(prefix string) error {
	if prefix == "" || len(prefix) > maxPrefix {
		return fmt.Errorf("prefix %.40q has %d digits: one to %d", prefix, len(prefix), maxPrefix)
	}
	for _, c := range []byte(prefix) {
		if c < '0' || c > '9' {
			return fmt.Errorf("prefix %q has something else than digits", prefix)
		}
	}
	return nil
}

// BilledSeconds is the length of all increments that have begun when the given time has gone by
// since the answer. The first begins with the answer and counts from elapsed 0 on; a following one
// that begins at an offset counts as soon as elapsed is beyond that offset. Before the answer,
// where elapsed is negative, nothing is billed.
func (r Rate) BilledSeconds(elapsed time.Duration) int64 {
	if elapsed < 0 {
		return 0
	}
	first, next := r.increments()
	beyond := int64(elapsed) - first*int64(time.Second)
	if beyond <= 0 {
		return first
	}
	begun := (beyond-1)/(next*int64(time.Second)) + 1
	return first + begun*next
}

// increments gives First and Next within their bounds, so that a rate nobody checked can be wrong
// about money but cannot divide by zero.
func (r Rate) increments() (first, next int64) {
	return int64(min(max(r.First, 1), maxIncrement)), int64(min(max(r.Next, 1), maxIncrement))
}

// Cost is the connect fee and all increments begun by elapsed, as BilledSeconds counts them. It is
// 0 before the answer, never falls as elapsed grows, and for a rate beyond Check's bounds stays at
// the largest amount where it would not fit.
func (r Rate) Cost(elapsed time.Duration) money.Amount {
	if elapsed < 0 {
		return 0
	}
	minutes, err := money.PerMinute(r.PerMinute, r.BilledSeconds(elapsed))
	if err != nil {
		return money.Max
	}
	total, err := money.Add(r.Connect, minutes)
	if err != nil {
		return money.Max
	}
	return total
}

// NextIncrement is the smallest offset from the answer, not before elapsed, at which an increment
// begins. The first begins at 0, so it is 0 up to and including elapsed 0. At that very offset the
// increment is not yet charged: a call that ends there does not pay for it.
func (r Rate) NextIncrement(elapsed time.Duration) time.Duration {
	if elapsed <= 0 {
		return 0
	}
	offset := r.BilledSeconds(elapsed)
	if offset > math.MaxInt64/int64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(offset) * time.Second
}

// Affordable is how long a call may last, at most the horizon, so that it costs no more than the
// budget: the largest d with Cost(d) <= budget. It is false where the budget does not even pay for
// the connect fee and the first increment, or where the horizon is negative.
func (r Rate) Affordable(budget money.Amount, horizon time.Duration) (time.Duration, bool) {
	if horizon < 0 || r.Cost(0) > budget {
		return 0, false
	}
	// Cost changes only between one increment's beginning and the next, so the answer is the
	// horizon or such a beginning. Search for the last one whose total still fits.
	if r.Cost(horizon) <= budget {
		return horizon, true
	}
	first, next := r.increments()
	low, high := int64(0), (int64(horizon)/int64(time.Second)-first)/next+1
	for high-low > 1 {
		middle := low + (high-low)/2
		if r.Cost(time.Duration(first+middle*next)*time.Second) <= budget {
			low = middle
		} else {
			high = middle
		}
	}
	return time.Duration(first+low*next) * time.Second, true
}
