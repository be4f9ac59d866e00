package limits

import (
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

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
	clock    clock
	wasSet   bool // and Look has not said so yet
	caps     Caps
	capsOf   map[Account][]Cap // as Caps.Of gives them
	day      totals
	month    totals
	live     map[Account]*party // by extension and, besides, by tenant
	// deadlines is where they are worked out, call by call.
	deadlines []Deadline
}

// NewBook makes an empty book.
func NewBook(c Calendar, caps Caps, now time.Time) *Book {
	b := &Book{calendar: c, caps: caps, capsOf: make(map[Account][]Cap), live: make(map[Account]*party)}
	b.turn(now)
	return b
}

// SetRules puts another calendar and other caps in force; what was spent stays spent. The deadlines
// of all legs may have changed.
func (b *Book) SetRules(c Calendar, caps Caps) {
	b.calendar, b.caps = c, caps
	clear(b.capsOf)
	for _, p := range b.live {
		p.caps, p.outlook = b.capsFor(p.account), outlook{}
	}
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

// totalsOf gives the totals of the window that a period runs in.
func (b *Book) totalsOf(p Period) *totals {
	if p == Month {
		return &b.month
	}
	return &b.day
}

// Look takes the present time in, as every other method does that is told it, and says whether somebody
// has set the clock since the last look. Then the deadlines of all legs may have changed: what a live leg
// uses counts in the days in which it would have, had the clock always been set so. What was charged
// stays in its days, and counts again where the clock is set back to one of them.
func (b *Book) Look(now time.Time) (wasSet bool) {
	b.turn(now)
	wasSet, b.wasSet = b.wasSet, false
	return wasSet
}

// turn goes on in the windows that hold the present time.
func (b *Book) turn(now time.Time) {
	wasSet := b.clock.look(now)
	if wasSet {
		b.wasSet = true
		for _, p := range b.live {
			for _, l := range p.legs {
				b.onClock(l)
			}
			p.outlook = outlook{}
		}
	}
	if !b.day.turn(b.calendar, Day, b.clock.seen, wasSet) {
		return // a month turns with a day
	}
	b.month.turn(b.calendar, Month, b.clock.seen, wasSet)
	for _, p := range b.live {
		p.outlook = outlook{} // it is true still, but has the old day in it
	}
}

// onClock gives a leg's moments as the clock is set now.
func (b *Book) onClock(l *Leg) {
	l.Answered, l.Unwatched = b.clock.on(l.Answered), b.clock.on(l.Unwatched)
}

// Unknown says whether the clock was set to a day or month of which the book cannot know what was used in
// it: Recall tells. Day is the running one.
func (b *Book) Unknown() (day string, unknown bool) {
	return b.day.window.Key, b.day.unknown || b.month.unknown
}

// Recall takes what a store has of a day and of the rest of its month, as Load of a store gives it,
// for windows that are unknown. What is posted already and what is stored is the same in part, so that of
// both the larger counts.
func (b *Book) Recall(day string, rows []Row, routes []RouteRow, now time.Time) {
	b.turn(now)
	if s := b.day.of(day); s != nil && s.unknown {
		s.unknown = false
		for _, r := range rows {
			if r.Key == day {
				s.raise(r.Account, r.Usage)
			}
		}
		for _, r := range routes {
			s.addRoute(r.Account, r.Route, max(r.Seconds-int64(s.routes[accountRoute{r.Account, r.Route}]), 0))
		}
	}
	if s := b.month.of(monthOf(day)); s != nil && s.unknown {
		s.unknown = false
		whole := make(map[Account]Usage)
		for _, r := range rows {
			u := whole[r.Account]
			u.add(r.Usage)
			whole[r.Account] = u
		}
		for a, u := range whole {
			s.raise(a, u)
		}
	}
	for _, p := range b.live {
		p.outlook = outlook{}
	}
	b.MarkWarned(now)
}

// monthOf is the key of a day's month.
func monthOf(day string) string { return day[:min(len(day), len("2026-11"))] }

// Post adds usage that belongs to the day with the given key, wherever that day still counts.
func (b *Book) Post(a Account, day string, u Usage, now time.Time) {
	b.post(a, day, u, now)
	b.unsettle(a)
}

func (b *Book) post(a Account, day string, u Usage, now time.Time) {
	b.turn(now)
	if s := b.day.of(day); s != nil {
		s.add(a, u)
	}
	if s := b.month.of(monthOf(day)); s != nil {
		s.add(a, u)
	}
}

// PostRoute adds billed seconds to a route, if the day with the given key is the running one. They
// are to be posted as Usage besides.
func (b *Book) PostRoute(a Account, day, route string, seconds int64, now time.Time) {
	b.postRoute(a, day, route, seconds, now)
	b.unsettle(a)
}

func (b *Book) postRoute(a Account, day, route string, seconds int64, now time.Time) {
	b.turn(now)
	if s := b.day.of(day); s != nil {
		s.addRoute(a, route, seconds)
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
	b.onClock(l)
	l.extension, l.tenant = b.join(l, l.Account), b.join(l, l.Account.tenant())
}

func (b *Book) join(l *Leg, account Account) *party {
	p := b.live[account]
	if p == nil {
		p = &party{account: account, caps: b.capsFor(account)}
		b.live[account] = p
	}
	p.legs = append(p.legs, l)
	p.renew(l)
	return p
}

// Answer marks the moment from which the leg costs money.
func (b *Book) Answer(l *Leg, at time.Time) {
	b.turn(at)
	l.Answered = at
	b.Change(l)
	b.day.add(l.Account, Usage{Calls: 1})
	b.month.add(l.Account, Usage{Calls: 1})
}

// Change says that something else about a live leg was changed by hand: its price, or since when
// nobody watches it.
func (b *Book) Change(l *Leg) {
	b.onClock(l)
	if l.tenant != nil {
		l.extension.renew(l)
		l.tenant.renew(l)
	}
}

// End takes the leg out of the book and gives its charges, one for each local day in which an
// increment began. The charges are in the totals when End returns.
func (b *Book) End(l *Leg, at time.Time) []Charge {
	b.turn(at)
	at = b.clock.on(at)
	charges := b.charges(l, at)
	for _, p := range [...]*party{l.extension, l.tenant} {
		if p == nil {
			continue
		}
		if p.remove(l, len(charges) > 0); len(p.legs) == 0 {
			delete(b.live, p.account)
		}
	}
	l.extension, l.tenant = nil, nil
	for _, c := range charges {
		b.post(l.Account, c.Day, l.usage(c), at)
		b.postRoute(l.Account, c.Day, l.Rate.Route, c.BilledSeconds, at)
	}
	return charges
}

// PostLeg adds a charge of a leg that has ended, beyond those that End gave.
func (b *Book) PostLeg(l *Leg, c Charge, now time.Time) {
	b.Post(l.Account, c.Day, l.usage(c), now)
	b.PostRoute(l.Account, c.Day, l.Rate.Route, c.BilledSeconds, now)
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
			lasted = min(lasted, w.End.Sub(l.Answered)) // the clock may have been set in between
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
	s := b.totalsOf(p)
	all := make(map[Account]Usage)
	for a, u := range s.usage {
		if a.Extension != "" {
			all[a] = *u
		}
	}
	for a, p := range b.live {
		if a.Extension == "" {
			continue
		}
		u := all[a]
		for _, l := range p.legs {
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
