package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

func newDeck(t tester, name string, all []rates.Rate) *rates.Deck {
	t.Helper()
	deck, err := rates.NewDeck(name, "EUR", all)
	if err != nil {
		t.Fatalf("NewDeck: %v", err)
	}
	return deck
}

// prices gives a deck of n prefixes that all have one price.
func prices(n int, perMinute money.Amount) []rates.Rate {
	all := make([]rates.Rate, n)
	for i := range all {
		all[i] = rates.Rate{Prefix: fmt.Sprint(100_000 + i), Route: fmt.Sprintf("route %d", i/10), PerMinute: perMinute,
			Connect: money.Amount(i), First: 60, Next: 60}
	}
	return all
}

func testDecks(t *testing.T, s store.Store) {
	ctx := t.Context()
	if _, err := s.Deck(ctx, "carrier"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deck that is none: %v", err)
	}
	first := newDeck(t, "carrier", []rates.Rate{
		{Prefix: "39", Route: "Italy", PerMinute: 10_000, Connect: 5, First: 1, Next: 1},
		{Prefix: "39", Route: "Italy", PerMinute: 20_000, First: 30, Next: 6, ValidFrom: start},
		{Prefix: "390", Route: "Italy '; DROP TABLE rates", PerMinute: 0, First: 60, Next: 60},
	})
	other := newDeck(t, "another", prices(250, 1))
	for _, deck := range []*rates.Deck{first, other, first} {
		if err := s.SaveDeck(ctx, deck, start); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []*rates.Deck{first, other} {
		got, err := s.Deck(ctx, want.Name())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "currency", got.Currency(), "EUR")
		same(t, "rates", slices.Collect(got.All()), slices.Collect(want.All()))
	}
	decks, err := s.Decks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "list", decks, []store.DeckInfo{{Name: "another", Currency: "EUR", Rates: 250, Saved: start},
		{Name: "carrier", Currency: "EUR", Rates: 3, Saved: start}})
	for _, looks := range []int{0, 1} {
		if err := s.SaveDeck(breakAfter(ctx, looks), newDeck(t, "another", prices(1000, 2)), start); err == nil {
			t.Errorf("a context that ends after %d looks does not stop it", looks)
		}
	}
	finer := prices(1000, 2)
	finer[900].ValidFrom = start.Add(time.Nanosecond)
	if err := s.SaveDeck(ctx, newDeck(t, "another", finer), start); err == nil {
		t.Error("a moment is taken that cannot come back as it was")
	}
	if got, err := s.Deck(ctx, "another"); err != nil || got.Len() != 250 {
		t.Errorf("half a deck took another's place: %v", err)
	}
}

// testDeckSwap reads a deck while it is replaced: it is always the old one or the new one.
func testDeckSwap(t *testing.T, s store.Store) {
	ctx := t.Context()
	decks := []*rates.Deck{newDeck(t, "carrier", prices(2000, 1)), newDeck(t, "carrier", prices(1500, 2))}
	if err := s.SaveDeck(ctx, decks[0], start); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			deck, err := s.Deck(ctx, "carrier")
			if err != nil {
				t.Errorf("Deck: %v", err)
				return
			}
			size := map[money.Amount]int{}
			for r := range deck.All() {
				size[r.PerMinute]++
			}
			if size[1] != 2000 && size[2] != 1500 || len(size) != 1 {
				t.Errorf("a mixture: %v", size)
				return
			}
		}
	})
	for n := range 10 {
		if err := s.SaveDeck(ctx, decks[n%2], start.Add(time.Duration(n)*time.Second)); err != nil {
			t.Errorf("SaveDeck: %v", err)
		}
	}
	close(done)
	reading.Wait()
}
