package limits

import (
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// Leg is what the book has to know of a live leg: who pays, the price, and when it was answered.
// Once it is in the book, Change has to be called after a field was changed by hand.
type Leg struct {
	Account Account
	// Rate is what the carrier charges, and Sold what the tenant pays; nil is the same. A leg
	// without a price has seconds all the same, by the rate's increments.
	Rate rates.Rate
	Sold *rates.Rate
	// International says that the leg goes abroad.
	International bool
	// Answered is zero while the leg rings.
	Answered time.Time
	// Unwatched is the moment from which a ringing leg may have been answered without anybody
	// seeing it; zero while it is watched.
	Unwatched time.Time
	// Estimated says that the answer was not seen: Answered is the earliest moment at which it can
	// have been.
	Estimated bool
	// Exempt legs (emergency calls) are charged, but neither cut nor held back by a cap.
	Exempt bool
	// Refused legs are being hung up: nothing is held for them while they ring.
	Refused bool

	extension, tenant *party // while it is in the book
	place             int    // among the legs whose deadlines are worked out
}

// rings says that the leg is watched, and not answered yet.
func (l *Leg) rings() bool { return l.Answered.IsZero() && l.Unwatched.IsZero() }

// idle says that the leg uses nothing, because it is refused and not answered.
func (l *Leg) idle() bool { return l.Refused && l.rings() }

// from is the moment from which the leg may cost money. A watched leg that rings can be answered at
// any moment, so it counts as if it had been answered at the moment now.
func (l *Leg) from(now time.Time) time.Time {
	switch {
	case !l.Answered.IsZero():
		return l.Answered
	case !l.Unwatched.IsZero():
		return l.Unwatched
	}
	return now
}

// rate is the one by which money is counted.
func (l *Leg) rate(m Money) *rates.Rate {
	if m == Price && l.Sold != nil {
		return l.Sold
	}
	return &l.Rate
}

// begun is what an answered leg has used in the window so far.
func (l *Leg) begun(w Window, now time.Time) Usage {
	if l.Answered.IsZero() {
		return Usage{}
	}
	return l.usage(Charge{
		Amount:        money.Amount(cost.use(l, Cost, w, now, now)),
		Price:         money.Amount(cost.use(l, Price, w, now, now)),
		BilledSeconds: int64(seconds.use(l, Cost, w, now, now)),
	})
}

// usage is what a charge of the leg adds to its account.
func (l *Leg) usage(c Charge) Usage {
	u := Usage{Cost: c.Amount, Price: c.Price, BilledSeconds: c.BilledSeconds}
	if l.International {
		u.InternationalSeconds = c.BilledSeconds
	}
	return u
}
