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

// digest is the digest of a file that is no more than its name.
func digest(name byte) string { return fmt.Sprintf("%064x", name) }

func saveEdition(t tester, s store.Store, deck *rates.Deck, e store.EditionInfo) store.EditionInfo {
	t.Helper()
	saved, err := s.SaveEdition(t.Context(), deck, e)
	if err != nil {
		t.Fatalf("SaveEdition: %v", err)
	}
	return saved
}

func editions(t tester, s store.Store) []store.EditionInfo {
	t.Helper()
	all, err := s.Editions(t.Context())
	if err != nil {
		t.Fatalf("Editions: %v", err)
	}
	return all
}

// sameEdition fails the test where an edition does not come back as the deck that it is of.
func sameEdition(t tester, s store.Store, number int, want *rates.Deck) {
	t.Helper()
	got, err := s.Edition(t.Context(), want.Name(), number)
	if err != nil {
		t.Fatalf("Edition: %v", err)
	}
	same(t, "name", got.Name(), want.Name())
	same(t, "currency", got.Currency(), want.Currency())
	same(t, "rates", slices.Collect(got.All()), slices.Collect(want.All()))
}

func testEditions(t *testing.T, s store.Store) {
	ctx := t.Context()
	if all := editions(t, s); len(all) != 0 {
		t.Errorf("editions of an empty store: %v", all)
	}
	first := newDeck(t, "carrier", []rates.Rate{
		{Prefix: "39", Route: "Italy", PerMinute: 10_000, Connect: 5, First: 1, Next: 1},
		{Prefix: "39", Route: "Italy", PerMinute: 20_000, First: 30, Next: 6, ValidFrom: start},
		{Prefix: "390", Route: "Italy '; DROP TABLE rates", PerMinute: 0, First: 60, Next: 60},
	})
	second := newDeck(t, "carrier", prices(250, 1))
	dollars, err := rates.NewDeck("another", "USD", prices(100, 2))
	if err != nil {
		t.Fatal(err)
	}
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	one := saveEdition(t, s, first, store.EditionInfo{Name: "not this", Number: 9, Currency: "XXX", Rates: 9, Timezone: "Europe/Rome",
		Saved: minute(1), File: "one.csv", Digest: digest('1')})
	two := saveEdition(t, s, second, store.EditionInfo{Saved: minute(2).In(rome)})
	other := saveEdition(t, s, dollars, store.EditionInfo{Saved: minute(3)})
	same(t, "the first", one, store.EditionInfo{Name: "carrier", Number: 1, Currency: "EUR", Timezone: "Europe/Rome", Rates: 3,
		Saved: minute(1), File: "one.csv", Digest: digest('1')})
	same(t, "the second", two, store.EditionInfo{Name: "carrier", Number: 2, Currency: "EUR", Timezone: "UTC", Rates: 250,
		ValidFrom: minute(2), Saved: minute(2)})
	same(t, "another", other, store.EditionInfo{Name: "another", Number: 1, Currency: "USD", Timezone: "UTC", Rates: 100,
		Saved: minute(3)})
	for number := 3; number <= 11; number++ { // a list in the order of texts would have 10 before 2
		saveEdition(t, s, second, store.EditionInfo{Saved: minute(number)})
	}
	another := saveEdition(t, s, dollars, store.EditionInfo{Saved: minute(12)})
	all := editions(t, s)
	if len(all) != 13 {
		t.Fatalf("%d editions: %+v", len(all), all)
	}
	same(t, "the list begins", all[:4], []store.EditionInfo{other, another, one, two})
	for n, e := range all[2:] {
		if e.Name != "carrier" || e.Number != n+1 {
			t.Errorf("the list is out of order: %+v", all)
		}
	}
	sameEdition(t, s, 1, first)
	sameEdition(t, s, 2, second)
	sameEdition(t, s, 1, dollars)
	for _, c := range []struct {
		name   string
		number int
	}{{"nobody", 1}, {"carrier", 12}, {"carrier", 0}, {"carrier", -1}, {"", 1}, {"Carrier", 1}} {
		if _, err := s.Edition(ctx, c.name, c.number); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("edition %d of %q, which is none: %v", c.number, c.name, err)
		}
	}
}

