package storetest

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// proven fails the test where the ledger of the suite's days is not proven whole.
func proven(t tester, s store.Store) store.Proof {
	t.Helper()
	proof, err := s.Verify(t.Context(), "2026-11-01", "2026-12-31")
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	same(t, "discrepancies", proof.Discrepancies, nil)
	return proof
}

func testVerify(t *testing.T, s store.Store) {
	same(t, "an empty store", proven(t, s), store.Proof{})
	late := answered(ringing("pbx1", "1", alice, start), start.Add(15*time.Minute)) // after midnight
	other := ringing("pbx1", "2", limits.Account{Tenant: "acme", Extension: "102"}, start)
	save(t, s, late, other, charge(late, today, 7, 60), charge(late, "2026-12-01", 5, 30))
	same(t, "two days, two months", proven(t, s), store.Proof{Days: 4, Months: 3, Routes: 2})
	proof, err := s.Verify(t.Context(), tomorrow, tomorrow)
	same(t, "the day after", proof, store.Proof{Days: 1, Months: 2})
	if err != nil {
		t.Errorf("Verify: %v", err)
	}
	for _, days := range [][2]string{{"november", today}, {today, "2026-11-31"}, {"", ""}} {
		if _, err := s.Verify(t.Context(), days[0], days[1]); err == nil {
			t.Errorf("days %q, and no error", days)
		}
	}
}

// testVerifyOverflow proves totals that stayed at the largest number, because their sums do not fit.
func testVerifyOverflow(t *testing.T, s store.Store) {
	const calls = 4700 // two such days fit into no month
	var records []guard.Record
	for n := range 2 * calls {
		l := ended(answered(ringing("pbx1", fmt.Sprint(n), alice, start), start), start.Add(time.Minute))
		c := charge(l, []string{today, tomorrow}[n/calls], store.MaxCharge, 60)
		c.Price = -store.MaxCharge
		records = append(records, c)
		if n%calls >= 50 {
			c.Day, c.Leg = "2026-12-24", fmt.Sprint("december-", n)
			records = append(records, c)
		}
	}
	save(t, s, records...)
	proof := proven(t, s)
	same(t, "what was compared", proof, store.Proof{Days: 3, Months: 2, Routes: 3})
	largest := totals(t, s, limits.Day, "")[2]
	if largest.Cost != math.MaxInt64 || largest.Price != -math.MaxInt64 {
		t.Errorf("the day whose sum does not fit has %+v", largest)
	}
}

// Spoilt runs what a store has to find that was changed behind its back. Open gives a new store, and
// a function that runs a statement in it.
func Spoilt(t *testing.T, open func(t *testing.T) (s store.Store, run func(statement string) error)) {
	leg := ended(answered(ringing("pbx1", "1", alice, start), start), start.Add(time.Minute))
	off := func(table, key, figure string, total, sum int64) store.Discrepancy {
		return store.Discrepancy{Table: table, Key: key, Account: alice, Figure: figure, Total: total, Sum: sum}
	}
	route := off(store.TableRoute, today, "billed_seconds", 61, 60)
	route.Route = leg.Rate.Route
	for statement, want := range map[string][]store.Discrepancy{
		"UPDATE ledger_days SET cost = cost + 2": {off(store.TableDay, today, "cost", 9, 7), off(store.TableMonth, "2026-11", "cost", 7, 9)},
		"UPDATE ledger_days SET calls = 3, attempts = 0": {
			off(store.TableDay, today, "calls", 3, 1), off(store.TableDay, today, "attempts", 0, 1),
			off(store.TableMonth, "2026-11", "calls", 1, 3), off(store.TableMonth, "2026-11", "attempts", 1, 0)},
		"UPDATE ledger_months SET price = price - 1":           {off(store.TableMonth, "2026-11", "price", 13, 14)},
		"UPDATE ledger_routes SET billed_seconds = 61":         {route},
		"UPDATE charges SET amount = 8":                        {off(store.TableDay, today, "cost", 7, 8)},
		"UPDATE charges SET international = NOT international": {off(store.TableDay, today, "international_seconds", 60, 0)},
		"DELETE FROM legs":                                     {off(store.TableDay, today, "calls", 1, 0), off(store.TableDay, today, "attempts", 1, 0)},
		"UPDATE ledger_days SET cost = 9223372036854775807":    {off(store.TableMonth, "2026-11", "cost", 7, 9223372036854775807)},
		"DELETE FROM ledger_months": {off(store.TableMonth, "2026-11", "cost", 0, 7), off(store.TableMonth, "2026-11", "price", 0, 14),
			off(store.TableMonth, "2026-11", "billed_seconds", 0, 60), off(store.TableMonth, "2026-11", "international_seconds", 0, 60),
			off(store.TableMonth, "2026-11", "calls", 0, 1), off(store.TableMonth, "2026-11", "attempts", 0, 1)},
	} {
		t.Run(statement, func(t *testing.T) {
			s, run := open(t)
			save(t, s, leg, charge(leg, today, 7, 60))
			proven(t, s)
			if err := run(statement); err != nil {
				t.Fatal(err)
			}
			proof, err := s.Verify(t.Context(), today, today)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "discrepancies", proof.Discrepancies, want)
			if proof, err = s.Verify(t.Context(), "2026-10-01", "2026-10-31"); err != nil || proof.Discrepancies != nil {
				t.Errorf("another month: %+v, %v", proof, err)
			}
		})
	}
}

