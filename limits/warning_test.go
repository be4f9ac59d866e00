package limits

import (
	"slices"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// rulesOf names what is warned of, with the route where there is one.
func rulesOf(due []Warning) []string {
	var rules []string
	for _, w := range due {
		rule := w.Rule()
		if w.Route != "" {
			rule += " " + w.Route
		}
		rules = append(rules, rule)
	}
	return rules
}

// TestWarnings: each is given once in a window, as soon as the increments of live legs that have begun
// come to it, and foreseen.
func TestWarnings(t *testing.T) {
	c := Caps{Values: map[Subject]Values{
		{Scope: PerExtension}: {CostPerDay: Value(10 * money.Unit), RouteMinutesPerDay: 600, CostPerCall: 1},
		{Scope: PerTenant}:    {CostPerMonth: Value(100 * money.Unit), WarnAt: 5},
	}}
	b := NewBook(NewCalendar(time.UTC), c, noon)
	expect := func(a Account, now time.Time, next time.Duration, want ...string) {
		t.Helper()
		due, at := b.Warnings(a, now, time.Hour)
		if got := rulesOf(due); !slices.Equal(got, want) {
			t.Errorf("after %s %s is warned of %q, want %q", now.Sub(noon), a, got, want)
		}
		if wait := at.Sub(now); next == 0 && !at.IsZero() || next > 0 && (wait <= next-time.Second || wait > next) {
			t.Errorf("after %s the next warning of %s is due after %s, want %s", now.Sub(noon), a, wait, next)
		}
	}
	acme := Account{Tenant: "acme"}
	expect(acme101, noon, 0)
	l := &Leg{Account: acme101, Rate: rates.Rate{Route: "far", PerMinute: money.Unit, First: 1, Next: 1}}
	b.Add(l)
	expect(acme101, noon, 0) // a leg that rings uses nothing
	b.Answer(l, noon)
	expect(acme101, noon, 8*time.Minute)
	expect(acme, noon, 5*time.Minute)
	expect(acme, noon.Add(4*time.Minute), time.Minute)
	expect(acme, noon.Add(5*time.Minute), 0, "caps.tenant.cost_per_month")
	expect(acme, noon.Add(6*time.Minute), 0)
	expect(acme101, noon.Add(481*time.Second), 0, "caps.extension.cost_per_day", "caps.extension.route_minutes_per_day far")
	expect(acme101, noon.Add(482*time.Second), 0)
	// A cap that is raised is warned of again, and one that is lowered is not.
	b.SetRules(b.calendar, c.With(map[Subject]Values{{Scope: PerExtension}: {CostPerDay: Value(20 * money.Unit), RouteMinutesPerDay: 60}}))
	expect(acme101, noon.Add(10*time.Minute), 6*time.Minute)
	b.End(l, noon.Add(961*time.Second))
	expect(acme101, noon.Add(961*time.Second), 0, "caps.extension.cost_per_day")
	// The next day begins anew.
	b.Post(acme101, "2026-11-22", Usage{Cost: 16 * money.Unit}, noon.AddDate(0, 0, 1))
	expect(acme101, noon.AddDate(0, 0, 1), 0, "caps.extension.cost_per_day")
}

// TestMarkWarned: after a restart what was closed before is not told again.
func TestMarkWarned(t *testing.T) {
	c := Caps{Values: map[Subject]Values{{}: {CostPerDay: Value(10 * money.Unit), RouteMinutesPerDay: 600, AttemptsPerDay: 10}}}
	b := NewBook(NewCalendar(time.UTC), c, noon)
	b.Post(acme101, "2026-11-21", Usage{Cost: 8 * money.Unit, Attempts: 7}, noon)
	b.PostRoute(acme101, "2026-11-21", "far", 480, noon)
	b.MarkWarned(noon)
	b.Count(acme101, noon)
	l := &Leg{Account: acme101, Rate: rates.Rate{Route: "far", PerMinute: money.Unit, First: 1, Next: 1}, Answered: noon}
	b.Add(l)
	due, _ := b.Warnings(acme101, noon.Add(10*time.Second), time.Hour)
	if got := rulesOf(due); !slices.Equal(got, []string{"caps.extension.attempts_per_day"}) {
		t.Errorf("warned of %q", got)
	}
}

// TestCrowdIsWarned: also an account with many legs is warned, within a few seconds.
func TestCrowdIsWarned(t *testing.T) {
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{{}: {CostPerDay: Value(1000 * money.Unit)}}}, noon)
	add := func(now time.Time) {
		b.Add(&Leg{Account: acme101, Rate: rates.Rate{PerMinute: money.Unit, First: 1, Next: 1}, Answered: now})
	}
	for range 100 {
		add(noon)
	}
	_, next := b.Warnings(acme101, noon, time.Hour)
	if next.Sub(noon) <= 8*time.Minute-time.Second || next.Sub(noon) > 8*time.Minute {
		t.Fatalf("a hundred legs come to the warning after %s", next.Sub(noon))
	}
	for range 100 {
		add(noon)
	}
	later := noon.Add(warnWithin)
	if _, next = b.Warnings(acme101, later, time.Hour); next.Sub(noon) <= 4*time.Minute-time.Second || next.Sub(noon) > 4*time.Minute {
		t.Fatalf("two hundred legs come to the warning after %s", next.Sub(noon))
	}
	if due, _ := b.Warnings(acme101, next, time.Hour); len(due) != 1 {
		t.Errorf("warned of %v when it is due", due)
	}
}

