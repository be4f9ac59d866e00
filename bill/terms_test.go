package bill

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

func TestParseRounding(t *testing.T) {
	for text, want := range map[string]Rounding{"60/60": {60, 60}, "30/6": {30, 6}, "1/1": {1, 1}, "3600/1": {3600, 1}} {
		if got, err := ParseRounding(text); got != want || err != nil || got.String() != text {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "60", "60/", "/60", "0/60", "60/0", "-1/1", "+1/1", "1/3601", "60/60/60", "60s/60s", "60 / 60", "1e1/1", "0x3c/60", "99999999999999999999/1"} {
		got, err := ParseRounding(text)
		if err == nil || got.Known() || !strings.Contains(err.Error(), "such as 60/60, 30/6 or 1/1") {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	if text := (Rounding{}).String(); text != "" {
		t.Errorf("no rounding is written %q", text)
	}
}

// rated makes a leg to one number that is charged by increments, at a price per minute.
func rated(answered time.Time, lasted time.Duration, increments Rounding, perMinute money.Amount) guard.Leg {
	l := guard.Leg{
		ID: answered.String(), Number: "44", Started: answered, Answered: answered, Ended: answered.Add(lasted), Priced: true,
		Rate: rates.Rate{Prefix: "44", PerMinute: perMinute, First: increments.First, Next: increments.Next},
	}
	l.Cost, l.BilledSeconds = l.Rate.Cost(answered, lasted), l.Rate.BilledSeconds(lasted)
	return l
}

// TestLonger: a leg of 70 s that is charged as 120 s.
func TestLonger(t *testing.T) {
	second := time.Second
	for _, c := range []struct {
		rounding  string
		tolerance time.Duration
		told      time.Duration
		want      time.Duration
	}{
		// Without a rounding all from what it lasted to what it was charged fits.
		{"", 0, 70 * second, 0},
		{"", 0, 90 * second, 0},
		{"", 0, 120 * second, 0},
		{"", 0, 121 * second, second},
		{"", 2 * second, 121 * second, 0},
		{"", 2 * second, 123 * second, second},
		{"", 0, 65 * second, -5 * second},
		{"", 2 * second, 65 * second, -3 * second},
		// The carrier's rounding takes the place of the price list's, also where it is finer.
		{"1/1", 2 * second, 72 * second, 0},
		{"1/1", 2 * second, 73 * second, second},
		{"1/1", 2 * second, 120 * second, 48 * second},
		{"1/1", 2 * second, 67 * second, -second},
		{"30/6", 0, 72 * second, 0},
		{"30/6", 2 * second, 72 * second, 0},
		{"30/6", 2 * second, 78 * second, 6 * second}, // of 72.001 s at least
		{"30/6", 3 * second, 78 * second, 0},          // of 72.5 s perhaps
		{"60/60", 0, 120 * second, 0},
		{"60/60", 2 * second, 180 * second, 60 * second},
		{"60/60", 50 * second, 120 * second, 0}, // the last second before another minute begins
		{"60/60", 51 * second, 180 * second, 0},
		{"60/60", 2 * second, 60 * second, -8 * second}, // of 60 s at most
		{"60/60", 10 * second, 60 * second, 0},
		{"3600/1", 2 * second, 3600 * second, 0},
		{"3600/1", 2 * second, 3601 * second, second},
		// A bill that is not rounded, although it should be, is not shorter for that.
		{"60/60", 2 * second, 70 * second, 0},
	} {
		terms := Terms{Tolerance: c.tolerance}
		if c.rounding != "" {
			var err error
			if terms.Rounding, err = ParseRounding(c.rounding); err != nil {
				t.Fatal(err)
			}
		}
		l := rated(noon, 70*second, Rounding{60, 60}, money.Unit)
		if got := (Pair{&Row{Lasted: c.told}, &l}).Longer(terms); got != c.want {
			t.Errorf("with %q and %s, %s on the bill is %s longer, not %s", c.rounding, c.tolerance, c.told, got, c.want)
		}
	}
}

// TestLongerCorrected: what a bill has shown before is not told of again.
func TestLongerCorrected(t *testing.T) {
	l := rated(noon, 70*time.Second, Rounding{60, 60}, money.Unit)
	l.BilledSeconds = 240
	terms := Terms{Rounding: Rounding{60, 60}}
	for told, want := range map[time.Duration]time.Duration{240 * time.Second: 0, 300 * time.Second: 60 * time.Second} {
		if got := (Pair{&Row{Lasted: told}, &l}).Longer(terms); got != want {
			t.Errorf("%s on the bill is %s longer, not %s", told, got, want)
		}
	}
}

// TestDearer: a leg of 70 s at 1.00 a minute by the second costs 1.166667.
func TestDearer(t *testing.T) {
	for _, c := range []struct {
		bill      string
		tolerance time.Duration
		want      money.Amount
	}{
		{"1.166667", 0, 0},
		{"1.166668", 0, 0}, // half a millionth is what cannot be told
		{"1.166669", 0, 2},
		{"1.16", 0, -6_667},
		{"1.17", 0, 0},
		{"1.2", 0, 0},
		{"1.1", 0, -66_667},
		{"1", 0, 0},
		{"2", 0, 833_333},
		{"1.20", 2 * time.Second, 0},
		{"1.21", 2 * time.Second, 10_000},
		{"1.13", 2 * time.Second, 0},
		{"1.12", 2 * time.Second, -13_334},
		{"0.00", 2 * time.Second, -1_133_334},
	} {
		amount, unit, err := cost(c.bill)
		if err != nil {
			t.Fatal(err)
		}
		l := rated(noon, 70*time.Second, Rounding{1, 1}, money.Unit)
		p := Pair{&Row{Lasted: 70 * time.Second, Cost: &amount}, &l}
		if got := p.Dearer(Terms{Tolerance: c.tolerance, Unit: unit}); got != c.want {
			t.Errorf("%s on the bill, give or take %s, is %d dearer, not %d", c.bill, c.tolerance, got, c.want)
		}
	}
	l := rated(noon, 70*time.Second, Rounding{1, 1}, money.Unit)
	if got := (Pair{&Row{Lasted: 70 * time.Second}, &l}).Dearer(Terms{}); got != 0 {
		t.Errorf("a bill without costs is %d dearer", got)
	}
}

// TestUnit: the finest cost of a bill says to what it was rounded, because programs leave out zeros.
func TestUnit(t *testing.T) {
	for costs, want := range map[string]money.Amount{"1": 1_000_000, "1 2.5": 100_000, "2,50 1": 10_000, "1.000001 2": 1} {
		text := "start,number,seconds,cost\n"
		for _, cost := range strings.Fields(costs) {
			text += fmt.Sprintf("2026-11-21 12:00:00,+44,1,%q\n", cost)
		}
		if b, err := Read(strings.NewReader(text), "b.csv", Options{}); err != nil || b.Unit != want {
			t.Errorf("%s: %+v, %v", costs, b, err)
		}
	}
	if b, err := Read(strings.NewReader("start,number,seconds\n2026-11-21 12:00:00,+44,1\n"), "b.csv", Options{}); err != nil || b.Unit != 0 {
		t.Errorf("a bill without costs: %+v, %v", b, err)
	}
}

// drawn is an evening of calls to a few numbers, many at the same second, and the carrier's bill of them.
type drawn struct {
	rounding Rounding
	terms    Terms
	legs     []guard.Leg
	text     strings.Builder
	file     []string // the rows of the bill, one for each leg
	decimals int
}

func draw(t *rapid.T) *drawn {
	roundings := []Rounding{{60, 60}, {30, 6}, {6, 6}, {1, 1}, {60, 1}, {1, 60}}
	d := &drawn{
		rounding: rapid.SampledFrom(roundings).Draw(t, "rounding"),
		decimals: rapid.IntRange(0, 6).Draw(t, "decimals"),
	}
	d.terms = Terms{Rounding: d.rounding, Tolerance: time.Duration(rapid.IntRange(0, 5000).Draw(t, "tolerance")) * time.Millisecond}
	increments := rapid.SampledFrom(append(roundings, d.rounding)).Draw(t, "the price list's increments")
	at := noon
	for range rapid.IntRange(1, 15).Draw(t, "calls") {
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 90, 400}).Draw(t, "pause")) * time.Second)
		lasted := time.Duration(rapid.IntRange(0, 400_000).Draw(t, "lasted")) * time.Millisecond
		l := rated(at, lasted, increments, money.Amount(rapid.IntRange(0, 3_000_000).Draw(t, "price")))
		l.ID = fmt.Sprint(len(d.legs))
		d.legs = append(d.legs, l)
		d.file = append(d.file, d.row(&l, lasted, l.Cost))
	}
	return d
}

