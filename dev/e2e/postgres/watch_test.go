package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	engine "github.com/fraudguard/fraudguard/store/postgres"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// watch is a Watch that runs.
type watch struct {
	t       *testing.T
	changed chan struct{} // blocks or caps
	listed  chan struct{} // editions
	ended   chan error
	cancel  context.CancelFunc
}

func newWatch(t *testing.T, s *engine.Store) *watch {
	t.Helper()
	w := &watch{t: t, changed: make(chan struct{}, 100), listed: make(chan struct{}, 100), ended: make(chan error, 1)}
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(context.Background())
	t.Cleanup(w.cancel)
	go func() {
		w.ended <- s.Watch(ctx, func() { w.changed <- struct{}{} }, func() { w.listed <- struct{}{} })
	}()
	w.hears("that it listens")
	w.hearsOf(w.listed, "that it listens for editions")
	return w
}

func (w *watch) hears(what string) {
	w.t.Helper()
	w.hearsOf(w.changed, what)
}

func (w *watch) hearsOf(told <-chan struct{}, what string) {
	w.t.Helper()
	select {
	case <-told:
	case err := <-w.ended:
		w.t.Fatalf("%s: the watch has ended: %v", what, err)
	case <-time.After(time.Minute):
		w.t.Fatalf("%s: it has not heard of it", what)
	}
}

// end waits for the end of the watch.
func (w *watch) end(what string) error {
	w.t.Helper()
	select {
	case err := <-w.ended:
		return err
	case <-time.After(time.Minute):
		w.t.Fatalf("%s: the watch has not ended", what)
		return nil
	}
}

// TestWatch changes blocks and caps in all ways that there are. The role that hears of it is the guard's.
func TestWatch(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		w := newWatch(t, opened)
		block := guard.Block{ID: "b", Target: guard.Target{Everything: true}, Since: time.Now()}
		over := guard.Override{Subject: limits.Subject{Tenant: "acme"}, Kind: limits.CostPerDay, Value: 5_000_000, Who: "jo", At: time.Now()}
		for _, records := range [][]guard.Record{{block}, {guard.CapChange{Override: over}}, {guard.CapChange{Override: over, Unset: true}}} {
			if err := opened.Save(t.Context(), records, nil); err != nil {
				t.Fatal(err)
			}
			w.hears("a record")
		}
		for _, statement := range []string{"UPDATE blocks SET reason = 'another'", "DELETE FROM blocks", "TRUNCATE blocks", "TRUNCATE caps",
			"INSERT INTO blocks (tenant) VALUES ('acme')", "INSERT INTO caps (subject, kind) VALUES ('acme', 'cost_per_day')", "UPDATE caps SET value = 1"} {
			execute(t, s, name, statement)
			w.hears(statement)
		}
		blocks, caps, err := opened.InForce(t.Context())
		if err != nil || len(blocks) != 1 || len(caps) != 1 {
			t.Fatalf("in force are %+v and %+v, %v", blocks, caps, err)
		}
		if b := blocks[0]; b.ID == "" || b.Target != (guard.Target{Account: limits.Account{Tenant: "acme"}}) || b.Source != "postgres" || b.Reason != "by SQL" || time.Since(b.Since) > time.Minute {
			t.Errorf("a block by SQL: %+v", b)
		}
		if c := caps[0]; c.Value != 1 || c.Who != "postgres" || time.Since(c.At) > time.Minute {
			t.Errorf("a cap by SQL: %+v", c)
		}
		if err := opened.Save(t.Context(), storetest.Call("1"), []string{"mail"}); err != nil {
			t.Fatal(err)
		}
		// After a long silence it is asked whether the server is there, and then heard on. A call is no news.
		waitFor(t, s, name, "SELECT count(*) = 1 FROM pg_stat_activity WHERE query = '-- ping' AND datname = current_database()")
		if len(w.changed) > 0 {
			t.Error("a call without a block or a cap was told of")
		}
		if len(w.listed) > 0 {
			t.Error("an edition was told of, and there is none")
		}
		execute(t, s, name, "DELETE FROM blocks")
		w.hears("after a silence")
		execute(t, s, name, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"+guardRole+"'")
		if err := w.end("the line is cut"); err == nil {
			t.Error("the line is cut, and nobody knows")
		}
		w = newWatch(t, opened)
		if w.cancel(); !errors.Is(w.end("it is let go"), context.Canceled) {
			t.Error("it was let go, and says something else")
		}
	})
}

// TestWatchEditions: an import is told of when it is whole, and one that fails is not.
func TestWatchEditions(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		w := newWatch(t, opened)
		const size = 100_000
		list := make([]rates.Rate, size)
		for i := range list {
			list[i] = rates.Rate{Prefix: fmt.Sprintf("44%06d", i), PerMinute: 30_000, First: 1, Next: 1}
		}
		deck, err := rates.NewDeck("default", "EUR", list)
		check(t, err)
		saved := make(chan error, 1)
		go func() {
			_, err := opened.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: time.Now(), Digest: strings.Repeat("0", 64)})
			saved <- err
		}()
		w.hearsOf(w.listed, "an import")
		read, err := opened.Edition(t.Context(), "default", 1)
		if err != nil || read.Len() != size {
			t.Errorf("what is told of is not whole: %v", err)
		}
		check(t, <-saved)

		// The same once more is no new edition, and what fails leaves none.
		_, err = opened.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: time.Now(), Digest: strings.Repeat("0", 64)})
		check(t, err)
		execute(t, s, name, "ALTER TABLE rates ADD CONSTRAINT none CHECK (position < 10) NOT VALID")
		if _, err := opened.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: time.Now()}); err == nil {
			t.Error("it was saved")
		}
		execute(t, s, name, "INSERT INTO blocks (tenant) VALUES ('acme')")
		w.hears("what comes after")
		if len(w.listed) > 0 || len(w.changed) > 0 {
			t.Errorf("told of were %d more editions, and %d more blocks", len(w.listed), len(w.changed))
		}
	})
}
