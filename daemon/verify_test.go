package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/sqlite"
	"github.com/fraudguard/fraudguard/web"
)

func accountOf(extension string) limits.Account {
	return limits.Account{Tenant: "default", Extension: extension}
}

// wrongStore has a ledger with a figure that is off, while wrong says so.
type wrongStore struct {
	store.Store
	wrong bool
}

func (s *wrongStore) Verify(ctx context.Context, from, to string) (store.Proof, error) {
	proof, err := s.Store.Verify(ctx, from, to)
	if s.wrong {
		proof.Discrepancies = append(proof.Discrepancies, store.Discrepancy{Table: store.TableDay, Key: from,
			Account: accountOf("101"), Figure: "cost", Total: 2_500_000, Sum: 1_000_000})
	}
	return proof, err
}

// TestLedgerDiffers: what the daemon finds by itself is told once, and stands in the status until it is
// found right again.
func TestLedgerDiffers(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "observe", caps, x)
	wrong := &wrongStore{Store: s.store}
	s.useStore(wrong)
	s.run()
	const day = "2026-11-20"
	s.checkLedger(t.Context(), day)
	s.unguarded("the ledger:", false)
	wrong.wrong = true
	for range 3 {
		s.checkLedger(t.Context(), day)
	}
	s.unguarded("the ledger: 1 figures are not the sums of their charges; see fraudguard verify", true)
	found := s.incidents("ledger.differs")
	want := guard.Evidence{Name: "cost of 2026-11-20 default/101", Value: "total 2.50, sum 1.00, off by 1.50"}
	if len(found) != 1 || !found[0].Urgent || found[0].Observed || len(found[0].Evidence) != 1 || found[0].Evidence[0] != want {
		t.Errorf("incidents %+v", found)
	}
	proof, err := s.client.Verify(t.Context(), web.VerifyQuery{From: day})
	if err != nil || len(proof.Discrepancies) != 1 || proof.Discrepancies[0].Off != "1.50" || proof.To != time.Now().UTC().Format(time.DateOnly) {
		t.Errorf("%+v, %v", proof, err)
	}
	wrong.wrong = false
	if proof, err = s.client.Verify(t.Context(), web.VerifyQuery{From: day, To: day}); err != nil || len(proof.Discrepancies) != 0 {
		t.Errorf("%+v, %v", proof, err)
	}
	s.unguarded("the ledger:", false)
	if n := len(s.recorded("ledger.differs")); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// oldCalls saves a call for each of some days back from now, and gives what is stored of them then.
