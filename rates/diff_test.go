package rates

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
)

// told writes changes as "-39 +44 ~53" with the prices.
func told(changes []Change) string {
	var all []string
	for _, c := range changes {
		switch {
		case c.Old == nil:
			all = append(all, fmt.Sprintf("+%s %d", c.Prefix, c.New.PerMinute))
		case c.New == nil:
			all = append(all, fmt.Sprintf("-%s %d", c.Prefix, c.Old.PerMinute))
		default:
			all = append(all, fmt.Sprintf("~%s %d %d", c.Prefix, c.Old.PerMinute, c.New.PerMinute))
		}
	}
	return strings.Join(all, ", ")
}

func TestDiff(t *testing.T) {
	always, later := time.Time{}, noon.Add(time.Hour)
	closedOne := priced("53", 10, always)
	closedOne.Closed = true
	for name, c := range map[string]struct {
		old, new []Rate
		want     string
		counts   [4]int // added, changed, removed, unchanged
	}{
		"no old deck":   {nil, []Rate{priced("39", 1, always), priced("44", 2, always)}, "+39 1, +44 2", [4]int{2, 0, 0, 0}},
		"the same":      {[]Rate{priced("39", 1, noon)}, []Rate{priced("39", 1, noon)}, "", [4]int{0, 0, 0, 1}},
		"all different": {[]Rate{priced("39", 1, always), priced("442", 1, always)}, []Rate{priced("391", 1, always), priced("44", 1, always)}, "-39 1, +391 1, +44 1, -442 1", [4]int{2, 0, 2, 0}},
		"prices": {[]Rate{priced("39", 1, always), priced("40", 1, always), priced("41", 1, always)},
			[]Rate{priced("39", 2, always), priced("40", 1, always), priced("41", 0, always)}, "~39 1 2, ~41 1 0", [4]int{0, 2, 0, 1}},
		"closed":             {[]Rate{priced("53", 10, always)}, []Rate{closedOne}, "~53 10 10", [4]int{0, 1, 0, 0}},
		"another beginning":  {[]Rate{priced("39", 1, noon)}, []Rate{priced("39", 2, later)}, "~39 1 2", [4]int{0, 1, 0, 0}},
		"only the beginning": {[]Rate{priced("39", 1, noon)}, []Rate{priced("39", 1, later)}, "~39 1 1", [4]int{0, 1, 0, 0}},
		"a version more":     {[]Rate{priced("39", 1, noon)}, []Rate{priced("39", 1, noon), priced("39", 2, later)}, "+39 2", [4]int{1, 0, 0, 1}},
		"a version less":     {[]Rate{priced("39", 1, noon), priced("39", 2, later)}, []Rate{priced("39", 2, later)}, "-39 1", [4]int{0, 0, 1, 1}},
		"a version instead":  {[]Rate{priced("39", 1, always), priced("39", 2, noon)}, []Rate{priced("39", 1, always), priced("39", 3, later)}, "~39 2 3", [4]int{0, 1, 0, 1}},
		"two for one":        {[]Rate{priced("39", 1, always)}, []Rate{priced("39", 2, noon), priced("39", 3, later)}, "-39 1, +39 3, +39 2", [4]int{2, 0, 1, 0}},
	} {
		var old *Deck
		if c.old != nil {
			old = newDeck(t, c.old...)
		}
		d := newDeck(t, c.new...)
		if got := told(slices.Collect(Diff(old, d))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		counted := Compare(old, d)
		if got := [4]int{counted.Added, counted.Changed, counted.Removed, counted.Unchanged}; got != c.counts {
			t.Errorf("%s: %v, want %v", name, got, c.counts)
		}
	}
}

func TestDiffEndsWhenTold(t *testing.T) {
	old, new := newDeck(t, priced("39", 1, noon), priced("40", 1, noon), priced("49", 1, noon)), newDeck(t, priced("38", 1, noon), priced("39", 2, noon), priced("45", 1, noon))
	for stop := 1; stop <= 5; stop++ {
		n := 0
		for range Diff(old, new) {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("%d changes, want %d", n, stop)
		}
	}
}

func TestIncreases(t *testing.T) {
	var before, after []Rate
	for i := range 30 {
		prefix := fmt.Sprint(100 + i)
		before = append(before, priced(prefix, 1000, noon))
		after = append(after, priced(prefix, money.Amount(1000+(i*7)%30-10), noon))
	}
	after[4].Closed = true // +18
	d := Compare(newDeck(t, before...), newDeck(t, after...))
	var got []string
	for _, c := range d.Increases {
		got = append(got, fmt.Sprintf("%s %d", c.Prefix, c.New.PerMinute-c.Old.PerMinute))
	}
	if all := strings.Join(got, ", "); all != "117 19, 121 17, 108 16, 125 15, 112 14, 129 13, 116 12, 103 11, 120 10, 107 9" {
		t.Error(all)
	}
	equal := Compare(newDeck(t, priced("39", 1, noon), priced("40", 1, noon)), newDeck(t, priced("39", 2, noon), priced("40", 2, noon)))
	if told(equal.Increases) != "~39 1 2, ~40 1 2" {
		t.Error(told(equal.Increases))
	}
}

// TestDiffLeadsFromOneToTheOther applies the changes to the old rates and gets the new ones.
func TestDiffLeadsFromOneToTheOther(t *testing.T) {
	rate := rapid.Custom(func(t *rapid.T) Rate {
		return priced(rapid.StringMatching(`[1-3]{1,3}`).Draw(t, "prefix"), money.Amount(rapid.IntRange(1, 3).Draw(t, "price")),
			noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "hour"))*time.Hour))
	})
	deck := rapid.Custom(func(t *rapid.T) *Deck {
		all := rapid.SliceOfNDistinct(rate, 1, 30, func(r Rate) string { return r.Prefix + r.ValidFrom.String() }).Draw(t, "rates")
		d, err := NewDeck("x", "EUR", all)
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		old, new := deck.Draw(t, "old"), deck.Draw(t, "new")
		now := make(map[Rate]bool)
		for r := range old.All() {
			now[r] = true
		}
		last := ""
		counted := Difference{Unchanged: new.Len()}
		for c := range Diff(old, new) {
			if c.Prefix < last {
				t.Fatalf("%s comes after %s", c.Prefix, last)
			}
			last = c.Prefix
			if c.Old != nil {
				if !now[*c.Old] {
					t.Fatalf("%v was not there", *c.Old)
				}
				delete(now, *c.Old)
			}
			if c.New != nil {
				counted.Unchanged--
				now[*c.New] = true
			}
			switch {
			case c.Old == nil:
				counted.Added++
			case c.New == nil:
				counted.Removed++
			default:
				counted.Changed++
			}
		}
		for r := range new.All() {
			if !now[r] {
				t.Fatalf("%v is not there", r)
			}
			delete(now, r)
		}
		if len(now) > 0 {
			t.Fatalf("%v are still there", now)
		}
		got := Compare(old, new)
		if got.Increases = nil; !reflect.DeepEqual(got, counted) {
			t.Fatalf("%+v, want %+v", got, counted)
		}
	})
}

