package bill

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
)

var britain = NewNumbers(number.Plan{Country: "GB"})

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestRead(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		o    Options
	}{
		"semicolons and a mark":  {"\xef\xbb\xbfStart time;Called number;Duration;Amount\r\n2026-11-21 12:00:00;+44 20 1111;90;1,25\r\n", Options{}},
		"a zone":                 {"date,number,seconds,cost\n21.11.2026 13:00:00,+44 20 1111,0:01:30,1.25\n", Options{Zone: rome}},
		"date and time of day":   {"Date\tTime\tDestination\tBilled duration\tPrice\n2026-11-21\t12:00:00\t+44 20 1111\t90.0\t1.25\n", Options{}},
		"columns that are named": {"When,Whom,How long,How much\n2026-11-21T12:00:00Z,+44 20 1111,90,1.25\n", Options{Map: map[string]string{"start": "when", "number": "#2", "seconds": "How long", "cost": "How much"}}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Read(strings.NewReader(c.text), "b.csv", c.o)
			if err != nil || len(b.Rows) != 1 || len(b.Columns) < 4 || b.Unit != 10_000 {
				t.Fatalf("%+v %v", b, err)
			}
			r := b.Rows[0]
			if r.Line != 2 || r.Number != "+44 20 1111" || !r.Start.Equal(noon) || r.Lasted != 90*time.Second || r.Cost == nil || *r.Cost != 1_250_000 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestReadFaults(t *testing.T) {
	const header = "start,number,seconds,cost\n"
	for text, want := range map[string]string{
		"":                                       "b.csv: it is empty",
		header:                                   "it has 0 calls",
		"a,b,c\n1,2,3\n":                         "which column is the number?",
		header + "11/12/2026 10:00:00,+44,1,1\n": `b.csv:2: "11/12/2026 10:00:00" is no time`,
		header + "2026-11-21 12:00:00,,1,1\n":    "is no number",
		header + "2026-11-21 12:00:00,+44,x,1\n": "is no length of a call",
		header + "2026-11-21 12:00:00,+44,NaN,1\n":                               "longer than a year",
		header + "2026-11-21 12:00:00,+44,1,-1\n":                                "is no cost",
		header + "2026-11-21 12:00:00,+44,1,1000000000.01\n":                     "is not believed: at most 1000000000.00",
		header + strings.Repeat("2026-11-21 12:00:00,+44,1,1000000000\n", 9_300): "b.csv:9225: ",
		header + "2026-11-21 12:00:00,+44,1\n":                                   "b.csv:2: wrong number of fields",
	} {
		if _, err := Read(strings.NewReader(text), "b.csv", Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for want, m := range map[string]map[string]string{
		"there is no field":     {"price": "cost"},
		"there is no such col":  {"cost": "Sum"},
		"write a number from #": {"cost": "#9"},
	} {
		if _, err := Read(strings.NewReader(header+"2026-11-21 12:00:00,+44,1,1\n"), "b.csv", Options{Map: m}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", m, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("start,number,seconds,cost\n2026-11-21 12:00:00,+44,1,1\n")
	f.Add("Start time;Called number;Duration\n21.11.2026 12:00:00;+44;0:01:30\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Read(strings.NewReader(text), "f", Options{})
		if err != nil {
			return
		}
		for _, r := range b.Rows {
			if r.Lasted < 0 || r.Number == "" || r.Start.IsZero() || r.Cost != nil && *r.Cost < 0 {
				t.Fatalf("%+v", r)
			}
			if r.Cost != nil && (b.Unit < 1 || b.Unit > money.Unit || *r.Cost%b.Unit != 0) {
				t.Fatalf("%s is no multiple of %s", *r.Cost, b.Unit)
			}
		}
	})
}

func leg(number string, answered time.Time, lasted time.Duration, billed int64) guard.Leg {
	return guard.Leg{ID: answered.String(), Number: number, Started: answered.Add(-5 * time.Second), Answered: answered, Ended: answered.Add(lasted), BilledSeconds: billed}
}

// TestMatchLongRinging: a leg that rang for long is found by its beginning, though another one began after
// it and was answered before it.
func TestMatchLongRinging(t *testing.T) {
	long, quick := leg("441", noon, time.Minute, 60), leg("441", noon.Add(90*time.Second), time.Minute, 60)
	long.Answered, long.Ended = noon.Add(4*time.Minute), noon.Add(5*time.Minute)
	rows := []Row{{Number: "441", Start: noon, Lasted: time.Minute}, {Number: "441", Start: noon.Add(90 * time.Second), Lasted: time.Minute}}
	for _, p := range Match(rows, britain, []guard.Leg{long, quick}, Rounding{}) {
		if p.Row == nil || p.Leg == nil || p.Row.Start.Sub(p.Leg.Started) != 5*time.Second {
			t.Errorf("%+v is %+v", p.Row, p.Leg)
		}
	}
}

// TestMatch: whatever is on a bill, each call and each leg is in one pair and no more; and a bill that
// is the ledger, in any order and with a clock that is some seconds off, matches whole.
func TestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var legs []guard.Leg
		var rows []Row
		off := time.Duration(rapid.IntRange(-4, 4).Draw(t, "clock")) * time.Second
		lost, extra := 0, 0
		at := noon
		for i := range rapid.IntRange(0, 20).Draw(t, "calls") {
			at = at.Add(time.Duration(rapid.IntRange(30, 200).Draw(t, "pause")) * time.Second)
			lasted := time.Duration(rapid.IntRange(1, 300).Draw(t, "lasted")) * time.Second
			number := []string{"441", "442"}[rapid.IntRange(0, 1).Draw(t, "number")]
			if rapid.IntRange(0, 9).Draw(t, "only there") == 0 {
				number = "449" // of which the ledger has none
				extra++
			} else {
				l := leg(number, at, lasted, int64(lasted/time.Second))
				l.ID = string(rune('a' + i))
				legs = append(legs, l)
			}
			rows = append(rows, Row{Number: number, Start: at.Add(off), Lasted: lasted})
		}
		rows = rapid.Permutation(rows).Draw(t, "order")
		if len(rows) > 0 && rapid.Bool().Draw(t, "lose one") && rows[0].Number != "449" {
			rows, lost = rows[1:], 1
		}
		seenRows, seenLegs, here, there := map[*Row]bool{}, map[*guard.Leg]bool{}, 0, 0
		for _, p := range Match(rows, britain, legs, Rounding{}) {
			switch {
			case p.Leg == nil:
				here++
			case p.Row == nil:
				there++
			case p.Longer(Terms{}) != 0 && lost == 0:
				t.Errorf("%+v is not %+v", p.Row, p.Leg)
			}
			if p.Row != nil && seenRows[p.Row] || p.Leg != nil && seenLegs[p.Leg] {
				t.Errorf("%+v comes twice", p)
			}
			seenRows[p.Row], seenLegs[p.Leg] = true, true
		}
		if here != extra || there != lost {
			t.Errorf("%d calls and %d legs are alone, not %d and %d", here, there, extra, lost)
		}
	})
}
