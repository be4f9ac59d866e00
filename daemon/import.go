package daemon

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// ImportRates reads a price list whole; only if every row is good does it become the newest edition
// of its deck.
func (b backend) ImportRates(ctx context.Context, r web.ImportRequest, body io.Reader) (web.RatesSummary, error) {
	c, _ := b.current()
	digest := sha256.New()
	r.Options.Location, r.Options.Currency = c.Zone, r.Currency
	list, err := rates.Read(io.TeeReader(body, digest), r.File, r.Options)
	if err != nil {
		return web.RatesSummary{}, err
	}
	if _, err := io.Copy(digest, body); err != nil { // what follows the last row
		return web.RatesSummary{}, err
	}
	info := store.EditionInfo{Name: r.Deck, Timezone: c.Timezone, File: r.File, Digest: hex.EncodeToString(digest.Sum(nil)), Saved: time.Now()}
	if r.Digest != "" && r.Digest != info.Digest {
		return web.RatesSummary{}, web.Errorf(http.StatusConflict, "%s has changed while it was read: nothing was imported, try again", r.File)
	}
	if info.ValidFrom, err = rates.ParseMoment(r.ValidFrom, c.Zone); err != nil {
		return web.RatesSummary{}, web.Errorf(http.StatusBadRequest, "valid from %v", err)
	}
	info.Currency = cmp.Or(r.Currency, list.Currency, c.Currency) // the reader has seen to it that the first two agree
	from := cmp.Or(info.ValidFrom, info.Saved)
	old, err := b.editionAt(ctx, r.Deck, from)
	if err != nil {
		return web.RatesSummary{}, err
	}
	if old != nil && old.Currency() != info.Currency {
		old = nil // its prices cannot be compared, nor go on
	}
	all, carried := rates.CarryOver(old, list.Rates, list.Deleted, from)
	deck, err := rates.NewDeck(r.Deck, info.Currency, all)
	if err == nil {
		_, err = inLedgerCurrency(c, deck)
	}
	if err != nil {
		return web.RatesSummary{}, web.Errorf(http.StatusUnprocessableEntity, "%v", err)
	}
	summary := web.RatesSummary{
		Deck: r.Deck, Currency: info.Currency, Rates: deck.Len(), Digest: info.Digest, DryRun: r.DryRun,
		ValidFrom: web.MomentOrNull(info.ValidFrom), Layout: list.Layout, Carried: carried, Difference: rates.Compare(old, deck),
	}
	list, all = nil, nil // a million rates are memory that saving can use
	if r.DryRun {
		return summary, nil
	}
	err = b.takeOver(ctx, deck, info, &summary)
	debug.FreeOSMemory() // a large list took several times its size, and the next one may come in a week
	return summary, err
}

// editionAt gives the edition of a deck that is in force at a moment, nil where none is. One that is
// in use and was not exchanged is not read again.
func (b backend) editionAt(ctx context.Context, name string, at time.Time) (*rates.Deck, error) {
	stored, err := b.store.Editions(ctx)
	if err != nil {
		return nil, fmt.Errorf("the price lists cannot be read: %w", err)
	}
	info, found := storedInForce(stored, name, at)
	if !found {
		return nil, nil
	}
	_, lists := b.current()
	if e, used := lists[editionName(info)]; used && e.Deck.Currency() == info.Currency {
		return e.Deck, nil
	}
	return b.store.Edition(ctx, info.Name, info.Number)
}

// takeOver stores a deck and, where the configuration wants it, gives it to the guard.
func (b backend) takeOver(ctx context.Context, deck *rates.Deck, info store.EditionInfo, summary *web.RatesSummary) error {
	b.reload.Lock() // a reload under way would put the prices that it has read in the place of these
	defer b.reload.Unlock()
	info, err := b.store.SaveEdition(ctx, deck, info)
	if err != nil {
		return fmt.Errorf("the price list cannot be stored: %w", err)
	}
	ctx = context.WithoutCancel(ctx) // what is stored takes over, whoever has gone meanwhile
	c, lists := b.current()
	own, err := inLedgerCurrency(c, deck)
	if err != nil {
		return err
	}
	lists = maps.Clone(lists)
	lists[editionName(info)] = rates.Edition{Number: info.Number, ValidFrom: info.ValidFrom, Deck: own}
	prices, lists, err := b.loadPrices(ctx, c, lists)
	if err != nil {
		return err
	}
	now := time.Now()
	_, wanted := lists[editionName(info)]
	summary.Edition, summary.ValidFrom = info.Number, web.MomentOrNull(info.ValidFrom)
	summary.InForce, summary.Coming = wanted && !info.ValidFrom.After(now), wanted && info.ValidFrom.After(now)
	b.log.Info("price list imported", "deck", info.Name, "edition", info.Number, "file", info.File, "rates", deck.Len(),
		"in_force", summary.InForce, "valid_from", info.ValidFrom)
	if !wanted {
		return nil
	}
	if err := b.handle(ctx, guard.PricesChanged{Seen: guard.Seen{At: now}, Prices: prices}); err != nil {
		return err
	}
	b.mu.Lock()
	b.lists = lists
	b.mu.Unlock()
	return nil
}

