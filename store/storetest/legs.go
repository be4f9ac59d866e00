package storetest

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

func testEmpty(t *testing.T, s store.Store) {
	ctx := t.Context()
	state, err := s.Load(ctx, today, start)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "state", state, guard.State{})
	same(t, "calls", calls(t, s, ""), map[string]guard.Leg{})
	same(t, "ledger", totals(t, s, limits.Day, ""), nil)
	waiting, err := s.OutboxWaiting(ctx)
	if err != nil || len(waiting) != 0 {
		t.Errorf("outbox: %v, %v", waiting, err)
	}
	if err := s.Save(ctx, nil, []string{"mail"}); err != nil {
		t.Errorf("saving nothing: %v", err)
	}
}

func testLegLife(t *testing.T, s store.Store) {
	leg := ringing("pbx1", "1.1", alice, start)
	save(t, s, leg)
	same(t, "days after dialling", totals(t, s, limits.Day, ""), []limits.Row{row(alice, today, 0, 0, 0, 1)})

	leg = answered(leg, start.Add(15*time.Minute)) // after midnight
	save(t, s, leg)
	same(t, "days after the answer", totals(t, s, limits.Day, ""),
		[]limits.Row{row(alice, today, 0, 0, 0, 1), row(alice, tomorrow, 0, 0, 1, 0)})
	same(t, "month", totals(t, s, limits.Month, ""), []limits.Row{row(alice, "2026-11", 0, 0, 1, 1)})

	leg.LimitedUntil = leg.LimitedUntil.Add(-time.Minute)
	save(t, s, leg)
	same(t, "limit brought forward", calls(t, s, "")["1.1"], leg)

	leg.Verdict, leg.Reason, leg.Name = guard.Cut, "caps.extension.cost_per_day", "PJSIP/carrier-renamed"
	save(t, s, leg)
	same(t, "cut", calls(t, s, "")["1.1"], leg)

	leg = ended(leg, start.Add(16*time.Minute))
	save(t, s, charge(leg, tomorrow, 12_501, 60), leg)
	leg.RecordedSeconds = 59
	save(t, s, leg)
	leg.Cost, leg.Price, leg.BilledSeconds = 12_501, 25_002, 60
	same(t, "ended", calls(t, s, "")["1.1"], leg)
	same(t, "days at the end", totals(t, s, limits.Day, ""),
		[]limits.Row{row(alice, today, 0, 0, 0, 1), row(alice, tomorrow, 12_501, 60, 1, 0)})
	same(t, "month at the end", totals(t, s, limits.Month, ""), []limits.Row{row(alice, "2026-11", 12_501, 60, 1, 1)})
}

func testLegForward(t *testing.T, s store.Store) {
	first := ringing("pbx1", "1.1", alice, start)
	second := answered(first, start.Add(time.Second))
	third := second
	third.Verdict, third.Reason = guard.Cut, "block"
	fourth := ended(third, start.Add(2*time.Second))
	fifth := fourth
	fifth.RecordedSeconds, fifth.Estimated = 1, true
	story := []guard.Leg{first, second, third, fourth, fifth}
	for n, newest := range story {
		save(t, s, newest)
		same(t, "as saved", calls(t, s, "")["1.1"], newest)
		for _, old := range story[:n] {
			save(t, s, old)
			same(t, "after an older record again", calls(t, s, "")["1.1"], newest)
		}
	}

	moved := fifth
	moved.Account = limits.Account{Tenant: "other", Extension: "1"}
	moved.Day, moved.AnsweredDay = tomorrow, tomorrow
	moved.Answered, moved.Ended = start.Add(time.Hour), start.Add(2*time.Hour)
	save(t, s, moved)
	same(t, "who pays, answer and end stay as first told", calls(t, s, "")["1.1"], fifth)
	same(t, "ledger", totals(t, s, limits.Day, ""), []limits.Row{row(alice, today, 0, 0, 1, 1)})

	late := answered(ringing("pbx1", "1.2", alice, start), start.Add(time.Second))
	unseen := ended(ringing("pbx1", "1.2", alice, start), start.Add(time.Minute))
	save(t, s, unseen, late)
	got := calls(t, s, "")["1.2"]
	if got.Ended != unseen.Ended || got.Answered != late.Answered {
		t.Errorf("an answer that was told after the end: %+v", got)
	}
	same(t, "ledger with it", totals(t, s, limits.Day, ""), []limits.Row{row(alice, today, 0, 0, 2, 2)})
}

