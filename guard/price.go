package guard

import (
	"fmt"
	"slices"
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

	name string // of the edition: "default@3"
}

// quote looks a number up in an edition. What it does not have costs, by whole minutes, what the
// rules say of unpriced numbers.
func quote(e rates.Edition, found bool, d number.Destination, unpriced *money.Amount, at time.Time) Quote {
	q := Quote{}
	if found {
		q.Deck, q.Edition, q.name = e.Deck.Name(), e.Number, e.Name()
		q.Rate, q.Priced = priceOf(e.Deck, d, at)
	}
	if q.Rate.Closed && unpriced != nil {
		// A call that lives all the same is paid for.
		q.Rate.PerMinute, q.Rate.First, q.Rate.Next = max(q.Rate.PerMinute, *unpriced), 60, 60
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

// usable says whether calls can be had at the price.
func (q Quote) usable() bool { return q.Priced && !q.Rate.Closed }

// price gives the leg its rates: what the carrier charges and, where a deck says so, what the tenant
// pays.
func (g *Guard) price(l *leg) {
	bought, sold := g.quotes(l.call(), l.destination, g.now)
	l.buyAt(bought)
	l.sellAt(sold)
}

// priceBefore prices a leg whose trunk is not known yet by the cheapest one on which the call can be
// had: one that does not take the number, or too dear a one, is no reason to refuse what another will
// carry. The leg is priced anew when its trunk dials.
func (g *Guard) priceBefore(l *leg, trunks []string) {
	call := l.call()
	var bought Quote
	var sold *Quote
	for i, trunk := range g.prices.Trunks(trunks) {
		call.Trunk = trunk
		b, s := g.quotes(call, l.destination, g.now)
		usable := b.usable() && (s == nil || s.usable())
		if i == 0 || usable && (!bought.usable() || sold != nil && !sold.usable() || b.Rate.PerMinute < bought.Rate.PerMinute) {
			bought, sold = b, s
		}
	}
	l.buyAt(bought)
	l.sellAt(sold)
}

// buyAt sets what the carrier charges.
func (l *leg) buyAt(q Quote) {
	l.Deck, l.Rate, l.Priced = q.name, q.Rate, q.Priced
	if l.book != nil {
		l.book.Rate = l.Rate
	}
}

// sellAt sets what the tenant pays; nil is what the carrier charges.
func (l *leg) sellAt(q *Quote) {
	l.sold, l.Sold = q, nil
	if q != nil && q.usable() {
		l.Sold = &q.Rate
	}
	if l.book != nil {
		l.book.Sold = l.Sold
	}
}

// quotes gives the carrier's price of a call, and what its tenant pays where a selling deck is
// chosen for it.
func (g *Guard) quotes(c rates.Call, d number.Destination, at time.Time) (bought Quote, sold *Quote) {
	return g.quotesBy(g.prices, c, d, at)
}

// quotesBy is quotes by other prices than those of now.
func (g *Guard) quotesBy(prices *rates.Prices, c rates.Call, d number.Destination, at time.Time) (bought Quote, sold *Quote) {
	e, found := prices.Buying(c, at)
	bought = quote(e, found, d, g.rules.Unpriced, at)
	if e, wanted, found := prices.Selling(c, at); wanted {
		q := quote(e, found, d, g.rules.Unpriced, at)
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
func (g *Guard) refusalForPrice(l *leg, at time.Time) *refused {
	switch {
	case l.Rate.Closed:
		return &refused{rule: ruleClosed, seen: fmt.Sprintf("deck %s says that the carrier does not take calls to prefix %s", l.Deck, l.Rate.Prefix)}
	case !l.Priced && g.prices.Any(at):
		return &refused{rule: ruleUnpriced, seen: noPrice(l.Deck, l.Number)}
	case g.unsold(l):
		return &refused{rule: ruleUnpriced, seen: noPrice(l.sold.name, l.Number)}
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
	g.takeOver()
}

// takeOver lets the prices count that are in force now, and waits for the next ones.
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
		if began := l.Deck != "" || l.Rate.Prefix != ""; began && !g.rules.Reprice {
			continue
		}
		bought, sold := g.quotes(l.call(), l.destination, g.now)
		buys := bought.Deck != "" && bought.usable() && bought.name != l.Deck
		sells := sold != nil && sold.usable() && (l.sold == nil || sold.name != l.sold.name)
		if buys {
			l.buyAt(bought)
		}
		if sells {
			l.sellAt(sold)
		}
		if buys || sells {
			g.book.Change(l.book)
			g.recordLeg(l)
			changed = true
		}
	}
	if !changed {
		return
	}
	for _, tenant := range g.liveTenants() {
		g.retime(tenant)
	}
}

// bothWays gives a plan, and the same without the outside line where it has one.
func bothWays(p number.Plan) []number.Plan {
	if p.OutsideLine == "" {
		return []number.Plan{p}
	}
	bare := p
	bare.OutsideLine = ""
	return []number.Plan{p, bare}
}

// destinationOf reads what the leg's trunk was told to dial, by the rules of that trunk. Whether the
// dialplan has taken the outside line off already is shown by the extension that the caller has,
// began with, or began the call with. Where none of them tells, an emergency number counts, or else
// the dearer of the two readings.
func (g *Guard) destinationOf(l *leg, s *server, ch, from *channel) (number.Destination, error) {
	return g.readDialled(l, s, s.extensOf(ch, from))
}

// readDialled is destinationOf, where the extensions are known that can show what somebody dialled.
func (g *Guard) readDialled(l *leg, s *server, extens []string) (number.Destination, error) {
	plans := bothWays(s.rules.PlanOf(endpointOf(l.Name)))
	if len(plans) == 1 {
		return plans[0].Parse(l.Dialled)
	}
	if saysTakenOff(extens, &plans[0], l.Dialled) {
		return plans[1].Parse(l.Dialled)
	}
	d, err := plans[0].Parse(l.Dialled)
	if saysLeftOn(extens, l.Dialled) {
		return d, err
	}
	bare, bareErr := plans[1].Parse(l.Dialled)
	if d == bare || bareErr != nil {
		return d, err
	}
	if err != nil || d.Class != number.Emergency && (bare.Class == number.Emergency || g.dearer(l.call(), bare, d)) {
		return bare, nil
	}
	return d, nil
}

// extensOf are the extensions that can show what somebody dialled.
func (s *server) extensOf(ch, from *channel) []string {
	extens := []string{s.extenOf(ch.LinkedID)}
	if from != nil {
		extens = append(extens, from.dialling, from.Exten)
	}
	return extens
}

// saysTakenOff says whether somebody dialled the outside line before the very digits that the trunk
// was told.
func saysTakenOff(extens []string, p *number.Plan, dialled string) bool {
	for _, prefix := range append([]string{""}, p.TrunkPrefixes...) {
		rest, found := strings.CutPrefix(dialled, prefix)
		if found && rest != "" && slices.Contains(extens, p.OutsideLine+rest) {
			return true
		}
	}
	return false
}

// saysLeftOn says whether somebody dialled the very digits that the trunk was told, or the end of
// them, behind what the trunk adds.
func saysLeftOn(extens []string, dialled string) bool {
	return slices.ContainsFunc(extens, func(exten string) bool {
		return len(exten) >= leastTold && strings.HasSuffix(dialled, exten)
	})
}

// leastTold is the length of the shortest extension that can show what was dialled: shorter ones are
// those of colleagues and features.
const leastTold = 5

// dearer says whether x costs more per minute than y; what has no price costs nothing.
func (g *Guard) dearer(c rates.Call, x, y number.Destination) bool {
	one, _ := g.quotes(c, x, g.now)
	other, _ := g.quotes(c, y, g.now)
	return one.Priced && (!other.Priced || one.Rate.PerMinute > other.Rate.PerMinute)
}
