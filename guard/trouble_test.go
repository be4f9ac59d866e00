package guard

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/rates"
)

// incidentsOf gives the incidents of a rule among effects.
func incidentsOf(effects []Effect, rule string) []Incident {
	var found []Incident
	for _, e := range effects {
		if s, ok := e.(Save); ok {
			if i, ok := s.Record.(Incident); ok && i.Rule == rule {
				found = append(found, i)
			}
		}
	}
	return found
}

// TestTrouble: what is wrong with the guard itself is urgent, and true in observe mode too.
func TestTrouble(t *testing.T) {
	for _, observe := range []bool{false, true} {
		g, _ := repricing(t, edition(t, "default", 1, time.Time{}, "44", 10))
		g.rules.Observe = observe
		seen := func(after time.Duration) Seen { return Seen{Server: "pbx", At: evening.Add(after)} }
		differs := LedgerDiffers{Seen: Seen{At: evening}, What: "it differs", Evidence: []Evidence{{"cost", "1"}}}
		for name, c := range map[string]struct {
			fact Fact
			rule string
		}{
			"ledger": {differs, "ledger.differs"},
			"second": {SecondGuard{seen(0), "process 7"}, "guard.second"},
		} {
			found := incidentsOf(g.Handle(c.fact), c.rule)
			if len(found) != 1 || !found[0].Urgent || found[0].Observed || found[0].Seen == "" || len(found[0].Evidence) != 1 {
				t.Errorf("%s: %+v", name, found)
			}
		}
		if found := incidentsOf(g.Handle(SecondGuard{seen(tellAgain - 1), "process 7"}), "guard.second"); len(found) != 0 {
			t.Errorf("told again: %+v", found)
		}
		if found := incidentsOf(g.Handle(SecondGuard{seen(tellAgain), "process 7"}), "guard.second"); len(found) != 1 {
			t.Errorf("not told again after an hour: %+v", found)
		}
	}
}

// TestServerLost: the legs of a lost server hold nothing for good; they are closed at their limits.
func TestServerLost(t *testing.T) {
	g, _ := repricing(t, rates.Edition{Number: 1, Deck: edition(t, "default", 1, time.Time{}, "44", 10).Deck})
	live := g.Live(evening)
	if len(live) != 1 || live[0].LimitedUntil.IsZero() {
		t.Fatalf("%+v", live)
	}
	found := incidentsOf(g.Handle(ServerLost{Seen{Server: "pbx", At: evening.Add(time.Second)}, "process 7"}), "server.lost")
	if len(found) != 1 || found[0].Server != "pbx" || !found[0].Urgent {
		t.Errorf("%+v", found)
	}
	if n := len(g.Live(evening.Add(2 * time.Second))); n != 1 {
		t.Errorf("%d legs live under their limit", n)
	}
	g.Handle(Tick{Seen{At: live[0].LimitedUntil.Add(time.Minute)}})
	if n := len(g.Live(live[0].LimitedUntil.Add(time.Minute))); n != 0 {
		t.Errorf("%d legs hold money for ever", n)
	}
	if found := incidentsOf(g.Handle(ServerLost{Seen{Server: "nowhere", At: evening}, "x"}), "server.lost"); len(found) != 0 {
		t.Errorf("a server that is none: %+v", found)
	}
}
