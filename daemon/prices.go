package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
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

// prices are what a configuration makes of the editions.
func (l priceLists) prices(c *config.Config) *rates.Prices {
	return c.Rates.Prices(slices.Collect(maps.Values(l)))
}

// of gives the editions of one deck.
func (l priceLists) of(deck string) priceLists {
	found := maps.Clone(l)
	maps.DeleteFunc(found, func(_ string, e rates.Edition) bool { return e.Deck.Name() != deck })
	return found
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
	for _, name := range c.Rates.Decks() {
		for _, info := range wanted(stored, name, time.Now()) {
			e, err := d.edition(ctx, c, info, have)
			if have == nil && errors.Is(err, errNoExchange) {
				d.log.Error("a price list is left out", "deck", info.Name, "edition", info.Number, "error", err)
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			lists[editionName(info)] = e
		}
	}
	return lists.prices(c), lists, nil
}

// readPrices takes over the editions that other programs have stored. Those that this one is importing
// have been taken over when the lock is free, and are not read.
func (d *Daemon) readPrices(ctx context.Context) error {
	d.reload.Lock()
	defer d.reload.Unlock()
	reading, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	c, have := d.current()
	stored, err := d.store.Editions(reading)
	if err != nil {
		return err
	}
	lists, unread := d.followedLists(reading, c, stored, have)
	if maps.Equal(lists, have) {
		return unread
	}
	now := time.Now()
	if err := d.handle(ctx, guard.PricesChanged{Seen: guard.Seen{At: now}, Prices: lists.prices(c)}); err != nil {
		if errors.Is(err, errEnding) {
			return nil
		}
		return err
	}
	d.mu.Lock()
	d.lists = lists
	d.mu.Unlock()
	for name, e := range lists {
		if _, had := have[name]; !had {
			d.log.Info("price list of another program taken over", "deck", e.Deck.Name(), "edition", e.Number, "rates", e.Deck.Len(),
				"in_force", !e.ValidFrom.After(now), "valid_from", e.ValidFrom)
		}
	}
	debug.FreeOSMemory() // as after an import
	return unread
}

// followedLists are the editions that are wanted now. A deck of which one cannot be had stays as it is, and
// keeps back no other deck. The error has those that can be tried again: what nothing exchanges
// waits for somebody who writes the exchange and reloads.
func (d *Daemon) followedLists(ctx context.Context, c *config.Config, stored []store.EditionInfo, have priceLists) (priceLists, error) {
	lists := make(priceLists)
	var unread []error
	for _, name := range c.Rates.Decks() {
		deck, err := d.followedDeck(ctx, c, wanted(stored, name, time.Now()), have)
		if err != nil {
			deck = have.of(name)
		}
		if errors.Is(err, errNoExchange) {
			d.log.Error("a price list of another program is not taken over; the one that was there goes on", "deck", name, "error", err)
		} else if err != nil {
			unread = append(unread, err)
		}
		maps.Copy(lists, deck)
	}
	return lists, errors.Join(unread...)
}

func (d *Daemon) followedDeck(ctx context.Context, c *config.Config, wanted []store.EditionInfo, have priceLists) (priceLists, error) {
	deck := make(priceLists)
	for _, info := range wanted {
		e, err := d.edition(ctx, c, info, have)
		if err != nil {
			return nil, err
		}
		deck[editionName(info)] = e
	}
	return deck, nil
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

// edition gives one edition, and reads it only where it is not there already.
func (d *Daemon) edition(ctx context.Context, c *config.Config, info store.EditionInfo, have priceLists) (rates.Edition, error) {
	if e, there := have[editionName(info)]; there && e.Deck.Currency() == c.Currency {
		return e, nil
	}
	return d.loadEdition(ctx, c, info)
}

// loadEdition reads one edition, in the currency of the ledger.
func (d *Daemon) loadEdition(ctx context.Context, c *config.Config, info store.EditionInfo) (rates.Edition, error) {
	if _, err := worth(c, info.Name, info.Currency); err != nil {
		return rates.Edition{}, err
	}
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

// worth is what one unit of a deck's currency is worth in the ledger's; nothing where they are the same.
func worth(c *config.Config, deck, currency string) (money.Amount, error) {
	unit, ok := c.Rates.Exchange[currency]
	if !ok && currency != c.Currency {
		return 0, fmt.Errorf("price list %q is in %s and the ledger in %s: %w: write what one %s is worth, such as %s = \"0.92\"",
			deck, currency, c.Currency, errNoExchange, currency, currency)
	}
	return unit, nil
}

// inLedgerCurrency exchanges the prices of a deck in another currency at the configured rate.
func inLedgerCurrency(c *config.Config, deck *rates.Deck) (*rates.Deck, error) {
	if deck.Currency() == c.Currency {
		return deck, nil
	}
	unit, err := worth(c, deck.Name(), deck.Currency())
	if err != nil {
		return nil, err
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
