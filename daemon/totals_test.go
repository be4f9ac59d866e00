package daemon

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

// loadedStore tells of each day that is loaded, and fails as often as it is told to.
type loadedStore struct {
	store.Store
	loaded chan string
	fails  int
}

func (s *loadedStore) Load(ctx context.Context, day string, since time.Time) (guard.State, error) {
	s.loaded <- day
	if strings.HasPrefix(day, "2036") && s.fails > 0 {
		s.fails--
		return guard.State{}, errors.New("the store is away")
	}
	return s.Store.Load(ctx, day, since)
}

// TestTotalsAreRead: when the clock was set, the store is asked for that day's totals until it gives them.
func TestTotalsAreRead(t *testing.T) {
	s := newSite(t, "enforce", "", newExchange(t, "pbx1"))
	loaded := &loadedStore{Store: s.store, loaded: make(chan string, 10), fails: 1}
	s.useStore(loaded)
	s.run()
	<-loaded.loaded // the start
	s.findTotals(guard.FindTotals{Day: "2036-01-01"})
	for range 2 {
		select {
		case day := <-loaded.loaded:
			if day != "2036-01-01" {
				t.Errorf("%s is loaded", day)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the store is not asked again")
		}
	}
	s.stop()
	select {
	case day := <-loaded.loaded:
		t.Errorf("%s is loaded once more", day)
	default:
	}
	if log := s.log.String(); !strings.Contains(log, "until the store can be read") || !strings.Contains(log, "the store is away") {
		t.Errorf("the log says\n%s", log)
	}
}
