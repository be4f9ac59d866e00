package limits

import (
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// Refusal says which cap refuses a leg, with the figures that made it do so.
type Refusal struct {
	Rule    string
	Account Account
	Limit   money.Amount
	// Spent is charged or begun in the window; Held is set aside for ringing legs; Needed is what
	// the new leg would cost at once. For the route cap Needed is the price per minute.
	Spent, Held, Needed money.Amount
}

// Admit says whether a leg at this rate may begin: whether its connect fee and first increment fit
// under every cap, beside all that is spent and held. It changes nothing.
func (b *Book) Admit(a Account, r rates.Rate, now time.Time) (Refusal, bool) {
	b.turn(now)
	if c := b.caps.RoutePerMinute; c != nil && r.PerMinute > *c {
		return Refusal{Rule: RouteCap, Account: a, Limit: *c, Needed: r.PerMinute}, false
	}
	needed := r.Cost(0)
	for _, c := range b.caps.Spending {
		account := c.account(a)
		spent, held := b.spent(account, c.Period, now)
		if sum(sum(spent, held), needed) > c.Limit {
			return Refusal{Rule: c.Name(), Account: account, Limit: c.Limit, Spent: spent, Held: held, Needed: needed}, false
		}
	}
	return Refusal{}, true
}

// Spent gives what an account has spent in the running window, live legs included.
func (b *Book) Spent(a Account, p Period, now time.Time) money.Amount {
	b.turn(now)
	spent, _ := b.spent(a, p, now)
	return spent
}

// spent gives what an account has spent in the running window, and what is held for ringing legs.
func (b *Book) spent(a Account, p Period, now time.Time) (spent, held money.Amount) {
	s := &b.day
	if p == Month {
		s = &b.month
	}
	spent = s.of(a).Cost
	for _, l := range b.live[a] {
		if l.Answered.IsZero() {
			held = sum(held, l.cost(s.window, now, now))
		} else {
			spent = sum(spent, l.cost(s.window, now, now))
		}
	}
	return spent, held
}

// Deadline is the moment at which a leg has to end so that a cap holds.
type Deadline struct {
	Leg *Leg
	At  time.Time
	// Cap sets the moment, and Account is whose cap it is; nil where only the horizon does.
	Cap     *Cap
	Account Account
}

// Deadlines gives, for each live leg of a tenant, the moment at which it has to end: when its first
// increment that no longer fits under a cap would begin, but not later than the horizon after now.
// An increment that is paid for is never cut short. Ringing legs count as if answered now.
func (b *Book) Deadlines(tenant string, now time.Time, horizon time.Duration) []Deadline {
	b.turn(now)
	legs := b.live[Account{Tenant: tenant}]
	deadlines := make([]Deadline, 0, len(legs))
	full := make(map[fullKey]time.Time)
	for _, l := range legs {
		d := Deadline{Leg: l, At: now.Add(horizon)}
		if l.Exempt {
			deadlines = append(deadlines, d)
			continue
		}
		for i := range b.caps.Spending {
			c := &b.caps.Spending[i]
			account := c.account(l.Account)
			key := fullKey{c, account}
			at, known := full[key]
			if !known {
				at = b.fullAt(*c, account, now, horizon)
				full[key] = at
			}
			if end := l.boundary(at, now); end.Before(d.At) {
				d.At, d.Cap, d.Account = end, c, account
			}
		}
		deadlines = append(deadlines, d)
	}
	return deadlines
}

type fullKey struct {
	cap     *Cap
	account Account
}

// boundary is the first moment, not before at, at which the leg begins an increment.
func (l *Leg) boundary(at, now time.Time) time.Time {
	from := l.Answered
	if from.IsZero() {
		from = now
	}
	return from.Add(l.Rate.NextIncrement(at.Sub(from)))
}

// fullAt is the moment up to which all legs of the account can go on together under the cap. The
// horizon may reach into the next window, which starts with nothing spent.
func (b *Book) fullAt(c Cap, account Account, now time.Time, horizon time.Duration) time.Time {
	end := now.Add(horizon)
	s := &b.day
	if c.Period == Month {
		s = &b.month
	}
	base, w := s.of(account).Cost, s.window
	from := now
	for {
		until := end
		if w.End.Before(until) {
			until = w.End
		}
		at := b.search(c.Limit, base, b.live[account], w, now, from, until)
		if at.Before(until) || !until.Before(end) {
			return at
		}
		base, from = 0, w.End
		w = b.calendar.Window(c.Period, w.End)
	}
}

// search finds the last moment between from and until at which the legs' cost in w still fits.
func (b *Book) search(limit, base money.Amount, legs []*Leg, w Window, now, from, until time.Time) time.Time {
	fits := func(t time.Time) bool {
		total := base
		for _, l := range legs {
			total = sum(total, l.cost(w, now, t))
		}
		return total <= limit
	}
	if fits(until) {
		return until
	}
	if !fits(from) {
		return from
	}
	low, high := time.Duration(0), until.Sub(from)
	for high-low > time.Microsecond {
		mid := low + (high-low)/2
		if fits(from.Add(mid)) {
			low = mid
		} else {
			high = mid
		}
	}
	return from.Add(low)
}

func compare(x, y Account) int {
	if c := strings.Compare(x.Tenant, y.Tenant); c != 0 {
		return c
	}
	return strings.Compare(x.Extension, y.Extension)
}
