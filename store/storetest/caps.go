package storetest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// capOf is a cap that somebody sets, for a subject as people write it.
func capOf(subject string, kind limits.Kind, value limits.Value, at time.Time) guard.CapChange {
	s, err := limits.ParseSubject(subject)
	if err != nil {
		panic(err)
	}
	return guard.CapChange{Override: guard.Override{Subject: s, Kind: kind, Value: value, Who: "jo", At: at}}
}

// nobodysCap is one whose subject does not come back from its text.
func nobodysCap(tenant, extension string) guard.CapChange {
	c := capOf("*", limits.CostPerDay, 1, start)
	c.Subject = limits.Subject{Scope: limits.PerExtension, Tenant: tenant, Extension: extension}
	return c
}

func unset(c guard.CapChange, at time.Time) guard.CapChange {
	c.Unset, c.At, c.Value = true, at, 0
	return c
}

func overrides(t tester, s store.Store) []guard.Override {
	t.Helper()
	state, err := s.Load(t.Context(), today, start)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return state.Overrides
}

func testCaps(t *testing.T, s store.Store) {
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	var all []guard.Override
	// In the order in which they come back: by subject, and by the kind's name.
	for _, subject := range []string{"*", "*/*", "acme", "acme/*", "acme/101"} {
		for _, kind := range []limits.Kind{limits.AttemptsPerDay, limits.ConcurrentCalls, limits.CostPerDay} {
			c := capOf(subject, kind, limits.Value(len(all)+1), minute(len(all)))
			all = append(all, c.Override)
			save(t, s, c, c)
		}
	}
	same(t, "all of them", overrides(t, s), all)
	for _, kind := range limits.Kinds() {
		save(t, s, capOf("each", kind, limits.Unlimited, start), unset(capOf("each", kind, 1, start), start))
	}
	same(t, "what is taken away is gone", overrides(t, s), all)

	last := &all[len(all)-1]
	last.Value, last.At, last.Who = limits.Unlimited, minute(30), "alice"
	save(t, s, guard.CapChange{Override: *last})
	same(t, "set again, to none", overrides(t, s), all)
	earlier := guard.CapChange{Override: *last}
	earlier.Value, earlier.At = 7, minute(29)
	save(t, s, earlier, unset(earlier, minute(29)))
	same(t, "an older change", overrides(t, s), all)
	last.Value, last.At = 0, minute(31).Add(999*time.Nanosecond).In(rome)
	save(t, s, guard.CapChange{Override: *last})
	last.At = minute(31)
	same(t, "nothing at all is allowed, and the time is cut to a microsecond", overrides(t, s), all)
	save(t, s, unset(guard.CapChange{Override: *last}, minute(31)), unset(capOf("nobody", limits.CostPerDay, 1, start), start))
	same(t, "taken away", overrides(t, s), all[:len(all)-1])
}

// testCapsInOrder sets and takes away at random, each batch twice, and compares with a map.
func testCapsInOrder(t *testing.T, s store.Store) {
	step := 0
	rapid.Check(t, func(rt *rapid.T) {
		want := make(map[guard.Override]guard.Override) // by the key alone
		for range rapid.IntRange(1, 20).Draw(rt, "batches") {
			var batch []guard.Record
			for range rapid.IntRange(1, 4).Draw(rt, "changes") {
				step++
				c := capOf(rapid.SampledFrom([]string{"acme/1", "acme/2"}).Draw(rt, "subject"),
					rapid.SampledFrom([]limits.Kind{limits.CostPerDay, limits.ConcurrentCalls}).Draw(rt, "kind"),
					limits.Value(rapid.IntRange(-1, 9).Draw(rt, "value")), start.Add(time.Duration(step)*time.Second))
				key := guard.Override{Subject: c.Subject, Kind: c.Kind}
				if want[key] = c.Override; rapid.Bool().Draw(rt, "taken away") {
					c = unset(c, c.At)
					delete(want, key)
				}
				batch = append(batch, c)
			}
			for range 2 {
				save(rt, s, batch...)
			}
			got := make(map[guard.Override]guard.Override)
			for _, o := range overrides(rt, s) {
				got[guard.Override{Subject: o.Subject, Kind: o.Kind}] = o
			}
			same(rt, "caps", got, want)
		}
		for _, o := range overrides(rt, s) {
			save(rt, s, unset(guard.CapChange{Override: o}, o.At))
		}
	})
}

