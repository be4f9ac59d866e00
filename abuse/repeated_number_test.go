package abuse

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
)

var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func attempt(after time.Duration, extension, digits string) Attempt {
	return Attempt{
		At:          start.Add(after),
		Account:     limits.Account{Tenant: "acme", Extension: extension},
		Destination: number.Destination{Digits: digits, International: digits[:2] != "39"},
	}
}

// TestExactWindow: the window slides, its end is open, and the crossing attempt is the finding.
func TestExactWindow(t *testing.T) {
	d := newRepeatedNumber(RepeatedNumberSettings{Calls: 2, Within: 5 * time.Minute, Action: Block, BlockFor: time.Hour})
	for _, step := range []struct {
		after       time.Duration
		found, late bool
	}{
		{0, false, false},
		{time.Minute, false, false},
		{5 * time.Minute, false, false},                             // the first has just left the window
		{6*time.Minute - time.Nanosecond, true, false},              // three within less than five minutes
		{7 * time.Minute, true, true},                               // and still
		{10*time.Minute + 59*time.Second + 999999999, false, false}, // those at 6 and 7 minutes: two within five
		{30 * time.Minute, false, false},
	} {
		f, found := d.Attempt(attempt(step.after, "101", "442079460000"))
		if found != step.found || f.Again != step.late {
			t.Errorf("after %s: found %v, again %v; want %v, %v", step.after, found, f.Again, step.found, step.late)
		}
		if found && (f.Rule != RepeatedNumberRule || f.Action != Block || f.BlockFor != time.Hour || f.Seen == "") {
			t.Errorf("the finding does not say everything: %+v", f)
		}
	}
}

// TestOthersDoNotCount: other numbers, other extensions and calls within the country are apart.
func TestOthersDoNotCount(t *testing.T) {
	d := newRepeatedNumber(RepeatedNumberSettings{Calls: 1, Within: time.Minute})
	for i, a := range []Attempt{
		attempt(0, "101", "442079460000"), attempt(1, "102", "442079460000"), attempt(2, "101", "442079460001"),
		attempt(3, "101", "390612345678"), attempt(4, "101", "390612345678"),
	} {
		if _, found := d.Attempt(a); found {
			t.Errorf("attempt %d is a finding", i)
		}
	}
	d.Forget(limits.Account{Tenant: "acme", Extension: "101"})
	if _, found := d.Attempt(attempt(5, "101", "442079460000")); found {
		t.Error("what was forgotten still counts")
	}
	if _, found := d.Attempt(attempt(6, "102", "442079460000")); !found {
		t.Error("what was not forgotten does not count")
	}
}

// TestSameAsCounting holds the detector to the definition: more than Calls attempts in the window
// that ends at this one.
func TestSameAsCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := RepeatedNumberSettings{Calls: rapid.IntRange(1, 5).Draw(t, "calls"), Within: time.Minute}
		d := newRepeatedNumber(s)
		var seen []Attempt
		at := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "attempts") {
			at += time.Duration(rapid.IntRange(0, 40).Draw(t, "pause")) * time.Second
			a := attempt(at, fmt.Sprint(100+rapid.IntRange(0, 1).Draw(t, "extension")), fmt.Sprint("44", rapid.IntRange(0, 2).Draw(t, "number")))
			seen = append(seen, a)
			count := 0
			for _, b := range seen {
				if b.Account == a.Account && b.Destination == a.Destination && a.At.Sub(b.At) < s.Within {
					count++
				}
			}
			if _, found := d.Attempt(a); found != (count > s.Calls) {
				t.Fatalf("%d attempts of %d allowed within the window: found is %v", count, s.Calls, found)
			}
		}
	})
}

// TestBounded: a dialler of ever new numbers uses a bounded memory, and what is over is forgotten.
func TestBounded(t *testing.T) {
	d := newRepeatedNumber(RepeatedNumberSettings{Calls: 3, Within: time.Minute})
	for i := range 3 * maxNumbers {
		d.Attempt(attempt(time.Duration(i)*time.Millisecond, "101", fmt.Sprintf("44%07d", i)))
	}
	if n := len(d.seen[limits.Account{Tenant: "acme", Extension: "101"}]); n != maxNumbers {
		t.Errorf("%d numbers are remembered", n)
	}
	d.Attempt(attempt(time.Hour, "102", "441"))
	if len(d.seen) != 1 {
		t.Errorf("%d accounts are remembered after their window", len(d.seen))
	}
}

func TestActionWords(t *testing.T) {
	for _, a := range []Action{Alert, Deny, HangUp, Block} {
		var b Action
		text, _ := a.MarshalText()
		if err := b.UnmarshalText(text); err != nil || b != a {
			t.Errorf("%s does not come back: %v", text, err)
		}
	}
	var a Action
	if err := a.UnmarshalText([]byte("explode")); err == nil {
		t.Error("a word that is no action is taken")
	}
}
