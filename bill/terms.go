package bill

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// maxRounding bounds an increment, in seconds: a longer one would hide whole calls.
const maxRounding = 3600

// Rounding is how a carrier rounds the lengths on its bill: up to First seconds, then by Next seconds
// each. The zero Rounding is not known: a length can then be as talked or as charged.
type Rounding struct{ First, Next int }

// ParseRounding reads "60/60", "30/6" or "1/1".
func ParseRounding(text string) (Rounding, error) {
	first, next, _ := strings.Cut(text, "/")
	r := Rounding{First: seconds(first), Next: seconds(next)}
	if r.First == 0 || r.Next == 0 {
		return Rounding{}, fmt.Errorf("%.20q: write the seconds of the carrier's first and of each following billing increment, "+
			"such as 60/60, 30/6 or 1/1; each has 1 to %d", text, maxRounding)
	}
	return r, nil
}

// seconds is 0 where the text is no length of an increment.
func seconds(text string) int {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > maxRounding {
		return 0
	}
	return int(n)
}

// Known says whether there is a rounding.
func (r Rounding) Known() bool { return r != Rounding{} }

// String is as ParseRounding reads it; empty where the rounding is not known.
func (r Rounding) String() string {
	if !r.Known() {
		return ""
	}
	return fmt.Sprintf("%d/%d", r.First, r.Next)
}

// Up is the length on the bill of a call that lasted so long, by the rule by which the ledger charges.
func (r Rounding) Up(lasted time.Duration) time.Duration {
	rate := rates.Rate{First: r.First, Next: r.Next}
	return time.Duration(rate.BilledSeconds(lasted)) * time.Second
}

// Terms say by how much a call on a bill may differ from its leg.
type Terms struct {
	Rounding Rounding
	// Tolerance is by how much a call may have been longer or shorter before the carrier rounded it.
	Tolerance time.Duration
	// Unit is one of the last decimal of the bill's costs: they may be off by half of it.
	Unit money.Amount
}

// Longer is by how much the bill has a call longer than the leg explains: negative where it is shorter,
// and zero where it fits. With a rounding, what the leg lasted explains what that makes of it, and no
// more. Without one, the price list's increments stand for the carrier's: a length between what
// the leg lasted and what it was charged fits.
func (p Pair) Longer(t Terms) time.Duration {
	lasted, charged := talked(p.Leg), time.Duration(p.Leg.BilledSeconds)*time.Second
	least, most := min(lasted, charged)-t.Tolerance, max(lasted, charged)+t.Tolerance
	if t.Rounding.Known() {
		most = t.Rounding.Up(lasted + t.Tolerance)
		if p.Leg.BilledSeconds > p.Leg.Rate.BilledSeconds(lasted) {
			most = max(most, charged) // a bill, or a forged end, has shown that it was longer
		}
	}
	return beyond(p.Row.Lasted, least, most)
}

// Dearer is by how much the bill asks more for a call than the leg explains: negative where it asks less,
// and zero where it fits or where the bill has no costs. A leg explains what it was charged, more or less
// what it would have been charged for the tolerance.
func (p Pair) Dearer(t Terms) money.Amount {
	if p.Row.Cost == nil {
		return 0
	}
	l, lasted := p.Leg, talked(p.Leg)
	own := l.Rate.Cost(l.Answered, lasted)
	less := own - l.Rate.Cost(l.Answered, max(lasted-t.Tolerance, 0))
	more := l.Rate.Cost(l.Answered, lasted+t.Tolerance) - own
	off := beyond(*p.Row.Cost, l.Cost-less, l.Cost+more)
	if max(off, -off) <= (t.Unit+1)/2 {
		return 0
	}
	return off
}

// beyond is how far a figure lies above or, negative, below what is expected.
func beyond[N ~int64](figure, least, most N) N {
	switch {
	case figure > most:
		return figure - most
	case figure < least:
		return figure - least
	}
	return 0
}

// talked is how long a leg was answered.
func talked(l *guard.Leg) time.Duration { return l.Ended.Sub(l.Answered) }
