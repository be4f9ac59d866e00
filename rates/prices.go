package rates

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"time"
)

// Prices says what each call costs: which deck prices it, and which edition of that deck is in
// force. It never changes once made, and is safe for concurrent use. A nil *Prices has no deck.
type Prices struct {
	editions        map[string][]Edition // by the deck's name, the one that begins last first
	buying, selling []Choice
	fallback        string
}

// Edition is a deck as it was imported once, in force from a moment until the next edition of the
// same deck begins.
type Edition struct {
	// Number counts the editions of a deck from 1 on.
	Number int
	// ValidFrom is when it takes over; the zero time is always.
	ValidFrom time.Time
	// Deck is in the currency of the ledger.
	Deck *Deck

	name string // made once, because each verdict names its edition
}

// EditionName is how people write an edition of a deck: "default@3".
func EditionName(deck string, number int) string { return fmt.Sprintf("%s@%d", deck, number) }

// Choice gives the calls that it fits a deck. Empty fields fit every call.
type Choice struct {
	Server, Tenant string
	// Trunk is "technology/endpoint", with * and ? as in file names.
	Trunk string
	// Deck is the deck's name.
	Deck string
}

// Call is what the choice of a deck goes by.
type Call struct {
	Server, Tenant string
	// Trunk is "technology/endpoint" of the leg's channel.
	Trunk string
}

func (c *Choice) fits(call Call) bool {
	if c.Server != "" && c.Server != call.Server || c.Tenant != "" && c.Tenant != call.Tenant {
		return false
	}
	if c.Trunk == "" {
		return true
	}
	ok, _ := path.Match(c.Trunk, call.Trunk)
	return ok
}

// NewPrices makes prices of the editions of decks in any order. What a carrier charges for a call
// is in the deck of the first buying choice that fits it, or else in the fallback deck; what its
// tenant pays is in that of the first selling choice.
func NewPrices(editions []Edition, fallback string, buying, selling []Choice) *Prices {
	p := &Prices{editions: make(map[string][]Edition), buying: buying, selling: selling, fallback: fallback}
	for _, e := range editions {
		e.name = EditionName(e.Deck.Name(), e.Number)
		p.editions[e.Deck.Name()] = append(p.editions[e.Deck.Name()], e)
	}
	for _, list := range p.editions {
		slices.SortFunc(list, func(x, y Edition) int {
			return cmp.Or(y.ValidFrom.Compare(x.ValidFrom), cmp.Compare(y.Number, x.Number))
		})
	}
	return p
}

// Name is the edition's EditionName, where it comes from Prices.
func (e Edition) Name() string { return e.name }

// Buying gives the edition with the carrier's price of a call at a moment. It is false where the
// deck that should have it is not there, or has no edition in force yet.
func (p *Prices) Buying(call Call, at time.Time) (Edition, bool) {
	if p == nil {
		return Edition{}, false
	}
	for i := range p.buying {
		if p.buying[i].fits(call) {
			return p.inForce(p.buying[i].Deck, at)
		}
	}
	return p.inForce(p.fallback, at)
}

// Selling gives the edition with the price that the tenant of a call pays. Wanted is false where no
// selling deck is chosen for the call, and found where it is not there.
func (p *Prices) Selling(call Call, at time.Time) (e Edition, wanted, found bool) {
	if p == nil {
		return Edition{}, false, false
	}
	for i := range p.selling {
		if p.selling[i].fits(call) {
			e, found = p.inForce(p.selling[i].Deck, at)
			return e, true, found
		}
	}
	return Edition{}, false, false
}

// Trunks gives the trunks that decks can tell apart among those that patterns name: the patterns
// themselves, and besides them each that a choice names and one of them fits.
func (p *Prices) Trunks(patterns []string) []string {
	trunks := slices.Clone(patterns)
	if p == nil {
		return trunks
	}
	for _, choices := range [...][]Choice{p.buying, p.selling} {
		for i := range choices {
			trunk := choices[i].Trunk
			fits := func(pattern string) bool { ok, _ := path.Match(pattern, trunk); return ok }
			if trunk != "" && slices.ContainsFunc(patterns, fits) && !slices.Contains(trunks, trunk) {
				trunks = append(trunks, trunk)
			}
		}
	}
	return trunks
}

func (p *Prices) inForce(deck string, at time.Time) (Edition, bool) {
	for _, e := range p.editions[deck] {
		if !at.Before(e.ValidFrom) {
			return e, true
		}
	}
	return Edition{}, false
}

// Any says whether there is a deck with carriers' prices in force at a moment.
func (p *Prices) Any(at time.Time) bool {
	if p == nil {
		return false
	}
	_, any := p.inForce(p.fallback, at)
	for i := range p.buying {
		if _, ok := p.inForce(p.buying[i].Deck, at); ok {
			any = true
		}
	}
	return any
}

// NextTakeover is the first moment after the given one at which an edition takes over, or the zero
// time.
func (p *Prices) NextTakeover(after time.Time) time.Time {
	var next time.Time
	if p == nil {
		return next
	}
	for _, list := range p.editions {
		for _, e := range list {
			if e.ValidFrom.After(after) && (next.IsZero() || e.ValidFrom.Before(next)) {
				next = e.ValidFrom
			}
		}
	}
	return next
}
