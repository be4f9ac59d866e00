package rates

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newDeck(t testing.TB, rates ...Rate) *Deck {
	t.Helper()
	d, err := NewDeck("carrier", "EUR", rates)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func priced(prefix string, price money.Amount, from time.Time) Rate {
	return Rate{Prefix: prefix, Route: "to " + prefix, PerMinute: price, First: 60, Next: 1, ValidFrom: from}
}

func TestLookup(t *testing.T) {
	d := newDeck(t,
		priced("39", 10, time.Time{}), priced("393", 20, time.Time{}), priced("39347", 30, noon),
		priced("44", 40, noon), priced("44", 50, noon.Add(time.Hour)), priced("44", 45, noon.Add(time.Minute)),
	)
	for _, c := range []struct {
		digits string
		at     time.Time
		prefix string
		price  money.Amount
	}{
		{"390612345678", noon, "39", 10}, {"393331234567", noon, "393", 20}, {"39", noon, "39", 10},
		{"393471234567", noon, "39347", 30},
		{"393471234567", noon.Add(-1), "393", 20}, // the longer one has not begun
		{"442079460000", noon, "44", 40}, {"442079460000", noon.Add(time.Minute), "44", 45},
		{"442079460000", noon.Add(time.Hour), "44", 50}, {"442079460000", noon.Add(time.Hour - 1), "44", 45},
		{"442079460000", noon.Add(-1), "", 0},
		{"3", noon, "", 0}, {"", noon, "", 0}, {"49", noon, "", 0}, {"39x3", noon, "39", 10}, {"3/3", noon, "", 0},
		{"3933312345678901234567890123", noon, "393", 20},
	} {
		r, ok := d.Lookup(c.digits, c.at)
		if ok != (c.prefix != "") || r.Prefix != c.prefix || r.PerMinute != c.price {
			t.Errorf("%s at %v: %q for %v, want %q for %v", c.digits, c.at, r.Prefix, r.PerMinute, c.prefix, c.price)
		}
		if ok && r.Route != "to "+c.prefix {
			t.Errorf("%s: route %q", c.digits, r.Route)
		}
	}
	if d.Name() != "carrier" || d.Currency() != "EUR" || d.Len() != 6 {
		t.Errorf("deck %s in %s has %d rates", d.Name(), d.Currency(), d.Len())
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	d := newDeck(t, priced("39", 10, time.Time{}), priced("393", 20, noon), priced("393", 30, time.Time{}))
	if n := testing.AllocsPerRun(100, func() { d.Lookup("393331234567", noon) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNewDeckRefuses(t *testing.T) {
	good := priced("39", 10, noon)
	dearer, slower := good, good
	dearer.PerMinute, slower.First = 11, 30
	for _, c := range []struct {
		name, deck, currency string
		rates                []Rate
		reason               string
	}{
		{"no name", "", "EUR", []Rate{good}, "deck name"},
		{"small letters", "d", "eur", []Rate{good}, "currency"},
		{"sign", "d", "€", []Rate{good}, "currency"},
		{"no rates", "d", "EUR", nil, "no rates"},
		{"bad rate", "d", "EUR", []Rate{good, {Prefix: "x"}}, `prefix "x"`},
		{"two prices", "d", "EUR", []Rate{good, dearer}, "two prices"},
		{"two increments", "d", "EUR", []Rate{good, slower}, "two rates"},
		{"the same moment in another zone", "d", "EUR", []Rate{good, priced("39", 11, noon.In(time.FixedZone("", 3600)))}, "two prices"},
	} {
		_, err := NewDeck(c.deck, c.currency, c.rates)
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", c.name, err, c.reason)
		}
	}
	if d := newDeck(t, good, good); d.Len() != 1 {
		t.Errorf("two equal rates count %d times", d.Len())
	}
}

// drawDigits draws a few of few digits behind a part of one long run, so that prefixes nest, versions
// meet, and runs of digits stand alone for as long as the trie can skip them and longer.
func drawDigits(t *rapid.T, most int) string {
	const run = "390139013901390"
	digits := run[:rapid.IntRange(0, len(run)).Draw(t, "run")] + rapid.StringMatching(`[0139]{1,6}`).Draw(t, "digits")
	return digits[:min(len(digits), most)]
}

// decks draws rates whose prefixes nest, some of them closed, coming or ended.
func decks() *rapid.Generator[[]Rate] {
	return rapid.Custom(func(t *rapid.T) []Rate {
		rates := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Rate {
			r := priced(drawDigits(t, maxPrefix), 0, noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "from"))))
			if lasts := rapid.IntRange(0, 3).Draw(t, "lasts"); lasts > 0 {
				r.ValidUntil = r.ValidFrom.Add(time.Duration(lasts))
			}
			r.PerMinute = money.Amount(rapid.Int64Range(0, 9).Draw(t, "price"))
			return r
		}), 1, 60).Draw(t, "rates")
		seen := make(map[string]bool)
		return slices.DeleteFunc(rates, func(r Rate) bool {
			key := r.Prefix + r.ValidFrom.String()
			again := seen[key]
			seen[key] = true
			return again
		})
	})
}