func testEditionTerms(t *testing.T, s store.Store) {
	night := mustTiers("22:00-24:00 0.01 | 00:00-06:00 0.01", rome)
	deck := newDeck(t, "carrier", []rates.Rate{
		{Prefix: "1", Route: "closed", First: 1, Next: 1, Closed: true},
		{Prefix: "2", Route: "bounds", PerMinute: 1_000_000 * money.Unit, Connect: 1_000_000 * money.Unit, First: 86_400, Next: 86_400,
			Minimum: 86_400, Grace: 86_400},
		{Prefix: "3", Route: "a millionth", PerMinute: 1, Connect: 1, First: 1, Next: 1, Minimum: 1, Grace: 1},
		{Prefix: "31", Route: "one term each", First: 1, Next: 1, Minimum: 2},
		{Prefix: "32", Route: "one term each", First: 1, Next: 1, Grace: 2},
		{Prefix: "33", Route: "one term each", First: 1, Next: 1, ValidUntil: start},
		{Prefix: "34", Route: "one term each", First: 1, Next: 1},
		{Prefix: "4", Route: "night", PerMinute: 9, First: 1, Next: 1, Tiers: night, ValidUntil: start},
		{Prefix: "4", Route: "night", PerMinute: 9, First: 1, Next: 1, Tiers: weekend, ValidFrom: start, ValidUntil: start.Add(time.Hour)},
		{Prefix: "5", Route: "night", PerMinute: 9, First: 1, Next: 1, Tiers: night, ValidFrom: time.Date(1990, 1, 2, 0, 0, 0, 1000, time.UTC)},
	})
	saveEdition(t, s, deck, store.EditionInfo{Saved: start, Timezone: "Europe/Rome"})
	sameEdition(t, s, 1, deck)

	got, err := s.Edition(t.Context(), "carrier", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 11, 20, 20, 59, 0, 0, time.UTC), "0.000009"}, // 21:59 in Rome
		{time.Date(2026, 11, 20, 21, 0, 0, 0, time.UTC), "0.01"},
	} {
		r, found := got.Lookup("4", c.at)
		if cost := r.Cost(c.at, time.Minute); !found || cost.String() != c.want {
			t.Errorf("a minute at %v costs %v, want %s: the hours are not those of Rome", c.at, cost, c.want)
		}
	}
}

func testEditionRefused(t *testing.T, s store.Store) {
	ctx := t.Context()
	rate := rates.Rate{Prefix: "39", Route: "Italy", First: 1, Next: 1}
	with := func(change func(*rates.Rate)) *rates.Deck {
		changed := rate
		change(&changed)
		return newDeck(t, "carrier", append(prices(250, 1), changed))
	}
	good, rightNow := with(func(*rates.Rate) {}), store.EditionInfo{Saved: start, Timezone: "Europe/Rome"}
	for name, c := range map[string]struct {
		deck *rates.Deck
		info store.EditionInfo
	}{
		"begins between two microseconds": {with(func(r *rates.Rate) { r.ValidFrom = start.Add(time.Nanosecond) }), rightNow},
		"ends between two microseconds":   {with(func(r *rates.Rate) { r.ValidUntil = start.Add(time.Nanosecond) }), rightNow},
		"tiers in another zone":           {with(func(r *rates.Rate) { r.Tiers = mustTiers("sun 1", time.UTC) }), rightNow},
		"tiers and no zone":               {with(func(r *rates.Rate) { r.Tiers = weekend }), store.EditionInfo{Saved: start}},
		"tiers in a zone of no name": {with(func(r *rates.Rate) { r.Tiers = mustTiers("sun 1", time.FixedZone("somewhere", 60)) }),
			store.EditionInfo{Saved: start, Timezone: "somewhere"}},
		"no such zone":         {good, store.EditionInfo{Saved: start, Timezone: "Europe/Rom"}},
		"the machine's zone":   {good, store.EditionInfo{Saved: start, Timezone: "Local"}},
		"a file for a zone":    {good, store.EditionInfo{Saved: start, Timezone: "../../etc/passwd"}},
		"no moment":            {good, store.EditionInfo{}},
		"no digest":            {good, store.EditionInfo{Saved: start, Digest: "abc"}},
		"a digest in capitals": {good, store.EditionInfo{Saved: start, Digest: fmt.Sprintf("%064X", 10)}},
	} {
		if saved, err := s.SaveEdition(ctx, c.deck, c.info); err == nil || saved != (store.EditionInfo{}) {
			t.Errorf("%s: it is taken: %+v, %v", name, saved, err)
		}
	}
	for looks := range 20 {
		if _, err := s.SaveEdition(breakAfter(ctx, looks), good, rightNow); err == nil {
			if looks < 2 {
				t.Errorf("a context that ends after %d looks does not stop it", looks)
			}
			break
		}
		if all := editions(t, s); len(all) != 0 {
			t.Fatalf("half an edition is there: %v", all)
		}
	}
	same(t, "the first that is good has number 1", editions(t, s)[0].Number, 1)
	sameEdition(t, s, 1, good)
}

