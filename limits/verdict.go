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

func compare(x, y Account) int {
	if c := strings.Compare(x.Tenant, y.Tenant); c != 0 {
		return c
	}
	return strings.Compare(x.Extension, y.Extension)
}
