package limits

import (
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// Refusal says which cap refuses a leg, with the figures that made it do so.
type Refusal struct {
	Cap
	// Spent is charged or begun in the window; Held is set aside for ringing legs; Needed is what
	// the new leg would use at once. For the route cap Needed is the price per minute.
	Spent, Held, Needed Value
}

// Admit says whether a leg may begin: whether its connect fee and first increment fit under every
// cap, beside all that is spent and held. It changes nothing. A call with a grace is asked for
// them too, though it may end before they fall due.
func (b *Book) Admit(l *Leg, now time.Time, horizon time.Duration) (Refusal, bool) {
	b.turn(now)
	if r, ok := b.Fits(l, now, horizon); !ok {
		return r, false
	}
	r := l.rate(b.caps.Count)
	needed := r.Cost(now, r.Entry())
	for _, account := range [...]Account{l.Account, l.Account.tenant()} {
		for _, c := range b.capsFor(account) {
			if c.Kind != CostPerDay && c.Kind != CostPerMonth {
				continue
			}
			spent, held := b.spent(account, c.Kind.Period(), now)
			if sum(sum(spent, held), needed) > money.Amount(c.Limit) {
				return Refusal{Cap: c, Spent: Value(spent), Held: Value(held), Needed: Value(needed)}, false
			}
		}
	}
	return Refusal{}, true
}

// Fits says whether a leg's price per minute stays under the cap on routes up to the horizon,
// whoever pays.
func (b *Book) Fits(l *Leg, now time.Time, horizon time.Duration) (Refusal, bool) {
	dearest := Value(l.rate(b.caps.Count).Dearest(now, horizon))
	for _, account := range [...]Account{l.Account, l.Account.tenant()} {
		for _, c := range b.capsFor(account) {
			if c.Kind == RouteCostPerMinute && dearest > c.Limit {
				return Refusal{Cap: c, Needed: dearest}, false
			}
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
	count := b.caps.Count
	spent = count.of(s.of(a))
	for _, l := range b.live[a] {
		if l.Answered.IsZero() {
			held = sum(held, l.held(count, s.window, now))
		} else {
			spent = sum(spent, l.cost(count, s.window, now, now))
		}
	}
	return spent, held
}

func compare(x, y Account) int {
	if c := strings.Compare(x.Tenant, y.Tenant); c != 0 {
		return c
	}
	return strings.Compare(x.Extension, y.Extension)
}
