package rates

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
)

// stepByStep is the naive reading of how a call is charged: one increment after the other, each at
// the price that the text of the tiers gives for its own moment.
func stepByStep(r *Rate, answered time.Time, elapsed time.Duration) money.Amount {
	begun := int64((elapsed + second - 1) / second)
	if elapsed < 0 || r.Grace > 0 && begun < int64(r.Grace) {
		return 0
	}
	sixtieths := new(big.Int)
	for offset, seconds := int64(0), int64(0); offset == 0 || time.Duration(offset)*second < elapsed; {
		length := int64(r.Next)
		if offset == 0 {
			length = int64(r.First)
		}
		billed := length
		if seconds == 0 { // the minimum swallows the increments that end within it
			for length+int64(r.Next) <= int64(r.Minimum) {
				length += int64(r.Next)
			}
			billed = max(length, int64(r.Minimum))
		} else if seconds > offset {
			billed = offset + length - seconds
		}
		price := priceByText(r, answered.Add(time.Duration(offset)*second), offset)
		sixtieths.Add(sixtieths, new(big.Int).Mul(big.NewInt(int64(price)), big.NewInt(billed)))
		offset, seconds = offset+length, seconds+billed
	}
	up := new(big.Int).Add(sixtieths, big.NewInt(59))
	return r.Connect + money.Amount(up.Div(up, big.NewInt(60)).Int64())
}

func priceByText(r *Rate, at time.Time, offset int64) money.Amount {
	price := r.PerMinute
	if r.Tiers == nil {
		return price
	}
	local := at.In(r.Tiers.Zone())
	day, hour := strings.ToLower(local.Format("Mon")), local.Format("15:04")
	for part := range strings.SplitSeq(r.Tiers.String(), " | ") {
		words := strings.Fields(part)
		holds := true
		for i := 0; i < len(words)-1; i++ {
			from, to, span := strings.Cut(words[i], "-")
			switch {
			case words[i] == "after":
				i++
				holds = holds && time.Duration(offset)*second >= duration(words[i])
			case span:
				holds = holds && from <= hour && hour < to
			default:
				holds = holds && strings.Contains(words[i], day)
			}
		}
		if holds {
			amount, err := money.Parse(words[len(words)-1])
			if err != nil {
				panic(err)
			}
			price = amount
		}
	}
	return price
}

func duration(seconds string) time.Duration {
	d, err := time.ParseDuration(seconds + "s")
	if err != nil {
		panic(err)
	}
	return d
}

func TestCostIsThatOfItsIncrements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := goodRates().Draw(t, "rate")
		r.First, r.Next = max(r.First%100, 1), max(r.Next%100, 1)
		r.PerMinute, r.Connect = r.PerMinute%(10*money.Unit), r.Connect%(10*money.Unit)
		// Around a change of the clock in each of the zones, and at any other time.
		from := rapid.SampledFrom([]time.Time{noon, time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), time.Date(2026, 4, 4, 12, 0, 0, 0, time.UTC)}).Draw(t, "around")
		answered := from.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Hour)).Draw(t, "answered")))
		elapsed := time.Duration(rapid.Int64Range(-1, int64(9*time.Hour)).Draw(t, "elapsed"))
		if rapid.Bool().Draw(t, "whole seconds") {
			elapsed = elapsed.Truncate(second)
		}
		if got, want := r.Cost(answered, elapsed), stepByStep(r, answered, elapsed); got != want {
			t.Fatalf("%v from %s costs %v, and its increments %v: %+v %s", elapsed, answered, got, want, *r, r.Tiers)
		}
	})
}

// A rate with tiers that all say its own price costs what it costs without.
func TestTiersOfOnePriceChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := goodRates().Draw(t, "rate")
		plain := *r
		plain.Tiers = nil
		r.Tiers = r.Tiers.with(func(money.Amount) money.Amount { return r.PerMinute })
		elapsed := elapsedTimes().Draw(t, "elapsed")
		if got, want := r.Cost(noon, elapsed), plain.Cost(noon, elapsed); got != want {
			t.Fatalf("%v, without tiers %v", got, want)
		}
	})
}

func TestTierTexts(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"0.12":                            "0.12",
		"mon-fri 08:00-18:00 0.12":        "mon,tue,wed,thu,fri 08:00-18:00 0.12",
		"sat-mon 0.1|after 600 0.08":      "sun,mon,sat 0.10 | after 600 0.08",
		" sun-sat 00:00-24:00  after 5 1": "after 5 1.00",
	} {
		tiers, err := ParseTiers(text, nil)
		if err != nil || tiers.String() != want {
			t.Errorf("%q: %q, %v; want %q", text, tiers, err, want)
		}
	}
	for text, reason := range map[string]string{
		"mon-fri":         "",
		"0.12 |":          "write days",
		"monday 0.1":      "are no days",
		"mon- 0.1":        "are no days",
		"18:00-08:00 0.1": "over midnight",
		"08:00-08:00 0.1": "over midnight",
		"8:00-18:00 0.1":  "no time of the day",
		"08:00-24:01 0.1": "no time of the day",
		"08:00 0.1":       "no time of the day",
		"after 0 0.1":     "write seconds",
		"after 0.1":       "write days",
		"mon 0.1 0.2":     "write days",
		"-0.1":            "from 0 to",
		"1000001":         "from 0 to",
		strings.Repeat("mon-sat 00:01-23:59 after 86400 999.99|", 19) + "1": "with all days named",
		strings.Repeat("0.1|", 300):                                         "characters",
		strings.Repeat("1|", 20) + "1":                                      "at most 20",
	} {
		if tiers, err := ParseTiers(text, nil); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %v, %v; want %q", text, tiers, err, reason)
		}
	}
}

func FuzzTiers(f *testing.F) {
	f.Add("mon-fri 08:00-18:00 after 60 0.12 | sat,sun 0.04", int64(0), int64(time.Hour))
	f.Fuzz(func(t *testing.T, text string, answered, elapsed int64) {
		tiers, err := ParseTiers(text, nil)
		if err != nil || tiers == nil {
			return
		}
		again, err := ParseTiers(tiers.String(), nil)
		if err != nil || again.String() != tiers.String() {
			t.Fatalf("%q is read again as %q, %v", tiers, again, err)
		}
		r := rate(1, 0, 60, 60)
		r.Tiers = tiers
		from, lasting := time.Unix(answered%4e9, 0), time.Duration(elapsed)%(100*time.Hour)
		if r.Cost(from, lasting) > r.Cost(from, lasting+time.Minute) {
			t.Fatal("the cost falls")
		}
	})
}
