package rates

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
)

const second = time.Second

func rate(perMinute, connect money.Amount, first, next int) *Rate {
	return &Rate{Prefix: "39", Route: "Italy", PerMinute: perMinute, Connect: connect, First: first, Next: next}
}

func TestWorkedExamples(t *testing.T) {
	for _, c := range []struct {
		name    string
		rate    *Rate
		elapsed time.Duration
		seconds int64
		cost    money.Amount
		next    time.Duration
	}{
		{"before the answer", rate(60_000_000, 5, 60, 60), -1, 0, 0, 0},
		{"at the answer", rate(60_000_000, 0, 60, 60), 0, 60, 60_000_000, 0},
		{"just after the answer", rate(60_000_000, 0, 60, 60), 1, 60, 60_000_000, 60 * second},
		{"a whole minute", rate(60_000_000, 0, 60, 60), 60 * second, 60, 60_000_000, 60 * second},
		{"a nanosecond more", rate(60_000_000, 0, 60, 60), 60*second + 1, 120, 120_000_000, 120 * second},
		{"30/6 within the first", rate(60_000_000, 0, 30, 6), 29 * second, 30, 30_000_000, 30 * second},
		{"30/6 beyond the first", rate(60_000_000, 0, 30, 6), 31 * second, 36, 36_000_000, 36 * second},
		{"1/1 counts begun seconds", rate(60_000_000, 0, 1, 1), 41*second + 500*time.Millisecond, 42, 42_000_000, 42 * second},
		{"connect fee once", rate(60_000_000, 250_000, 1, 1), 10 * second, 10, 10_250_000, 10 * second},
		{"rounded up once", rate(100, 0, 1, 1), 2 * second, 2, 4, 2 * second},
		{"free", rate(0, 0, 60, 60), time.Hour, 3600, 0, time.Hour},
		{"three days", rate(1_000_000, 0, 60, 60), 72 * time.Hour, 259_200, 4_320_000_000, 72 * time.Hour},
	} {
		if got := c.rate.BilledSeconds(c.elapsed); got != c.seconds {
			t.Errorf("%s: %d billed seconds, want %d", c.name, got, c.seconds)
		}
		if got := c.rate.Cost(noon, c.elapsed); got != c.cost {
			t.Errorf("%s: costs %v, want %v", c.name, got, c.cost)
		}
		if got := c.rate.NextIncrement(c.elapsed); got != c.next {
			t.Errorf("%s: next increment at %v, want %v", c.name, got, c.next)
		}
	}
}

