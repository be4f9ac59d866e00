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
	caps     Caps
	capsOf   map[Account][]Cap // as Caps.Of gives them
	day      totals
	month    totals
	live     map[Account]*party // by extension and, besides, by tenant
	// deadlines is where they are worked out, call by call.
	deadlines []Deadline
}

// totals are the closed usage of one window.
type totals struct {
	window Window
	usage  map[Account]*Usage
	routes map[accountRoute]Value // seconds
	// told are the warnings that were given in the window, with the usage at which they were due.
	told map[warned]Value
}

// accountRoute is what the seconds of a route are kept under.
type accountRoute struct {
	account Account
	route   string
}

// turn starts afresh when the window that holds t has come, and says whether it has.
func (s *totals) turn(c Calendar, p Period, t time.Time) bool {
	if s.usage != nil && t.Before(s.window.End) {
		return false
	}
	s.window, s.usage = c.Window(p, t), make(map[Account]*Usage)
	s.routes, s.told = make(map[accountRoute]Value), make(map[warned]Value)
	return true
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

func (s *totals) addRoute(a Account, route string, seconds int64) {
	for _, account := range [...]Account{a, a.tenant()} {
		s.routes[accountRoute{account, route}] += Value(seconds)
	}
}

// closed is what an account's legs that have ended used, on the route where x is a measure by route.
func (s *totals) closed(x *measure, m Money, a Account, route string) Value {
	if x.byRoute() {
		return s.routes[accountRoute{a, route}]
	}
	if u := s.usage[a]; u != nil {
		return x.closed(u, m)
	}
	return 0
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

func (b *Book) turn(now time.Time) {
	if !b.day.turn(b.calendar, Day, now) {
		return // a month turns with a day
	}
	b.month.turn(b.calendar, Month, now)
	for _, p := range b.live {
		p.outlook = outlook{} // it is true still, but has the old day in it
	}
}

// Post adds usage that belongs to the day with the given key, wherever that day still counts.
func (b *Book) Post(a Account, day string, u Usage, now time.Time) {
	b.post(a, day, u, now)
	b.unsettle(a)
}

func (b *Book) post(a Account, day string, u Usage, now time.Time) {
	b.turn(now)
	if day == b.day.window.Key {
		b.day.add(a, u)
	}
	if len(day) >= 7 && day[:7] == b.month.window.Key {
		b.month.add(a, u)
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
	if day == b.day.window.Key {
		b.day.addRoute(a, route, seconds)
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
	l.Answered = at
	b.Change(l)
	b.turn(at)
	b.day.add(l.Account, Usage{Calls: 1})
	b.month.add(l.Account, Usage{Calls: 1})
}

// Change says that something else about a live leg was changed by hand: its price, or since when
// nobody watches it.
func (b *Book) Change(l *Leg) {
	if l.tenant != nil {
		l.extension.renew(l)
		l.tenant.renew(l)
	}
}

// End takes the leg out of the book and gives its charges, one for each local day in which an
// increment began. The charges are in the totals when End returns.
func (b *Book) End(l *Leg, at time.Time) []Charge {
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