// row writes a call as the carrier does: its length rounded up, its cost to the nearest decimal.
func (d *drawn) row(l *guard.Leg, lasted time.Duration, cost money.Amount) string {
	unit := money.Unit
	for range d.decimals {
		unit /= 10
	}
	cost = (cost + unit/2) / unit * unit
	text := fmt.Sprintf("%d.%06d", cost/money.Unit, cost%money.Unit)
	text = strings.TrimSuffix(text[:len(text)-6+d.decimals], ".")
	return fmt.Sprintf("%s,+%s,%d,%s\n", l.Answered.Format(time.DateTime), l.Number, int64(d.rounding.Up(lasted)/time.Second), text)
}

// compare reads the bill, in any order, and matches it.
func (d *drawn) compare(t *rapid.T) []Pair {
	for _, row := range rapid.Permutation(d.file).Draw(t, "order") {
		d.text.WriteString(row)
	}
	b, err := Read(strings.NewReader("start,number,seconds,cost\n"+d.text.String()), "b.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.terms.Unit = b.Unit
	return Match(b.Rows, britain, d.legs, d.rounding)
}

// TestOwnBill: a bill that a carrier makes of our own legs, by rounding them, differs in nothing. Where
// calls begin at the same second, the bill does not tell which is which: only their lengths are compared.
func TestOwnBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		together := make(map[time.Time]int)
		for i := range d.legs {
			together[d.legs[i].Answered]++
		}
		for _, p := range d.compare(t) {
			if p.Row == nil || p.Leg == nil {
				t.Fatalf("%+v %+v is alone", p.Row, p.Leg)
			}
			if longer := p.Longer(d.terms); longer != 0 {
				t.Errorf("%s on the bill is %s longer than %s", p.Row.Lasted, longer, talked(p.Leg))
			}
			if dearer := p.Dearer(d.terms); dearer != 0 && together[p.Leg.Answered] == 1 {
				t.Errorf("%s on the bill is %s dearer than %s", *p.Row.Cost, dearer, p.Leg.Cost)
			}
		}
	})
}

// TestLongerIsTold: a call that is longer at the carrier, by more than an increment and the tolerance, is
// told of, whatever else is on the bill.
func TestLongerIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		i := rapid.IntRange(0, len(d.legs)-1).Draw(t, "which")
		l := &d.legs[i]
		step := time.Duration(max(d.rounding.First, d.rounding.Next)) * time.Second
		more := d.terms.Tolerance + step + time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "more"))
		d.terms.Unit = money.Unit
		d.file[i] = d.row(l, talked(l)+more, l.Cost)
		for _, p := range d.compare(t) {
			if p.Row == nil || p.Leg == nil {
				t.Fatalf("%+v %+v is alone", p.Row, p.Leg)
			}
			if p.Longer(d.terms) > 0 {
				return
			}
		}
		t.Errorf("a call of %s that is %s longer on the bill is not told of:\n%s", talked(l), more, d.text.String())
	})
}
