// Package storetest holds every engine to the contract of store.Store. It is one suite, run against
// the real engine; and it brings a store that fails at will, for the tests of what stands above.
package storetest

import (
	"context"
	"reflect"
	"testing"
	"time"
	_ "time/tzdata" // zones are read by name, and a minimal Debian has none

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// Run runs the suite. Open gives a new and empty store each time, and closes it when its test ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"an empty store", testEmpty},
		{"a leg from dialling to hang-up", testLegLife},
		{"a leg never goes backwards", testLegForward},
		{"a leg comes back as it was saved", testLegWhole},
		{"the prices of a leg", testLegPrices},
		{"the calls that are asked for", testCalls},
		{"a leg by its record", testLegByRecord},
		{"a charge counts once", testChargeOnce},
		{"a charge needs no leg", testChargeAlone},
		{"totals that do not fit", testOverflow},
		{"the ledger that is asked for", testLedger},
		{"the ledger is the sum, whatever happens", testLedgerIsSum},
		{"every fault, then again", testFaults},
		{"a batch is all or nothing", testAllOrNothing},
		{"many at once", testMany},
		{"load", testLoad},
		{"incidents", testIncidents},
		{"blocks", testBlocks},
		{"what a block can be on", testTargets},
		{"caps that people set", testCaps},
		{"caps in every order", testCapsInOrder},
		{"routes of a day", testRoutes},
		{"outbox", testOutbox},
		{"a ledger that is proven", testVerify},
		{"totals that do not fit are no discrepancies", testVerifyOverflow},
		{"old legs are deleted", testPrune},
		{"the last day of which legs were deleted", testPrunedUntil},
		{"old numbers are cut", testPruneCut},
		{"old legs go, and the ledger stays proven", testPruneStories},
		{"the currency of the ledger", testCurrency},
		{"the currency of the ledger, told by many at once", testCurrencyTogether},
		{"who has a server", testLease},
		{"many ask for a server", testLeaseTogether},
		{"editions", testEditions},
		{"all terms of rates", testEditionTerms},
		{"an edition that cannot be stored", testEditionRefused},
		{"when an edition takes over", testEditionMoments},
		{"an edition again", testEditionAgain},
		{"editions of one deck at once", testEditionsTogether},
		{"a big edition is saved while others read", testEditionsRead},
		{"hostile names of decks and files", testEditionHostile},
		{"hostile texts", testHostile},
		{"records that cannot be stored", testRefused},
		{"a context that has ended", testEnded},
		{"a closed store", testClosed},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Errorf(format string, values ...any)
	Fatalf(format string, values ...any)
	Context() context.Context
}

// start is when the suite's story begins.
var start = time.Date(2026, 11, 21, 23, 50, 0, 123456000, time.UTC)

const (
	today    = "2026-11-21"
	tomorrow = "2026-11-22"
)

var rome = mustZone("Europe/Rome")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func mustTiers(text string, zone *time.Location) *rates.Tiers {
	tiers, err := rates.ParseTiers(text, zone)
	if err != nil {
		panic(err)
	}
	return tiers
}

// weekend are the tiers of the suite's legs.
var weekend = mustTiers("sat,sun 0.04 | mon-fri 08:00-18:00 after 600 0.08", rome)

var alice = limits.Account{Tenant: "acme", Extension: "101"}

// ringing is a leg that has just been dialled.
func ringing(server, id string, account limits.Account, started time.Time) guard.Leg {
	return guard.Leg{
		Server: server, ID: id, Name: "PJSIP/carrier-" + id, Account: account, PaidBy: "phone PJSIP/" + account.Extension,
		Dialled: "90039061234", Number: "39061234", Country: "IT", International: true,
		Deck: "carrier@2",
		Rate: rates.Rate{Prefix: "3906", Route: "Italy, Rome", PerMinute: 12_500, Connect: 1, First: 30, Next: 6,
			Minimum: 45, Grace: 2, Tiers: weekend, ValidFrom: start.Add(-time.Hour), ValidUntil: start.Add(9 * time.Hour)},
		Sold:   &rates.Rate{Prefix: "39", Route: "Italy <all> & \"more\"", PerMinute: 25_000, First: 60, Next: 60},
		Priced: true, Day: started.Format(time.DateOnly), Started: started, Verdict: guard.Allowed, RecordedSeconds: -1,
	}
}

func answered(l guard.Leg, at time.Time) guard.Leg {
	l.Answered, l.AnsweredDay, l.LimitedUntil = at, at.Format(time.DateOnly), at.Add(15*time.Minute)
	return l
}

func ended(l guard.Leg, at time.Time) guard.Leg {
	l.Ended, l.Cause = at, 16
	return l
}

// charge is what a leg costs in a day. The tenant pays twice what the carrier charges.
func charge(l guard.Leg, day string, amount money.Amount, seconds int64) guard.Charge {
	return guard.Charge{Server: l.Server, Leg: l.ID, Day: day, Kind: guard.KindCall, Account: l.Account, At: l.Ended,
		Amount: amount, Price: 2 * amount, BilledSeconds: seconds, Estimated: l.Estimated,
		International: l.International, Route: l.Rate.Route}
}

// incident is one with everything filled in.
func incident(id string, at time.Time, account limits.Account) guard.Incident {
	return guard.Incident{
		ID: id, At: at, Server: "pbx1", Rule: "caps.extension.cost_per_day", Account: account, Number: "39061234", Leg: "1.1",
		Seen:     `spent 20.00 of "20.00" <so far> & no more`,
		Evidence: []guard.Evidence{{Name: "cap", Value: "20.00"}, {Name: "spent", Value: "19.99"}},
		Actions:  []string{"refuse the call", "tell"}, Observed: true, Urgent: true,
	}
}

func save(t tester, s store.Store, records ...guard.Record) {
	t.Helper()
	if err := s.Save(t.Context(), records, nil); err != nil {
		t.Fatalf("Save: %v", err)
	}
}

// calls gives the legs of a tenant by ID.
func calls(t tester, s store.Store, tenant string) map[string]guard.Leg {
	t.Helper()
	legs, err := s.Calls(t.Context(), store.CallsQuery{Tenant: tenant})
	if err != nil {
		t.Fatalf("Calls: %v", err)
	}
	byID := make(map[string]guard.Leg)
	for _, l := range legs {
		byID[l.ID] = l
	}
	return byID
}

// totals gives the ledger of a tenant.
func totals(t tester, s store.Store, p limits.Period, tenant string) []limits.Row {
	t.Helper()
	rows, err := s.Ledger(t.Context(), store.LedgerQuery{Period: p, Tenant: tenant})
	if err != nil {
		t.Fatalf("Ledger: %v", err)
	}
	return rows
}

// row is a row of the ledger, of charges by charge for legs that go abroad.
func row(a limits.Account, key string, cost money.Amount, seconds, calls, attempts int64) limits.Row {
	return limits.Row{Account: a, Key: key,
		Usage: limits.Usage{Cost: cost, Price: 2 * cost, BilledSeconds: seconds, InternationalSeconds: seconds, Calls: calls, Attempts: attempts}}
}

// same fails the test where what came is not what was wanted.
func same[T any](t tester, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}
