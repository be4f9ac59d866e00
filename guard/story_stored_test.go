package guard

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/limits"
)

// elsewhere lets another program write into the store: "block TARGET WHO [duration]", "unblock TARGET",
// "until TARGET duration", "set-cap SUBJECT KIND VALUE WHO" and "unset-cap SUBJECT KIND".
func (s *story) elsewhere(now time.Time, words []string) {
	switch words[0] {
	case "block":
		b := Block{ID: "elsewhere " + words[1] + s.clock(now), Target: targetOf(words[1]), Source: words[2], Reason: "by SQL", Since: now}
		if len(words) > 3 {
			d, err := time.ParseDuration(words[3])
			s.must(err)
			b.Until = now.Add(d)
		}
		s.kept.blocks[b.ID] = b
	case "unblock", "until":
		for id, b := range s.kept.blocks {
			if b.Target != targetOf(words[1]) {
				continue
			}
			delete(s.kept.blocks, id)
			if words[0] == "until" {
				d, err := time.ParseDuration(words[2])
				s.must(err)
				b.Until = now.Add(d)
				s.kept.blocks[id] = b
			}
		}
	case "set-cap":
		f := s.capChange(Seen{At: now}, "set-cap", words[1:]).(CapSet)
		s.kept.caps[capKey{f.Subject, f.Kind}] = Override{f.Subject, f.Kind, f.Value, f.Who, now}
	case "unset-cap":
		f := s.capChange(Seen{At: now}, "unset-cap", append(words[1:], "")).(CapUnset)
		delete(s.kept.caps, capKey{f.Subject, f.Kind})
	default:
		s.t.Fatalf("another program cannot do this: %q", words)
	}
}

// blocked are the targets of blocks whose time is not up.
func (k *keptState) blocked(now time.Time) map[Target]bool {
	targets := make(map[Target]bool)
	for _, b := range k.blocks {
		if b.Until.IsZero() || b.Until.After(now) {
			targets[b.Target] = true
		}
	}
	return targets
}

// TestTwoGuardsOnOneStore lets two guards and a person with SQL block and unblock in any order, each reading
// the store now and then. By reading, nothing is blocked or lifted that was not. Once both have read it, both
// hold what is in it, one block for each target, and reading again changes nothing.
func TestTwoGuardsOnOneStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		kept := newKeptState()
		var guards [2]*Guard
		for i := range guards {
			guards[i] = guardOf([]string{"north", "south"}[i], State{}, now)
		}
		do := func(g *Guard, f Fact) (saved int) {
			for _, e := range g.Handle(f) {
				if save, ok := e.(Save); ok {
					kept.save(save.Record)
					saved++
				}
			}
			return saved
		}
		read := func(readers ...*Guard) (saved int) {
			state := kept.state(readers[0].rules.Calendar, now)
			for _, g := range readers {
				saved += do(g, StoreRead{Seen: Seen{At: now}, Blocks: state.Blocks, Overrides: state.Overrides})
			}
			return saved
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "seconds")) * time.Second)
			g := guards[rapid.IntRange(0, 1).Draw(t, "guard")]
			target := targetOf(rapid.SampledFrom([]string{"acme/101", "acme/*", "+44*"}).Draw(t, "target"))
			switch rapid.SampledFrom([]string{"block", "block for a while", "unblock", "read", "both read", "delete"}).Draw(t, "what") {
			case "block":
				do(g, BlockAsked{Seen: Seen{At: now}, Target: target, Who: "jo"})
			case "block for a while":
				do(g, BlockAsked{Seen: Seen{At: now}, Target: target, Who: "ann", Until: now.Add(3 * time.Second)})
			case "unblock":
				do(g, UnblockAsked{Seen: Seen{At: now}, Target: target, Who: "jo"})
			case "read":
				read(g)
			case "both read": // the same, before either has written
				before := kept.blocked(now)
				read(guards[:]...)
				if after := kept.blocked(now); !maps.Equal(before, after) {
					t.Fatalf("by reading, what is blocked has become %v, and was %v", after, before)
				}
			case "delete":
				for id, b := range kept.blocks {
					if b.Target == target {
						delete(kept.blocks, id)
					}
				}
			}
		}
		for range 2 {
			for _, g := range guards {
				do(g, Tick{Seen{At: now}})
				read(g)
			}
		}
		want := kept.state(guards[0].rules.Calendar, now).Blocks
		for i, g := range guards {
			if got := g.Blocks(); !slices.Equal(got, want) {
				t.Fatalf("guard %d holds\n%+v\nand the store has\n%+v", i, got, want)
			}
			if n := read(g); n > 0 {
				t.Fatalf("reading what is known already makes guard %d save %d records", i, n)
			}
		}
	})
}

// guardOf gives a guard of one server.
func guardOf(server string, state State, now time.Time) *Guard {
	return New(Rules{Calendar: limits.NewCalendar(time.UTC), Servers: map[string]ServerRules{server: {}}}, nil, state, now)
}

// TestIDs: two guards with the same clock and the same beginning give different IDs, that sort by time.
func TestIDs(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	north := guardOf("north", State{}, now)
	first := north.id()
	for _, last := range []string{first, "by-hand", "by-hand-10", "zzzzzzzzzzzzzzzzzzzz", ""} {
		south := guardOf("south", State{LastID: last}, now)
		for range 1000 {
			if a, b := north.id(), south.id(); a == b || len(a) != momentDigits+laneDigits || len(b) != len(a) {
				t.Fatalf("IDs %q and %q", a, b)
			}
		}
	}
	if next := north.id(); next <= first || strings.HasPrefix(next, first[:momentDigits]) {
		t.Errorf("%q comes after %q", next, first)
	}
	old := first[:momentDigits]
	if after := guardOf("north", State{LastID: old}, now).id(); after <= old {
		t.Errorf("%q comes after %q, which has no lane", after, old)
	}
}
