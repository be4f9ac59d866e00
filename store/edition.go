package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/rates"
)

// EditionInfo says what is known of an edition of a deck without reading its rates.
type EditionInfo struct {
	// Name is the deck's; Number counts its editions from 1 on.
	Name   string
	Number int
	// Currency is that of the deck as it was imported.
	Currency string
	// Timezone names the zone of the hours and days of its tiers ("Europe/Rome").
	Timezone string
	// Rates is how many there are.
	Rates int
	// ValidFrom is when the edition takes over; the zero time is always. Saved is when it was
	// imported.
	ValidFrom, Saved time.Time
	// File is the name of the file that it came from and Digest the file's SHA-256 in hexadecimal;
	// both can be empty.
	File, Digest string
}

// PrepareEdition makes what is to be known of a deck's next edition fit to be stored: what the deck
// says of itself is taken from it, an empty Timezone is UTC, the file's name is cleaned and cut at
// MaxKey bytes, times are in UTC and whole microseconds. The number is still to be given.
func PrepareEdition(deck *rates.Deck, e EditionInfo) (EditionInfo, error) {
	e.Name, e.Number, e.Currency, e.Rates = deck.Name(), 0, deck.Currency(), deck.Len()
	if Key(e.Name) != e.Name {
		return e, fmt.Errorf("deck name %.50q: it has 1 to %d bytes of UTF-8 without NUL", e.Name, MaxKey)
	}
	if e.Saved.IsZero() {
		return e, fmt.Errorf("deck %.50q: an edition needs the moment at which it is saved", e.Name)
	}
	if e.Timezone == "" {
		e.Timezone = time.UTC.String()
	}
	if _, err := loadZone(e.Timezone); err != nil {
		return e, fmt.Errorf("deck %.50q: %w", e.Name, err)
	}
	if sum, err := hex.DecodeString(e.Digest); err != nil || len(sum) != 0 && len(sum) != 32 || e.Digest != strings.ToLower(e.Digest) {
		return e, fmt.Errorf("deck %.50q: digest %.70q is no SHA-256 in small hexadecimal digits", e.Name, e.Digest)
	}
	e.ValidFrom, e.Saved, e.File = instant(e.ValidFrom), instant(e.Saved), clean(e.File, MaxKey)
	return e, nil
}

// MayRepeat says whether a prepared edition can be the newest of the stored ones once more, which it
// is if their rates are the same too. The stored ones are all of its name, by number.
func (e EditionInfo) MayRepeat(stored []EditionInfo) bool {
	if len(stored) == 0 || e.Digest == "" {
		return false
	}
	newest := stored[len(stored)-1]
	if e.Digest != newest.Digest || e.Currency != newest.Currency || e.Rates != newest.Rates {
		return false
	}
	if !e.ValidFrom.IsZero() {
		return e.ValidFrom.Equal(newest.ValidFrom)
	}
	if !newest.ValidFrom.IsZero() && !newest.ValidFrom.Equal(newest.Saved) {
		return false
	}
	// Somebody may want back what another edition has taken over from.
	return !slices.ContainsFunc(stored, func(other EditionInfo) bool {
		return other.ValidFrom.After(newest.ValidFrom) && !other.ValidFrom.After(e.Saved)
	})
}

// Following gives a prepared edition its number and its moment, behind the stored ones of its name.
func (e EditionInfo) Following(stored []EditionInfo) EditionInfo {
	e.Number = 1
	if len(stored) > 0 {
		e.Number = stored[len(stored)-1].Number + 1
	}
	if e.ValidFrom.IsZero() && e.Number > 1 {
		e.ValidFrom = e.Saved
	}
	return e
}

// SameRate says whether a rate is stored as another one is.
func SameRate(x, y rates.Rate) bool {
	if !x.ValidFrom.Equal(y.ValidFrom) || !x.ValidUntil.Equal(y.ValidUntil) || TiersText(x.Tiers) != TiersText(y.Tiers) {
		return false
	}
	y.ValidFrom, y.ValidUntil, y.Tiers = x.ValidFrom, x.ValidUntil, x.Tiers
	x.Route, y.Route = Text(x.Route), Text(y.Route)
	return x == y
}

// loadZone loads a zone by its name, which means the same on every machine.
func loadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err == nil && (name == "" || name == "Local") {
		err = errors.New("it is not the same on each machine")
	}
	if err != nil {
		return nil, fmt.Errorf(`time zone %.50q: %w; write one such as "Europe/Rome"`, name, err)
	}
	return zone, nil
}
