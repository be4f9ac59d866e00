package store

import (
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/rates"
)

func TestPrepareEdition(t *testing.T) {
	deck, err := rates.NewDeck("carrier", "EUR", []rates.Rate{{Prefix: "39", First: 1, Next: 1}})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 12, 0, 0, 1999, time.FixedZone("somewhere", 3600))
	got, err := PrepareEdition(deck, EditionInfo{Name: "x", Number: 7, Rates: 9, Saved: at, ValidFrom: at, Digest: strings.Repeat("0f", 32),
		File: "a\x00b" + strings.Repeat("€", 100)})
	cut := time.Date(2026, 11, 21, 11, 0, 0, 1000, time.UTC)
	want := EditionInfo{Name: "carrier", Currency: "EUR", Timezone: "UTC", Rates: 1, Saved: cut, ValidFrom: cut,
		Digest: strings.Repeat("0f", 32), File: "a?b" + strings.Repeat("€", 65)}
	if err != nil || got != want {
		t.Errorf("got %+v (%v)\nwant %+v", got, err, want)
	}
	for want, e := range map[string]EditionInfo{
		"the moment at which":        {},
		`write one such as "Europe/`: {Saved: at, Timezone: "Europe/Nowhere"},
		"not the same on each":       {Saved: at, Timezone: "Local"},
		"is no SHA-256":              {Saved: at, Digest: strings.Repeat("0F", 32)},
		"small hexadecimal":          {Saved: at, Digest: "0f"},
	} {
		if _, err := PrepareEdition(deck, e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q in it", e, err, want)
		}
	}
}

func TestCheckRate(t *testing.T) {
	var terms TermsReader
	sunday := tiersOf(t, "sun 1", zoneOf(t, "Europe/Rome"))
	for want, r := range map[string]rates.Rate{
		"":                          {Prefix: "39", Tiers: sunday, ValidFrom: time.UnixMicro(1)},
		"only whole microseconds":   {Prefix: "39", Tiers: sunday, ValidFrom: time.Unix(0, 1)},
		"only whole microseconds c": {Prefix: "39", Tiers: sunday, ValidUntil: time.Unix(0, 1)},
		`tiers are in zone "UTC", and those of its deck in "Europe/Rome"`: {Prefix: "39", Tiers: tiersOf(t, "sun 1", nil)},
	} {
		for range 2 { // the second time it may know the tiers
			err := terms.CheckRate(&r, "Europe/Rome")
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		}
	}
}
