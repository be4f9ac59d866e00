package storetest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/fraudguard/fraudguard/store"
)

func testCurrency(t *testing.T, s store.Store) {
	for _, code := range []string{"", "eur", "EURO", "E R", "ÄU"} {
		if kept, err := s.Currency(t.Context(), code); err == nil {
			t.Errorf("currency %q is kept as %q", code, kept)
		}
	}
	save(t, s, ringing("pbx1", "1", alice, start)) // a ledger from before it had one
	for _, code := range []string{"USD", "EUR", "USD"} {
		if kept, err := s.Currency(t.Context(), code); err != nil || kept != "USD" {
			t.Errorf("asked with %s: %q, %v", code, kept, err)
		}
	}
}

// testCurrencyTogether has many tell their currency in the same moment: all hear of the same one.
func testCurrencyTogether(t *testing.T, s store.Store) {
	var told sync.WaitGroup
	kept := make([]string, 8)
	for n := range kept {
		told.Go(func() {
			var err error
			if kept[n], err = s.Currency(t.Context(), fmt.Sprintf("AA%c", 'A'+n)); err != nil {
				t.Error(err)
			}
		})
	}
	told.Wait()
	for _, one := range kept {
		if one == "" || one != kept[0] {
			t.Errorf("they have heard %q", kept)
			break
		}
	}
}
