package store

import (
	"math"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones are read by name, and a minimal Debian has none

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func tiersOf(t testing.TB, text string, zone *time.Location) *rates.Tiers {
	t.Helper()
	tiers, err := rates.ParseTiers(text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return tiers
}

func TestTiersText(t *testing.T) {
	rome := zoneOf(t, "Europe/Rome")
	var terms TermsReader
	for text, tiers := range map[string]*rates.Tiers{
		"":                           nil,
		"sun,sat 0.04 @ UTC":         tiersOf(t, "sat,sun 0.04", nil),
		"sun,sat 0.04 @ Europe/Rome": tiersOf(t, "sat,sun 0.04", rome),
		"08:00-18:00 0.10 | after 600 0.08 @ UTC":  tiersOf(t, "08:00-18:00 0.1|after 600 0.08", nil),
		"0.00 @ America/Argentina/ComodRivadavia":  tiersOf(t, "0", zoneOf(t, "America/Argentina/ComodRivadavia")),
		"mon 24:00-24:00 1 @ Europe/Rome":          nil,
		"sun 0.04":                                 nil,
		"sun 0.04 @ ":                              nil,
		"sun 0.04 @ Local":                         nil,
		"sun 0.04 @ somewhere":                     nil,
		"sun 0.04 @ ../../../etc/passwd":           nil,
		"sun 0.04 @ Europe/Rome @ Europe/Rome":     nil,
		"sun 0.04 @ Europe/Rome\x00":               nil,
		"sun " + strings.Repeat("9", 30) + "@ UTC": nil,
	} {
		got, err := terms.ZonedTiers(text)
		switch {
		case tiers == nil && text != "":
			if err == nil {
				t.Errorf("%q is read as %v", text, got)
			}
		case err != nil || TiersText(got) != text || TiersText(tiers) != text:
			t.Errorf("%q is read as %q (%v), and written %q", text, TiersText(got), err, TiersText(tiers))
		default:
			if again, _ := terms.ZonedTiers(text); again != got {
				t.Errorf("%q is there twice", text)
			}
		}
	}
}

// drawRate gives a rate as Prepare leaves it.
func drawRate(t *rapid.T, tiers []*rates.Tiers) rates.Rate {
	moment := func(name string) time.Time {
		if n := rapid.Int64Range(-1, 1<<50).Draw(t, name); n > 0 {
			return time.UnixMicro(n).UTC()
		}
		return time.Time{}
	}
	amount := func(name string) money.Amount { return money.Amount(rapid.Int64().Draw(t, name)) }
	number := func(name string) int { return rapid.Int().Draw(t, name) }
	return rates.Rate{Prefix: Text(rapid.String().Draw(t, "prefix")), Route: Text(rapid.String().Draw(t, "route")),
		PerMinute: amount("per minute"), Connect: amount("connect"), First: number("first"), Next: number("next"),
		Minimum: number("minimum"), Grace: number("grace"), Tiers: rapid.SampledFrom(tiers).Draw(t, "tiers"),
		Closed: rapid.Bool().Draw(t, "closed"), ValidFrom: moment("from"), ValidUntil: moment("until")}
}

func TestRateText(t *testing.T) {
	tiers := []*rates.Tiers{nil, tiersOf(t, "sun 1", nil), tiersOf(t, "sun 1", zoneOf(t, "Europe/Rome")), tiersOf(t, "1", nil)}
	rapid.Check(t, func(t *rapid.T) {
		r := drawRate(t, tiers)
		text, err := RateText(&r)
		if err != nil || strings.Contains(text, "\n") {
			t.Fatalf("%q, %v", text, err)
		}
		var terms TermsReader
		got, err := terms.Rate(text)
		if err != nil || !SameRate(*got, r) || TiersText(got.Tiers) != TiersText(r.Tiers) {
			t.Fatalf("%s is read as %+v (%v), want %+v", text, got, err, r)
		}
	})
}

func TestRateTextStays(t *testing.T) {
	r := rates.Rate{Prefix: "39", Route: `<"Italy"> & more`, PerMinute: math.MaxInt64, Connect: 1, First: 30, Next: 6, Minimum: 45, Grace: 2,
		Tiers: tiersOf(t, "sun 0.04", nil), Closed: true, ValidFrom: time.UnixMicro(-1), ValidUntil: time.UnixMicro(1)}
	const want = `{"prefix":"39","route":"<\"Italy\"> & more","per_minute":9223372036854775807,"connect":1,"first_increment":30,` +
		`"next_increment":6,"minimum":45,"grace":2,"tiers":"sun 0.04 @ UTC","closed":true,"valid_from":-1,"valid_until":1}`
	if got, err := RateText(&r); err != nil || got != want {
		t.Errorf("what is stored already is written otherwise now:\n got %s (%v)\nwant %s", got, err, want)
	}
	var terms TermsReader
	for _, text := range []string{"", "[]", "{", `{"per_minute":"0.1"}`, `{"tiers":"sun 0.04"}`, `{"tiers":"sun @ UTC"}`} {
		if got, err := terms.Rate(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// TestSameRate changes each field of a rate.
func TestSameRate(t *testing.T) {
	base := rates.Rate{Prefix: "39", Route: "Italy", First: 1, Next: 1, ValidFrom: time.UnixMicro(5), Tiers: tiersOf(t, "sun 1", nil)}
	equal := base
	equal.ValidFrom, equal.Tiers = base.ValidFrom.UTC(), tiersOf(t, "sun 1", time.UTC)
	if !SameRate(base, equal) {
		t.Error("equal rates are not the same")
	}
	for n, change := range []func(*rates.Rate){
		func(r *rates.Rate) { r.Prefix = "3" }, func(r *rates.Rate) { r.Route = "Rome" }, func(r *rates.Rate) { r.PerMinute = 1 },
		func(r *rates.Rate) { r.Connect = 1 }, func(r *rates.Rate) { r.First = 2 }, func(r *rates.Rate) { r.Next = 2 },
		func(r *rates.Rate) { r.Minimum = 2 }, func(r *rates.Rate) { r.Grace = 2 }, func(r *rates.Rate) { r.Closed = true },
		func(r *rates.Rate) { r.Tiers = nil }, func(r *rates.Rate) { r.Tiers = tiersOf(t, "sun 2", nil) },
		func(r *rates.Rate) { r.Tiers = tiersOf(t, "sun 1", zoneOf(t, "Europe/Rome")) },
		func(r *rates.Rate) { r.ValidFrom = time.Time{} }, func(r *rates.Rate) { r.ValidUntil = time.UnixMicro(9) },
	} {
		changed := base
		change(&changed)
		if SameRate(base, changed) || SameRate(changed, base) {
			t.Errorf("change %d is not seen", n)
		}
	}
}

// FuzzTermsReader reads what somebody may have written into the tables. What it takes it writes as
// a text that it takes again, but for tiers that are longer when written in full: no record with
// those is stored.
func FuzzTermsReader(f *testing.F) {
	f.Add(`{"prefix":"39","per_minute":1,"tiers":"sun 0.04 | after 600 0.08 @ Europe/Rome","valid_from":5}`)
	f.Add("sat,sun 0.04 @ UTC")
	f.Add(`{"tiers":"sun 1 @ /etc/passwd"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var terms TermsReader
		if tiers, err := terms.ZonedTiers(text); err == nil && tiers != nil {
			if err := terms.check(tiers, tiers.Zone().String()); err != nil && len(tiers.String()) <= 1000 {
				t.Fatalf("%q becomes %q: %v", text, tiers, err)
			}
		}
		rate, err := terms.Rate(text)
		if err != nil || rate.Tiers != nil && len(rate.Tiers.String()) > 1000 {
			return
		}
		first, err := RateText(rate)
		if err != nil {
			t.Fatal(err)
		}
		again, err := terms.Rate(first)
		if err != nil {
			t.Fatalf("%q becomes %q: %v", text, first, err)
		}
		if second, err := RateText(again); err != nil || second != first {
			t.Fatalf("%q becomes %q and then %q: %v", text, first, second, err)
		}
	})
}
