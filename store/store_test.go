package store

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// drawLeg gives one of the records that one leg can have, as Prepare leaves it.
func drawLeg(t *rapid.T) guard.Leg {
	moment := func(name string) time.Time {
		if n := rapid.Int64Range(0, 3).Draw(t, name); n > 0 {
			return time.UnixMicro(n).UTC()
		}
		return time.Time{}
	}
	l := guard.Leg{Server: "pbx1", ID: "1", Day: "2026-11-21", Started: time.UnixMicro(1).UTC(), LimitedUntil: moment("limit"),
		Answered: moment("answered"), Ended: moment("ended"), Estimated: rapid.Bool().Draw(t, "estimated"),
		Verdict:         rapid.SampledFrom([]string{guard.Allowed, guard.Denied, guard.Cut}).Draw(t, "verdict"),
		Account:         limits.Account{Tenant: "acme", Extension: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "extension")},
		Cause:           rapid.IntRange(0, 2).Draw(t, "cause"),
		RecordedSeconds: rapid.Int64Range(-1, 2).Draw(t, "recorded")}
	l.Deck = rapid.SampledFrom([]string{"", "carrier@1", "carrier@2"}).Draw(t, "deck")
	l.Rate.Route, l.Priced = "of "+l.Deck, l.Deck != ""
	if rapid.Bool().Draw(t, "sold") {
		l.Sold = &rates.Rate{Route: "of " + l.Deck}
	}
	if !l.Answered.IsZero() {
		l.AnsweredDay = "2026-11-2" + string('0'+byte(l.Answered.UnixMicro()))
	}
	return l
}

func TestMergeLeg(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stored, next := drawLeg(t), drawLeg(t)
		merged := MergeLeg(stored, next)
		if merged.Account != stored.Account || merged.Day != stored.Day || merged.Started != stored.Started {
			t.Fatalf("what the ledger rests on has changed: %+v", merged)
		}
		if !stored.Answered.IsZero() && (merged.Answered != stored.Answered && !byRecord(stored, next) || merged.AnsweredDay != stored.AnsweredDay) {
			t.Fatalf("the answer has moved: %+v", merged)
		}
		if !stored.Ended.IsZero() && merged.Ended != stored.Ended && !byRecord(stored, next) {
			t.Fatalf("the end has moved: %+v", merged)
		}
		if !next.Answered.IsZero() && merged.Answered.IsZero() || !next.Ended.IsZero() && merged.Ended.IsZero() {
			t.Fatalf("something new is lost: %+v", merged)
		}
		if stored.Verdict != guard.Allowed && merged.Verdict == guard.Allowed {
			t.Fatalf("a verdict is taken back: %+v", merged)
		}
		if merged.RecordedSeconds < stored.RecordedSeconds || merged.Cause == 0 && stored.Cause+next.Cause != 0 {
			t.Fatalf("something known is lost: %+v", merged)
		}
		if merged.Rate.Route != "of "+merged.Deck || merged.Priced != (merged.Deck != "") || merged.Sold != nil && merged.Sold.Route != "of "+merged.Deck {
			t.Fatalf("the prices are of several decks: %+v", merged)
		}
		if merged.Deck == "" && stored.Deck+next.Deck != "" {
			t.Fatalf("the price of a deck is lost: %+v", merged)
		}
		newer := next
		if older(next, stored) {
			newer = stored
		}
		if newer.Deck != "" && (merged.Deck != newer.Deck || merged.Sold != newer.Sold) {
			t.Fatalf("the newer record's price is lost: %+v", merged)
		}
		if again := MergeLeg(merged, next); again != merged {
			t.Fatalf("a repeat changes something:\n%+v\n%+v", merged, again)
		}
		if same := MergeLeg(stored, stored); same != stored {
			t.Fatalf("the same record changes something:\n%+v\n%+v", stored, same)
		}
	})
}

func TestTally(t *testing.T) {
	var tally Tally
	a, b := limits.Account{Tenant: "a", Extension: "1"}, limits.Account{Tenant: "a", Extension: "2"}
	tally.Add(b, "2026-11-30", limits.Usage{Attempts: 1})
	tally.Add(a, "2026-12-01", limits.Usage{Cost: money.Max, Price: 3, BilledSeconds: 4, Calls: 1})
	for _, c := range []guard.Charge{{Route: "Cuba", International: true, BilledSeconds: 2}, {Route: "Cuba", BilledSeconds: 3}, {BilledSeconds: -4}} {
		c.Account, c.Day = a, "2026-12-01"
		tally.AddCharge(c)
	}
	tally.Add(a, "2026-12-02", limits.Usage{Cost: 1, Price: money.Max, BilledSeconds: 6})
	tally.Add(a, "2026-11-30", limits.Usage{Cost: -5, Price: -7, BilledSeconds: -60})
	want := map[limits.Period][]limits.Row{
		limits.Day: {
			{Account: a, Key: "2026-11-30", Usage: limits.Usage{Cost: -5, Price: -7, BilledSeconds: -60}},
			{Account: b, Key: "2026-11-30", Usage: limits.Usage{Attempts: 1}},
			{Account: a, Key: "2026-12-01", Usage: limits.Usage{Cost: money.Max, Price: 3, BilledSeconds: 5, InternationalSeconds: 2, Calls: 1}},
			{Account: a, Key: "2026-12-02", Usage: limits.Usage{Cost: 1, Price: money.Max, BilledSeconds: 6}},
		},
		limits.Month: {
			{Account: a, Key: "2026-11", Usage: limits.Usage{Cost: -5, Price: -7, BilledSeconds: -60}},
			{Account: b, Key: "2026-11", Usage: limits.Usage{Attempts: 1}},
			{Account: a, Key: "2026-12", Usage: limits.Usage{Cost: money.Max, Price: money.Max, BilledSeconds: 11, InternationalSeconds: 2, Calls: 1}},
		},
	}
	routes := tally.Routes()
	if len(routes) != 2 || routes[0] != (limits.RouteRow{Account: a, Day: "2026-12-01", Seconds: -4}) ||
		routes[1] != (limits.RouteRow{Account: a, Day: "2026-12-01", Route: "Cuba", Seconds: 5}) {
		t.Errorf("routes %+v", routes)
	}
	for period, rows := range want {
		got := tally.Rows(period)
		if len(got) != len(rows) {
			t.Fatalf("%s: %+v", period, got)
		}
		for n := range rows {
			if got[n] != rows[n] {
				t.Errorf("%s, row %d: got %+v, want %+v", period, n, got[n], rows[n])
			}
		}
	}
}

