package limits

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits/limitstest"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// TestClockSet: a clock that is set over midnight and back opens no cap, and moves no money that is charged.
func TestClockSet(t *testing.T) {
	const cap = 100
	caps := Caps{Values: map[Subject]Values{{Scope: PerExtension}: {CostPerDay: cap}}}
	begin := limitstest.Running(time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC))
	b := NewBook(NewCalendar(time.UTC), caps, begin)
	post := func(day string, amount money.Amount, now time.Time) { b.Post(acme101, day, Usage{Cost: amount}, now) }
	spent := func(what string, want money.Amount, now time.Time) {
		t.Helper()
		if got := b.Spent(acme101, Day, now); got != want {
			t.Errorf("%s, %d is spent, not %d", what, got, want)
		}
	}
	post("2026-11-21", 70, begin)
	next := limitstest.SetClock(begin.Add(time.Minute), 12*time.Hour)
	if b.Spent(acme101, Day, next); !b.Look(next) || b.Look(next.Add(time.Hour)) { // whoever asked first
		t.Error("the clock was set once, and this is not seen")
	}
	if day, unknown := b.Unknown(); !unknown || day != "2026-11-22" {
		t.Errorf("the clock was there before, for all that is known, and %s is unknown: %v", day, unknown)
	}
	b.Recall("2026-11-22", nil, nil, next)
	spent("on the next day", 0, next)
	post("2026-11-22", 20, next)
	// A second a piece, from one second before the clock is set back.
	live := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 60, First: 1, Next: 1}}
	b.Add(live)
	answered := next.Add(2 * time.Hour)
	b.Answer(live, answered)
	back := limitstest.SetClock(answered.Add(time.Second), -12*time.Hour)
	spent("back again, with a second of a live call", 71, back)
	deadlines := b.Deadlines(acme101.Tenant, back, 15*time.Minute)
	if len(deadlines) != 1 || deadlines[0].At.Sub(back) != 29*time.Second {
		t.Errorf("the live call may go on for %+v", deadlines)
	}
	charges := b.End(live, back.Add(19*time.Second))
	if len(charges) != 1 || charges[0] != (Charge{Day: "2026-11-21", Amount: 20, Price: 20, BilledSeconds: 20}) {
		t.Errorf("it is charged %+v", charges)
	}
	spent("then", 90, back.Add(time.Minute))
	// Ten seconds before a day of which 95 are used already, and with 10 left of this one.
	post("2026-11-22", 75, back.Add(time.Minute))
	evening := back.Add(2*time.Hour - 71*time.Second)
	late := &Leg{Account: acme101, Rate: live.Rate}
	b.Add(late)
	b.Answer(late, evening)
	if d := b.Deadlines(acme101.Tenant, evening, 15*time.Minute); len(d) != 1 || d[0].At.Sub(evening) != 15*time.Second {
		t.Errorf("over midnight a call may go on for %s: %+v", d[0].At.Sub(evening), d)
	}
	b.End(late, evening)
	post("2026-11-22", -75, evening)
	spent("when the next day comes as it does", 20, back.Add(14*time.Hour))
	if _, unknown := b.Unknown(); unknown {
		t.Error("a day that was left a moment ago is unknown")
	}
}

// TestClockSetForward: a live call that has lasted a minute costs a minute, though the clock says that days
// have gone by, and the day that it comes to owes it nothing.
func TestClockSetForward(t *testing.T) {
	begin := limitstest.Running(time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC))
	b := NewBook(NewCalendar(time.UTC), Caps{}, begin)
	live := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 60, First: 1, Next: 1}}
	b.Add(live)
	b.Answer(live, begin)
	later := limitstest.SetClock(begin.Add(time.Minute), 50*time.Hour)
	if got := b.Spent(acme101, Day, later); got != 60 {
		t.Errorf("a minute costs %d", got)
	}
	// One that has ended is charged in the days that its own times show.
	past := &Leg{Account: acme101, Rate: live.Rate, Answered: begin}
	if charges := b.Charges(past, later); len(charges) != 1 || charges[0] != (Charge{Day: "2026-11-21", Amount: 60, Price: 60, BilledSeconds: 60}) {
		t.Errorf("a call that has ended is charged %+v", charges)
	}
	charges := b.End(live, later.Add(time.Second))
	if len(charges) != 1 || charges[0] != (Charge{Day: "2026-11-23", Amount: 61, Price: 61, BilledSeconds: 61}) {
		t.Errorf("it is charged %+v", charges)
	}
}

// TestRecall: of a day of which the book knows nothing, what a store has counts, and what was posted
// meanwhile is not counted twice.
func TestRecall(t *testing.T) {
	begin := limitstest.Running(time.Date(2036, 1, 1, 0, 30, 0, 0, time.UTC)) // a machine that woke up with a wrong clock
	b := NewBook(NewCalendar(time.UTC), Caps{}, begin)
	if _, unknown := b.Unknown(); unknown {
		t.Error("a book that begins knows what was posted to it")
	}
	now := limitstest.SetClock(begin.Add(time.Minute), -9*365*24*time.Hour)
	b.Look(now)
	day, unknown := b.Unknown()
	if !unknown || day != now.Format(time.DateOnly) {
		t.Fatalf("set back to %s: %s %v", now, day, unknown)
	}
	b.Post(acme101, day, Usage{Cost: 5, BilledSeconds: 2}, now)
	b.PostRoute(acme101, day, "far", 2, now)
	b.Post(acme102, day, Usage{Cost: 3}, now)
	rows := []Row{{acme101, day, Usage{Cost: 40, BilledSeconds: 10, Attempts: 4}}, {acme101, day[:7], Usage{Cost: 100}}}
	for range 2 { // the second time it is known
		b.Recall(day, rows, []RouteRow{{acme101, day, "far", 10}}, now)
		for _, c := range []struct {
			account Account
			kind    Kind
			want    Value
		}{{acme101, CostPerDay, 40}, {acme102, CostPerDay, 3}, {acme101.tenant(), CostPerDay, 43}, {acme101, CostPerMonth, 140},
			{acme101, AttemptsPerDay, 4}, {acme101, RouteMinutesPerDay, 10}, {acme101.tenant(), RouteMinutesPerDay, 10}} {
			if used, _ := b.Used(c.account, c.kind, "far", now); used != c.want {
				t.Errorf("%s of %s: %d, not %d", c.kind, c.account, used, c.want)
			}
		}
		if _, unknown := b.Unknown(); unknown {
			t.Error("it is still unknown")
		}
	}
}
