package rates

import (
	"fmt"
	"time"
)

// ParseMoment reads when something begins, as a person writes it: "2026-12-01", which is the
// beginning of that day in the zone, "2026-12-01 06:00", or RFC 3339. The empty text is the zero
// time.
func ParseMoment(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse("2006-01-02", text); err == nil && day.Year() >= minYear && day.Year() <= maxYear {
		return dayBegins(day.Year(), day.Month(), day.Day(), zone).UTC(), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		moment, err := time.ParseInLocation(layout, text, zone)
		if moment = moment.UTC(); err == nil && moment.Year() >= minYear && moment.Year() <= maxYear {
			return moment, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no moment: write it like 2026-12-01 or 2026-12-01T06:00", text)
}