func TestAffordable(t *testing.T) {
	for _, c := range []struct {
		name   string
		rate   *Rate
		budget money.Amount
		want   time.Duration
		ok     bool
	}{
		{"two minutes", rate(1_000_000, 0, 60, 60), 2_500_000, 2 * time.Minute, true},
		{"to the millionth", rate(1_000_000, 0, 60, 60), 3_000_000, 3 * time.Minute, true},
		{"not the first increment", rate(1_000_000, 0, 60, 60), 999_999, 0, false},
		{"not the connect fee", rate(1_000_000, 10_000_000, 1, 1), 9_000_000, 0, false},
		{"more than the horizon", rate(1_000_000, 0, 60, 60), 1_000_000_000, 15 * time.Minute, true},
		{"free, and nothing left", rate(0, 0, 60, 60), 0, 15 * time.Minute, true},
		{"free, and overspent", rate(0, 0, 60, 60), -1, 0, false},
	} {
		if got, ok := c.rate.Affordable(noon, c.budget, 15*time.Minute); got != c.want || ok != c.ok {
			t.Errorf("%s: %v, %v; want %v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
	if _, ok := rate(0, 0, 1, 1).Affordable(noon, 0, -1); ok {
		t.Error("a negative horizon is affordable")
	}
}

// goodRates draws rates within Check's bounds.
func goodRates() *rapid.Generator[*Rate] {
	return rapid.Custom(func(t *rapid.T) *Rate {
		prices := rapid.OneOf(rapid.Int64Range(0, 5_000_000), rapid.Int64Range(0, int64(maxPrice)))
		increments := rapid.OneOf(rapid.SampledFrom([]int{1, 6, 30, 60, maxIncrement}), rapid.IntRange(1, maxIncrement))
		r := rate(money.Amount(prices.Draw(t, "price")), money.Amount(prices.Draw(t, "connect")), increments.Draw(t, "first"), increments.Draw(t, "next"))
		r.Minimum = rapid.SampledFrom([]int{0, 0, 7, 60, 90}).Draw(t, "minimum")
		r.Grace = rapid.SampledFrom([]int{0, 0, 1, 6, 100}).Draw(t, "grace")
		r.Tiers = someTiers().Draw(t, "tiers")
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		return r
	})
}

// someTiers draws tiers, mostly none.
func someTiers() *rapid.Generator[*Tiers] {
	return rapid.Custom(func(t *rapid.T) *Tiers {
		var parts []string
		for range rapid.SampledFrom([]int{0, 0, 1, 2, 4}).Draw(t, "tiers") {
			days := rapid.SampledFrom([]string{"", "mon-fri ", "sat,sun ", "fri-mon "}).Draw(t, "days")
			hours := rapid.SampledFrom([]string{"", "08:00-18:00 ", "00:00-02:30 ", "18:00-24:00 "}).Draw(t, "hours")
			after := rapid.SampledFrom([]string{"", "after 60 ", "after 601 "}).Draw(t, "after")
			parts = append(parts, days+hours+after+rapid.SampledFrom([]string{"0", "0.08", "1.000001"}).Draw(t, "price"))
		}
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Rome", "Asia/Kolkata", "Asia/Beirut", "Australia/Lord_Howe"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		tiers, err := ParseTiers(strings.Join(parts, " | "), zone)
		if err != nil {
			t.Fatal(err)
		}
		return tiers
	})
}

// elapsedTimes draws durations up to 40 days, many of them at or beside a whole second.
func elapsedTimes() *rapid.Generator[time.Duration] {
	return rapid.Custom(func(t *rapid.T) time.Duration {
		whole := rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 40*24*3600)).Draw(t, "seconds")
		return time.Duration(whole)*second + time.Duration(rapid.SampledFrom([]int64{-1, 0, 1, 500_000_000}).Draw(t, "beside"))
	})
}

func TestCostNeverFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := goodRates().Draw(t, "rate")
		a, b := elapsedTimes().Draw(t, "a"), elapsedTimes().Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		if r.Cost(noon, a) > r.Cost(noon, b) || r.BilledSeconds(a) > r.BilledSeconds(b) || r.NextIncrement(a) > r.NextIncrement(b) {
			t.Fatalf("less at %v than at %v", b, a)
		}
	})
}

// The naive reading of the promise: step through the increments one by one.
func TestBilledSecondsCountBegunIncrements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rate(1, 0, rapid.IntRange(1, 90).Draw(t, "first"), rapid.IntRange(1, 90).Draw(t, "next"))
		elapsed := time.Duration(rapid.Int64Range(-1, int64(10*time.Minute)).Draw(t, "elapsed"))
		if rapid.Bool().Draw(t, "whole seconds") {
			elapsed = elapsed.Truncate(second)
		}
		var billed int64
		offset, size := time.Duration(0), r.First
		for elapsed >= 0 && (offset == 0 || offset < elapsed) {
			billed += int64(size)
			offset += time.Duration(size) * second
			size = r.Next
		}
		if got := r.BilledSeconds(elapsed); got != billed {
			t.Fatalf("%d, want %d", got, billed)
		}
		if next := r.NextIncrement(elapsed); elapsed > 0 && next != offset {
			t.Fatalf("next increment at %v, want %v", next, offset)
		}
	})
}

func TestNextIncrementIsWhereTheCostGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, elapsed := goodRates().Draw(t, "rate"), elapsedTimes().Draw(t, "elapsed")
		next := r.NextIncrement(elapsed)
		if next < elapsed {
			t.Fatalf("%v is before %v", next, elapsed)
		}
		if elapsed > 0 && r.BilledSeconds(next) != r.BilledSeconds(elapsed) {
			t.Fatal("an increment began before the next one")
		}
		if next > 0 && r.BilledSeconds(next+1) <= r.BilledSeconds(next) {
			t.Fatal("no increment begins there")
		}
	})
}

func TestAffordableIsTheInverseOfCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, horizon := goodRates().Draw(t, "rate"), max(0, elapsedTimes().Draw(t, "horizon"))
		budget := money.Amount(rapid.Int64Range(-1, int64(r.Cost(noon, horizon))+10).Draw(t, "budget"))
		d, ok := r.Affordable(noon, budget, horizon)
		if !ok {
			if r.Cost(noon, 0) <= budget {
				t.Fatal("refused what the budget pays")
			}
			return
		}
		if d > horizon || r.Cost(noon, d) > budget {
			t.Fatalf("%v costs %v", d, r.Cost(noon, d))
		}
		if d < horizon && r.Cost(noon, d+1) <= budget {
			t.Fatalf("%v is not the longest", d)
		}
	})
}

func TestFortyDaysFit(t *testing.T) {
	dearest := rate(maxPrice, maxPrice, maxIncrement, maxIncrement)
	if cost := dearest.Cost(noon, 40*24*time.Hour); cost != 57_601*maxPrice {
		t.Errorf("40 days cost %v", cost)
	}
	if cost := dearest.Cost(noon, 10*366*24*time.Hour); cost == money.Max {
		t.Error("ten years do not fit")
	}
}

// A rate that nobody checked must not panic or wrap round to a small amount.
func TestUncheckedRatesStayHarmless(t *testing.T) {
	if got := (&Rate{}).BilledSeconds(second * 3); got != 3 {
		t.Errorf("the zero rate bills %d seconds", got)
	}
	wild := Rate{PerMinute: money.Max, Connect: money.Max, First: math.MinInt, Next: math.MaxInt}
	for _, elapsed := range []time.Duration{math.MinInt64, -1, 0, 1, math.MaxInt64} {
		cost, next := wild.Cost(noon, elapsed), wild.NextIncrement(elapsed)
		if elapsed >= 0 && cost != money.Max || next < elapsed {
			t.Errorf("at %v: cost %v, next %v", elapsed, cost, next)
		}
	}
	if d, ok := wild.Affordable(noon, money.Max, math.MaxInt64); !ok || d != math.MaxInt64 {
		t.Errorf("affordable %v, %v", d, ok)
	}
}

func TestCheckRefuses(t *testing.T) {
	good := rate(1, 1, 1, 1)
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Rate){
		"no prefix":        func(r *Rate) { r.Prefix = "" },
		"letters":          func(r *Rate) { r.Prefix = "39a" },
		"plus":             func(r *Rate) { r.Prefix = "+39" },
		"long prefix":      func(r *Rate) { r.Prefix = "1234567890123456" },
		"negative price":   func(r *Rate) { r.PerMinute = -1 },
		"negative connect": func(r *Rate) { r.Connect = -1 },
		"absurd price":     func(r *Rate) { r.PerMinute = maxPrice + 1 },
		"absurd connect":   func(r *Rate) { r.Connect = maxPrice + 1 },
		"no increment":     func(r *Rate) { r.First = 0 },
		"endless":          func(r *Rate) { r.Next = maxIncrement + 1 },
		"negative minimum": func(r *Rate) { r.Minimum = -1 },
		"endless grace":    func(r *Rate) { r.Grace = maxIncrement + 1 },
		"old":              func(r *Rate) { r.ValidFrom = time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC) },
		"far":              func(r *Rate) { r.ValidUntil = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) },
		"ends before":      func(r *Rate) { r.ValidFrom, r.ValidUntil = noon, noon },
		"long route":       func(r *Rate) { r.Route = string(make([]byte, maxRoute+1)) },
	} {
		r := *good
		spoil(&r)
		if r.Check() == nil {
			t.Errorf("%s passes", name)
		}
	}
}
