package limits

import "time"

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

// By says how the kind limits.
func (k Kind) By() Manner {
	switch k {
	case CostPerCall, MinutesPerCall:
		return ByCall
	case ConcurrentCalls, ConcurrentInternational:
		return ByCount
	case RouteCostPerMinute:
		return ByPrice
	case WarnAt:
		return ByNothing
	}
	return ByWindow
}

// Used gives what an account has used in the running window of what a kind counts, live legs
// included, and what is held for ringing ones. Of a kind that counts calls at the same time it is
// those that live and ring, and of one that limits each call by itself nothing. The route matters
// where each has a cap's worth of its own.
func (b *Book) Used(a Account, k Kind, route string, now time.Time) (used, held Value) {
	b.turn(now)
	s := &b.day
	if k.Period() == Month {
		s = &b.month
	}
	u := s.of(a)
	for _, l := range b.live[a] {
		u.add(l.begun(s.window, now))
	}
	switch k {
	case CostPerDay, CostPerMonth:
		spent, held := b.spent(a, k.Period(), now)
		return Value(spent), Value(held)
	case MinutesPerDay, MinutesPerMonth:
		return Value(u.BilledSeconds), 0
	case InternationalMinutesPerDay, InternationalMinutesPerMonth:
		return Value(u.InternationalSeconds), 0
	case AttemptsPerDay:
		return Value(u.Attempts), 0
	case ConcurrentCalls:
		for _, l := range b.live[a] {
			if l.Answered.IsZero() {
				held++
			} else {
				used++
			}
		}
		return used, held
	}
	return 0, 0
}
