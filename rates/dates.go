package rates

import (
	"fmt"
	"time"
)

// The orders of 01/02/2026, and that of dates that leave none open.
const (
	monthFirst = "month-first"
	dayFirst   = "day-first"
	iso        = "iso"
)

// noEnd is the year in which what has no end ends in many files.
const noEnd = 9999

// moment is a date or a moment of a file.
type moment struct {
	at    time.Time
	order string // monthFirst, dayFirst or iso
	day   bool   // it is a whole day
	exact bool   // it is RFC 3339
}

// momentOf reads a cell with a date.
func (s *sheet) momentOf(cell string) (moment, error) {
	m, err := readMoment(cell, s.order, s.options.Location)
	if err == nil {
		s.clues.note(cell, &m, s.line)
	}
	if err == nil && (s.dates == "" || s.dates == iso) {
		s.dates = m.order
	}
	return m, err
}

// clues are what the dates of a file say of their order, each as first written.
type clues struct {
	dotted  string // such as 31.12.2026, which has the day first
	slashed string // such as 01/02/2026, which could have it first
	line    int    // of the slashed one
	sure    bool   // that another slashed one has the month first, as 01/31/2026
}

func (c *clues) note(cell string, m *moment, line int) {
	slashed := m.order == monthFirst
	switch {
	case !slashed && m.order == dayFirst && c.dotted == "":
		c.dotted = cell
	case slashed:
		other := moment{}
		if !other.parse(cell, "2/1/2006", time.UTC) {
			c.sure = true
		} else if c.slashed == "" && other.at.Day() != int(other.at.Month()) {
			c.slashed, c.line = cell, line
		}
	}
}

// settleDates asks how 01/02/2026 is meant in a file that has the day first elsewhere.
func (s *sheet) settleDates() {
	if c := &s.clues; s.order == "" && c.dotted != "" && c.slashed != "" && !c.sure {
		s.refuse(c.line, "", "%.40q: which is the month? Such dates are read with the month first, and %.40q has the day first: say it with --dates month-first or --dates day-first",
			c.slashed, c.dotted)
	}
}

// readMoment reads a date, which begins at midnight in the location, a date with a time, or RFC
// 3339. The order, "" for monthFirst, is that of dates with slashes.
func readMoment(cell, order string, in *time.Location) (moment, error) {
	if in == nil {
		in = time.UTC
	}
	m := moment{order: iso}
	if len(cell) > 40 {
		return m, fmt.Errorf("%.40q… is no date", cell)
	}
	var err error
	if m.at, err = time.Parse(time.RFC3339, cell); err == nil {
		m.exact = true
		return m, m.check(cell)
	}
	for _, known := range []struct{ layout, order string }{
		{"2006-1-2", iso}, {"2006/1/2", iso}, {"2.1.2006", dayFirst},
		{"2-Jan-2006", iso}, {"2 Jan 2006", iso}, {"2 January 2006", iso}, {"Jan 2, 2006", iso}, {"January 2, 2006", iso}, {"Jan 2 2006", iso},
	} {
		m.order = known.order
		if m.parse(cell, known.layout, in) {
			return m, m.check(cell)
		}
	}
	return slashed(cell, order, in)
}

// slashed reads 01/02/2026 in one of its two orders.
func slashed(cell, order string, in *time.Location) (moment, error) {
	month, day := moment{order: monthFirst}, moment{order: dayFirst}
	isMonth, isDay := month.parse(cell, "1/2/2006", in), day.parse(cell, "2/1/2006", in)
	switch {
	case order != dayFirst && isMonth:
		return month, month.check(cell)
	case order == dayFirst && isDay:
		return day, day.check(cell)
	case isDay && order == "":
		return day, fmt.Errorf("%.40q has the day first, and such dates are read with the month first: if all of the file have the day first, say it with --dates day-first", cell)
	case isDay, isMonth:
		return day, fmt.Errorf("%.40q is no date in the order %s, in which the dates of this file are read", cell, order)
	}
	return day, fmt.Errorf("%.40q is no date: write 2026-01-31, 01/31/2026 (month first), 31.01.2026, 31-Jan-2026 or 2026-01-31T00:00:00Z", cell)
}

// parse reads a day with or without a time. Midnight is how spreadsheets write the day itself.
func (m *moment) parse(cell, layout string, in *time.Location) bool {
	for _, clock := range []string{"", " 15:04:05", " 15:04", "T15:04:05", "T15:04", " 3:04:05 PM", " 3:04 PM"} {
		local, err := time.Parse(layout+clock, cell)
		if err != nil {
			continue
		}
		if m.day = local.Equal(local.Truncate(24 * time.Hour)); m.day {
			m.at = dayBegins(local.Year(), local.Month(), local.Day(), in)
		} else {
			m.at = time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), in)
		}
		return true
	}
	return false
}

// dayBegins is the first moment of a local day, which the clock can begin at 01:00.
func dayBegins(year int, month time.Month, day int, in *time.Location) time.Time {
	at := time.Date(year, month, day, 0, 0, 0, 0, in)
	if noon := time.Date(year, month, day, 12, 0, 0, 0, in); at.Day() != noon.Day() {
		_, at = at.ZoneBounds()
	}
	return at
}

// check refuses years that are typing errors.
func (m *moment) check(cell string) error {
	if m.at.Year() == noEnd {
		return nil
	}
	m.at = m.at.UTC()
	if year := m.at.Year(); year < minYear || year > maxYear {
		return yearError(cell)
	}
	return nil
}

func yearError(cell string) error {
	return fmt.Errorf("%.40q: the year is not between %d and %d", cell, minYear, maxYear)
}

// validFrom reads from when a rate holds.
func (s *sheet) validFrom(cell string) (time.Time, error) {
	m, err := s.momentOf(cell)
	if err == nil && m.at.Year() == noEnd {
		err = yearError(cell)
	}
	return m.at, err
}

// validUntil reads the last day of a rate and gives the first moment after it. The last second or
// minute of a day is that day too; any other time is the first moment itself.
func (s *sheet) validUntil(cell string) (time.Time, error) {
	m, err := s.momentOf(cell)
	if err != nil || m.at.Year() == noEnd {
		return time.Time{}, err
	}
	in := s.options.Location
	if in == nil {
		in = time.UTC
	}
	local := m.at.In(in)
	lastOfDay := local.Hour() == 23 && local.Minute() == 59 && local.Second()%59 == 0 && local.Nanosecond() == 0
	if m.day || lastOfDay && !m.exact {
		m.at = dayBegins(local.Year(), local.Month(), local.Day()+1, in).UTC()
	}
	if m.at.Year() > maxYear {
		return m.at, yearError(cell)
	}
	return m.at, nil
}
