package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

const (
	deckPrefixes = 1_000_000
	deckLookups  = 1 << 20 // in one round
	deckRounds   = 5
	longestDigit = 15
)

// deckRates resembles a carrier's deck: prefixes that grow out of shorter ones by a digit or two, in
// some thousands of routes.
func deckRates(count int) []rates.Rate {
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]rates.Rate, 0, count)
	seen := make(map[string]bool, count)
	for len(all) < count {
		route := random.IntN(9000)
		prefix := fmt.Sprint(1000 + route)
		if len(all) >= 8000 {
			parent := all[random.IntN(len(all))]
			prefix = parent.Prefix + fmt.Sprint(random.IntN(100))
			route = int(parent.PerMinute) / 100
		}
		if seen[prefix] || len(prefix) > 11 {
			continue
		}
		seen[prefix] = true
		all = append(all, rates.Rate{Prefix: prefix, Route: fmt.Sprint("Route ", route),
			PerMinute: money.Amount(route*100 + random.IntN(3)), First: 60, Next: 1})
	}
	return all
}

// mapPerLength is the plain way: one map for each prefix length, tried from the longest on. It holds
// indexes, so its bytes are without the rates.
type mapPerLength [longestDigit + 1]map[string]uint32

func (m *mapPerLength) lookup(digits string) (uint32, bool) {
	for n := min(len(digits), longestDigit); n > 0; n-- {
		if i, ok := m[n][digits[:n]]; ok {
			return i, true
		}
	}
	return 0, false
}

func measureDeck(ctx context.Context, b *bench) error {
	all := deckRates(deckPrefixes)
	before := heapBytes()
	deck, err := rates.NewDeck("default", "EUR", all)
	if err != nil {
		return err
	}
	deckSize := heapBytes() - before
	before = heapBytes()
	var plain mapPerLength
	for i, r := range all {
		if plain[len(r.Prefix)] == nil {
			plain[len(r.Prefix)] = make(map[string]uint32)
		}
		plain[len(r.Prefix)][r.Prefix] = uint32(i)
	}
	plainSize := heapBytes() - before
	random := rand.New(rand.NewPCG(3, 4))
	numbers := make([]string, 1<<16)
	for i := range numbers {
		numbers[i] = all[random.IntN(len(all))].Prefix + fmt.Sprint(1_000_000+random.IntN(9_000_000))
	}
	at := verdictStart
	var ours, theirs []float64
	for range deckRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		sumOurs, sumTheirs := money.Amount(0), money.Amount(0)
		began := time.Now()
		for i := range deckLookups {
			r, ok := deck.Lookup(numbers[i&(len(numbers)-1)], at)
			if !ok {
				return errors.New("a number was not found")
			}
			sumOurs += r.PerMinute
		}
		ours = append(ours, float64(time.Since(began))/deckLookups)
		began = time.Now()
		for i := range deckLookups {
			at, _ := plain.lookup(numbers[i&(len(numbers)-1)])
			sumTheirs += all[at].PerMinute // a lookup ends at the rate
		}
		theirs = append(theirs, float64(time.Since(began))/deckLookups)
		if sumOurs != sumTheirs {
			return errors.New("the deck and the maps found different prices")
		}
	}
	b.add(result{What: "deck, one lookup", Value: median(ours), Unit: "ns", Ratio: median(ratios(ours, theirs)), Beside: "map per length"})
	b.add(result{What: "map per length, one lookup", Value: median(theirs), Unit: "ns"})
	b.add(result{What: "deck, a prefix with its rate", Value: float64(deckSize) / deckPrefixes, Unit: "bytes",
		Ratio: float64(deckSize) / float64(plainSize), Beside: "map per length", Note: fmt.Sprintf("%.1f MB", float64(deckSize)/1e6)})
	b.add(result{What: "map per length, a prefix without its rate", Value: float64(plainSize) / deckPrefixes, Unit: "bytes",
		Note: fmt.Sprintf("%.1f MB", float64(plainSize)/1e6)})
	runtime.KeepAlive(deck)
	runtime.KeepAlive(plain)
	return nil
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
