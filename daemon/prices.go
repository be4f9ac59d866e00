package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// priceLists are the editions of decks that the guard has, by the name that people use ("default@3").
// They are kept, because reading one can take seconds.
type priceLists map[string]rates.Edition

func editionName(e store.EditionInfo) string { return rates.EditionName(e.Name, e.Number) }

// inForce gives the edition of a deck that prices calls at a moment.
func (l priceLists) inForce(deck string, at time.Time) (rates.Edition, bool) {
	return rates.NewPrices(slices.Collect(maps.Values(l)), deck, nil, nil).Buying(rates.Call{}, at)
}

// loadPrices reads the editions that a configuration wants: of each deck the one in force and those
// that are to take over. What is there already is not read again. Where nothing is, which is at the
// start, a list that cannot be exchanged is left out: the status tells, and all else is guarded.
func (d *Daemon) loadPrices(ctx context.Context, c *config.Config, have priceLists) (*rates.Prices, priceLists, error) {
	stored, err := d.store.Editions(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("the price lists cannot be read: %w", err)
	}
	lists := make(priceLists)
	var editions []rates.Edition
	for _, name := range c.Rates.Decks() {
		for _, info := range wanted(stored, name, time.Now()) {
			e, ok := have[editionName(info)]
			if !ok || e.Deck.Currency() != c.Currency {
				e, err = d.loadEdition(ctx, c, info)
				if have == nil && errors.Is(err, errNoExchange) {
					d.log.Error("a price list is left out", "deck", info.Name, "edition", info.Number, "error", err)
					continue
				}
				if err != nil {
					return nil, nil, err
				}
			}
			lists[editionName(info)] = e
			editions = append(editions, e)
		}
	}
	return c.Rates.Prices(editions), lists, nil
}

// wanted are the editions of a deck that can still be in force: the one that is now, and all that
// begin later.
func wanted(stored []store.EditionInfo, name string, now time.Time) []store.EditionInfo {
	var out []store.EditionInfo
	for _, e := range stored {
		if e.Name == name && e.ValidFrom.After(now) {
			out = append(out, e)
		}
	}
	if current, ok := storedInForce(stored, name, now); ok {
		out = append(out, current)
	}
	return out
}

// storedInForce is the edition of a deck that was the last to begin at a moment; of two that begin
// together, the later import.
func storedInForce(stored []store.EditionInfo, name string, at time.Time) (current store.EditionInfo, found bool) {
	for _, e := range stored {
		if e.Name == name && !e.ValidFrom.After(at) && !e.ValidFrom.Before(current.ValidFrom) {
			current, found = e, true
		}
	}
	return current, found
}

// loadEdition reads one edition, in the currency of the ledger.
func (d *Daemon) loadEdition(ctx context.Context, c *config.Config, info store.EditionInfo) (rates.Edition, error) {
	deck, err := d.store.Edition(ctx, info.Name, info.Number)
	if err != nil {
		return rates.Edition{}, fmt.Errorf("price list %s cannot be read: %w", editionName(info), err)
	}
	if deck, err = inLedgerCurrency(c, deck); err != nil {
		return rates.Edition{}, err
	}
	return rates.Edition{Number: info.Number, ValidFrom: info.ValidFrom, Deck: deck}, nil
}

// errNoExchange says that nothing tells what a currency is worth.
var errNoExchange = errors.New("there is no exchange under [rates.exchange]")

// inLedgerCurrency exchanges the prices of a deck in another currency at the configured rate.
func inLedgerCurrency(c *config.Config, deck *rates.Deck) (*rates.Deck, error) {
	if deck.Currency() == c.Currency {
		return deck, nil
	}
	unit, ok := c.Rates.Exchange[deck.Currency()]
	if !ok {
		return nil, fmt.Errorf("price list %q is in %s and the ledger in %s: %w: write what one %s is worth, such as %s = \"0.92\"",
			deck.Name(), deck.Currency(), c.Currency, errNoExchange, deck.Currency(), deck.Currency())
	}
	return deck.Exchanged(c.Currency, unit)
}

// missingDecks are the price lists that the configuration names and that have no edition in force.
func missingDecks(c *config.Config, lists priceLists, now time.Time) []string {
	var names []string
	for _, name := range c.Rates.Decks() {
		if _, found := lists.inForce(name, now); !found {
			names = append(names, name)
		}
	}
	return names
}