// targets are all that a block can be on, with their texts.
var targets = map[string]guard.Target{
	"acme/101":              {Account: alice},
	"acme/*":                {Account: limits.Account{Tenant: "acme"}},
	"+39061234":             {Number: "39061234"},
	"+3906*":                {Prefix: "3906"},
	"country:IT":            {Country: "IT"},
	"server:pbx1":           {Server: "pbx1"},
	"everything":            {Everything: true},
	"acme/101:+39061234":    {Account: alice, Number: "39061234"},
	"acme/+39061234":        {Account: limits.Account{Tenant: "acme", Extension: "+39061234"}},
	"acme/101:+39061234/of": {Account: limits.Account{Tenant: "acme", Extension: "101:+39061234/of"}},
}

func testTargets(t *testing.T, s store.Store) {
	for text, target := range targets {
		same(t, "text", target.String(), text)
		save(t, s, guard.Block{ID: text, Target: target, Since: start, Source: "jo"})
	}
	state, err := s.Load(t.Context(), today, start)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]guard.Target)
	for _, b := range state.Blocks {
		got[b.ID] = b.Target
	}
	same(t, "targets", got, targets)
	lifted := guard.Block{ID: "everything", Target: targets["everything"], Since: start, Source: "jo", Lifted: start.Add(time.Hour), LiftedBy: "jo"}
	save(t, s, lifted)
	blocks, err := s.Blocks(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.ID == lifted.ID {
			same(t, "lifted", b, lifted)
		} else {
			same(t, b.ID, b.Target, targets[b.ID])
		}
	}
}

func testRoutes(t *testing.T, s store.Store) {
	bob := limits.Account{Tenant: "acme", Extension: "102"}
	abroad, home, other := ringing("pbx1", "1", alice, start), ringing("pbx1", "2", alice, start), ringing("pbx1", "3", bob, start)
	abroad.Rate.Route, home.Rate.Route, other.Rate.Route = "Cuba", "", "it's"
	home.International = false
	correction := charge(abroad, today, -5, -6)
	correction.Kind = "correction-1"
	again := charge(abroad, today, 1, 9)
	again.Route, again.International = "elsewhere", false // the key decides, not what hangs on it
	save(t, s, charge(abroad, today, 5, 60), charge(home, today, 5, 30), charge(other, today, 5, 1), charge(abroad, tomorrow, 5, 600))
	save(t, s, charge(abroad, today, 5, 60), correction, correction, again)
	for day, want := range map[string][]limits.RouteRow{
		today: {{Account: alice, Day: today, Route: "", Seconds: 30}, {Account: alice, Day: today, Route: "Cuba", Seconds: 54},
			{Account: bob, Day: today, Route: "it's", Seconds: 1}},
		tomorrow:     {{Account: alice, Day: tomorrow, Route: "Cuba", Seconds: 600}},
		"2026-11-23": nil,
	} {
		state, err := s.Load(t.Context(), day, start)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "routes of "+day, state.Routes, want)
	}
	days := totals(t, s, limits.Day, "")
	same(t, "international seconds of the days", []int64{days[0].InternationalSeconds, days[1].InternationalSeconds, days[2].InternationalSeconds},
		[]int64{54, 1, 600})
	months := totals(t, s, limits.Month, "")
	same(t, "of the month", []int64{months[0].InternationalSeconds, months[0].BilledSeconds}, []int64{654, 684})
}