// TestClosed: less than a twentieth of a cap that counts every call is as good as nothing.
func TestClosed(t *testing.T) {
	day, month := Value(10*money.Unit), Value(100*money.Unit)
	midnight, newYear := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		caps  Values
		usage Usage
		until time.Time // zero is open
	}{
		{"nothing used", Values{CostPerDay: day}, Usage{}, time.Time{}},
		{"a twentieth left", Values{CostPerDay: day}, Usage{Cost: 9_500_000}, time.Time{}},
		{"less left", Values{CostPerDay: day}, Usage{Cost: 9_500_001}, midnight},
		{"the later end", Values{CostPerDay: day, CostPerMonth: month}, Usage{Cost: 99 * money.Unit}, newYear},
		{"minutes", Values{MinutesPerDay: 600}, Usage{BilledSeconds: 571}, midnight},
		{"attempts", Values{AttemptsPerDay: 5}, Usage{Attempts: 5}, midnight},
		{"one attempt left", Values{AttemptsPerDay: 5}, Usage{Attempts: 4}, time.Time{}},
		{"nothing allowed", Values{MinutesPerMonth: 0}, Usage{}, newYear},
		{"only abroad", Values{InternationalMinutesPerDay: 60}, Usage{BilledSeconds: 60, InternationalSeconds: 60}, time.Time{}},
		{"lifted", Values{CostPerDay: Unlimited}, Usage{Cost: 99 * money.Unit}, time.Time{}},
	} {
		b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{{}: c.caps}}, noon)
		b.Post(acme101, "2026-11-21", c.usage, noon)
		cap, until, closed := b.Closed(acme101, noon)
		if closed != !c.until.IsZero() || !until.Equal(c.until) {
			t.Errorf("%s: closed %v by %s until %s", c.name, closed, cap.Kind, until)
		}
	}
	// What live legs have begun counts too; what is held while they ring is given back where nobody answers.
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{{}: {CostPerDay: day}}}, noon)
	b.Add(&Leg{Account: acme101, Rate: rates.Rate{PerMinute: 5 * money.Unit, First: 60, Next: 60}, Answered: noon})
	ringing := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 5 * money.Unit, First: 60, Next: 60}}
	b.Add(ringing)
	if _, _, closed := b.Closed(acme101, noon); closed {
		t.Error("an account is closed for a leg that rings")
	}
	b.Answer(ringing, noon)
	if _, _, closed := b.Closed(acme101, noon); !closed {
		t.Error("an account whose live legs have the whole cap is open")
	}
}