func testLegWhole(t *testing.T, s store.Store) {
	whole := ended(answered(ringing("pbx1", "1.1", alice, start), start.Add(time.Second)), start.Add(time.Minute))
	whole.Retried = true
	whole.Estimated, whole.Cause, whole.RecordedSeconds = true, 127, 0
	whole.Verdict, whole.Reason = guard.Denied, "rates.unpriced"
	whole.Rate.Closed = true
	whole.Sold = &rates.Rate{Prefix: "390", Route: "Rome", PerMinute: money.Max, Connect: 7, First: 1, Next: 2, Minimum: 3, Grace: 4,
		Tiers: mustTiers("sun 0.000001", time.UTC), Closed: true, ValidFrom: start, ValidUntil: start.Add(time.Microsecond)}
	zone := time.FixedZone("somewhere", -9*3600)
	local := whole
	local.Started = whole.Started.In(zone).Add(999 * time.Nanosecond) // cut to a microsecond
	local.Rate.ValidUntil = whole.Rate.ValidUntil.In(zone)
	sold := *whole.Sold
	local.Sold, sold.ValidFrom = &sold, sold.ValidFrom.In(zone).Add(999*time.Nanosecond)
	given := sold
	bare := guard.Leg{Server: "pbx2", ID: "1.1", Day: today, Started: time.UnixMicro(-1).UTC(), RecordedSeconds: -1,
		Account: limits.Account{Tenant: "bare"}}
	save(t, s, local, bare)
	same(t, "whole", calls(t, s, "acme")["1.1"], whole)
	same(t, "bare", calls(t, s, "bare")["1.1"], bare)
	same(t, "what was given to be saved", sold, given)
}

// testLegPrices prices a leg anew while it lives.
func testLegPrices(t *testing.T, s store.Store) {
	unpriced := ringing("pbx1", "1.1", alice, start)
	unpriced.Deck, unpriced.Rate, unpriced.Priced, unpriced.Sold = "", rates.Rate{Route: "unpriced", First: 60, Next: 60}, false, nil
	priced := ringing("pbx1", "1.1", alice, start)
	save(t, s, unpriced)
	same(t, "no deck yet", calls(t, s, "")["1.1"], unpriced)
	save(t, s, priced)
	same(t, "a deck", calls(t, s, "")["1.1"], priced)
	save(t, s, unpriced)
	same(t, "it stays", calls(t, s, "")["1.1"], priced)

	live := answered(priced, start.Add(time.Second))
	live.Deck, live.Rate.PerMinute, live.Rate.Tiers, live.Sold = "carrier@3", 1, nil, nil
	save(t, s, live, live)
	same(t, "priced anew", calls(t, s, "")["1.1"], live)
	save(t, s, priced, unpriced)
	same(t, "older prices", calls(t, s, "")["1.1"], live)
	dearer := live
	dearer.Sold = &rates.Rate{PerMinute: 2, First: 1, Next: 1}
	save(t, s, dearer)
	same(t, "sold at another price alone", calls(t, s, "")["1.1"], dearer)
	dearer.Sold = &rates.Rate{PerMinute: 2, First: 1, Next: 1, Tiers: weekend}
	save(t, s, dearer)
	state, err := s.Load(t.Context(), today, start)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "and a guard that starts has them", state.Live, []guard.Leg{dearer})
}