// Decks lists the stored editions of all price lists.
func (b backend) Decks(ctx context.Context) ([]web.Deck, error) {
	c, lists := b.current()
	stored, err := b.store.Editions(ctx)
	now := time.Now()
	var out []web.Deck
	for _, info := range stored {
		_, used := lists[editionName(info)]
		current, _ := storedInForce(stored, info.Name, now)
		state := web.DeckOld
		switch {
		case used && info.ValidFrom.After(now):
			state = web.DeckComing
		case used && info.Number == current.Number:
			state = web.DeckInForce
		case !slices.Contains(c.Rates.Decks(), info.Name):
			state = web.DeckUnused
		}
		out = append(out, web.DeckOf(info, state))
	}
	return out, err
}

// Deck gives one edition whole; number 0 is the one in force, or else the newest.
func (b backend) Deck(ctx context.Context, name string, number int) (web.Deck, *rates.Deck, error) {
	all, err := b.Decks(ctx)
	if err != nil {
		return web.Deck{}, nil, err
	}
	var found *web.Deck
	for i := range all {
		d := &all[i]
		if d.Name == name && (number == d.Edition || number == 0 && (found == nil || !found.InForce)) {
			found = d
		}
	}
	if found == nil {
		if number > 0 {
			name = rates.EditionName(name, number)
		}
		return web.Deck{}, nil, web.Errorf(http.StatusNotFound, "there is no price list %s: see fraudguard rates list", name)
	}
	deck, err := b.store.Edition(ctx, found.Name, found.Edition)
	return *found, deck, err
}

// checkTrunk refuses a trunk that the server does not have, and asks for one where the price depends
// on it.
func checkTrunk(c *config.Config, s *config.Server, trunk string) error {
	if trunk != "" {
		for _, pattern := range s.Trunks {
			if fits, _ := path.Match(pattern, trunk); fits {
				return nil
			}
		}
		return web.Errorf(http.StatusBadRequest, "%.60q is no trunk of %s: it has %s", trunk, s.Name, strings.Join(s.Trunks, ", "))
	}
	if len(s.Trunks) == 1 && !strings.ContainsAny(s.Trunks[0], "*?[") {
		return nil
	}
	for _, choice := range slices.Concat(c.Rates.Buying, c.Rates.Selling) {
		if choice.Trunk != "" && (choice.Server == "" || choice.Server == s.Name) {
			return web.Errorf(http.StatusBadRequest, "the price depends on the trunk: name it with --trunk, as in --trunk PJSIP/carrier")
		}
	}
	return nil
}

// LookupRate says what a number costs when it is dialled, and how that was found.
func (b backend) LookupRate(ctx context.Context, q web.LookupQuery) (web.RateLookup, error) {
	c, _ := b.current()
	s, err := serverNamed(c, q.Server)
	if err != nil {
		return web.RateLookup{}, err
	}
	q.Server, q.Tenant = s.Name, cmp.Or(q.Tenant, s.Tenant)
	if err := checkTrunk(c, s, q.Trunk); err != nil {
		return web.RateLookup{}, err
	}
	var found guard.Lookup
	var known bool
	err = b.ask(ctx, func(g *guard.Guard) { found, known = g.Lookup(q.Server, q.Tenant, q.Trunk, q.Number, time.Now()) })
	if err == nil && !known {
		err = web.Errorf(http.StatusServiceUnavailable, "server %q is not guarded yet: try again", q.Server)
	}
	return web.RateLookupOf(q, found, c.Currency), err
}
