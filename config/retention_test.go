package config

import (
	"strings"
	"testing"
	"time"
)

func TestDays(t *testing.T) {
	for text, want := range map[string]int{"": 0, "2d": 2, "90d": 90, "36500d": 36500} {
		var d Days
		if err := d.UnmarshalText([]byte(text)); err != nil || int(d) != want {
			t.Errorf("%q: %d, %v", text, d, err)
		}
	}
	for _, text := range []string{"90", "1d", "0d", "-3d", "36501d", "3h", "d", "9 d", "99999999999999999999d"} {
		var d Days
		if err := d.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), `"90d"`) {
			t.Errorf("%q: %d, %v", text, d, err)
		}
	}
}

// TestSchedule: what cron cannot do is refused when the file is read, with what to write instead.
func TestSchedule(t *testing.T) {
	for _, text := range []string{"", "often", "TZ=", "TZ=Europe/Rome", "CRON_TZ=UTC 1 1 * * *", "TZ=UTC", "@every 1s", "@daily", "61 3 * * *",
		"0 30 3 * * *", "30 3 * *", "0 0 30 2 *", strings.Repeat("1,", 200) + "1 * * * *"} {
		if s, err := schedule(text); err == nil {
			t.Errorf("%q is taken: %v", text, s)
		} else if !strings.Contains(err.Error(), `"30 3 * * *"`) && !strings.Contains(err.Error(), "never comes") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, text := range []string{"30 3 * * *", "TZ=", "*/5 1-3,7 * jan mon", "CRON_TZ=x", "@every 0s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := schedule(text)
		if err != nil {
			return
		}
		now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		if next := s.Next(now); !next.IsZero() && !next.After(now) {
			t.Errorf("%q comes at %v, which is not after %v", text, next, now)
		}
	})
}

// TestRetention: days and hours are those of the zone.
func TestRetention(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC) // the 22nd in Rome
	r := Retention{Calls: 90, Numbers: "cut", Schedule: "30 3 * * *"}
	if next, want := r.Next(now, rome), time.Date(2026, 11, 22, 3, 30, 0, 0, rome); !next.Equal(want) {
		t.Errorf("next %v, want %v", next, want)
	}
	if before, ok := r.Before(now, rome); !ok || !before.Equal(time.Date(2026, 8, 24, 0, 0, 0, 0, rome)) {
		t.Errorf("before %v, %v", before, ok)
	}
	r.Calls = 0
	if before, ok := r.Before(now, rome); ok || !r.Next(now, rome).IsZero() {
		t.Errorf("all calls are kept, and %v", before)
	}
}
