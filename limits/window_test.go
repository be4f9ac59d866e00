package limits

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestDays holds the calendar to days that are known to be odd.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		zone, at, key string
		start         string // local
		hours         float64
	}{
		{"Europe/Rome", "2026-11-21T12:00:00+01:00", "2026-11-21", "2026-11-21T00:00:00+01:00", 24},
		{"Europe/Rome", "2026-10-25T12:00:00+01:00", "2026-10-25", "2026-10-25T00:00:00+02:00", 25},
		{"Europe/Rome", "2026-03-29T12:00:00+02:00", "2026-03-29", "2026-03-29T00:00:00+01:00", 23},
		{"Asia/Kolkata", "2026-01-01T00:00:00+05:30", "2026-01-01", "2026-01-01T00:00:00+05:30", 24},
		// These days begin at 01:00: the clock jumps at midnight.
		{"America/Sao_Paulo", "2018-11-04T12:00:00-02:00", "2018-11-04", "2018-11-04T01:00:00-02:00", 23},
		{"Asia/Beirut", "2022-03-27T12:00:00+03:00", "2022-03-27", "2022-03-27T01:00:00+03:00", 23},
		// The clock falls back from midnight into the old day.
		{"America/Sao_Paulo", "2018-02-17T23:30:00-03:00", "2018-02-17", "2018-02-17T00:00:00-02:00", 25},
		// The clock falls back over midnight from 01:00: the day begins once, at the earlier 00:00.
		{"Atlantic/Azores", "2026-10-25T12:00:00-01:00", "2026-10-25", "2026-10-25T00:00:00Z", 25},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		start, _ := time.Parse(time.RFC3339, c.start)
		w := NewCalendar(zone(t, c.zone)).Window(Day, at)
		if w.Key != c.key || !w.Start.Equal(start) || w.End.Sub(w.Start).Hours() != c.hours {
			t.Errorf("%s %s: %s from %s for %v; want %s from %s for %v h",
				c.zone, c.at, w.Key, w.Start, w.End.Sub(w.Start), c.key, c.start, c.hours)
		}
	}
}

// TestWindowsTile: each moment is in exactly one day and one month, and neighbours share a border.
func TestWindowsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"UTC", "Europe/Rome", "America/Sao_Paulo", "Asia/Beirut", "Asia/Kolkata",
			"Atlantic/Azores", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "Australia/Lord_Howe"}).Draw(t, "zone")
		c := NewCalendar(zone(t, name))
		at := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "at"), 0)
		for _, p := range []Period{Day, Month} {
			w := c.Window(p, at)
			if !w.Contains(at) {
				t.Fatalf("%s is not in its own %s %s: %s to %s", at.In(c.zone), p, w.Key, w.Start, w.End)
			}
			if next := c.Window(p, w.End); !next.Start.Equal(w.End) || next.Key <= w.Key {
				t.Fatalf("after %s %s to %s comes %s %s to %s", w.Key, w.Start, w.End, next.Key, next.Start, next.End)
			}
			if last := c.Window(p, w.End.Add(-time.Nanosecond)); last != w {
				t.Fatalf("the end of %s is in %s", w.Key, last.Key)
			}
		}
		if m, d := c.Window(Month, at), c.Window(Day, at); d.Key[:7] != m.Key {
			t.Fatalf("day %s is in month %s", d.Key, m.Key)
		}
	})
}