func TestDifferenceInJSON(t *testing.T) {
	tiers, err := ParseTiers("after 60 0.50", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	was, is := priced("39", 10_000, time.Time{}), priced("39", 20_000, noon)
	is.Tiers, is.ValidUntil = tiers, noon.Add(time.Hour)
	d := Compare(newDeck(t, was), newDeck(t, is))
	text, err := json.Marshal(d)
	const want = `{"added":0,"changed":1,"removed":0,"unchanged":0,"increases":[{"prefix":"39",` +
		`"old":{"prefix":"39","route":"to 39","per_minute":"0.01","connect":"0.00","first":60,"next":1,"minimum":0,"grace":0,"tiers":"","closed":false,"valid_from":null,"valid_until":null},` +
		`"new":{"prefix":"39","route":"to 39","per_minute":"0.02","connect":"0.00","first":60,"next":1,"minimum":0,"grace":0,"tiers":"after 60 0.50","closed":false,"valid_from":"2026-03-01T12:00:00Z","valid_until":"2026-03-01T13:00:00Z"}}]}`
	if err != nil || string(text) != want {
		t.Fatalf("%s, %v\nwant %s", text, err, want)
	}
	var back Difference
	if err := json.Unmarshal(text, &back); err != nil || !sameRate(*back.Increases[0].Old, was) || !sameRate(*back.Increases[0].New, is) {
		t.Errorf("%+v, %v", back, err)
	}
	if text, err := json.Marshal(Change{Prefix: "39", New: &was}); err != nil || !strings.HasPrefix(string(text), `{"prefix":"39","old":null,"new":{`) {
		t.Errorf("%s, %v", text, err)
	}
	if err := json.Unmarshal([]byte(`{"prefix":"39","new":{"tiers":"nonsense"}}`), new(Change)); err == nil {
		t.Error("tiers that cannot be read are taken")
	}
}
