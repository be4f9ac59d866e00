package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
	engine "github.com/fraudguard/fraudguard/store/postgres"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// day is that of the suite's calls.
const day = "2026-11-21"

func TestSpoilt(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		storetest.Spoilt(t, func(t *testing.T) (store.Store, func(string) error) {
			name := newDatabase(t, s)
			return open(t, s, name), func(statement string) error { return s.Exec(t.Context(), name, statement) }
		})
	})
}

// TestMostDiscrepancies: where everything is off, the answer is bounded and says so.
func TestMostDiscrepancies(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		execute(t, s, name, "INSERT INTO ledger_routes SELECT '"+day+"', 'acme', n, 'Italy', 1 FROM generate_series(1, 2000) AS n")
		proof, err := open(t, s, name).Verify(t.Context(), day, day)
		if err != nil || len(proof.Discrepancies) != store.MostDiscrepancies || !proof.More || proof.Routes != 2000 {
			t.Errorf("%d discrepancies of %d, more: %v, %v", len(proof.Discrepancies), proof.Routes, proof.More, err)
		}
	})
}

// TestVerifyLarge: a total that stayed at the largest number is no discrepancy, and sums that do not fit
// are compared as the largest number.
func TestVerifyLarge(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		if err := opened.Save(t.Context(), calls("0"), nil); err != nil {
			t.Fatal(err)
		}
		execute(t, s, name, `UPDATE charges SET amount = 9223372036854775807; UPDATE ledger_days SET cost = 9223372036854775807;
			UPDATE ledger_months SET cost = 9223372036854775807`)
		if proof, err := opened.Verify(t.Context(), day, day); err != nil || proof.Discrepancies != nil || proof.Days != 1 {
			t.Errorf("%+v, %v", proof, err)
		}
		execute(t, s, name, "UPDATE ledger_days SET cost = 5")
		proof, err := opened.Verify(t.Context(), day, day)
		if err != nil || len(proof.Discrepancies) != 1 || proof.Discrepancies[0].Sum != 9223372036854775807 || proof.Discrepancies[0].Total != 5 {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

// hold locks rows as another program does, until release.
func hold(t *testing.T, s *postgres.Server, database, query string) (release func()) {
	t.Helper()
	holder, err := pgx.Connect(t.Context(), s.OwnerURL(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = holder.Close(context.Background()) })
	tx, err := holder.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), query); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Commit(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// held waits until so many wait for rows.
func held(t *testing.T, s *postgres.Server, database string, many int) {
	t.Helper()
	waitFor(t, s, database, fmt.Sprintf("SELECT count(*) = %d FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()", many))
}

// TestLeaseAtOnce lets guards ask for a server whose lease has run out while another holds its row: one
// gets it, and the others are told who.
func TestLeaseAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		const guards = 4
		name := newDatabase(t, s)
		execute(t, s, name, "INSERT INTO leases VALUES ('pbx1', 'gone', 1, 2)")
		release := hold(t, s, name, "SELECT * FROM leases FOR UPDATE")
		leases, faults := make([]store.Lease, guards), make([]error, guards)
		var all sync.WaitGroup
		for n := range guards {
			opened := open(t, s, name)
			all.Go(func() {
				leases[n], faults[n] = opened.Lease(context.Background(), store.LeaseRequest{Server: "pbx1", Holder: fmt.Sprint(n), For: time.Hour})
			})
		}
		held(t, s, name, guards)
		release()
		all.Wait()
		for n := range guards {
			if faults[n] != nil || leases[n] != leases[0] || leases[n].Holder == "gone" {
				t.Errorf("guard %d was told %+v, %v, and the first %+v", n, leases[n], faults[n], leases[0])
			}
		}
	})
}

// pruneWhole prunes all calls that a test has saved, in one step, and gives the number.
func pruneWhole(opened *engine.Store, cut bool) (int, error) {
	done, err := opened.Prune(context.Background(), store.Pruning{Before: storetest.Began.Add(time.Hour), Cut: cut, Limit: 1000})
	return done.Legs, err
}

// proven fails the test where the ledger is not proven, or another number of legs is noted as pruned.
func proven(t *testing.T, opened *engine.Store, pruned int64) {
	t.Helper()
	if proof, err := opened.Verify(t.Context(), day, day); err != nil || proof.Discrepancies != nil || proof.Pruned != pruned || proof.Days != 1 {
		t.Errorf("%+v, %v", proof, err)
	}
}

