package rates

import (
	"encoding/json"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// rateShape is a rate in JSON. Tiers are as ParseTiers reads them, without their zone.
type rateShape struct {
	Route      string       `json:"route"`
	PerMinute  money.Amount `json:"per_minute"`
	Connect    money.Amount `json:"connect"`
	First      int          `json:"first"`
	Next       int          `json:"next"`
	Minimum    int          `json:"minimum"`
	Grace      int          `json:"grace"`
	Tiers      string       `json:"tiers"`
	Closed     bool         `json:"closed"`
	ValidFrom  *time.Time   `json:"valid_from"`  // null is always
	ValidUntil *time.Time   `json:"valid_until"` // null is no end
}

type changeShape struct {
	Prefix string     `json:"prefix"`
	Old    *rateShape `json:"old"` // null where it was added
	New    *rateShape `json:"new"` // null where it was removed
}

// MarshalJSON writes {"prefix", "old", "new"}, the rates with their prices as decimal texts.
func (c Change) MarshalJSON() ([]byte, error) {
	return json.Marshal(changeShape{Prefix: c.Prefix, Old: shapeOf(c.Old), New: shapeOf(c.New)})
}

// UnmarshalJSON reads what MarshalJSON writes. The hours of tiers are then those of UTC.
func (c *Change) UnmarshalJSON(text []byte) error {
	var shape changeShape
	if err := json.Unmarshal(text, &shape); err != nil {
		return err
	}
	old, err := shape.Old.rate(shape.Prefix)
	if err != nil {
		return err
	}
	new, err := shape.New.rate(shape.Prefix)
	if err != nil {
		return err
	}
	*c = Change{Prefix: shape.Prefix, Old: old, New: new}
	return nil
}

func shapeOf(r *Rate) *rateShape {
	if r == nil {
		return nil
	}
	s := &rateShape{
		Route: r.Route, PerMinute: r.PerMinute, Connect: r.Connect, First: r.First, Next: r.Next,
		Minimum: r.Minimum, Grace: r.Grace, Tiers: r.Tiers.String(), Closed: r.Closed,
	}
	if !r.ValidFrom.IsZero() {
		s.ValidFrom = &r.ValidFrom
	}
	if !r.ValidUntil.IsZero() {
		s.ValidUntil = &r.ValidUntil
	}
	return s
}

func (s *rateShape) rate(prefix string) (*Rate, error) {
	if s == nil {
		return nil, nil
	}
	tiers, err := ParseTiers(s.Tiers, nil)
	if err != nil {
		return nil, err
	}
	r := &Rate{
		Prefix: prefix, Route: s.Route, PerMinute: s.PerMinute, Connect: s.Connect, First: s.First, Next: s.Next,
		Minimum: s.Minimum, Grace: s.Grace, Tiers: tiers, Closed: s.Closed,
	}
	if s.ValidFrom != nil {
		r.ValidFrom = *s.ValidFrom
	}
	if s.ValidUntil != nil {
		r.ValidUntil = *s.ValidUntil
	}
	return r, nil
}