func (s *site) oldCalls(days ...int) {
	s.t.Helper()
	for n, back := range days {
		started := time.Now().AddDate(0, 0, -back)
		l := guard.Leg{Server: "pbx1", ID: fmt.Sprint(n), Account: accountOf("101"), Number: "442012345678", Dialled: cheap,
			Day: started.UTC().Format(time.DateOnly), AnsweredDay: started.UTC().Format(time.DateOnly), Started: started, Answered: started,
			Ended: started.Add(time.Minute), Verdict: guard.Allowed, RecordedSeconds: -1}
		c := guard.Charge{Server: l.Server, Leg: l.ID, Day: l.Day, Kind: guard.KindCall, Account: l.Account, At: l.Ended, Amount: 7, Price: 7, BilledSeconds: 60}
		if err := s.store.Save(s.t.Context(), []guard.Record{l, c}, nil); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) numbers() string {
	s.t.Helper()
	legs, err := s.store.Calls(s.t.Context(), store.CallsQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for _, l := range legs {
		all = append(all, l.ID+":"+l.Number)
	}
	return strings.Join(all, " ")
}

// TestRetention: old calls go when the schedule says so and when somebody asks, and never young ones.
func TestRetention(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", "[retention]\ncalls = \"90d\"\nschedule = \"30 3 * * *\"\n", x)
	s.oldCalls(200, 91, 89, 10, 0)
	s.run()
	at := func(clock string) time.Time {
		moment, err := time.Parse(time.DateTime, time.Now().UTC().Format(time.DateOnly)+" "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	ledger, err := s.store.Ledger(t.Context(), store.LedgerQuery{})
	if err != nil {
		t.Fatal(err)
	}
	s.retainAt(t.Context(), at("03:00:00"), at("03:29:59"))
	if got := s.numbers(); strings.Count(got, ":") != 5 {
		t.Errorf("before the time: %s", got)
	}
	would, err := s.client.Prune(t.Context(), web.PruneRequest{DryRun: true})
	if err != nil || would.Calls != 2 || would.Numbers != "delete" {
		t.Errorf("a dry run: %+v, %v", would, err)
	}
	s.retainAt(t.Context(), at("03:29:00"), at("03:30:10"))
	if got := s.numbers(); got != "4:442012345678 3:442012345678 2:442012345678" {
		t.Errorf("after the time: %s", got)
	}
	s.write(s.settings("enforce", "[retention]\nnumbers = \"cut\"\n", x))
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.retainAt(t.Context(), at("00:00:00"), at("23:59:59"))
	day := func(back int) string { return time.Now().UTC().AddDate(0, 0, -back).Format(time.DateOnly) }
	if _, err := s.client.Prune(t.Context(), web.PruneRequest{}); err == nil || !strings.Contains(err.Error(), "all calls are kept") {
		t.Errorf("without an age: %v", err)
	}
	if _, err := s.client.Prune(t.Context(), web.PruneRequest{Before: day(1)}); err == nil || !strings.Contains(err.Error(), day(2)) {
		t.Errorf("young calls: %v", err)
	}
	if cut, err := s.client.Prune(t.Context(), web.PruneRequest{Before: day(5)}); err != nil || cut.Calls != 2 || cut.Numbers != "cut" {
		t.Errorf("%+v, %v", cut, err)
	}
	if got := s.numbers(); got != "4:442012345678 3:442xxxxxxxxx 2:442xxxxxxxxx" {
		t.Errorf("cut: %s", got)
	}
	after, err := s.store.Ledger(t.Context(), store.LedgerQuery{})
	if err != nil || fmt.Sprint(after) != fmt.Sprint(ledger) {
		t.Errorf("the ledger was %v, and is %v, %v", ledger, after, err)
	}
	proof, err := s.client.Verify(t.Context(), web.VerifyQuery{From: "2026-01-01"})
	if err != nil || len(proof.Discrepancies) != 0 || proof.PrunedCalls != 2 {
		t.Errorf("%+v, %v", proof, err)
	}
}

// TestPruneManySteps: what is more than a step is done whole, and breaks off with its context.
func TestPruneManySteps(t *testing.T) {
	s := newSite(t, "enforce", "", newExchange(t, "pbx1"))
	t.Cleanup(func() { _ = s.store.Close() })
	var records []guard.Record
	old := time.Now().AddDate(0, 0, -100)
	for n := range 2*pruneStep + 1 {
		records = append(records, guard.Leg{Server: "pbx1", ID: fmt.Sprint(n), Account: accountOf("101"), Day: old.Format(time.DateOnly),
			Started: old, Ended: old.Add(time.Minute), Verdict: guard.Denied, RecordedSeconds: -1})
	}
	if err := s.store.Save(t.Context(), records, nil); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.prune(ended, store.Pruning{Before: time.Now()}); err == nil {
		t.Error("the context has ended, and no error")
	}
	for _, dry := range []bool{true, false} {
		if n, err := s.prune(t.Context(), store.Pruning{Before: time.Now(), DryRun: dry}); err != nil || n != len(records) {
			t.Errorf("%d of %d legs, %v", n, len(records), err)
		}
	}
}

// TestRestore: a daemon that starts on a copy has the ledger of the moment of the copy, and proves it.
func TestRestore(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	for range 3 {
		id := x.dial(cheap)
		x.answer(id)
		x.end(id)
	}
	waitFor(t, "the ends in the record", func() bool {
		ended := 0
		for _, c := range s.calls() {
			if c.Ended != nil {
				ended++
			}
		}
		return ended == 3
	})
	target := guard.Target{Account: accountOf("102")}
	if err := s.handle(t.Context(), guard.BlockAsked{Seen: guard.Seen{At: time.Now()}, Target: target, Who: "a person"}); err != nil {
		t.Fatal(err)
	}
	s.incidents("block")
	path, copied := filepath.Join(s.folder, "test.db"), filepath.Join(s.folder, "copy.db")
	if err := sqlite.Backup(t.Context(), path, copied); err != nil {
		t.Fatal(err)
	}
	before, err := s.client.Ledger(t.Context(), web.LedgerQuery{})
	if err != nil || len(before) != 1 || before[0].Calls != 3 {
		t.Fatalf("%+v, %v", before, err)
	}
	x.hungUp(x.dial(premium)) // after the copy
	waitFor(t, "a call that the copy has not", func() bool { return len(s.calls()) == 4 })
	s.stop()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.Rename(copied, path); err != nil {
		t.Fatal(err)
	}
	restored := s.again().run()
	after, err := restored.client.Ledger(t.Context(), web.LedgerQuery{})
	if err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the ledger is %+v, and was %+v, %v", after, before, err)
	}
	if n := len(restored.calls()); n != 3 {
		t.Errorf("%d calls", n)
	}
	if blocks, err := restored.client.Blocks(t.Context(), false); err != nil || len(blocks) != 1 {
		t.Errorf("blocks %+v, %v", blocks, err)
	}
	proof, err := restored.client.Verify(t.Context(), web.VerifyQuery{})
	if err != nil || len(proof.Discrepancies) != 0 || proof.Days != 1 || proof.Months != 1 {
		t.Errorf("%+v, %v", proof, err)
	}
}
