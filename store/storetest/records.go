package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

func testLoad(t *testing.T, s store.Store) {
	bob := limits.Account{Tenant: "acme", Extension: "102"}
	earlier := ringing("pbx1", "0", bob, start.Add(-time.Hour))
	earlier.Day = "2026-10-31"
	live := answered(ringing("pbx1", "1", alice, start), start.Add(time.Second))
	over := ended(ringing("pbx2", "1", bob, start), start.Add(time.Second))
	over.International, over.Number, over.Country = false, "390212345", "IT"
	again := ended(ringing("pbx1", "2", alice, start), start.Add(time.Second))
	again.Retried = true // no attempt of its own to the detectors
	inForce := guard.Block{ID: "t2", Target: guard.Target{Number: "39061234"}, Reason: "why", Source: "who", Since: start,
		Until: start.Add(time.Hour)}
	lifted := guard.Block{ID: "t3", Target: guard.Target{Account: bob}, Since: start, Lifted: start.Add(time.Second), LiftedBy: "jo"}
	save(t, s, over, live, earlier, again, charge(live, "2026-11-01", 9, 60), charge(live, "2026-11-30", 8, 60),
		charge(over, "2026-12-01", 7, 60), charge(over, "2026-12-31", 6, 60), charge(over, "2027-01-01", 5, 60), inForce, lifted, incident("t1", start, alice))

	state, err := s.Load(t.Context(), today, start)
	if err != nil {
		t.Fatal(err)
	}
	live.Cost, live.Price, live.BilledSeconds = 17, 34, 120
	same(t, "days", state.Days, []limits.Row{row(alice, "2026-11", 17, 120, 0, 0), row(alice, today, 0, 0, 1, 2),
		row(bob, today, 0, 0, 0, 1)})
	same(t, "live, the oldest first", state.Live, []guard.Leg{earlier, live})
	same(t, "attempts", state.Attempts, []abuse.Attempt{
		{At: start, Account: alice, Destination: number.Destination{Digits: "39061234", Country: "IT", International: true}},
		{At: start, Account: bob, Destination: number.Destination{Digits: "390212345", Country: "IT"}}})
	same(t, "blocks", state.Blocks, []guard.Block{inForce})
	same(t, "last ID", state.LastID, "t3")

	save(t, s, incident("t9", start, alice))
	if state, err = s.Load(t.Context(), "2026-12-31", start.Add(time.Microsecond)); err != nil {
		t.Fatal(err)
	}
	national := []limits.Row{row(bob, "2026-12", 7, 60, 0, 0), row(bob, "2026-12-31", 6, 60, 0, 0)}
	national[0].InternationalSeconds, national[1].InternationalSeconds = 0, 0
	same(t, "days of another month", state.Days, national)
	same(t, "routes of the day", state.Routes, []limits.RouteRow{{Account: bob, Day: "2026-12-31", Route: over.Rate.Route, Seconds: 60}})
	same(t, "attempts since later", state.Attempts, nil)
	same(t, "last ID", state.LastID, "t9")
	for _, day := range []string{"november", "2026-11", "2026-11-31", ""} {
		if _, err := s.Load(t.Context(), day, start); err == nil || !strings.Contains(err.Error(), "2026-11-21") {
			t.Errorf("%q, a day that is none: %v", day, err)
		}
	}
}

