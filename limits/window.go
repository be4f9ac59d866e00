package limits

import (
	"fmt"
	"time"
)

// Period is the length of a calendar window.
type Period int

// The periods a ledger is kept for.
const (
	Day Period = iota
	Month
)

// String gives the word that configuration and reports use.
func (p Period) String() string {
	if p == Month {
		return "month"
	}
	return "day"
}

// Window is one local calendar day or month: every moment t with Start <= t < End.
type Window struct {
	Start, End time.Time
	// Key names the window in the ledger: "2026-11-21" or "2026-11".
	Key string
}

// Contains says whether t lies in the window.
func (w Window) Contains(t time.Time) bool {
	return !t.Before(w.Start) && t.Before(w.End)
}

// Calendar cuts time into the local days and months of one zone. Windows come from the zone's
// rules and not from a fixed number of hours, because a local day can last 23 or 25 hours and can
// begin at 01:00. Adjoining windows share their border, so that no moment is in two or in none.
type Calendar struct {
	zone *time.Location
}

// NewCalendar makes the calendar of a zone.
func NewCalendar(zone *time.Location) Calendar { return Calendar{zone: zone} }

// Window gives the window of the period that holds t.
func (c Calendar) Window(p Period, t time.Time) Window {
	year, month, day := t.In(c.zone).Date()
	w := c.window(p, year, month, day)
	// Around a clock change at midnight a local date can come twice; the border that both
	// neighbours share decides on which side t lies.
	if t.Before(w.Start) {
		return c.window(p, year, month, day-1)
	}
	if !t.Before(w.End) {
		return c.window(p, year, month, day+1)
	}
	return w
}

func (c Calendar) window(p Period, year int, month time.Month, day int) Window {
	if p == Month {
		y, m, _ := time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Date()
		return Window{
			Start: c.midnight(y, m, 1),
			End:   c.midnight(y, m+1, 1),
			Key:   fmt.Sprintf("%04d-%02d", y, int(m)),
		}
	}
	y, m, d := time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Date()
	return Window{
		Start: c.midnight(y, m, d),
		End:   c.midnight(y, m, d+1),
		Key:   fmt.Sprintf("%04d-%02d-%02d", y, int(m), d),
	}
}

// midnight is the first moment of a local date. Where the clock jumps over 00:00 it is the moment
// of the jump, and time.Date alone does not promise on which side of a jump it lands.
func (c Calendar) midnight(year int, month time.Month, day int) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, c.zone)
	wanted := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	y, m, d := t.Date()
	if time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Before(wanted) {
		if _, jump := t.ZoneBounds(); !jump.IsZero() {
			return jump
		}
	}
	if start, _ := t.ZoneBounds(); !start.IsZero() {
		if y, m, d := start.Date(); y == year && m == month && d == day && start.Before(t) {
			return start
		}
	}
	return t
}