// TestPruneMeetsAnswer deletes a leg while another guard's transaction tells that it was answered: what is noted is
// what the leg was in the end.
func TestPruneMeetsAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		unanswered := storetest.Call("1")[1].(guard.Leg)
		unanswered.Answered, unanswered.AnsweredDay = time.Time{}, ""
		if err := opened.Save(t.Context(), []guard.Record{unanswered}, nil); err != nil {
			t.Fatal(err)
		}
		release := hold(t, s, name, `UPDATE legs SET answered = started, answered_day = day, number = '999999999999';
			UPDATE ledger_days SET calls = 1; UPDATE ledger_months SET calls = 1`)
		done := make(chan error, 1)
		go func() {
			n, err := pruneWhole(opened, false)
			if err == nil && n != 1 {
				err = fmt.Errorf("%d legs were deleted", n)
			}
			done <- err
		}()
		held(t, s, name, 1)
		release()
		if err := <-done; err != nil {
			t.Error(err)
		}
		proven(t, opened, 1)
		if got := value(t, s, name, "SELECT string_agg(calls || ' ' || attempts, ', ') FROM pruned_legs"); got != "1 1" {
			t.Errorf("noted are the calls and attempts %s", got)
		}
	})
}

// turned saves calls, whose rows then lie the other way round, and holds the first one.
func turned(t *testing.T, s *postgres.Server, database string, batch []guard.Record) (release func()) {
	t.Helper()
	if err := open(t, s, database).Save(t.Context(), batch, nil); err != nil {
		t.Fatal(err)
	}
	execute(t, s, database, `CREATE TABLE turned AS SELECT * FROM legs ORDER BY id DESC; DELETE FROM legs;
		INSERT INTO legs SELECT * FROM turned; DROP TABLE turned`)
	return hold(t, s, database, "SELECT * FROM legs WHERE id = (SELECT min(id) FROM legs) FOR UPDATE")
}

// TestPruneTogether lets several guards delete the same legs at the same moment: each leg is deleted and
// noted once.
func TestPruneTogether(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		const guards = 4
		name := newDatabase(t, s)
		release := turned(t, s, name, calls("0"))
		counts, faults := make([]int, guards), make([]error, guards)
		var all sync.WaitGroup
		for g := range guards {
			opened := open(t, s, name)
			all.Go(func() { counts[g], faults[g] = pruneWhole(opened, false) })
		}
		held(t, s, name, guards)
		release()
		all.Wait()
		deleted := 0
		for g := range guards {
			if deleted += counts[g]; faults[g] != nil {
				t.Error(faults[g])
			}
		}
		if got := value(t, s, name, "SELECT count(*) FROM legs"); deleted != batchSize || got != "0" {
			t.Errorf("%d of %d legs were deleted, %s are left", deleted, batchSize, got)
		}
		proven(t, open(t, s, name), batchSize)
	})
}

// TestPruneMeetsSave lets guards cut and save the same legs at the same moment: they wait for each other, and
// nobody fails.
func TestPruneMeetsSave(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		const guards = 4
		name, batch := newDatabase(t, s), calls("0")
		release := turned(t, s, name, batch)
		faults := make([]error, guards)
		var all sync.WaitGroup
		for g := range guards {
			opened := open(t, s, name)
			if g%2 == 0 {
				all.Go(func() { _, faults[g] = pruneWhole(opened, true) })
				continue
			}
			changed := slices.Clone(batch)
			for i, r := range changed {
				if l, is := r.(guard.Leg); is {
					l.LimitedUntil = l.LimitedUntil.Add(time.Duration(g) * time.Second)
					changed[i] = l
				}
			}
			all.Go(func() { faults[g] = opened.Save(context.Background(), changed, nil) })
		}
		held(t, s, name, guards)
		release()
		all.Wait()
		for g, err := range faults {
			if err != nil {
				t.Errorf("guard %d: %v", g, err)
			}
		}
		proven(t, open(t, s, name), 0)
	})
}

// TestPruneCutHidden: of what is cut nothing is left in the row.
func TestPruneCutHidden(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		if err := opened.Save(t.Context(), calls("0"), nil); err != nil {
			t.Fatal(err)
		}
		if n, err := pruneWhole(opened, true); err != nil || n != batchSize {
			t.Fatalf("%d legs were cut, %v", n, err)
		}
		got := value(t, s, name, "SELECT string_agg(DISTINCT number || ' ' || dialled, ', ') FROM legs")
		if l := storetest.Call("1")[1].(guard.Leg); strings.Contains(got, l.Number) || !strings.Contains(got, "xxxx") || strings.Contains(got, ",") {
			t.Errorf("of %s is left %s", l.Number, got)
		}
		proven(t, opened, 0)
	})
}