func TestAdd(t *testing.T) {
	for _, c := range []struct{ a, b, want int64 }{
		{1, 2, 3}, {math.MaxInt64, 1, math.MaxInt64}, {math.MaxInt64 - 1, 1, math.MaxInt64}, {1, math.MaxInt64, math.MaxInt64},
		{-math.MaxInt64, -1, -math.MaxInt64}, {math.MinInt64, -1, -math.MaxInt64}, {0, math.MinInt64, -math.MaxInt64},
		{math.MaxInt64, math.MinInt64, -1}, {-5, 3, -2},
	} {
		if got := add(c.a, c.b); got != c.want {
			t.Errorf("add(%d, %d) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestPrepareTimes(t *testing.T) {
	zone := time.FixedZone("somewhere", 3600)
	for _, c := range []struct{ in, want time.Time }{
		{time.Time{}, time.Time{}},
		{time.Date(2026, 11, 21, 1, 0, 0, 1999, zone), time.Date(2026, 11, 21, 0, 0, 0, 1000, time.UTC)},
		{time.Unix(1<<60, 0), lastInstant},
		{time.Unix(-1<<60, 0), firstInstant},
	} {
		if got := instant(c.in); got != c.want {
			t.Errorf("instant(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestPrepareLeg(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 1999, time.FixedZone("somewhere", 3600))
	cut := time.Date(2026, 11, 21, 11, 0, 0, 1000, time.UTC)
	given := rates.Rate{Route: "a\x00", ValidFrom: at, ValidUntil: at.AddDate(20_000, 0, 0)}
	want := rates.Rate{Route: "a?", ValidFrom: cut, ValidUntil: lastInstant}
	sold := given
	fit, refused := Prepare([]guard.Record{guard.Leg{Server: "pbx1", ID: "1", Day: "2026-11-21", Started: at, Deck: "\xff", Rate: given, Sold: &sold,
		Cost: 1, Price: 2, BilledSeconds: 3}})
	if refused != nil || len(fit) != 1 {
		t.Fatalf("fit %v, refused %v", fit, refused)
	}
	l := fit[0].(guard.Leg)
	if l.Deck != "?" || l.Rate != want || *l.Sold != want || l.Cost != 0 || l.Price != 0 || l.BilledSeconds != 0 {
		t.Errorf("got %+v, sold at %+v", l, l.Sold)
	}
	if sold != given {
		t.Errorf("what was given is changed: %+v", sold)
	}
}

func TestRefused(t *testing.T) {
	good := guard.Incident{ID: "a", At: time.Unix(1, 0)}
	fit, refused := Prepare([]guard.Record{good, guard.Charge{Server: "pbx1", Leg: "1", Kind: "call", Day: "yesterday"}, good, nil})
	if len(fit) != 2 || refused == nil || len(refused.Records) != 2 {
		t.Fatalf("fit %v, refused %v", fit, refused)
	}
	for _, want := range []string{"2 records", `"yesterday"`, "2026-11-21"} {
		if !strings.Contains(refused.Error(), want) {
			t.Errorf("%q is not in: %v", want, refused)
		}
	}
	if _, none := Prepare([]guard.Record{good}); none != nil {
		t.Errorf("nothing is wrong, and the answer is %v", none)
	}
}

// FuzzText feeds texts from outside. What comes out can be stored by any engine; what could be
// stored comes out unchanged; and two keys never become one.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "101", "a\x00b", "\xff\xff", strings.Repeat("€", 400), strings.Repeat("\xe2\x82", 600)} {
		f.Add(s, "101")
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		for text, size := range map[string]int{Key(s): MaxKey, Text(s): MaxText} {
			if len(text) > size || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
				t.Fatalf("%q becomes %d bytes, %q", s, len(text), text)
			}
		}
		if Key(Key(s)) != Key(s) || Text(Text(s)) != Text(s) {
			t.Fatalf("%q becomes another text the second time", s)
		}
		if utf8.ValidString(s) && !strings.Contains(s, "\x00") && len(s) <= MaxKey && (Key(s) != s || Text(s) != s) {
			t.Fatalf("%q is changed without need", s)
		}
		if s != other && Key(s) == Key(other) {
			t.Fatalf("%q and %q become one key", s, other)
		}
	})
}