func testEditionMoments(t *testing.T, s store.Store) {
	deck := newDeck(t, "carrier", prices(3, 1))
	at := start.Add(789 * time.Nanosecond).In(rome) // cut to a microsecond
	never := time.Time{}
	for n, c := range []struct{ given, want time.Time }{
		{never, never}, {never, start}, {start.Add(time.Hour).In(rome), start.Add(time.Hour)}, {start.Add(-time.Hour), start.Add(-time.Hour)},
		{start.Add(-time.Hour), start.Add(-time.Hour)}, {never, start},
	} {
		saved := saveEdition(t, s, deck, store.EditionInfo{Saved: at, ValidFrom: c.given})
		same(t, fmt.Sprintf("edition %d", n+1), saved, store.EditionInfo{Name: "carrier", Number: n + 1, Currency: "EUR", Timezone: "UTC",
			Rates: 3, ValidFrom: c.want, Saved: start})
		same(t, "in the list", editions(t, s)[n], saved)
	}
	later := newDeck(t, "later", prices(3, 1))
	saved := saveEdition(t, s, later, store.EditionInfo{Saved: at, ValidFrom: start.Add(time.Hour)})
	same(t, "a first edition with a moment", saved.ValidFrom, start.Add(time.Hour))
}

// testEditionAgain repeats imports whose answer was lost, and imports that only look alike.
func testEditionAgain(t *testing.T, s store.Store) {
	deck, other := newDeck(t, "carrier", prices(250, 1)), newDeck(t, "carrier", prices(250, 2))
	dollars, err := rates.NewDeck("carrier", "USD", prices(250, 2))
	if err != nil {
		t.Fatal(err)
	}
	future := start.Add(24 * time.Hour)
	step := 0
	for _, c := range []struct {
		what string
		deck *rates.Deck
		info store.EditionInfo
		want int
	}{
		{"the first", deck, store.EditionInfo{Digest: digest('a'), File: "a.csv"}, 1},
		{"again", deck, store.EditionInfo{Digest: digest('a'), File: "a.csv"}, 1},
		{"again, by another name", deck, store.EditionInfo{Digest: digest('a'), File: "copy of a.csv", Number: 7}, 1},
		{"another file", deck, store.EditionInfo{Digest: digest('b')}, 2},
		{"that again", deck, store.EditionInfo{Digest: digest('b')}, 2},
		{"back to the first file", deck, store.EditionInfo{Digest: digest('a')}, 3},
		{"from a moment on", deck, store.EditionInfo{Digest: digest('a'), ValidFrom: future}, 4},
		{"that again", deck, store.EditionInfo{Digest: digest('a'), ValidFrom: future.In(rome).Add(time.Nanosecond)}, 4},
		{"from another moment on", deck, store.EditionInfo{Digest: digest('a'), ValidFrom: future.Add(time.Second)}, 5},
		{"at once after all", deck, store.EditionInfo{Digest: digest('a')}, 6},
		{"the same file read with other columns", other, store.EditionInfo{Digest: digest('a')}, 7},
		{"the same file read in another currency", dollars, store.EditionInfo{Digest: digest('a')}, 8},
		{"no file", dollars, store.EditionInfo{}, 9},
		{"no file, again", dollars, store.EditionInfo{}, 10},
		{"a list for later", other, store.EditionInfo{Digest: digest('b'), ValidFrom: start.Add(17*time.Minute + time.Second)}, 11},
		{"the old one for now", deck, store.EditionInfo{Digest: digest('a')}, 12},
		{"that again", deck, store.EditionInfo{Digest: digest('a')}, 12},
		{"the old one again, once the later list has begun", deck, store.EditionInfo{Digest: digest('a')}, 13},
	} {
		step++
		c.info.Saved = start.Add(time.Duration(step) * time.Minute)
		before := editions(t, s)
		saved := saveEdition(t, s, c.deck, c.info)
		same(t, c.what+": number", saved.Number, c.want)
		after := editions(t, s)
		same(t, c.what+": how many", len(after), c.want)
		if len(after) == len(before) {
			same(t, c.what+": nothing has changed", after, before)
			same(t, c.what+": what is given", saved, before[len(before)-1])
		}
	}
	sameEdition(t, s, 7, other)

	lost := Faulty(s, func(method string) Fault {
		if method == "SaveEdition" {
			return FailsButDone
		}
		return None
	})
	deck = newDeck(t, "lost", prices(10, 1))
	info := store.EditionInfo{Saved: start, Digest: digest('l')}
	if saved, err := lost.SaveEdition(t.Context(), deck, info); err == nil || saved != (store.EditionInfo{}) {
		t.Errorf("an answer that is lost: %+v, %v", saved, err)
	}
	info.Saved = start.Add(time.Minute)
	same(t, "asked again", saveEdition(t, s, deck, info).Number, 1)
}

