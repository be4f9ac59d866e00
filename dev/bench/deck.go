package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/armon/go-radix"
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

// peer is another way to find the longest prefix. It gives the index of the rate.
type peer struct {
	name   string
	lookup func(digits string) (uint32, bool)
	size   int64
	built  time.Duration
}

// peers builds the other ways. They hold indexes, so their bytes are without the rates.
func peers(all []rates.Rate) []peer {
	var plain mapPerLength
	maps := peer{name: "map per length", lookup: plain.lookup}
	maps.size, maps.built = weigh(func() {
		for i, r := range all {
			if plain[len(r.Prefix)] == nil {
				plain[len(r.Prefix)] = make(map[string]uint32)
			}
			plain[len(r.Prefix)][r.Prefix] = uint32(i)
		}
	})
	tree := radix.New()
	trees := peer{name: "armon/go-radix", lookup: func(digits string) (uint32, bool) {
		_, i, ok := tree.LongestPrefix(digits)
		if !ok {
			return 0, false
		}
		return i.(uint32), true
	}}
	trees.size, trees.built = weigh(func() {
		for i, r := range all {
			tree.Insert(r.Prefix, uint32(i))
		}
	})
	return []peer{maps, trees}
}

// weigh builds something and gives the memory that it keeps and the time that it takes.
func weigh(build func()) (int64, time.Duration) {
	before, began := heapBytes(), time.Now()
	build()
	took := time.Since(began)
	return heapBytes() - before, took
}

func measureDeck(ctx context.Context, b *bench) error {
	all := deckRates(deckPrefixes)
	var deck *rates.Deck
	var err error
	size, built := weigh(func() { deck, err = rates.NewDeck("default", "EUR", all) })
	if err != nil {
		return err
	}
	others := peers(all)
	random := rand.New(rand.NewPCG(3, 4))
	numbers := make([]string, 1<<16)
	for i := range numbers {
		numbers[i] = all[random.IntN(len(all))].Prefix + fmt.Sprint(1_000_000+random.IntN(9_000_000))
	}
	var ours []float64
	theirs := make([][]float64, len(others))
	for range deckRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		sum := money.Amount(0)
		began := time.Now()
		for i := range deckLookups {
			r, ok := deck.Lookup(numbers[i&(len(numbers)-1)], verdictStart)
			if !ok {
				return errors.New("a number was not found")
			}
			sum += r.PerMinute
		}
		ours = append(ours, float64(time.Since(began))/deckLookups)
		for n := range others {
			check := money.Amount(0)
			began = time.Now()
			for i := range deckLookups {
				at, _ := others[n].lookup(numbers[i&(len(numbers)-1)])
				check += all[at].PerMinute // a lookup ends at the rate
			}
			theirs[n] = append(theirs[n], float64(time.Since(began))/deckLookups)
			if check != sum {
				return fmt.Errorf("the deck and %s found different prices", others[n].name)
			}
		}
	}
	for n, other := range others {
		b.add(result{What: "deck, one lookup", Value: median(ours), Unit: "ns", Ratio: median(ratios(ours, theirs[n])), Beside: other.name, Goal: "about 300 ns"})
		b.add(result{What: other.name + ", one lookup", Value: median(theirs[n]), Unit: "ns"})
		b.add(result{What: "deck, a prefix with its rate", Value: float64(size) / deckPrefixes, Unit: "bytes",
			Ratio: float64(size) / float64(other.size), Beside: other.name, Goal: "<= 25 bytes",
			Note: fmt.Sprintf("%.1f MB, built in %.1f s", float64(size)/1e6, built.Seconds())})
		b.add(result{What: other.name + ", a prefix without its rate", Value: float64(other.size) / deckPrefixes, Unit: "bytes",
			Note: fmt.Sprintf("%.1f MB, built in %.1f s", float64(other.size)/1e6, other.built.Seconds())})
	}
	runtime.KeepAlive(deck)
	runtime.KeepAlive(others)
	return nil
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
