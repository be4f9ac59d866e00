package rates

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
)

func TestWrite(t *testing.T) {
	tiers, err := ParseTiers("mon-fri 08:00-18:00 0.12 | after 600 0.08", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	d := newDeck(t,
		Rate{Prefix: "44", Route: `UK, "all"`, PerMinute: 1_234_000, Connect: 50_000, First: 60, Next: 1, Minimum: 30, Grace: 5, Tiers: tiers},
		Rate{Prefix: "39", Route: "Italy", PerMinute: 12_500, First: 1, Next: 1, ValidFrom: noon, ValidUntil: noon.Add(time.Hour)},
		Rate{Prefix: "53", Route: "Cuba", First: 60, Next: 60, Closed: true},
	)
	var b strings.Builder
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	const want = `prefix,route,price,connect,first,next,minimum,grace,tiers,status,valid_from,valid_until,currency
39,Italy,0.0125,0.00,1,1,0,0,,,2026-03-01T12:00:00Z,2026-03-01T13:00:00Z,EUR
44,"UK, ""all""",1.2340,0.05,60,1,30,5,"mon,tue,wed,thu,fri 08:00-18:00 0.12 | after 600 0.08",,,,EUR
53,Cuba,0.00,0.00,60,60,0,0,,closed,,,EUR
`
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
	full := errors.New("disk full")
	if err := Write(failing{full}, newDeck(t, priced("39", 1, noon))); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// anyRate draws rates as Read gives them.
func anyRate(in *time.Location, tiers []*Tiers) *rapid.Generator[Rate] {
	return rapid.Custom(func(t *rapid.T) Rate {
		moments := rapid.SampledFrom([]time.Time{{}, noon, noon.Add(time.Nanosecond), time.Date(1990, 1, 2, 0, 0, 0, 0, in), time.Date(2199, 12, 31, 0, 0, 0, 0, in)})
		seconds := rapid.IntRange(1, maxIncrement)
		r := Rate{
			Prefix:    rapid.StringMatching(`[1-9][0-9]{0,14}`).Draw(t, "prefix"),
			PerMinute: money.Amount(rapid.Int64Range(0, int64(maxPrice)).Draw(t, "price")),
			Connect:   money.Amount(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, int64(maxPrice))).Draw(t, "connect")),
			First:     seconds.Draw(t, "first"), Next: seconds.Draw(t, "next"),
			Minimum: seconds.Draw(t, "minimum") - 1, Grace: seconds.Draw(t, "grace") - 1,
			Tiers: rapid.SampledFrom(tiers).Draw(t, "tiers"), Closed: rapid.Bool().Draw(t, "closed"),
			ValidFrom: moments.Draw(t, "from").UTC(), ValidUntil: moments.Draw(t, "until").UTC(),
		}
		route := rapid.StringOfN(rapid.RuneFrom([]rune("aB1,;|\t\"'é€😀- \n#=+@")), 0, 40, -1).Draw(t, "route")
		if r.Route, _ = readRoute(strings.TrimSpace(route)); r.Route == "" {
			r.Route = r.Prefix
		}
		if !r.ValidUntil.IsZero() && !r.ValidFrom.Before(r.ValidUntil) {
			r.ValidUntil = time.Time{}
		}
		return r
	})
}

func TestWriteAndReadBack(t *testing.T) {
	rome := zone(t, "Europe/Rome")
	tiers := []*Tiers{nil}
	for _, text := range []string{"sat,sun 0.04", "mon-fri 08:00-18:00 0.12 | after 600 0.08", "0"} {
		one, err := ParseTiers(text, rome)
		if err != nil {
			t.Fatal(err)
		}
		tiers = append(tiers, one)
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(anyRate(rome, tiers), 1, 30).Draw(t, "rates")
		d, err := NewDeck("carrier", "CHF", all)
		if err != nil {
			t.Skip("two rates of one prefix")
		}
		var text bytes.Buffer
		if err := Write(&text, d); err != nil {
			t.Fatal(err)
		}
		list, err := Read(bytes.NewReader(text.Bytes()), "deck.csv", ReadOptions{Location: rome, MaxPrice: money.Max})
		if err != nil {
			t.Fatalf("%v\n%s", err, text.String())
		}
		want := slices.Collect(d.All())
		if !slices.EqualFunc(list.Rates, want, sameRate) || list.Currency != "CHF" {
			t.Fatalf("%+v\nwant %+v\n%s", list, want, text.String())
		}
		if again, err := NewDeck("carrier", "CHF", list.Rates); err != nil || Compare(d, again).Unchanged != d.Len() {
			t.Fatalf("%v", err)
		}
	})
}

func sameRate(x, y Rate) bool {
	return x.Prefix == y.Prefix && x.ValidFrom.Equal(y.ValidFrom) && same(x, y)
}
