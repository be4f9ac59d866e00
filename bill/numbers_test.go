package bill

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/number"
)

// homes dial in several countries; forms are how carriers there write one of their numbers.
var homes = map[string]struct {
	plan  number.Plan
	forms []form
}{
	"IT": {number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}, OutsideLine: "0"}, []form{
		{"390612345678", []string{"+390612345678", "+39 06 1234 5678", "00390612345678", "390612345678", "0612345678"}},
		{"393471234567", []string{"+393471234567", "00393471234567", "393471234567", "3471234567"}},
		{"442079460000", []string{"+442079460000", "00442079460000", "442079460000"}},
		{"12125551234", []string{"+12125551234", "0012125551234", "12125551234"}},
	}},
	"DE": {number.Plan{Country: "DE", InternationalPrefixes: []string{"00"}, AreaCode: "89"}, []form{
		{"498930123456", []string{"+498930123456", "00498930123456", "498930123456", "08930123456", "30123456"}},
		{"491701234567", []string{"+491701234567", "00491701234567", "491701234567", "01701234567"}},
		{"390612345678", []string{"+390612345678", "00390612345678", "390612345678"}},
	}},
	"GB": {number.Plan{Country: "GB", InternationalPrefixes: []string{"00"}, AreaCode: "20"}, []form{
		{"442079460000", []string{"+442079460000", "00442079460000", "442079460000", "02079460000", "79460000"}},
		{"491701234567", []string{"+491701234567", "00491701234567", "491701234567"}},
	}},
	"US": {number.Plan{Country: "US", InternationalPrefixes: []string{"011"}, AreaCode: "212"}, []form{
		{"12125551234", []string{"+12125551234", "01112125551234", "0012125551234", "12125551234", "2125551234", "5551234"}},
		{"442079460000", []string{"+442079460000", "011442079460000", "00442079460000", "442079460000"}},
	}},
	"FR": {number.Plan{Country: "FR", InternationalPrefixes: []string{"00"}}, []form{
		{"33612345678", []string{"+33612345678", "0033612345678", "33612345678", "0612345678"}},
		{"390612345678", []string{"+390612345678", "00390612345678", "390612345678"}},
	}},
	"ES": {number.Plan{Country: "ES", InternationalPrefixes: []string{"00"}}, []form{
		{"34912345678", []string{"+34912345678", "0034912345678", "34912345678", "912345678"}},
		{"33612345678", []string{"+33612345678", "0033612345678", "33612345678"}},
	}},
}

type form struct {
	e164    string
	written []string
}

// TestNumbersOfBills: a leg is found by its number in whatever form a carrier of a country writes it, and
// where there is no leg the number is taken for the same.
func TestNumbersOfBills(t *testing.T) {
	for home, c := range homes {
		numbers := NewNumbers(c.plan)
		for _, f := range c.forms {
			for _, written := range f.written {
				if got := Match([]Row{{Number: written, Start: noon, Lasted: time.Minute}}, numbers, []guard.Leg{leg(f.e164, noon, time.Minute, 60)}, Rounding{}); len(got) != 1 {
					t.Errorf("%s: %q is not matched with %s", home, written, f.e164)
				}
				if got := numbers.Guess(written); got != f.e164 {
					t.Errorf("%s: %q is taken for %s, not for %s", home, written, got, f.e164)
				}
			}
		}
	}
}

// TestNumbersOfTrunks: the digits of a trunk are read as its rules say, besides as the server's say.
func TestNumbersOfTrunks(t *testing.T) {
	home := number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}}
	bare, odd := home, home
	bare.E164, odd.TrunkPrefixes, odd.InternationalPrefixes = true, []string{"1234#"}, []string{"90"}
	numbers := NewNumbers(home, bare, odd)
	for written, want := range map[string]string{
		"9603301234": "9603301234", // no national number, which it would be as the server dials
		"3391234567": "3391234567", "1234#90442079460000": "442079460000", "00442079460000": "442079460000",
		"118": "118", "+39118": "118", "*999#": "*999#",
	} {
		if got := Match([]Row{{Number: written, Start: noon, Lasted: time.Minute}}, numbers, []guard.Leg{leg(want, noon, time.Minute, 60)}, Rounding{}); len(got) != 1 {
			t.Errorf("%q is not matched with %s: it is read as %q", written, want, numbers.readings(written))
		}
	}
	for written, want := range map[string]string{"118": "118", "1254": "1254", "anonymous": "anonymous", "3471234567": "3471234567"} {
		if got := numbers.Guess(written); got != want {
			t.Errorf("%q is taken for %q, not for %q", written, got, want)
		}
	}
}