func naiveLookup(rates []Rate, digits string, at time.Time) (best Rate, found bool) {
	for _, r := range rates {
		if !strings.HasPrefix(digits, r.Prefix) || r.ValidFrom.After(at) || !r.ValidUntil.IsZero() && !at.Before(r.ValidUntil) {
			continue
		}
		if !found || len(r.Prefix) > len(best.Prefix) || len(r.Prefix) == len(best.Prefix) && r.ValidFrom.After(best.ValidFrom) {
			best, found = r, true
		}
	}
	return best, found
}

func TestLookupIsALongestPrefixSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := decks().Draw(t, "rates")
		d, err := NewDeck("d", "EUR", rates)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			digits := drawDigits(t, 2*maxPrefix)
			at := noon.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "at")))
			got, ok := d.Lookup(digits, at)
			want, wantOK := naiveLookup(rates, digits, at)
			if ok != wantOK || got != want {
				t.Fatalf("%s at %v: %+v, want %+v", digits, at, got, want)
			}
		}
	})
}

func TestAllGivesEveryRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := decks().Draw(t, "rates")
		d, err := NewDeck("d", "EUR", rates)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(rates, func(x, y Rate) int {
			if x.Prefix == y.Prefix {
				return y.ValidFrom.Compare(x.ValidFrom)
			}
			return strings.Compare(x.Prefix, y.Prefix)
		})
		if got := slices.Collect(d.All()); !slices.Equal(got, rates) || d.Len() != len(rates) {
			t.Fatalf("%v, want %v", got, rates)
		}
		for range d.All() {
			break // a caller may stop early
		}
	})
}

// millionRates resembles a large carrier deck: a million prefixes that grow out of shorter ones by
// a digit or two, in some thousands of routes.
func millionRates() []Rate {
	random := rand.New(rand.NewPCG(1, 2))
	rates := make([]Rate, 0, 1_000_000)
	seen := make(map[string]bool, cap(rates))
	for len(rates) < cap(rates) {
		route := random.IntN(9000)
		prefix := fmt.Sprint(1000 + route)
		if len(rates) >= 8000 {
			parent := rates[random.IntN(len(rates))]
			prefix = parent.Prefix + fmt.Sprint(random.IntN(100))
			route = int(parent.PerMinute) / 100
		}
		if seen[prefix] || len(prefix) > 11 {
			continue
		}
		seen[prefix] = true
		rates = append(rates, Rate{
			Prefix: prefix, Route: fmt.Sprint("Route ", route), PerMinute: money.Amount(route*100 + random.IntN(3)), First: 60, Next: 1,
		})
	}
	return rates
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkLookup compares the deck with one map for each prefix length over the same million
// prefixes. The maps hold
// indexes, so their bytes are without the rates.
func BenchmarkLookup(b *testing.B) {
	rates := millionRates()
	random := rand.New(rand.NewPCG(3, 4))
	numbers := make([]string, 1<<16)
	for i := range numbers {
		numbers[i] = rates[random.IntN(len(rates))].Prefix + fmt.Sprint(1_000_000+random.IntN(9_000_000))
	}
	b.Run("deck", func(b *testing.B) {
		before := heap()
		d := newDeck(b, rates...)
		size := heap() - before
		i := 0
		for b.Loop() {
			if _, ok := d.Lookup(numbers[i&(len(numbers)-1)], noon); !ok {
				b.Fatal("not found")
			}
			i++
		}
		b.ReportMetric(float64(size), "heap-bytes")
		b.ReportMetric(float64(len(d.trie)), "words")
		runtime.KeepAlive(d)
	})
	b.Run("map per length", func(b *testing.B) {
		before := heap()
		cheapest := money.Max
		var maps [maxPrefix + 1]map[string]uint32
		for i, r := range rates {
			if maps[len(r.Prefix)] == nil {
				maps[len(r.Prefix)] = make(map[string]uint32)
			}
			maps[len(r.Prefix)][r.Prefix] = uint32(i)
		}
		size := heap() - before
		i := 0
		for b.Loop() {
			digits, found := numbers[i&(len(numbers)-1)], false
			var index uint32
			for n := min(len(digits), maxPrefix); n > 0 && !found; n-- {
				index, found = maps[n][digits[:n]]
			}
			cheapest = min(cheapest, rates[index].PerMinute) // a lookup ends at the rate
			if !found {
				b.Fatal("not found")
			}
			i++
		}
		b.ReportMetric(float64(size), "heap-bytes")
		runtime.KeepAlive(maps)
	})
}

func BenchmarkNewDeck(b *testing.B) {
	rates := millionRates()
	for b.Loop() {
		newDeck(b, rates...)
	}
}
