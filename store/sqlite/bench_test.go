package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/storetest"
)

const legsAtOnce = 200

// BenchmarkPost posts batches of legs that have ended, each with its charge and an incident that one
// channel tells, durably. Beside it the same rows go in by bare SQL, as fast as the driver takes
// them, into a file of the same kind; the ratio says what the store's promises cost.
func BenchmarkPost(b *testing.B) {
	s, bare := newStore(b), newStore(b)
	took := make(map[string][]time.Duration)
	timed := func(what string, do func() error) {
		began := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		took[what] = append(took[what], time.Since(began))
	}
	n := 0
	for b.Loop() {
		batch := make([]guard.Record, 0, 3*legsAtOnce)
		for range legsAtOnce {
			n++
			batch = append(batch, call(fmt.Sprintf("1795262400.%d", n))...)
		}
		timed("", func() error { return s.Save(b.Context(), batch, []string{"mail"}) })
		timed("bare-", func() error { return insertBare(bare.write, batch) })
	}
	for what, all := range took {
		var sum time.Duration
		for _, d := range all {
			sum += d
		}
		b.ReportMetric(float64(n)/sum.Seconds(), what+"legs/s")
		storetest.ReportTimes(b, what, all)
	}
}

// insertBare inserts the rows of a batch without any question, and its ledger totals.
func insertBare(db *sql.DB, batch []guard.Record) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var p statements
	for _, s := range []struct {
		statement **sql.Stmt
		text      string
	}{
		{&p.insertLeg, "INSERT INTO legs (" + strings.Join(legColumns[:], ", ") + ") VALUES (" + marks(len(legColumns)) + ")"},
		{&p.insertCharge, `INSERT INTO charges (server, leg, day, kind, tenant, extension, at, amount, price, billed_seconds, estimated,
			international, route) VALUES (` + marks(13) + ")"},
		{&p.insertIncident, "INSERT INTO incidents VALUES (" + marks(13) + ")"},
		{&p.addTell, "INSERT INTO outbox (channel, incident, due) VALUES (?, ?, ?)"},
	} {
		if *s.statement, err = tx.Prepare(s.text); err != nil {
			return err
		}
		defer (*s.statement).Close()
	}
	for _, r := range batch {
		switch r := r.(type) {
		case guard.Leg:
			var values []any
			if values, err = legValues(r); err == nil {
				_, err = p.insertLeg.Exec(values...)
			}
		case guard.Charge:
			_, err = p.insertCharge.Exec(r.Server, r.Leg, r.Day, r.Kind, r.Account.Tenant, r.Account.Extension, stamp(r.At),
				int64(r.Amount), int64(r.Price), r.BilledSeconds, r.Estimated, r.International, r.Route)
		case guard.Incident:
			if _, err = p.insertIncident.Exec(r.ID, stamp(r.At), r.Server, r.Rule, r.Account.Tenant, r.Account.Extension, r.Number,
				r.Leg, r.Seen, `[{"name":"cap","value":"20.00"}]`, `["hang up"]`, r.Observed, r.Urgent); err == nil {
				_, err = p.addTell.Exec("mail", r.ID, stamp(r.At))
			}
		}
		if err != nil {
			return err
		}
	}
	for _, table := range []string{"ledger_days", "ledger_months"} {
		if _, err := tx.Exec("INSERT OR REPLACE INTO " + table + " VALUES ('2026-11-21', 'acme', '101', 1, 1, 1, 1, 1, 1)"); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("INSERT OR REPLACE INTO ledger_routes VALUES ('2026-11-21', 'acme', '101', 'Italy, Rome', 1)"); err != nil {
		return err
	}
	return tx.Commit()
}

// BenchmarkLoad starts a guard on a file with a hundred thousand legs.
func BenchmarkLoad(b *testing.B) {
	s := newStore(b)
	var batch []guard.Record
	for n := range 100_000 {
		batch = append(batch, call(fmt.Sprint(n))...)
	}
	if err := s.Save(b.Context(), batch, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Load(b.Context(), "2026-11-21", start.Add(time.Second)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart starts a guard on a hundred thousand accounts that were charged every day of a month.
func BenchmarkStart(b *testing.B) {
	s := newStore(b)
	for _, statement := range storetest.Month(storetest.MonthEnd) {
		if _, err := s.write.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	storetest.StartGuard(b, s)
}

// BenchmarkDeck saves editions of a million prefixes, and reads one.
func BenchmarkDeck(b *testing.B) {
	all := make([]rates.Rate, 1_000_000)
	for i := range all {
		all[i] = rates.Rate{Prefix: fmt.Sprint(10_000_000 + i), Route: fmt.Sprintf("route %d", i/100),
			PerMinute: money.Amount(i % 1000), First: 60, Next: 60}
	}
	deck, err := rates.NewDeck("carrier", "EUR", all)
	if err != nil {
		b.Fatal(err)
	}
	var s store.Store = open(b, filepath.Join(b.TempDir(), "decks.db"))
	info := store.EditionInfo{Saved: start, Digest: strings.Repeat("a", 64)}
	if info, err = s.SaveEdition(b.Context(), deck, info); err != nil {
		b.Fatal(err)
	}
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.SaveEdition(b.Context(), deck, store.EditionInfo{Saved: start}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if got, err := s.Edition(b.Context(), "carrier", info.Number); err != nil || got.Len() != len(all) {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSaveBesidePrune saves a call's end at a time while old calls are pruned, as the daemon does
// it, and alone; the longest of a hundred waits says whether live calls feel it.
func BenchmarkSaveBesidePrune(b *testing.B) {
	const step, share, old = 100, 4, 200_000
	for _, how := range []string{"alone", "delete", "cut"} {
		b.Run(how, func(b *testing.B) {
			s := newStore(b)
			var batch []guard.Record
			for n := range old {
				batch = append(batch, call(fmt.Sprintf("old.%d", n))[:2]...)
			}
			if err := s.Save(b.Context(), batch, nil); err != nil {
				b.Fatal(err)
			}
			ctx, end := context.WithCancel(b.Context())
			pruned, ended := 0, make(chan error, 1)
			go func() {
				p := store.Pruning{Before: start.Add(time.Hour), Cut: how == "cut", Limit: step}
				for more := how != "alone"; more && ctx.Err() == nil; {
					began := time.Now()
					done, err := s.Prune(b.Context(), p)
					if err != nil {
						ended <- err
						return
					}
					pruned, more, p.After = pruned+done.Legs, done.More, done.Next
					select {
					case <-ctx.Done():
					case <-time.After(share * time.Since(began)):
					}
				}
				ended <- nil
			}()
			var waits []time.Duration
			for b.Loop() {
				records := call(fmt.Sprintf("new.%d", len(waits)))
				for i, r := range records {
					if leg, ok := r.(guard.Leg); ok {
						leg.Started = start.Add(2 * time.Hour)
						records[i] = leg
					}
				}
				began := time.Now()
				if err := s.Save(b.Context(), records, nil); err != nil {
					b.Fatal(err)
				}
				waits = append(waits, time.Since(began))
			}
			end()
			if err := <-ended; err != nil {
				b.Fatal(err)
			}
			storetest.ReportTimes(b, "", waits)
			b.ReportMetric(float64(slices.Max(waits).Microseconds())/1000, "max-ms")
			b.ReportMetric(float64(pruned), "pruned")
		})
	}
}
