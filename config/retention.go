package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// The shortest and the longest time for which calls are kept, in days. Detectors look back for a day.
const (
	leastDays = 2
	mostDays  = 36500
)

// Days is a number of days, written "90d"; "" is none.
type Days int

// UnmarshalText reads a number of days.
func (d *Days) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	days, ok := strings.CutSuffix(string(text), "d")
	n, err := strconv.Atoi(days)
	if !ok || err != nil || n < leastDays || n > mostDays {
		return fmt.Errorf(`%.20q is no number of days: write it like "90d", from "%dd" to "%dd", or "" to keep all calls`, text, leastDays, mostDays)
	}
	*d = Days(n)
	return nil
}

func (c *Config) checkRetention(f *faults) {
	oneOf(f, "retention.numbers", c.Retention.Numbers, "delete", "cut")
	if _, err := schedule(c.Retention.Schedule); err != nil {
		f.add("retention.schedule", "%v", err)
	}
}

// mostSchedule bounds a schedule's text, in bytes.
const mostSchedule = 200

// schedule reads five fields as for cron. The library panics on some texts with a zone, and takes
// some that never come.
func schedule(text string) (cron.Schedule, error) {
	advice := fmt.Sprintf(`%.60q is no schedule: write minute, hour, day, month and day of the week, such as "30 3 * * *"`, text)
	if len(text) > mostSchedule || strings.Contains(text, "TZ=") {
		return nil, errors.New(advice)
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s (%w)", advice, err)
	}
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("%.60q never comes", text)
	}
	return s, nil
}

// Next is when old calls are looked for next, after a moment, by the clock of a zone. It is zero where
// all calls are kept.
func (r Retention) Next(after time.Time, zone *time.Location) time.Time {
	if r.Calls == 0 {
		return time.Time{}
	}
	s, err := schedule(r.Schedule)
	if err != nil {
		return time.Time{} // it was checked when the file was read
	}
	return s.Next(after.In(zone))
}

// Before is the beginning of the local day from which on calls are kept as they are; ok is false where
// all are.
func (r Retention) Before(now time.Time, zone *time.Location) (before time.Time, ok bool) {
	if r.Calls == 0 {
		return time.Time{}, false
	}
	year, month, day := now.In(zone).Date()
	return time.Date(year, month, day-int(r.Calls), 0, 0, 0, 0, zone), true
}