// TestNumberOfTwoLegs: a number that can be read as those of two legs is the nearer one's where nothing
// else tells, and that of the form in which the bill writes the others where that does.
func TestNumberOfTwoLegs(t *testing.T) {
	// The second is what the first is as dialled in the country.
	const rome, longer, newYork, morocco = "390612345678", "39390612345678", "12125551234", "2125551234"
	to := func(number string, seconds int) guard.Leg {
		return leg(number, noon.Add(time.Duration(seconds)*time.Second), time.Minute, 60)
	}
	for _, c := range []struct {
		name, home string
		rows       []Row
		legs       []guard.Leg
		want       []string // the numbers of the rows' legs, in the order of the rows
	}{
		{"E.164 is nearer", "IT", rowsOf(rome), []guard.Leg{to(longer, 20), to(rome, 9)}, []string{rome}},
		{"dialled is nearer", "IT", rowsOf(rome), []guard.Leg{to(longer, 9), to(rome, 40)}, []string{longer}},
		{"one is too far", "IT", rowsOf(rome), []guard.Leg{to(longer, 9), to(rome, 900)}, []string{longer}},
		{"both are billed, by a clock that is late", "IT", rowsOf(rome, longer), []guard.Leg{to(rome, -10), to(longer, 0)}, []string{rome, longer}},
		{"both are billed, by a clock that is early", "US", rowsOf(newYork, morocco), []guard.Leg{to(newYork, 11), to(morocco, 12)}, []string{newYork, morocco}},
		{"of calls to one number the nearer is no other's", "IT", rowsOf(rome, "0612345678"), []guard.Leg{to(rome, 20)}, []string{"", rome}},
	} {
		got := make([]string, len(c.rows))
		for _, p := range Match(c.rows, NewNumbers(homes[c.home].plan), c.legs, Rounding{}) {
			if p.Row != nil && p.Leg != nil {
				got[p.Row.Line] = p.Leg.Number
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

// rowsOf makes calls that begin ten seconds after each other.
func rowsOf(numbers ...string) (rows []Row) {
	for i, n := range numbers {
		rows = append(rows, Row{Line: i, Number: n, Start: noon.Add(time.Duration(10*i) * time.Second), Lasted: time.Minute})
	}
	return rows
}

func TestWeighed(t *testing.T) {
	got := maps.Collect(weighed([]string{"a", "b", "", "a"}, []int{1, 2, 9, 3}))
	if !maps.Equal(got, map[string]int{"a": 3, "b": 2}) {
		t.Error(got)
	}
}

// TestBillInOneForm: a bill of the ledger's own legs, in whichever form and with whatever clock, has them
// all, and each with the leg whose call it is.
func TestBillInOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		home := rapid.SampledFrom([]string{"DE", "ES", "FR", "GB", "IT", "US"}).Draw(t, "home")
		plan := homes[home].plan
		numbers := NewNumbers(plan)
		write := map[string]func(e164 string) string{
			"plus":    func(e164 string) string { return "+" + e164 },
			"bare":    func(e164 string) string { return e164 },
			"abroad":  func(e164 string) string { return plan.InternationalPrefixes[0] + e164 },
			"dialled": func(e164 string) string { return asDialled(plan, e164) },
		}[rapid.SampledFrom([]string{"plus", "bare", "abroad", "dialled"}).Draw(t, "form")]
		off := time.Duration(rapid.IntRange(-20, 20).Draw(t, "clock")) * time.Second
		var legs []guard.Leg
		var rows []Row
		at := noon
		for i := range rapid.IntRange(1, 12).Draw(t, "calls") {
			at = at.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "pause")) * time.Second)
			// What is dialled can look like E.164 with one calling code more, so that readings cross.
			dialled := rapid.SampledFrom([]string{"390612345678", "4915112345678", "442079460000", "34912345678", "33612345678", "2125551234"}).Draw(t, "dialled")
			d, err := plan.Parse(rapid.SampledFrom([]string{"", "+"}).Draw(t, "as") + dialled)
			if err != nil || d.Short {
				continue
			}
			lasted := time.Duration(100*i+rapid.IntRange(1, 90).Draw(t, "lasted")) * time.Second // tells calls apart
			l := leg(d.Digits, at, lasted, int64(lasted/time.Second))
			l.Started = at
			legs, rows = append(legs, l), append(rows, Row{Number: write(d.Digits), Start: at.Add(off), Lasted: lasted})
		}
		for _, p := range Match(rapid.Permutation(rows).Draw(t, "order"), numbers, legs, Rounding{}) {
			if p.Row == nil || p.Leg == nil || p.Row.Number != write(p.Leg.Number) {
				t.Fatalf("%s: %s", home, shownPair(p))
			}
		}
	})
}

// asDialled writes numbers of a plan's country as they are dialled there.
func asDialled(plan number.Plan, e164 string) string {
	codes := map[string][2]string{"DE": {"49", "0"}, "ES": {"34", ""}, "FR": {"33", "0"}, "GB": {"44", "0"}, "IT": {"39", ""}, "US": {"1", ""}}[plan.Country]
	if national, ok := strings.CutPrefix(e164, codes[0]); ok {
		return codes[1] + national
	}
	return plan.InternationalPrefixes[0] + e164
}

func shownPair(p Pair) string {
	switch {
	case p.Row == nil:
		return fmt.Sprintf("the leg of %s at %s is on no bill", p.Leg.Number, p.Leg.Started)
	case p.Leg == nil:
		return fmt.Sprintf("%q at %s has no leg", p.Row.Number, p.Row.Start)
	}
	return fmt.Sprintf("%q at %s is the leg of %s at %s", p.Row.Number, p.Row.Start, p.Leg.Number, p.Leg.Started)
}
