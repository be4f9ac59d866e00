package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// TermsReader reads what engines keep of rates as text. It gives the same zone and the same tiers
// for the same text, so that a million rates do not hold a million of them. The zero value is
// ready; it is for one goroutine.
type TermsReader struct {
	zones map[string]*time.Location
	tiers map[tiersKey]*rates.Tiers
	sound map[*rates.Tiers]bool
}

// tiersKey is the text of tiers and the name of their zone.
type tiersKey struct{ text, zone string }

// zoneMark stands between tiers and the name of their zone.
const zoneMark = " @ "

// TiersText writes tiers with the name of their zone, "sat,sun 0.04 @ Europe/Rome"; nil is "".
func TiersText(t *rates.Tiers) string {
	if t == nil {
		return ""
	}
	return t.String() + zoneMark + t.Zone().String()
}

// ZonedTiers reads what TiersText writes.
func (t *TermsReader) ZonedTiers(text string) (*rates.Tiers, error) {
	if text == "" {
		return nil, nil
	}
	text, zone, found := strings.Cut(text, zoneMark)
	if !found {
		return nil, fmt.Errorf("tiers %.60q name no zone behind %q", text, zoneMark)
	}
	return t.Tiers(text, zone)
}

// Tiers reads tiers in the zone of a name.
func (t *TermsReader) Tiers(text, zone string) (*rates.Tiers, error) {
	if text == "" {
		return nil, nil
	}
	key := tiersKey{text, zone}
	if known, ok := t.tiers[key]; ok {
		return known, nil
	}
	location, err := t.zone(zone)
	if err != nil {
		return nil, err
	}
	read, err := rates.ParseTiers(text, location)
	if err != nil {
		return nil, err
	}
	if t.tiers == nil {
		t.tiers = make(map[tiersKey]*rates.Tiers)
	}
	t.tiers[key] = read
	return read, nil
}

func (t *TermsReader) zone(name string) (*time.Location, error) {
	if known, ok := t.zones[name]; ok {
		return known, nil
	}
	zone, err := loadZone(name)
	if err != nil {
		return nil, err
	}
	if t.zones == nil {
		t.zones = make(map[string]*time.Location)
	}
	t.zones[name] = zone
	return zone, nil
}

// CheckRate says why a rate could not come back as it is from an edition whose tiers are in the zone
// of that name. Route names come back cleaned.
func (t *TermsReader) CheckRate(r *rates.Rate, zone string) error {
	if !instant(r.ValidFrom).Equal(r.ValidFrom) || !instant(r.ValidUntil).Equal(r.ValidUntil) {
		return fmt.Errorf("rate of prefix %s: it is valid from %v until %v, and only whole microseconds can be stored",
			r.Prefix, r.ValidFrom, r.ValidUntil)
	}
	if err := t.check(r.Tiers, zone); err != nil {
		return fmt.Errorf("rate of prefix %s: %w", r.Prefix, err)
	}
	return nil
}

// check says why tiers could not be read again as they are, in the zone of a name.
func (t *TermsReader) check(tiers *rates.Tiers, zone string) error {
	if tiers == nil || t.sound[tiers] {
		return nil
	}
	if own := tiers.Zone().String(); own != zone {
		return fmt.Errorf("its tiers are in zone %.50q, and those of its deck in %.50q", own, zone)
	}
	read, err := t.Tiers(tiers.String(), zone)
	if err == nil && read.String() != tiers.String() {
		err = fmt.Errorf("they are read as %.60q", read)
	}
	if err != nil {
		return fmt.Errorf("its tiers %.60q cannot be stored: %w", tiers, err)
	}
	if t.sound == nil {
		t.sound = make(map[*rates.Tiers]bool)
	}
	t.sound[tiers] = true
	return nil
}

// storedRate is a rate as JSON: amounts in millionths, times in microseconds, both as everywhere in
// the store.
type storedRate struct {
	Prefix     string `json:"prefix"`
	Route      string `json:"route"`
	PerMinute  int64  `json:"per_minute"`
	Connect    int64  `json:"connect"`
	First      int    `json:"first_increment"`
	Next       int    `json:"next_increment"`
	Minimum    int    `json:"minimum"`
	Grace      int    `json:"grace"`
	Tiers      string `json:"tiers"`
	Closed     bool   `json:"closed"`
	ValidFrom  *int64 `json:"valid_from"`
	ValidUntil *int64 `json:"valid_until"`
}

// RateText writes a rate, as Prepare leaves it, as one line of JSON.
func RateText(r *rates.Rate) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // people read it in SQL
	err := encoder.Encode(storedRate{
		Prefix: r.Prefix, Route: r.Route, PerMinute: int64(r.PerMinute), Connect: int64(r.Connect),
		First: r.First, Next: r.Next, Minimum: r.Minimum, Grace: r.Grace, Tiers: TiersText(r.Tiers), Closed: r.Closed,
		ValidFrom: microseconds(r.ValidFrom), ValidUntil: microseconds(r.ValidUntil),
	})
	return strings.TrimSuffix(text.String(), "\n"), err
}

// Rate reads what RateText writes.
func (t *TermsReader) Rate(text string) (*rates.Rate, error) {
	var s storedRate
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, err
	}
	tiers, err := t.ZonedTiers(s.Tiers)
	if err != nil {
		return nil, err
	}
	return &rates.Rate{
		Prefix: s.Prefix, Route: s.Route, PerMinute: money.Amount(s.PerMinute), Connect: money.Amount(s.Connect),
		First: s.First, Next: s.Next, Minimum: s.Minimum, Grace: s.Grace, Tiers: tiers, Closed: s.Closed,
		ValidFrom: fromMicroseconds(s.ValidFrom), ValidUntil: fromMicroseconds(s.ValidUntil),
	}, nil
}

func microseconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.UnixMicro()
	return &n
}

func fromMicroseconds(n *int64) time.Time {
	if n == nil {
		return time.Time{}
	}
	return time.UnixMicro(*n).UTC()
}