// testEditionsTogether saves editions of one deck from several sides at once.
func testEditionsTogether(t *testing.T, s store.Store) {
	const writers, each = 4, 5
	deck := newDeck(t, "carrier", prices(150, 1))
	numbers := make(chan int, writers*each)
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range each {
				saved, err := s.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: start})
				if err != nil {
					t.Errorf("SaveEdition: %v", err)
				}
				numbers <- saved.Number
			}
		})
	}
	writing.Wait()
	close(numbers)
	var got, want []int
	for n := range numbers {
		got, want = append(got, n), append(want, len(want)+1)
	}
	slices.Sort(got)
	same(t, "numbers", got, want)
	for _, e := range editions(t, s) {
		sameEdition(t, s, e.Number, deck)
	}
}

// testEditionsRead reads while editions are saved: one that is listed is whole.
func testEditionsRead(t *testing.T, s store.Store) {
	ctx := t.Context()
	done := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		for seen := 0; ; {
			all, err := s.Editions(ctx)
			if err != nil {
				t.Errorf("Editions: %v", err)
				return
			}
			if len(all) == seen {
				select {
				case <-done:
					return
				default:
					continue
				}
			}
			seen = len(all)
			deck, err := s.Edition(ctx, "carrier", seen)
			if err != nil || deck.Len() != 1000+seen {
				t.Errorf("edition %d is not whole: %v", seen, err)
				return
			}
		}
	})
	for n := range 10 {
		saveEdition(t, s, newDeck(t, "carrier", prices(1001+n, 1)), store.EditionInfo{Saved: start})
	}
	close(done)
	reading.Wait()
}

func testEditionHostile(t *testing.T, s store.Store) {
	for what, text := range hostile {
		file := saveEdition(t, s, newDeck(t, "files", prices(1, 1)), store.EditionInfo{Saved: start, File: text}).File
		fits(t, file, store.MaxKey)
		if what == "SQL" || what == "empty" {
			same(t, what, file, text)
		}
		if _, err := s.Edition(t.Context(), text, 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s as a name: %v", what, err)
		}
		rate := rates.Rate{Prefix: "1", Route: text, First: 1, Next: 1}
		deck, err := rates.NewDeck(text, "EUR", []rates.Rate{rate})
		if err != nil {
			continue // no deck has such a name
		}
		_, err = s.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: start})
		if can := store.Key(text) == text; can != (err == nil) {
			t.Errorf("%s as a name: %v", what, err)
		} else if can {
			sameEdition(t, s, 1, deck)
		}
	}
}
