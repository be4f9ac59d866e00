package limits

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fraudguard/fraudguard/money"
)

// Value is how much a cap allows: millionths of the currency, seconds, a count, or per cent, as the
// kind's unit says. Unlimited lifts a cap that a wider subject has.
type Value int64

// Unlimited is the value of a cap that does not limit.
const Unlimited Value = -1

// Unit is what a Value counts.
type Unit int

// The units.
const (
	InMoney   Unit = iota // millionths of the currency, written "20.00"
	InMinutes             // held in seconds, written in whole minutes
	InCount
	InPercent
)

// Kind is what a cap limits. What there is to say of one stands in the table below.
type Kind int

// The kinds of caps. WarnAt is none itself: it says at what part of every other cap of the same
// subject that counts in a day or month a warning is given.
const (
	CostPerDay Kind = iota
	CostPerMonth
	MinutesPerDay
	MinutesPerMonth
	InternationalMinutesPerDay
	InternationalMinutesPerMonth
	RouteMinutesPerDay
	AttemptsPerDay
	ConcurrentCalls
	ConcurrentInternational
	CostPerCall
	MinutesPerCall
	RouteCostPerMinute
	WarnAt
)

// Manner is how a kind limits.
type Manner int

// The manners.
const (
	// ByWindow limits what is used up in a local day or month, of all legs together.
	ByWindow Manner = iota
	// ByCall limits what each leg uses up, however many there are.
	ByCall
	// ByCount limits how many legs live at the same time.
	ByCount
	// ByPrice limits the price per minute.
	ByPrice
	// ByNothing is no limit.
	ByNothing
)

// kinds is the table of all caps: a new one is a line here, and what it measures in measure.go.
var kinds = [...]struct {
	name string
	unit Unit
	by   Manner
	// period is the window that the kind counts in, where it counts in one.
	period  Period
	measure *measure
	// what finishes the sentence "a cap on …".
	what string
}{
	CostPerDay:                   {"cost_per_day", InMoney, ByWindow, Day, &cost, "the cost of a local day"},
	CostPerMonth:                 {"cost_per_month", InMoney, ByWindow, Month, &cost, "the cost of a local month"},
	MinutesPerDay:                {"minutes_per_day", InMinutes, ByWindow, Day, &seconds, "the billed minutes of a local day"},
	MinutesPerMonth:              {"minutes_per_month", InMinutes, ByWindow, Month, &seconds, "the billed minutes of a local month"},
	InternationalMinutesPerDay:   {"international_minutes_per_day", InMinutes, ByWindow, Day, &international, "the billed international minutes of a local day"},
	InternationalMinutesPerMonth: {"international_minutes_per_month", InMinutes, ByWindow, Month, &international, "the billed international minutes of a local month"},
	RouteMinutesPerDay:           {"route_minutes_per_day", InMinutes, ByWindow, Day, &routeSeconds, "the billed minutes to one route in a local day"},
	AttemptsPerDay:               {"attempts_per_day", InCount, ByWindow, Day, &attempts, "the attempts of a local day"},
	ConcurrentCalls:              {"concurrent_calls", InCount, ByCount, Day, &seconds, "the calls at the same time"},
	ConcurrentInternational:      {"concurrent_international", InCount, ByCount, Day, &international, "the international calls at the same time"},
	CostPerCall:                  {"cost_per_call", InMoney, ByCall, Day, &cost, "the cost of one call"},
	MinutesPerCall:               {"minutes_per_call", InMinutes, ByCall, Day, &seconds, "the billed minutes of one call"},
	RouteCostPerMinute:           {"route_cost_per_minute", InMoney, ByPrice, Day, &cost, "the price per minute of a route"},
	WarnAt:                       {"warn_at", InPercent, ByNothing, Day, nil, "the part of a cap at which a warning is given"},
}

// DefaultWarnAt is the part of a cap, in per cent, at which a warning is given where nothing else
// is said.
const DefaultWarnAt Value = 80

// Kinds gives all kinds, in the order in which they are shown.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// KindNamed finds a kind by its key in the configuration ("cost_per_day").
func KindNamed(name string) (Kind, error) {
	var names []string
	for k := range kinds {
		if kinds[k].name == name {
			return Kind(k), nil
		}
		names = append(names, kinds[k].name)
	}
	return 0, fmt.Errorf("%.40q is no cap: write one of %s", name, strings.Join(names, ", "))
}

// String is the kind's key in the configuration.
func (k Kind) String() string { return kinds[k].name }

// Unit says what the kind's values count.
func (k Kind) Unit() Unit { return kinds[k].unit }

// Period is the window in which the kind counts.
func (k Kind) Period() Period { return kinds[k].period }

// By says how the kind limits.
func (k Kind) By() Manner { return kinds[k].by }

func (k Kind) measure() *measure { return kinds[k].measure }

// What finishes the sentence "a cap on …".
func (k Kind) What() string { return kinds[k].what }

// most bounds minutes and counts: more than a month of a thousand calls at once.
const most = 100_000_000

// none is how people write Unlimited.
const none = "none"

// Parse reads a value as people write it: "20.00", "600", or "none" for Unlimited. The error says
// what to write instead.
func (k Kind) Parse(text string) (Value, error) {
	if text == none {
		return Unlimited, nil
	}
	if k.Unit() == InMoney {
		a, err := money.Parse(text)
		if err != nil || a < 0 {
			return 0, fmt.Errorf(`%.40q is no amount for %s: write one like "20.00", or "none" for no cap`, text, k)
		}
		return Value(a), nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	switch {
	case k.Unit() == InPercent && (err != nil || n < 1 || n > 100):
		return 0, fmt.Errorf(`%.40q is no part for %s: write per cent from 1 to 100, or "none" for no warning`, text, k)
	case err != nil || n > most:
		return 0, fmt.Errorf(`%.40q is no number for %s: write a whole number up to %d, or "none" for no cap`, text, k, most)
	case k.Unit() == InMinutes:
		return Value(n) * 60, nil
	}
	return Value(n), nil
}

// Format writes a value of the kind as Parse reads it; of minutes, begun ones count whole.
func (k Kind) Format(v Value) string {
	switch {
	case v == Unlimited:
		return none
	case k.Unit() == InMoney:
		return money.Amount(v).String()
	case k.Unit() == InMinutes:
		return strconv.FormatInt((int64(v)+59)/60, 10)
	}
	return strconv.FormatInt(int64(v), 10)
}

// Check says what is wrong with a value that did not come from Parse.
func (k Kind) Check(v Value) error {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Errorf("there is no cap with number %d", int(k))
	}
	if v < Unlimited || v == math.MaxInt64 || k.Unit() == InPercent && (v == 0 || v > 100) {
		return fmt.Errorf("%d is no value for %s", int64(v), k)
	}
	return nil
}
