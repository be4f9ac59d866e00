package rates

import (
	"encoding/json"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// rateShape is a rate in JSON: prices as decimal texts, increments, minimum and grace in seconds.
type rateShape struct {
	Prefix     string       `json:"prefix"`
	Route      string       `json:"route"`
	PerMinute  money.Amount `json:"per_minute"`
	Connect    money.Amount `json:"connect"`
	First      int          `json:"first"`
	Next       int          `json:"next"`
	Minimum    int          `json:"minimum"`
	Grace      int          `json:"grace"`
	Tiers      string       `json:"tiers"` // as ParseTiers reads them, without their zone
	Closed     bool         `json:"closed"`
	ValidFrom  *time.Time   `json:"valid_from"`  // null is always
	ValidUntil *time.Time   `json:"valid_until"` // null is no end
}

// MarshalJSON writes all terms of the rate, but not the zone of its tiers.
func (r Rate) MarshalJSON() ([]byte, error) {
	s := rateShape{
		Prefix: r.Prefix, Route: r.Route, PerMinute: r.PerMinute, Connect: r.Connect, First: r.First, Next: r.Next,
		Minimum: r.Minimum, Grace: r.Grace, Tiers: r.Tiers.String(), Closed: r.Closed,
	}
	if !r.ValidFrom.IsZero() {
		s.ValidFrom = &r.ValidFrom
	}
	if !r.ValidUntil.IsZero() {
		s.ValidUntil = &r.ValidUntil
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON writes. The hours of tiers are then those of UTC.
func (r *Rate) UnmarshalJSON(text []byte) error {
	var s rateShape
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	tiers, err := ParseTiers(s.Tiers, nil)
	if err != nil {
		return err
	}
	*r = Rate{
		Prefix: s.Prefix, Route: s.Route, PerMinute: s.PerMinute, Connect: s.Connect, First: s.First, Next: s.Next,
		Minimum: s.Minimum, Grace: s.Grace, Tiers: tiers, Closed: s.Closed,
	}
	if s.ValidFrom != nil {
		r.ValidFrom = *s.ValidFrom
	}
	if s.ValidUntil != nil {
		r.ValidUntil = *s.ValidUntil
	}
	return nil
}