func testCalls(t *testing.T, s store.Store) {
	bob := limits.Account{Tenant: "acme", Extension: "102"}
	eve := limits.Account{Tenant: "evil", Extension: "101"}
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	save(t, s,
		ringing("pbx1", "1", alice, at(1)),
		ended(ringing("pbx1", "2", bob, at(2)), at(3)),
		ringing("pbx1", "3", eve, at(3)),
		ringing("pbx2", "3", alice, at(3)),
		ringing("pbx1", "4", alice, at(4)))
	for name, c := range map[string]struct {
		query store.CallsQuery
		want  string
	}{
		"all, newest first":   {store.CallsQuery{}, "pbx1/4 pbx2/3 pbx1/3 pbx1/2 pbx1/1 "},
		"of a tenant":         {store.CallsQuery{Tenant: "acme"}, "pbx1/4 pbx2/3 pbx1/2 pbx1/1 "},
		"of an extension":     {store.CallsQuery{Tenant: "acme", Extension: "101"}, "pbx1/4 pbx2/3 pbx1/1 "},
		"since, inclusive":    {store.CallsQuery{Since: at(3)}, "pbx1/4 pbx2/3 pbx1/3 "},
		"until, exclusive":    {store.CallsQuery{Until: at(3)}, "pbx1/2 pbx1/1 "},
		"live":                {store.CallsQuery{Tenant: "acme", LiveOnly: true}, "pbx1/4 pbx2/3 pbx1/1 "},
		"of a server":         {store.CallsQuery{Server: "pbx2"}, "pbx2/3 "},
		"by channels":         {store.CallsQuery{Server: "pbx1", Names: []string{"PJSIP/carrier-3", "PJSIP/carrier-1", "PJSIP/none-1"}}, "pbx1/3 pbx1/1 "},
		"a channel is no SQL": {store.CallsQuery{Names: []string{"') OR 1=1 --"}}, ""},
		"no more than wanted": {store.CallsQuery{Limit: 2}, "pbx1/4 pbx2/3 "},
		"text is no SQL":      {store.CallsQuery{Tenant: "' OR 1=1 --"}, ""},
		"text is no pattern":  {store.CallsQuery{Tenant: "a%"}, ""},
	} {
		legs, err := s.Calls(t.Context(), c.query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := ""
		for _, l := range legs {
			got += l.Server + "/" + l.ID + " "
		}
		same(t, name, got, c.want)
	}
}

func testChargeOnce(t *testing.T, s store.Store) {
	leg := ended(answered(ringing("pbx1", "1.1", alice, start), start), start.Add(20*time.Minute))
	before, after := charge(leg, today, 125_000, 600), charge(leg, tomorrow, 125_000, 600)
	save(t, s, leg, before, before, after)
	save(t, s, after, before, leg)
	correction := before
	correction.Kind, correction.Amount, correction.Price, correction.BilledSeconds = "correction", -25_000, -49_999, -120
	save(t, s, correction, correction)
	again := before
	again.Amount, again.Account.Extension = 1, "102" // the key decides, not what hangs on it
	save(t, s, again)
	other := before
	other.Server = "pbx2"
	save(t, s, other)
	days := []limits.Row{row(alice, today, 225_000, 1080, 1, 1), row(alice, tomorrow, 125_000, 600, 0, 0)}
	months := []limits.Row{row(alice, "2026-11", 350_000, 1680, 1, 1)}
	days[0].Price, months[0].Price = days[0].Price+1, months[0].Price+1 // by the correction
	same(t, "days", totals(t, s, limits.Day, ""), days)
	same(t, "months", totals(t, s, limits.Month, ""), months)
	leg.Cost, leg.Price, leg.BilledSeconds = 225_000, 450_001, 1080
	same(t, "the leg's sum", calls(t, s, "")["1.1"], leg)
}

func testChargeAlone(t *testing.T, s store.Store) {
	leg := ended(ringing("pbx1", "1.1", alice, start), start)
	save(t, s, charge(leg, today, 5, 1))
	same(t, "days", totals(t, s, limits.Day, ""), []limits.Row{row(alice, today, 5, 1, 0, 0)})
	free := charge(leg, "2027-01-01", 0, 0)
	save(t, s, free)
	same(t, "a charge of nothing", totals(t, s, limits.Month, ""),
		[]limits.Row{row(alice, "2026-11", 5, 1, 0, 0), row(alice, "2027-01", 0, 0, 0, 0)})
}

func testOverflow(t *testing.T, s store.Store) {
	leg := ringing("pbx1", "1.1", alice, start)
	batch := make([]guard.Record, 0, 10_000)
	for n := range cap(batch) {
		c := charge(leg, today, money.Max, 1<<62)
		c.Price = -money.Max
		c.Kind = "kind " + time.Duration(n).String()
		batch = append(batch, c)
	}
	save(t, s, batch[:5000]...)
	same(t, "still exact", totals(t, s, limits.Day, "")[0].Cost, money.Amount(5000*store.MaxCharge))
	save(t, s, batch[5000:]...)
	got := totals(t, s, limits.Day, "")[0]
	same(t, "at the largest amount", got.Cost, money.Max)
	same(t, "at the smallest amount", got.Price, -money.Max)
	same(t, "seconds", got.BilledSeconds, int64(10_000*store.MaxSeconds))
	save(t, s, ringing("pbx1", "1.2", alice, start))
	same(t, "and the ledger goes on", totals(t, s, limits.Day, "")[0].Attempts, int64(1))
}

func testLedger(t *testing.T, s store.Store) {
	bob := limits.Account{Tenant: "acme", Extension: "102"}
	eve := limits.Account{Tenant: "evil", Extension: "101"}
	for n, day := range []string{"2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"} {
		for m, account := range []limits.Account{eve, bob, alice} {
			leg := ringing("pbx1", time.Duration(10*n+m).String(), account, start)
			leg.Day = day
			save(t, s, leg)
		}
	}
	for name, c := range map[string]struct {
		query store.LedgerQuery
		want  string
	}{
		"month": {store.LedgerQuery{Period: limits.Month, From: "2026-11", To: "2026-11"},
			"2026-11:acme/101 2026-11:acme/102 2026-11:evil/101 "},
		"days": {store.LedgerQuery{From: "2026-11-01", To: "2026-11-30", Extension: "101"},
			"2026-11-01:acme/101 2026-11-01:evil/101 2026-11-30:acme/101 2026-11-30:evil/101 "},
		"from": {store.LedgerQuery{From: "2026-12-01"}, "2026-12-01:acme/101 2026-12-01:acme/102 2026-12-01:evil/101 "},
		"to":   {store.LedgerQuery{To: "2026-10-31", Tenant: "evil"}, "2026-10-31:evil/101 "},
		"extension": {store.LedgerQuery{Period: limits.Month, Tenant: "acme", Extension: "102"},
			"2026-10:acme/102 2026-11:acme/102 2026-12:acme/102 "},
		"nobody": {store.LedgerQuery{Tenant: "acm_"}, ""},
	} {
		rows, err := s.Ledger(t.Context(), c.query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := ""
		for _, r := range rows {
			got += r.Key + ":" + r.Account.String() + " "
		}
		same(t, name, got, c.want)
	}
}
