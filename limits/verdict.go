package limits

import (
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// Refusal says which cap refuses a leg, with the figures that made it do so, in the unit of its kind.
type Refusal struct {
	Cap
	// Spent is charged or begun in the window, or lives; Held is set aside for ringing legs; Needed
	// is what the new leg would use at once. For the route cap Needed is the price per minute.
	Spent, Held, Needed Value
	// Route is the one whose minutes are used up, where the cap is on those of one route.
	Route string
}

// Admit says whether a leg may begin: whether its connect fee and first increment fit under every
// cap, beside all that is spent and held. It changes nothing but what the book remembers of its own
// sums. A call with a grace is asked for them too, though it may end before they fall due.
func (b *Book) Admit(l *Leg, now time.Time, horizon time.Duration) (Refusal, bool) {
	b.turn(now)
	if r, ok := b.Fits(l, now, horizon); !ok {
		return r, false
	}
	for _, account := range [...]Account{l.Account, l.Account.tenant()} {
		p := b.live[account]
		if p != nil {
			b.look(p, now, horizon)
		}
		caps := b.capsFor(account)
		for i := range caps {
			if r, ok := b.room(&caps[i], p, l, now); !ok {
				return r, false
			}
		}
	}
	return Refusal{}, true
}

// room says whether there is room for a leg under one cap, beside the live legs, of which there may
// be none.
func (b *Book) room(c *Cap, p *party, l *Leg, now time.Time) (Refusal, bool) {
	x := c.Kind.measure()
	if c.Kind.By() == ByPrice || !x.has(l, l.Rate.Route) {
		return Refusal{}, true
	}
	r := Refusal{Cap: *c, Needed: 1}
	switch c.Kind.By() {
	case ByCall:
		r.Needed = x.entry(l, b.caps.Count, now)
	case ByCount:
		if p != nil && Value(len(p.legs)) >= c.Limit {
			r.Spent, r.Held = p.living(x)
		}
	case ByWindow:
		if p != nil && b.hasRoom(c, p, l, now) {
			return r, true
		}
		if r.Needed = x.entry(l, b.caps.Count, now); x.byRoute() {
			r.Route = l.Rate.Route
		}
		r.Spent, r.Held = b.used(c, l.Rate.Route, now)
	}
	return r, plus(plus(r.Spent, r.Held), r.Needed) <= c.Limit
}

// hasRoom says whether the outlook shows already that a leg fits.
func (b *Book) hasRoom(c *Cap, p *party, l *Leg, now time.Time) bool {
	x, start := c.Kind.measure(), b.totalsOf(c.Kind.Period()).window.Start
	for i := range p.outlook.bounds {
		if d := &p.outlook.bounds[i]; d.cap.Kind == c.Kind && x.has(l, d.route) {
			return plus(d.most, x.most(l, b.caps.Count, start, now, p.outlook.until)) <= c.Limit
		}
	}
	return false
}

// living counts the legs that live, and those that ring.
func (p *party) living(x *measure) (answered, ringing Value) {
	for _, l := range p.legs {
		switch {
		case l.idle() || !x.has(l, l.Rate.Route):
		case l.rings():
			ringing++
		default:
			answered++
		}
	}
	return answered, ringing
}

// Fits says whether a leg's price per minute stays under the cap on routes up to the horizon. Where
// its account has no extension, that is the cap of all extensions, whoever will pay.
func (b *Book) Fits(l *Leg, now time.Time, horizon time.Duration) (Refusal, bool) {
	dearest := Value(l.rate(b.caps.Count).Dearest(now, horizon))
	extension := l.Account
	if extension.Extension == "" {
		extension.Extension = "*" // which nobody has a cap of his own under
	}
	for _, account := range [...]Account{extension, l.Account.tenant()} {
		for _, c := range b.capsFor(account) {
			if c.Kind.By() == ByPrice && dearest > c.Limit {
				return Refusal{Cap: c, Needed: dearest}, false
			}
		}
	}
	return Refusal{}, true
}

// Spent gives what an account has spent in the running window, live legs included.
func (b *Book) Spent(a Account, p Period, now time.Time) money.Amount {
	kind := CostPerDay
	if p == Month {
		kind = CostPerMonth
	}
	b.turn(now)
	spent, _ := b.used(&Cap{Kind: kind, Account: a}, "", now)
	return money.Amount(spent)
}

// Used gives what an account has used in the running window of what a kind counts, live legs
// included, and what is held for ringing ones. Of a kind that counts calls at the same time it is
// those that live and ring, and of one that limits each call by itself nothing. The route matters
// where each has a cap's worth of its own.
func (b *Book) Used(a Account, k Kind, route string, now time.Time) (used, held Value) {
	b.turn(now)
	switch k.By() {
	case ByWindow:
		return b.used(&Cap{Kind: k, Account: a}, route, now)
	case ByCount:
		if p := b.live[a]; p != nil {
			return p.living(k.measure())
		}
	}
	return 0, 0
}

// used gives what is used in the running window of what the cap limits, and what is held for ringing
// legs.
func (b *Book) used(c *Cap, route string, now time.Time) (used, held Value) {
	s, x, m := b.totalsOf(c.Kind.Period()), c.Kind.measure(), b.caps.Count
	used = s.closed(x, m, c.Account, route)
	p := b.live[c.Account]
	if p == nil || !x.grows() {
		return used, 0
	}
	for _, l := range p.legs {
		if !x.has(l, route) {
			continue
		}
		if l.Answered.IsZero() {
			held = plus(held, x.held(l, m, s.window, now))
		} else {
			used = plus(used, x.use(l, m, s.window, now, now))
		}
	}
	return used, held
}

func compare(x, y Account) int {
	if c := strings.Compare(x.Tenant, y.Tenant); c != 0 {
		return c
	}
	return strings.Compare(x.Extension, y.Extension)
}