// pruneAll goes step by step through all that is to be pruned, and counts.
func pruneAll(t tester, s store.Store, p store.Pruning) int {
	t.Helper()
	legs := 0
	for {
		done, err := s.Prune(t.Context(), p)
		if err != nil {
			t.Fatalf("Prune: %v", err)
		}
		legs += done.Legs
		if !done.More {
			return legs
		}
		p.After = done.Next
	}
}

// someCalls saves five calls of a minute, one of which is live, and gives them by ID.
func someCalls(t *testing.T, s store.Store) map[string]guard.Leg {
	all := make(map[string]guard.Leg)
	for n := range 5 {
		// Two of them begin at once.
		l := answered(ringing("pbx1", fmt.Sprint(n), alice, start.Add(time.Duration(n/2)*time.Hour)), start.Add(time.Duration(n/2)*time.Hour))
		if n != 1 {
			l = ended(l, l.Started.Add(time.Minute))
			c := charge(l, l.Day, 7, 60)
			save(t, s, c)
			l.Cost, l.Price, l.BilledSeconds = c.Amount, c.Price, c.BilledSeconds
		}
		save(t, s, l, incident("i"+l.ID, l.Started, alice))
		all[l.ID] = l
	}
	return all
}

func prunedUntil(t *testing.T, s store.Store, want string) {
	t.Helper()
	if day, err := s.PrunedUntil(t.Context()); err != nil || day != want {
		t.Errorf("legs are pruned until %q, %v; want %q", day, err, want)
	}
}

// testPrunedUntil: a day on which only a pruned leg's answer counts has lost none of its own.
func testPrunedUntil(t *testing.T, s store.Store) {
	late := answered(ringing("pbx1", "1", alice, start), start.Add(15*time.Minute))
	late = ended(late, late.Answered.Add(time.Minute))
	save(t, s, late)
	pruneAll(t, s, store.Pruning{Before: late.Ended, Cut: true, Limit: 9})
	prunedUntil(t, s, "")
	pruneAll(t, s, store.Pruning{Before: late.Ended, Limit: 9})
	prunedUntil(t, s, today)
}

func testPrune(t *testing.T, s store.Store) {
	all := someCalls(t, s)
	days, months := totals(t, s, limits.Day, ""), totals(t, s, limits.Month, "")
	before := all["4"].Started
	for _, limit := range []int{1, 2, 10} {
		if n := pruneAll(t, s, store.Pruning{Before: before, DryRun: true, Limit: limit}); n != 3 {
			t.Errorf("a dry run by %d counts %d", limit, n)
		}
	}
	same(t, "legs after a dry run", calls(t, s, ""), all)
	prunedUntil(t, s, "")
	if n := pruneAll(t, s, store.Pruning{Before: before, Limit: 2}); n != 3 {
		t.Errorf("%d legs were pruned", n)
	}
	prunedUntil(t, s, tomorrow) // one of them began then
	same(t, "legs that are left", calls(t, s, ""), map[string]guard.Leg{"1": all["1"], "4": all["4"]})
	same(t, "days", totals(t, s, limits.Day, ""), days)
	same(t, "months", totals(t, s, limits.Month, ""), months)
	if proof := proven(t, s); proof.Pruned != 3 {
		t.Errorf("%+v", proof)
	}
	if n := pruneAll(t, s, store.Pruning{Before: before, Limit: 2}); n != 0 {
		t.Errorf("%d legs were pruned again", n)
	}
	save(t, s, charge(all["0"], all["0"].Day, 7, 60)) // told again, it is no second one
	same(t, "days", totals(t, s, limits.Day, ""), days)
	proven(t, s)
	if found, err := s.Incidents(t.Context(), store.IncidentsQuery{}); err != nil || len(found) != 5 {
		t.Errorf("%d incidents are left, %v", len(found), err)
	}
	for _, p := range []store.Pruning{{Limit: 1}, {Before: before}} {
		if _, err := s.Prune(t.Context(), p); err == nil {
			t.Errorf("%+v, and no error", p)
		}
	}
}

