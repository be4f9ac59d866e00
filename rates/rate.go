package rates

import (
	"errors"
	"fmt"
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

	minYear, maxYear = 1990, 2199
)

// Rate is the price of one prefix from a moment on. Its Cost says what a call costs at it.
type Rate struct {
	// Prefix is the leading E.164 digits, without +: one to fifteen digits.
	Prefix string
	// Route is the carrier's name for the destination; several prefixes can share it.
	Route string
	// PerMinute is the price of sixty billed seconds, Connect the fee of a call that costs at all.
	PerMinute, Connect money.Amount
	// First and Next are the seconds of the first and of each following increment, at least 1.
	First, Next int
	// Minimum is the least that is billed of a call, in seconds; 0 is no more than First.
	Minimum int
	// Grace is how many seconds have to begin before a call costs anything, the connect fee
	// included; 0 and less is no grace. Once they have begun, it costs as if there had been none.
	Grace int
	// Tiers are other prices per minute, at some hours or after some time; nil is none.
	Tiers *Tiers
	// Closed says that the carrier does not take calls to the prefix; the prices mean nothing then.
	Closed bool
	// ValidFrom is the first moment of the rate and ValidUntil the first one after it; the zero
	// time is no bound.
	ValidFrom, ValidUntil time.Time
}

// Check says in words what is wrong with the rate, or gives nil.
func (r *Rate) Check() error {
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
	if r.Minimum < 0 || r.Grace < 0 || r.Minimum > maxIncrement || r.Grace > maxIncrement {
		return fmt.Errorf("minimum of %d and grace of %d: each has 0 to %d seconds", r.Minimum, r.Grace, maxIncrement)
	}
	for _, t := range [...]time.Time{r.ValidFrom, r.ValidUntil} {
		if !t.IsZero() && (t.UTC().Year() < minYear || t.UTC().Year() > maxYear) {
			return fmt.Errorf("%s is not believed: a year from %d to %d is", t.Format(time.RFC3339), minYear, maxYear)
		}
	}
	if !r.ValidUntil.IsZero() && !r.ValidFrom.Before(r.ValidUntil) {
		return fmt.Errorf("the rate ends at %s, before it begins", r.ValidUntil.Format(time.RFC3339))
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

// same says whether two rates of one prefix say the same but for the moment from which they do.
func same(x, y Rate) bool {
	if !x.ValidUntil.Equal(y.ValidUntil) || !x.Tiers.equal(y.Tiers) {
		return false
	}
	x.ValidFrom, x.ValidUntil, x.Tiers = y.ValidFrom, y.ValidUntil, y.Tiers
	return x == y
}
