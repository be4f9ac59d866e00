package guard

import (
	"fmt"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

// Quote is what one deck, or the price for what no deck has, says of a number.
type Quote struct {
	// Deck and Edition name the deck; Deck is empty where there is none in force.
	Deck    string
	Edition int
	// Rate is the price. Where Priced is not set, or Rate.Closed is, there is none.
	Rate   rates.Rate
	Priced bool
}

// name gives deck and edition as people write them: "default@3".
func (q Quote) name() string {
	if q.Deck == "" {
		return ""
	}
	return fmt.Sprintf("%s@%d", q.Deck, q.Edition)
}

// quote looks a number up in an edition. What it does not have costs, by whole minutes, what the
// rules say of unpriced numbers.
func quote(e rates.Edition, found bool, d number.Destination, unpriced *money.Amount, at time.Time) Quote {
	q := Quote{}
	if found {
		q.Deck, q.Edition = e.Deck.Name(), e.Number
		q.Rate, q.Priced = priceOf(e.Deck, d, at)
	}
	if !q.Priced {
		q.Rate.Route, q.Rate.First, q.Rate.Next = "unpriced", 60, 60
		if unpriced != nil {
			q.Rate.PerMinute, q.Priced = *unpriced, true
		}
	}
	return q
}

// priceOf finds the rate of a destination. A deck speaks of E.164 numbers, which a short code is
// not, whatever its digits look like: so it is only found where the deck has exactly the calling
// code and the short code, and never under a prefix of ordinary numbers that begin alike.
func priceOf(deck *rates.Deck, d number.Destination, at time.Time) (rates.Rate, bool) {
	if !d.Short {
		return deck.Lookup(d.Digits, at)
	}
	whole := d.CallingCode + d.Digits
	r, ok := deck.Lookup(whole, at)
	if !ok || d.CallingCode == "" || r.Prefix != whole {
		return rates.Rate{}, false
	}
	return r, true
}

// price gives the leg its rates: what the carrier charges and, where a deck says so, what the tenant
// pays.
func (g *Guard) price(l *leg) {
	bought, sold := g.quotes(l.call(), l.destination)
	l.setPrice(bought, sold)
}

func (l *leg) setPrice(bought Quote, sold *Quote) {
	l.Deck, l.Rate, l.Priced, l.Sold, l.sold = bought.name(), bought.Rate, bought.Priced, nil, sold
	if sold != nil && sold.Priced && !sold.Rate.Closed {
		l.Sold = &sold.Rate
	}
	if l.book != nil {
		l.book.Rate, l.book.Sold = l.Rate, l.Sold
	}
}

// quotes gives the carrier's price of a call, and what its tenant pays where a selling deck is
// chosen for it.
func (g *Guard) quotes(c rates.Call, d number.Destination) (bought Quote, sold *Quote) {
	e, found := g.prices.Buying(c, g.now)
	bought = quote(e, found, d, g.rules.Unpriced, g.now)
	if e, wanted, found := g.prices.Selling(c, g.now); wanted {
		q := quote(e, found, d, g.rules.Unpriced, g.now)
		sold = &q
	}
	return bought, sold
}

func (l *leg) call() rates.Call {
	return rates.Call{Server: l.Server, Tenant: l.Account.Tenant, Trunk: endpointOf(l.Name)}
}

// unsold says whether the tenant's price is missing where the caps count it.
func (g *Guard) unsold(l *leg) bool {
	return g.rules.Caps.Count == limits.Price && l.sold != nil && l.Sold == nil
}

// refusalForPrice refuses what has no price, and what the carrier does not take. While there is no
// deck at all, nothing is refused for want of a price.
func (g *Guard) refusalForPrice(l *leg) *refused {
	switch {
	case l.Rate.Closed:
		return &refused{rule: ruleClosed, seen: fmt.Sprintf("deck %s says that the carrier does not take calls to prefix %s", l.Deck, l.Rate.Prefix)}
	case !l.Priced && g.prices.Any(g.now):
		return &refused{rule: ruleUnpriced, seen: noPrice(l.Deck, l.Number)}
	case g.unsold(l):
		return &refused{rule: ruleUnpriced, seen: noPrice(l.sold.name(), l.Number)}
	}
	return nil
}

func noPrice(deck, number string) string {
	if deck == "" {
		return fmt.Sprintf("the deck that is to price +%s is not there", number)
	}
	return fmt.Sprintf("deck %s has no price for +%s", deck, number)
}

// setPrices puts other prices in force.
func (g *Guard) setPrices(p *rates.Prices) {
	g.prices = p
	g.wakes.set(&g.takeover, p.NextTakeover(g.now))
	g.reprice()
}

// takeOver notes that an edition's moment has come.
func (g *Guard) takeOver() {
	g.wakes.set(&g.takeover, g.prices.NextTakeover(g.now))
	g.reprice()
}

// reprice gives live legs the prices that are in force now, from their beginning on, where the
// rules say so, and where there was no deck before. What the new deck does not have or take keeps
// its price: the call is under way.
func (g *Guard) reprice() {
	changed := false
	for _, l := range g.inOrder() {
		if l.Deck != "" && !g.rules.Reprice {
			continue
		}
		bought, sold := g.quotes(l.call(), l.destination)
		if bought.Deck == "" || !bought.Priced || bought.Rate.Closed || bought.name() == l.Deck {
			continue
		}
		l.setPrice(bought, sold)
		g.recordLeg(l)
		changed = true
	}
	if !changed {
		return
	}
	for _, tenant := range g.liveTenants() {
		g.retime(tenant)
	}
}

// planFor is how the digits that a leg was told to dial are to be read: by the rules of its trunk,
// and without the outside line where the dialplan has taken that off already. The caller's own
// extension shows whether it has.
func (s *server) planFor(trunk string, from *channel, dialled string) number.Plan {
	plan := s.rules.planOf(trunk)
	if from == nil || plan.OutsideLine == "" {
		return plan
	}
	rest, found := strings.CutPrefix(from.Exten, plan.OutsideLine)
	if found && rest != "" && strings.HasSuffix(dialled, rest) && !strings.HasSuffix(dialled, from.Exten) {
		plan.OutsideLine = ""
	}
	return plan
}
