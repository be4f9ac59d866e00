package daemon

import (
	"context"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

const (
	// guardVariable is the global variable in which each guard of an Asterisk shows itself.
	guardVariable = "FRAUDGUARD_GUARD"
	// showEvery is how often.
	showEvery = 5 * time.Second
)

// show keeps showing in Asterisk that this guard is there, and sees another one: the lease is only for
// those that share a store. Where two show themselves, each finds the other's name in the place of
// its own.
func (s *server) show(ctx context.Context) {
	shown := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(showEvery):
		}
		shown = s.showOnce(ctx, shown)
	}
}

// showOnce looks whether another guard has shown itself since this one did, and shows this one. It gives
// whether that was done; where ARI does not work, probe tells of it.
func (s *server) showOnce(ctx context.Context, shown bool) bool {
	found, err := s.ari.GlobalVariable(ctx, guardVariable)
	if err != nil {
		return false
	}
	second := ""
	if shown && found != "" && found != s.holder {
		second = holderWords(found)
	}
	s.mu.Lock()
	changed := s.second != second
	s.second = second
	s.mu.Unlock()
	if changed && second == "" {
		s.log.Info("the other fraudguard on this Asterisk is gone")
	}
	if changed && second != "" {
		s.log.Error("another fraudguard guards this Asterisk too, with another store: each counts and cuts by itself; stop one of them", "guard", second)
		s.send(ctx, guard.SecondGuard{Seen: s.seen(time.Now()), Who: second})
	}
	return s.ari.SetGlobalVariable(ctx, guardVariable, s.holder) == nil
}