func testPruneCut(t *testing.T, s store.Store) {
	all := someCalls(t, s)
	for _, id := range []string{"0", "2", "3"} {
		l := all[id]
		l.Number, l.Dialled = "3906xxxx", "900xxxxxxxx"
		all[id] = l
	}
	p := store.Pruning{Before: all["4"].Started, Cut: true, Limit: 2}
	dry := p
	dry.DryRun = true
	if n := pruneAll(t, s, dry); n != 3 {
		t.Errorf("a dry run counts %d", n)
	}
	if n := pruneAll(t, s, p); n != 3 {
		t.Errorf("%d legs were cut", n)
	}
	same(t, "legs", calls(t, s, ""), all)
	if n := pruneAll(t, s, p); n != 0 {
		t.Errorf("%d legs were cut again", n)
	}
	// What is told of a leg afterwards does not bring its number back, whether it is older or newer.
	for id, l := range all {
		if id == "1" || id == "4" {
			continue
		}
		again := ended(answered(ringing(l.Server, id, alice, l.Started), l.Started), l.Ended)
		dialled := again
		dialled.Answered, dialled.AnsweredDay, dialled.Ended = time.Time{}, "", time.Time{}
		again.RecordedSeconds, l.RecordedSeconds = 61, 61
		save(t, s, dialled, again)
		all[id] = l
	}
	same(t, "legs that were told again", calls(t, s, ""), all)
	if proof := proven(t, s); proof.Pruned != 0 {
		t.Errorf("%+v", proof)
	}
}

// testPruneStories prunes between the records of random stories: the ledger stays proven, and what
// it says is what was told.
func testPruneStories(t *testing.T, s store.Store) {
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		story := drawStory(rt, fmt.Sprintf("tenant%d", run))
		save(rt, s, story.records...)
		p := store.Pruning{Before: start.Add(time.Duration(rapid.IntRange(0, 9).Draw(rt, "before")) * time.Second),
			Cut: rapid.Bool().Draw(rt, "cut"), Limit: rapid.IntRange(1, 5).Draw(rt, "limit")}
		pruneAll(rt, s, p)
		proven(rt, s)
		kept := make(map[string]bool)
		for id, l := range story.legs {
			if p.Cut || l.Ended.IsZero() || !l.Started.Before(p.Before) {
				kept[id] = true
			}
		}
		found := make(map[string]bool)
		for id := range calls(rt, s, story.tenant) {
			found[id] = true
		}
		same(rt, "legs that are left", found, kept)
		days := make(map[string]limits.Usage)
		for _, r := range totals(rt, s, limits.Day, story.tenant) {
			days[r.Key+" "+r.Account.String()] = r.Usage
		}
		same(rt, "days", days, story.sum(len(today)))
	})
}

func testLease(t *testing.T, s store.Store) {
	take := func(r store.LeaseRequest) store.Lease {
		t.Helper()
		lease, err := s.Lease(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if lease.Server != r.Server || lease.Since.IsZero() || !lease.Until.After(lease.Since) {
			t.Errorf("%+v was asked for, and %+v given", r, lease)
		}
		return lease
	}
	mine := store.LeaseRequest{Server: "pbx1", Holder: "one", For: time.Hour}
	first := take(mine)
	yours := store.LeaseRequest{Server: "pbx1", Holder: "two", For: time.Hour}
	same(t, "the lease of another", take(yours), first)
	if again := take(mine); again.Holder != "one" || !again.Since.Equal(first.Since) || again.Until.Before(first.Until) {
		t.Errorf("renewed: %+v, before it was %+v", again, first)
	}
	if other := take(store.LeaseRequest{Server: "pbx2", Holder: "two", For: time.Hour}); other.Holder != "two" {
		t.Errorf("another server: %+v", other)
	}
	yours.Dead = "three"
	if lease := take(yours); lease.Holder != "one" {
		t.Errorf("somebody else is gone, and %+v", lease)
	}
	if err := s.Release(t.Context(), "pbx1", "two"); err != nil {
		t.Error(err)
	}
	yours.Dead = "one"
	if lease := take(yours); lease.Holder != "two" {
		t.Errorf("the holder is gone, and %+v", lease)
	}
	if err := s.Release(t.Context(), "pbx1", "two"); err != nil {
		t.Error(err)
	}
	brief := mine
	brief.For = time.Microsecond
	if lease := take(brief); lease.Holder != "one" {
		t.Errorf("it was given back, and %+v", lease)
	}
	yours.Dead = ""
	for end := time.Now().Add(time.Minute); take(yours).Holder != "two"; {
		if time.Now().After(end) {
			t.Fatal("a lease does not run out")
		}
	}
	for _, r := range []store.LeaseRequest{{Holder: "one", For: 1}, {Server: "pbx1", For: 1}, {Server: "pbx1", Holder: "one"}} {
		if _, err := s.Lease(t.Context(), r); err == nil {
			t.Errorf("%+v, and no error", r)
		}
	}
}

// testLeaseTogether has several ask at the same moment: one gets it, and all are told who.
func testLeaseTogether(t *testing.T, s store.Store) {
	const many = 8
	var all sync.WaitGroup
	leases, faults := make([]store.Lease, many), make([]error, many)
	for n := range many {
		all.Go(func() {
			leases[n], faults[n] = s.Lease(t.Context(), store.LeaseRequest{Server: "pbx1", Holder: fmt.Sprint(n), For: time.Hour})
		})
	}
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		t.Fatal(err)
	}
	for _, lease := range leases {
		same(t, "the lease", lease, leases[0])
	}
}
