package limits

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// ends gives how long after now each leg may go on.
func ends(b *Book, now time.Time, horizon time.Duration) map[*Leg]time.Duration {
	out := make(map[*Leg]time.Duration)
	for _, d := range b.Deadlines("acme", now, horizon) {
		out[d.Leg] = d.At.Sub(now)
	}
	return out
}

// TestOthersGoOn: the leg whose next increment does not fit ends, and the others use what is left.
func TestOthersGoOn(t *testing.T) {
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{{}: {CostPerDay: Value(4 * money.Unit)}}}, noon)
	dear := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 3 * money.Unit, First: 60, Next: 60}, Answered: noon}
	cheap := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 60_000, First: 1, Next: 1}, Answered: noon}
	b.Add(dear)
	b.Add(cheap)
	got := ends(b, noon, time.Hour)
	if got[dear] != time.Minute || got[cheap] != 1000*time.Second {
		t.Errorf("the dear leg may go on for %s, the cheap one for %s", got[dear], got[cheap])
	}
}

// TestOverMidnight: a leg that would use up the day's cap may go on where the day changes first.
func TestOverMidnight(t *testing.T) {
	night := time.Date(2026, 11, 21, 23, 59, 30, 0, time.UTC)
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{
		{Scope: PerExtension}: {CostPerDay: Value(money.Unit)}, {Scope: PerTenant}: {CostPerMonth: Value(100 * money.Unit)},
	}}, night)
	b.Post(acme101, "2026-11-21", Usage{Cost: 700_000}, night)
	l := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 600_000, First: 1, Next: 1}, Answered: night}
	b.Add(l)
	// 30 s for what is left of the old day's cap, and 100 s for the new one's.
	if got := ends(b, night, time.Hour)[l]; got != 130*time.Second {
		t.Errorf("the leg may go on for %s", got)
	}
	if got := ends(b, night, time.Minute)[l]; got != time.Minute {
		t.Errorf("within a horizon of a minute the leg may go on for %s", got)
	}
	b.Post(acme101, "2026-11-21", Usage{Cost: 1}, night)
	if got := ends(b, night, time.Hour)[l]; got != 29*time.Second {
		t.Errorf("with less left of the old day's cap the leg may go on for %s", got)
	}
}

// TestStoppedBeforeMidnight: what a leg did not use of the old day, because it had to end, is nothing
// that the others can use in the new one.
func TestStoppedBeforeMidnight(t *testing.T) {
	night := time.Date(2026, 11, 21, 23, 58, 0, 0, time.UTC)
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{{}: {CostPerDay: Value(10 * money.Unit)}}}, night)
	dear := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 6 * money.Unit, First: 60, Next: 60}, Answered: night}
	cheap := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 600_000, First: 1, Next: 1}, Answered: night}
	b.Add(dear)
	b.Add(cheap)
	if got := ends(b, night, time.Hour); got[dear] != time.Minute || got[cheap] != 2*time.Minute+1000*time.Second {
		t.Errorf("the dear leg may go on for %s, the cheap one for %s", got[dear], got[cheap])
	}
}

// TestUnknownAnswer: where the answer was not seen, no increment is known to be paid for.
func TestUnknownAnswer(t *testing.T) {
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{{}: {CostPerDay: Value(3 * money.Unit)}}}, noon)
	l := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 3 * money.Unit, First: 60, Next: 60}, Answered: noon, Estimated: true}
	b.Add(l)
	if got := ends(b, noon.Add(90*time.Second), time.Hour)[l]; got != 0 {
		t.Errorf("a leg whose cap may be broken goes on for %s", got)
	}
	// A leg that rang when the watch was lost counts as answered since then.
	ringing := &Leg{Account: acme102, Rate: l.Rate, Unwatched: noon}
	b.Add(ringing)
	if got := ends(b, noon.Add(20*time.Second), time.Hour)[ringing]; got != 40*time.Second {
		t.Errorf("an unwatched leg goes on for %s", got)
	}
}

// TestCrowdSearch: where many legs share a cap, the moment is sought another way, and found to a grain.
func TestCrowdSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plan{
			measure: &cost, calendar: NewCalendar(time.UTC), window: Window{Start: noon.Add(-12 * time.Hour), End: noon.Add(12 * time.Hour)},
			now: noon, end: noon.Add(time.Hour), limit: Value(rapid.Int64Range(0, 2_000_000_000).Draw(t, "limit")),
		}
		same := rapid.Bool().Draw(t, "answered together")
		for i := range crowd + 1 + rapid.IntRange(0, 100).Draw(t, "more") {
			l := &Leg{Account: acme101, Rate: tiered(t), Answered: noon}
			if !same {
				l.Answered = noon.Add(-time.Duration(i*997) * time.Millisecond)
			}
			p.legs = append(p.legs, l)
		}
		switch at := p.full(); {
		case at.Equal(p.end):
			if p.total(0, p.window, p.end) > p.limit {
				t.Fatal("nothing ends, and the cap is broken")
			}
		case at.Equal(noon):
			if p.total(0, p.window, noon.Add(grain)) <= p.limit {
				t.Fatal("ends at once, and the cap is not near")
			}
		default:
			if p.total(0, p.window, at) > p.limit || p.total(0, p.window, at.Add(grain)) <= p.limit {
				t.Fatalf("%s is not the moment", at.Sub(noon))
			}
		}
	})
}
