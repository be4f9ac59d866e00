package daemon

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/store"
)

// tended is a store that notes when it was looked after. It has nothing that could be wrong or old.
type tended struct {
	store.Store
	mu       sync.Mutex
	verified []string // the days
	pruned   []store.Pruning
}

func (s *tended) Verify(_ context.Context, from, to string) (store.Proof, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verified = append(s.verified, from)
	if from != to {
		s.verified = append(s.verified, "and until "+to)
	}
	return store.Proof{}, nil
}

func (s *tended) Prune(_ context.Context, p store.Pruning) (store.Pruned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pruned = append(s.pruned, p)
	return store.Pruned{}, nil
}

// seen gives what was noted since it was last asked for.
func (s *tended) seen() (verified []string, pruned []store.Pruning) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	verified, pruned = s.verified, s.pruned
	s.verified, s.pruned = nil, nil
	return verified, pruned
}

// tendFor runs what a daemon does beside the calls, and ends it after the test. Its clock is that of the
// bubble, which begins on 1 January 2000 at 00:00 UTC; its days are those of Rome, an hour ahead.
func tendFor(t *testing.T, r config.Retention) *tended {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	s := &tended{}
	d := &Daemon{store: s, log: quiet, config: &config.Config{Zone: rome, Retention: r}}
	ctx, end := context.WithCancel(t.Context())
	var tending sync.WaitGroup
	d.tend(ctx, &tending)
	t.Cleanup(func() {
		end()
		tending.Wait()
	})
	synctest.Wait()
	return s
}

// TestLedgerIsLookedAt: each hour, and not before, the running day is compared and one other; all of the
// last two months come up in as many hours.
func TestLedgerIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tendFor(t, config.Retention{})
		pass(time.Hour - time.Second)
		if days, _ := s.seen(); len(days) != 0 {
			t.Errorf("before the hour was over %q were compared", days)
		}
		pass(time.Second)
		if days, _ := s.seen(); !slices.Equal(days, []string{"2000-01-01", "1999-12-04"}) {
			t.Errorf("after an hour %q were compared", days)
		}
		pass(22 * time.Hour) // in Rome it is midnight
		days, _ := s.seen()
		if len(days) != 2*22 || days[2*21] != "2000-01-02" || days[2*20] != "2000-01-01" {
			t.Errorf("in 22 further hours %q were compared", days)
		}
		backs := make(map[int]bool)
		for range sampleBack {
			pass(time.Hour)
			days, pruned := s.seen()
			if len(days) != 2 || len(pruned) != 0 {
				t.Fatalf("in an hour %q were compared, and pruned was %v", days, pruned)
			}
			backs[daysBetween(t, days[1], days[0])] = true
		}
		for back := 1; back <= sampleBack; back++ {
			if !backs[back] {
				t.Errorf("the day %d days ago was not looked at", back)
			}
		}
	})
}

func daysBetween(t *testing.T, from, to string) int {
	t.Helper()
	a, err := time.Parse(time.DateOnly, from)
	if err != nil {
		t.Fatal(err)
	}
	b, err := time.Parse(time.DateOnly, to)
	if err != nil {
		t.Fatal(err)
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// TestOldCallsGo: at the schedule's moment by the local clock, once a day, and not where all are kept.
func TestOldCallsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tendFor(t, config.Retention{Calls: 90, Numbers: "cut", Schedule: "30 3 * * *"})
		pass(2*time.Hour + 30*time.Minute - time.Second)
		if _, pruned := s.seen(); len(pruned) != 0 {
			t.Errorf("before 03:30 in Rome: %+v", pruned)
		}
		for day := range 3 {
			pass(retentionLook)
			_, pruned := s.seen()
			before := time.Date(1999, 10, 3+day, 0, 0, 0, 0, time.FixedZone("summer in Rome", 2*60*60))
			if len(pruned) != 1 || !pruned[0].Before.Equal(before) || !pruned[0].Cut || pruned[0].DryRun {
				t.Fatalf("%d days later, at 03:30: %+v, want once what is before %s", day, pruned, before)
			}
			pass(24*time.Hour - retentionLook)
			if _, pruned := s.seen(); len(pruned) != 0 {
				t.Fatalf("in the day after %d times", len(pruned))
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := tendFor(t, config.Retention{Schedule: "30 3 * * *"})
		pass(48 * time.Hour)
		if _, pruned := s.seen(); len(pruned) != 0 {
			t.Errorf("where all calls are kept: %+v", pruned)
		}
	})
}
