package webtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// AddDeck adds an edition of a deck, in force from its beginning, and gives its number.
func (b *Backend) AddDeck(deck *rates.Deck) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	number := 1
	for _, d := range b.decks {
		if d.Name() == deck.Name() {
			number++
		}
	}
	b.decks = append(b.decks, deck)
	return number
}

// ImportRates reads a deck as the daemon does.
func (b *Backend) ImportRates(ctx context.Context, r web.ImportRequest, body io.Reader) (web.RatesSummary, error) {
	if err := b.enter(ctx, "import %s as %s, %d/%d", r.File, r.Deck, r.Options.First, r.Options.Next); err != nil {
		return web.RatesSummary{}, err
	}
	if b.Begun != nil {
		b.Begun <- struct{}{}
	}
	digest := sha256.New()
	list, err := rates.Read(io.TeeReader(body, digest), r.File, r.Options)
	if err != nil {
		return web.RatesSummary{}, err
	}
	deck, err := rates.NewDeck(r.Deck, b.How.Currency, list.Rates)
	if err != nil {
		return web.RatesSummary{}, err
	}
	summary := web.RatesSummary{
		Deck: r.Deck, Currency: deck.Currency(), Rates: deck.Len(), Digest: hex.EncodeToString(digest.Sum(nil)), DryRun: r.DryRun,
		Layout: list.Layout, Difference: rates.Compare(b.newest(r.Deck), deck),
	}
	if r.Digest != "" && r.Digest != summary.Digest {
		return web.RatesSummary{}, web.Errorf(http.StatusConflict, "%s has changed", r.File)
	}
	if !r.DryRun {
		summary.Edition, summary.InForce = b.AddDeck(deck), r.Deck == b.InForce
	}
	return summary, nil
}

func (b *Backend) newest(name string) *rates.Deck {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found *rates.Deck
	for _, d := range b.decks {
		if d.Name() == name {
			found = d
		}
	}
	return found
}

// LookupRate asks a guard of its own, with the deck in force.
func (b *Backend) LookupRate(ctx context.Context, q web.LookupQuery) (web.RateLookup, error) {
	if err := b.enter(ctx, ""); err != nil {
		return web.RateLookup{}, err
	}
	if q.Server == "" {
		q.Server = b.Server
	}
	rules := guard.Rules{Calendar: limits.NewCalendar(b.Now.Location()), Servers: map[string]guard.ServerRules{
		b.Server: {Plan: b.Plan, Trunks: []string{"PJSIP/carrier"}, Tenant: "default"},
	}}
	var prices *rates.Prices
	if deck := b.newest(b.InForce); deck != nil {
		prices = rates.NewPrices([]rates.Edition{{Number: 1, Deck: deck}}, b.InForce, nil, nil)
	}
	found, known := guard.New(rules, prices, guard.State{}, b.Now).Lookup(q.Server, q.Tenant, q.Trunk, q.Number, b.Now)
	if !known {
		return web.RateLookup{}, web.Errorf(http.StatusNotFound, "there is no server %q: there is %s", q.Server, b.Server)
	}
	return web.RateLookupOf(q, found, b.How.Currency), nil
}

// Decks gives the editions; the newest of each deck counts.
func (b *Backend) Decks(ctx context.Context) ([]web.Deck, error) {
	if err := b.enter(ctx, ""); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var decks []web.Deck
	numbers := make(map[string]int)
	for _, d := range b.decks {
		numbers[d.Name()]++
		state := web.DeckUnused
		if d.Name() == b.InForce {
			state = web.DeckInForce
		}
		for i := range decks {
			if old := &decks[i]; old.Name == d.Name() && old.InForce {
				old.State, old.InForce = web.DeckOld, false
			}
		}
		info := store.EditionInfo{Name: d.Name(), Number: numbers[d.Name()], Currency: d.Currency(), Timezone: "UTC", Rates: d.Len(), Saved: b.Now, File: d.Name() + ".csv"}
		decks = append(decks, web.DeckOf(info, state))
	}
	return decks, nil
}

// Deck gives one edition.
func (b *Backend) Deck(ctx context.Context, name string, number int) (web.Deck, *rates.Deck, error) {
	all, err := b.Decks(ctx)
	if err != nil {
		return web.Deck{}, nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Name == name && (number == 0 || number == all[i].Edition) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return all[i], b.decks[i], nil
		}
	}
	return web.Deck{}, nil, fmt.Errorf("price list %s@%d: %w", name, number, store.ErrNotFound)
}
