package limits

import (
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// Leg is what the book has to know of a live leg: who pays, the price, and when it was answered.
type Leg struct {
	Account Account
	// Rate is what the carrier charges, and Sold what the tenant pays; nil is the same.
	Rate rates.Rate
	Sold *rates.Rate
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

	place int // among the legs of its tenant, while their deadlines are worked out
}

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

// cost is what the leg's increments that begin in w and before until come to.
func (l *Leg) cost(m Money, w Window, now, until time.Time) money.Amount {
	if l.Refused && l.Answered.IsZero() && l.Unwatched.IsZero() {
		return 0
	}
	from := l.from(now)
	if until.After(w.End) {
		until = w.End
	}
	if until.Before(from) || !from.Before(w.End) {
		return 0
	}
	r := l.rate(m)
	total := r.Cost(from, until.Sub(from))
	if from.Before(w.Start) {
		total -= r.Cost(from, w.Start.Sub(from))
	}
	return total
}

// held is what a ringing leg needs if it is answered now: at least its first increment.
func (l *Leg) held(m Money, w Window, now time.Time) money.Amount {
	if !l.Unwatched.IsZero() || l.Refused {
		return l.cost(m, w, now, now)
	}
	r := l.rate(m)
	return r.Cost(now, r.Entry())
}

// Charge is the money of one leg in one local day.
type Charge struct {
	Day string
	// Amount is the cost, Price what the tenant pays.
	Amount, Price money.Amount
	BilledSeconds int64
}

// Book holds the totals of the current windows and the live legs.
type Book struct {
	calendar Calendar
	caps     Caps
	capsOf   map[Account][]Cap // as Caps.Of gives them
	day      totals
	month    totals
	// deadlines is where they are worked out, call by call.
	deadlines []Deadline
	live      map[Account][]*Leg // by extension and, besides, by tenant; in order of their beginning
}

// totals are the closed usage of one window.
type totals struct {
	window Window
	usage  map[Account]*Usage
}

// turn starts afresh when the window that holds t has come.
func (s *totals) turn(c Calendar, p Period, t time.Time) {
	if s.usage == nil || !t.Before(s.window.End) {
		s.window, s.usage = c.Window(p, t), make(map[Account]*Usage)
	}
}

func (s *totals) add(a Account, u Usage) {
	for _, account := range [...]Account{a, a.tenant()} {
		have := s.usage[account]
		if have == nil {
			have = new(Usage)
			s.usage[account] = have
		}
		have.add(u)
	}
}

func (s *totals) of(a Account) Usage {
	if u := s.usage[a]; u != nil {
		return *u
	}
	return Usage{}
}

// NewBook makes an empty book.
func NewBook(c Calendar, caps Caps, now time.Time) *Book {
	b := &Book{calendar: c, caps: caps, capsOf: make(map[Account][]Cap), live: make(map[Account][]*Leg)}
	b.turn(now)
	return b
}

// SetRules puts another calendar and other caps in force; what was spent stays spent.
func (b *Book) SetRules(c Calendar, caps Caps) {
	b.calendar, b.caps = c, caps
	clear(b.capsOf)
}

// capsFor gives the caps of an account.
func (b *Book) capsFor(a Account) []Cap {
	caps, known := b.capsOf[a]
	if !known {
		caps = b.caps.Of(a)
		b.capsOf[a] = caps
	}
	return caps
}

func (b *Book) turn(now time.Time) {
	b.day.turn(b.calendar, Day, now)
	b.month.turn(b.calendar, Month, now)
}

// Post adds usage that belongs to the day with the given key, wherever that day still counts.
func (b *Book) Post(a Account, day string, u Usage, now time.Time) {
	b.turn(now)
	if day == b.day.window.Key {
		b.day.add(a, u)
	}
	if len(day) >= 7 && day[:7] == b.month.window.Key {
		b.month.add(a, u)
	}
}

// Count adds one attempt at the moment now.
func (b *Book) Count(a Account, now time.Time) {
	b.turn(now)
	b.day.add(a, Usage{Attempts: 1})
	b.month.add(a, Usage{Attempts: 1})
}

// Add takes a live leg into the book; its first increment is held from now on.
func (b *Book) Add(l *Leg) {
	for _, account := range [...]Account{l.Account, l.Account.tenant()} {
		b.live[account] = append(b.live[account], l)
	}
}

// Answer marks the moment from which the leg costs money.
func (b *Book) Answer(l *Leg, at time.Time) {
	l.Answered = at
	b.turn(at)
	b.day.add(l.Account, Usage{Calls: 1})
	b.month.add(l.Account, Usage{Calls: 1})
}

// End takes the leg out of the book and gives its charges, one for each local day in which an
// increment began. The charges are in the totals when End returns.
func (b *Book) End(l *Leg, at time.Time) []Charge {
	for _, account := range [...]Account{l.Account, l.Account.tenant()} {
		legs := b.live[account]
		if i := slices.Index(legs, l); i >= 0 {
			legs = slices.Delete(legs, i, i+1)
		}
		if len(legs) == 0 {
			delete(b.live, account)
		} else {
			b.live[account] = legs
		}
	}
	charges := b.charges(l, at)
	for _, c := range charges {
		b.Post(l.Account, c.Day, Usage{Cost: c.Amount, Price: c.Price, BilledSeconds: c.BilledSeconds}, at)
	}
	return charges
}

// Charges gives what the leg would be charged if it ended at the moment at.
func (b *Book) Charges(l *Leg, at time.Time) []Charge { return b.charges(l, at) }

func (b *Book) charges(l *Leg, at time.Time) []Charge {
	if l.Answered.IsZero() || at.Before(l.Answered) {
		return nil
	}
	var charges []Charge
	var paid Charge // the sum of those before
	for t := l.Answered; ; {
		w := b.calendar.Window(Day, t)
		lasted := at.Sub(l.Answered)
		if w.End.Before(at) {
			lasted = w.End.Sub(l.Answered)
		}
		total := Charge{
			Amount: l.Rate.Cost(l.Answered, lasted), Price: l.rate(Price).Cost(l.Answered, lasted),
			BilledSeconds: l.Rate.BilledSeconds(lasted),
		}
		if total != paid || len(charges) == 0 {
			charges = append(charges, Charge{
				Day: w.Key, Amount: total.Amount - paid.Amount, Price: total.Price - paid.Price,
				BilledSeconds: total.BilledSeconds - paid.BilledSeconds,
			})
		}
		paid = total
		if !w.End.Before(at) {
			return charges
		}
		t = w.End
	}
}

// Row is the usage of one account in one window, as the ledger shows it.
type Row struct {
	Account Account
	Key     string
	Usage
}

// Rows gives the running window of the period: closed usage and what the live legs have begun,
// sorted by account. Tenants' sums are left out; they are the sums of their extensions.
func (b *Book) Rows(p Period, now time.Time) []Row {
	b.turn(now)
	s := &b.day
	if p == Month {
		s = &b.month
	}
	all := make(map[Account]Usage)
	for a, u := range s.usage {
		if a.Extension != "" {
			all[a] = *u
		}
	}
	for a, legs := range b.live {
		if a.Extension == "" {
			continue
		}
		u := all[a]
		for _, l := range legs {
			u.add(l.begun(s.window, now))
		}
		all[a] = u
	}
	rows := make([]Row, 0, len(all))
	for a, u := range all {
		rows = append(rows, Row{Account: a, Key: s.window.Key, Usage: u})
	}
	slices.SortFunc(rows, func(x, y Row) int { return compare(x.Account, y.Account) })
	return rows
}

// begun is what an answered leg has used in the window so far.
func (l *Leg) begun(w Window, now time.Time) Usage {
	if l.Answered.IsZero() {
		return Usage{}
	}
	u := Usage{
		Cost: l.cost(Cost, w, now, now), Price: l.cost(Price, w, now, now),
		BilledSeconds: l.Rate.BilledSeconds(now.Sub(l.Answered)),
	}
	if l.Answered.Before(w.Start) {
		u.BilledSeconds -= l.Rate.BilledSeconds(w.Start.Sub(l.Answered))
	}
	return u
}
