package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// pastCall is a call of a minute at noon of a day, as the ledger, Asterisk and the carrier have it.
type pastCall struct {
	id      int
	started time.Time
}

func callOn(id, daysAgo int) pastCall {
	year, month, day := time.Now().UTC().Date()
	return pastCall{id, time.Date(year, month, day-daysAgo, 12, 0, id, 0, time.UTC)}
}

func (c pastCall) metered() []guard.Record {
	l := guard.Leg{Server: "pbx1", ID: fmt.Sprint(c.id), Name: fmt.Sprintf("PJSIP/carrier-%08x", c.id), Account: accountOf("101"), Number: "442012345678",
		Dialled: "00442012345678", Day: c.started.Format(time.DateOnly), AnsweredDay: c.started.Format(time.DateOnly), Started: c.started, Answered: c.started,
		Ended: c.started.Add(time.Minute), Verdict: guard.Allowed, RecordedSeconds: -1}
	return []guard.Record{l, guard.Charge{Server: l.Server, Leg: l.ID, Day: l.Day, Kind: guard.KindCall, Account: l.Account, At: l.Ended, Amount: 7, Price: 7, BilledSeconds: 60}}
}

// row is the call in a Master.csv of cdr_csv.
func (c pastCall) row() string {
	at := func(d time.Duration) string { return c.started.Add(d).Format(time.DateTime) }
	return fmt.Sprintf(`"","101","00442012345678","phones","101","PJSIP/101-%08x","PJSIP/carrier-%08x","Dial","PJSIP/00442012345678@carrier","%s","%s","%s",60,60,"ANSWERED","DOCUMENTATION","%d.%d",""`+"\n",
		c.id, c.id, at(0), at(0), at(time.Minute), c.started.Unix(), 2*c.id)
}

// billed is the call on the carrier's bill.
func (c pastCall) billed() string {
	return fmt.Sprintf("00442012345678,%s,60,0.000007\n", c.started.Format(time.DateTime))
}

func (s *site) total() (cost money.Amount, calls int64) {
	s.t.Helper()
	rows, err := s.store.Ledger(s.t.Context(), store.LedgerQuery{Period: limits.Day})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		cost, calls = cost+r.Cost, calls+r.Calls
	}
	return cost, calls
}

// TestPrunedCallsAreNotChargedAgain: what records and bills say of calls that are no longer kept is in the
// ledger already, and nobody can tell any more which of them is not.
func TestPrunedCallsAreNotChargedAgain(t *testing.T) {
	for _, numbers := range []string{"delete", "cut"} {
		t.Run(numbers, func(t *testing.T) {
			s := newSite(t, "enforce", "[retention]\ncalls = \"30d\"\nnumbers = \""+numbers+"\"\n", newExchange(t, "pbx1"))
			master, bill := "", "number,start,seconds,cost\n"
			for id, ago := range []int{60, 40, 20, 3} {
				c := callOn(id, ago)
				if err := s.store.Save(t.Context(), c.metered(), nil); err != nil {
					t.Fatal(err)
				}
				master, bill = master+c.row(), bill+c.billed()
			}
			s.run()
			if done, err := s.client.Prune(t.Context(), web.PruneRequest{}); err != nil || done.Calls != 2 {
				t.Fatalf("%+v, %v", done, err)
			}
			unwatched := callOn(4, 10)
			master += unwatched.row()
			for range 2 {
				got, err := s.client.ImportRecords(t.Context(), web.RecordsRequest{File: "Master.csv"}, strings.NewReader(master), -1)
				if err != nil {
					t.Fatal(err)
				}
				want := 0
				if numbers == "delete" {
					want = 2
				}
				if got.NoLongerKept != want || got.Charged+got.Known != 5-want {
					t.Errorf("%+v", got)
				}
			}
			waitFor(t, "the record", func() bool { return s.status().Store.Waiting == 0 })
			cost, calls := s.total()
			if calls != 5 || cost < 4*7 {
				t.Errorf("after the import %d calls in the ledger, for %s", calls, cost)
			}
			for range 2 {
				got, err := s.client.Reconcile(t.Context(), web.RecordsRequest{File: "bill.csv", Apply: true}, strings.NewReader(bill), -1)
				if err != nil || got.NoLongerKept != 2 || got.Matched != 2 || got.Applied != 0 || len(got.UnknownHere) != 0 {
					t.Errorf("%+v, %v", got, err)
				}
			}
			if after, n := s.total(); after != cost || n != calls {
				t.Errorf("after the bill %d calls for %s, before it %d for %s", n, after, calls, cost)
			}
			only := "number,start,seconds,cost\n" + callOn(0, 60).billed()
			if _, err := s.client.Reconcile(t.Context(), web.RecordsRequest{File: "bill.csv"}, strings.NewReader(only), -1); err == nil || !strings.Contains(err.Error(), "no longer kept") {
				t.Errorf("a bill of old calls alone: %v", err)
			}
		})
	}
}

// TestBilledTwiceAtOnce: two calls to the same number in the same second, which only the bill has, are two.
// Once they are old, their number goes with those of all others.
func TestBilledTwiceAtOnce(t *testing.T) {
	s := newSite(t, "enforce", "[retention]\nnumbers = \"cut\"\n", newExchange(t, "pbx1")).run()
	c := callOn(1, 9)
	for run, rows := range []int{1, 3, 3, 4, 4} {
		trunk := []string{"", "", "PJSIP/carrier", "PJSIP/carrier", "PJSIP/carrier"}[run]
		bill := "number,start,seconds,cost\n" + strings.Repeat(c.billed(), rows)
		if _, err := s.client.Reconcile(t.Context(), web.RecordsRequest{File: "bill.csv", Trunk: trunk, Apply: true}, strings.NewReader(bill), -1); err != nil {
			t.Fatal(err)
		}
		month := web.LedgerQuery{Period: limits.Month, Key: c.started.Format("2006-01")}
		if running, err := s.client.Ledger(t.Context(), month); err != nil || len(running) != 1 || running[0].Calls != int64(rows) {
			t.Errorf("of %d calls on the bill the guard counts %+v, %v", rows, running, err)
		}
		waitFor(t, "the record", func() bool { return s.status().Store.Waiting == 0 })
		if cost, calls := s.total(); cost != money.Amount(7*rows) || calls != int64(rows) {
			t.Errorf("of %d calls on the bill the ledger has %d, for %s", rows, calls, cost)
		}
	}
	if done, err := s.client.Prune(t.Context(), web.PruneRequest{Before: time.Now().UTC().AddDate(0, 0, -5).Format(time.DateOnly)}); err != nil || done.Calls != 4 {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, c := range s.calls() {
		if strings.Contains(fmt.Sprintf("%+v", c), "012345678") {
			t.Errorf("the number is still in %+v", c)
		}
	}
}
