package rates

import (
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	rome, saoPaulo := zone("Europe/Rome"), zone("America/Sao_Paulo")
	for _, c := range []struct {
		text string
		in   *time.Location
		want time.Time
	}{
		{"", rome, time.Time{}},
		{"2026-12-01", rome, time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)},
		{"2026-12-01 06:00", rome, time.Date(2026, 12, 1, 5, 0, 0, 0, time.UTC)},
		{"2026-12-01T06:00:30", rome, time.Date(2026, 12, 1, 5, 0, 30, 0, time.UTC)},
		{"2026-12-01T06:00:00+02:00", rome, time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC)},
		{"2018-11-04", saoPaulo, time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC)}, // begins at 01:00
	} {
		if got, err := ParseMoment(c.text, c.in); err != nil || !got.Equal(c.want) {
			t.Errorf("%q is %s, %v; want %s", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"tomorrow", "01/12/2026", "1989-12-31", "2200-01-02", "2026-13-01", "2026-12-01 6:00 PM"} {
		if got, err := ParseMoment(text, rome); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