func testIncidents(t *testing.T, s store.Store) {
	ctx := t.Context()
	bob := limits.Account{Tenant: "acme", Extension: "102"}
	first, second := incident("a1", start, alice), incident("a2", start.Add(time.Minute), bob)
	bare := guard.Incident{ID: "a3", At: start.Add(time.Minute), Rule: "block"}
	save(t, s, first, second, bare)
	changed := first
	changed.Seen = "something else"
	save(t, s, changed)

	got, err := s.Incident(ctx, "a1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "incident", got, first)
	if _, err := s.Incident(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an incident that is none: %v", err)
	}
	for name, c := range map[string]struct {
		query store.IncidentsQuery
		want  []guard.Incident
	}{
		"all, newest first": {store.IncidentsQuery{}, []guard.Incident{bare, second, first}},
		"of an account":     {store.IncidentsQuery{Tenant: "acme", Extension: "101"}, []guard.Incident{first}},
		"of a rule":         {store.IncidentsQuery{Rule: "block"}, []guard.Incident{bare}},
		"since, inclusive":  {store.IncidentsQuery{Since: start.Add(time.Minute)}, []guard.Incident{bare, second}},
		"until, exclusive":  {store.IncidentsQuery{Until: start.Add(time.Minute)}, []guard.Incident{first}},
		"limited":           {store.IncidentsQuery{Limit: 1}, []guard.Incident{bare}},
	} {
		got, err := s.Incidents(ctx, c.query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name, got, c.want)
	}
}

func testBlocks(t *testing.T, s store.Store) {
	get := func(all bool) []guard.Block {
		t.Helper()
		blocks, err := s.Blocks(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		return blocks
	}
	first := guard.Block{ID: "z", Target: guard.Target{Account: alice}, Reason: "too often", Source: "abuse.repeated_number",
		Since: start, Until: start.Add(24 * time.Hour)}
	second := guard.Block{ID: "b", Target: guard.Target{Number: "881234"}, Reason: "satellite", Source: "jo",
		Since: start.Add(time.Second)}
	save(t, s, second, first, first)
	same(t, "in force", get(false), []guard.Block{first, second})
	longer := first
	longer.Until = time.Time{}
	save(t, s, longer)
	same(t, "until lifted", get(false), []guard.Block{longer, second})
	lifted := longer
	lifted.Lifted, lifted.LiftedBy = start.Add(time.Hour), "jo"
	save(t, s, lifted)
	again := lifted
	again.Lifted, again.LiftedBy = start.Add(2*time.Hour), "time"
	save(t, s, first, again)
	same(t, "lifted stays lifted", get(false), []guard.Block{second})
	same(t, "all", get(true), []guard.Block{lifted, second})
}

func testOutbox(t *testing.T, s store.Store) {
	ctx := t.Context()
	due := func(channel string, now time.Time, limit int) []store.Notice {
		t.Helper()
		notices, err := s.Due(ctx, channel, now, limit)
		if err != nil {
			t.Fatal(err)
		}
		return notices
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first, second := incident("a1", start, alice), incident("a2", start.Add(time.Second), alice)
	must(s.Save(ctx, []guard.Record{first, second, first}, []string{"mail", "hook", "mail"}))
	must(s.Save(ctx, []guard.Record{first, second}, []string{"mail", "another"}))
	must(s.Save(ctx, []guard.Record{incident("a3", start, alice)}, nil))

	same(t, "before it is due", len(due("mail", start.Add(-time.Second), 9)), 0)
	same(t, "nobody's", len(due("another", start.Add(time.Hour), 9)), 0)
	notices := due("mail", start.Add(time.Hour), 9)
	if len(notices) != 2 {
		t.Fatalf("%d notices, want 2: %+v", len(notices), notices)
	}
	same(t, "the first to tell", notices[0].Incident, first)
	same(t, "limit", due("mail", start.Add(time.Hour), 1), notices[:1])
	if _, err := s.Due(ctx, "mail", start, 0); err == nil {
		t.Error("a limit of nothing is taken")
	}

	next := start.Add(2 * time.Hour)
	for range 2 { // the second time changes nothing
		must(s.Postpone(ctx, []int64{notices[0].ID}, next, "connection refused"))
	}
	same(t, "postponed", due("mail", start.Add(time.Hour), 9), notices[1:])
	notices[0].Attempts = 1
	same(t, "later", due("mail", next, 9), []store.Notice{notices[1], notices[0]})

	must(s.Sent(ctx, []int64{notices[1].ID, 4711}, next))
	must(s.Sent(ctx, nil, next))
	must(s.Postpone(ctx, []int64{notices[1].ID}, next.Add(time.Hour), "too late"))
	same(t, "sent", due("mail", next, 9), notices[:1])
	waiting, err := s.OutboxWaiting(ctx)
	must(err)
	same(t, "waiting", waiting, map[string]int{"mail": 1, "hook": 2})
}

// hostile are texts that have broken databases.
var hostile = map[string]string{
	"NUL":            "a\x00b",
	"not UTF-8":      "a\xff\xfe\xc3(b",
	"surrogate":      "\xed\xa0\x80",
	"SQL":            `Robert'); DROP TABLE legs;--"` + "`",
	"long":           strings.Repeat("x", 1<<20),
	"long, wide":     strings.Repeat("€", 1<<19),
	"long, no UTF-8": strings.Repeat("\xff", 1<<20),
	"lines":          "a\r\nb\tc\x1b[31m",
	"marks":          "?1 $1 :a %s %_",
	"right to left":  "\u202egnol",
	"empty":          "",
	"number":         "0x10",
}

func testHostile(t *testing.T, s store.Store) {
	var batch []guard.Record
	legs := make(map[string]guard.Leg)
	for name, text := range hostile {
		l := ringing("pbx1"+text, "id"+text, limits.Account{Tenant: text, Extension: text}, start)
		l.Name, l.PaidBy, l.Dialled, l.Number, l.Country, l.Reason, l.Rate.Route, l.Rate.Prefix =
			text, text, text, text, text, text, text, text
		l.Deck, l.Sold = text, &rates.Rate{Prefix: text, Route: text}
		i := incident("i"+text, start, l.Account)
		i.Server, i.Rule, i.Number, i.Leg, i.Seen = text, text, text, text, text
		i.Evidence, i.Actions = []guard.Evidence{{Name: text, Value: text}}, []string{text}
		b := guard.Block{ID: "b" + text, Target: guard.Target{Account: l.Account, Number: text, Prefix: text, Country: text, Server: text}, Reason: text, Source: text,
			Since: start, LiftedBy: text}
		cap := capOf("acme/"+fmt.Sprint(len(legs)), limits.CostPerDay, 1, start)
		cap.Who = text
		batch = append(batch, l, answered(l, start), charge(l, today, 1, 60), i, b, cap)
		legs[name] = l
	}
	for range 2 {
		if err := s.Save(t.Context(), batch, []string{"mail", strings.Repeat("mail\x00", 1000)}); err != nil {
			t.Fatalf("hostile texts break a batch: %v", err)
		}
	}
	rows := totals(t, s, limits.Day, "")
	same(t, "accounts", len(rows), len(hostile))
	for _, r := range rows {
		same(t, "usage", r.Usage, limits.Usage{Cost: 1, Price: 2, BilledSeconds: 60, InternationalSeconds: 60, Calls: 1, Attempts: 1})
		fits(t, r.Account.Tenant, store.MaxKey)
	}
	got, err := s.Calls(t.Context(), store.CallsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "legs", len(got), len(hostile))
	for _, l := range got {
		fits(t, l.ID, store.MaxKey)
		fits(t, l.Dialled, store.MaxText)
		fits(t, l.Deck, store.MaxText)
		fits(t, l.Sold.Route, store.MaxText)
	}
	same(t, "SQL comes back as it is", calls(t, s, hostile["SQL"])["id"+hostile["SQL"]].Dialled, hostile["SQL"])
	incidents, err := s.Incidents(t.Context(), store.IncidentsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "incidents", len(incidents), len(hostile))
	blocks, err := s.Blocks(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "blocks", len(blocks), len(hostile))
	for name, text := range hostile {
		for method, err := range map[string]error{
			"Calls":    errorOf(s.Calls(t.Context(), store.CallsQuery{Tenant: text, Extension: text})),
			"Ledger":   errorOf(s.Ledger(t.Context(), store.LedgerQuery{Tenant: text, From: text, To: text})),
			"Due":      errorOf(s.Due(t.Context(), text, start, 9)),
			"Postpone": s.Postpone(t.Context(), []int64{1}, start, text),
		} {
			if err != nil {
				t.Errorf("%s with %s: %v", method, name, err)
			}
		}
		if _, err := s.Incident(t.Context(), "no"+text); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Incident with %s: %v", name, err)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

func fits(t tester, text string, size int) {
	t.Helper()
	if len(text) > size || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		t.Errorf("stored: %d bytes, %.50q", len(text), text)
	}
}

func testRefused(t *testing.T, s store.Store) {
	good := ringing("pbx1", "1", alice, start)
	noKey, noDay, noStart, noAnswerDay := good, good, good, good
	noKey.ID, noDay.Day, noStart.Started = "", "2026-11-31", time.Time{}
	noAnswerDay.Answered = start
	monthOnly := charge(good, "2026-11", 1, 1)
	noZone, soldNoZone := good, good
	noZone.Rate.Tiers = mustTiers("sun 1", time.FixedZone("somewhere", 3600))
	soldNoZone.Sold = &noZone.Rate
	bad := []guard.Record{noKey, noDay, noStart, noAnswerDay, monthOnly, noZone, soldNoZone, guard.Incident{ID: "a"}, guard.Block{Since: start}, nil,
		capOf("*", limits.CostPerDay, -2, start), capOf("*", limits.WarnAt, 0, start), capOf("*", 99, 1, start), capOf("*", -1, 1, start),
		capOf("*", limits.CostPerDay, 1, time.Time{}), nobodysCap("", "101"), nobodysCap("a\xff", "1"), nobodysCap("a/b", "1"),
		nobodysCap("acme", "*"), nobodysCap(strings.Repeat("x", 1000), "1")}
	batch := append([]guard.Record{charge(good, today, 3, 60)}, append(bad, good)...)
	for range 2 {
		err := s.Save(t.Context(), batch, nil)
		var refused *store.Refused
		if !errors.As(err, &refused) {
			t.Fatalf("Save gives %v, want a *store.Refused", err)
		}
		if len(refused.Records) != len(bad) {
			t.Errorf("%d are refused, want %d: %v", len(refused.Records), len(bad), err)
		}
	}
	same(t, "the others are stored", totals(t, s, limits.Day, ""), []limits.Row{row(alice, today, 3, 60, 0, 1)})
	far := good
	far.ID, far.Started, far.LimitedUntil = "2", time.Unix(1<<55, 0), time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC)
	save(t, s, far)
	if got := calls(t, s, "")["2"]; got.Started.Year() != 9999 || got.LimitedUntil.Year() != 1 {
		t.Errorf("times out of range: %v, %v", got.Started, got.LimitedUntil)
	}
}

func testEnded(t *testing.T, s store.Store) {
	ctx, end := context.WithCancel(t.Context())
	end()
	if err := s.Save(ctx, []guard.Record{ringing("pbx1", "1", alice, start)}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Save: %v", err)
	}
	if _, err := s.Load(ctx, today, start); !errors.Is(err, context.Canceled) {
		t.Errorf("Load: %v", err)
	}
	testEmpty(t, s)
}

func testClosed(t *testing.T, s store.Store) {
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := s.Save(t.Context(), []guard.Record{ringing("pbx1", "1", alice, start)}, nil); err == nil {
		t.Error("Save on a closed store does not fail")
	}
	if _, err := s.Calls(t.Context(), store.CallsQuery{}); err == nil {
		t.Error("Calls on a closed store does not fail")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}
