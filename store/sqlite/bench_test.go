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
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

const legsAtOnce = 200

// BenchmarkPost posts batches of legs that have ended, each with its charge and an incident that one
// channel tells, durably. Beside it the same rows go in by bare SQL, as fast as the driver takes
// them, into a file of the same kind; the ratio says what the store's promises cost.
func BenchmarkPost(b *testing.B) {
	s, bare := newStore(b), newStore(b)
	var took, tookBare time.Duration
	n := 0
	for b.Loop() {
		batch := make([]guard.Record, 0, 3*legsAtOnce)
		for range legsAtOnce {
			n++
			batch = append(batch, call(fmt.Sprintf("1795262400.%d", n))...)
		}
		began := time.Now()
		if err := s.Save(b.Context(), batch, []string{"mail"}); err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
		began = time.Now()
		if err := insertBare(bare.write, batch); err != nil {
			b.Fatal(err)
		}
		tookBare += time.Since(began)
	}
	legs := float64(n)
	b.ReportMetric(legs/took.Seconds(), "legs/s")
	b.ReportMetric(legs/tookBare.Seconds(), "bare-legs/s")
	b.ReportMetric(took.Seconds()/tookBare.Seconds(), "ratio")
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

// BenchmarkStart starts a guard on a hundred thousand accounts that were charged every day of a month:
// Load, and the guard that it makes.
func BenchmarkStart(b *testing.B) {
	const accounts, days = 100_000, 30
	s := newStore(b)
	for _, statement := range []string{
		`WITH RECURSIVE a(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM a WHERE n < ?1 - 1),
			d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < ?2)
			INSERT INTO charges (server, leg, day, kind, tenant, extension, at, amount, price, billed_seconds, estimated, international, route)
			SELECT 'pbx1', (1793491200 + 86400 * d.n) || '.' || a.n, printf('2026-11-%02d', d.n), 'call', 'tenant' || (a.n / 100), 100 + a.n % 100,
				1793491200000000 + 86400000000 * d.n, 12500, 25000, 60, 0, a.n % 2, 'Italy, Rome' FROM d, a`,
		`INSERT INTO ledger_days (period, tenant, extension, cost, price, billed_seconds, international_seconds, calls, attempts)
			SELECT day, tenant, extension, sum(amount), sum(price), sum(billed_seconds), sum(billed_seconds * international), count(*), count(*)
			FROM charges GROUP BY day, tenant, extension HAVING ?1 + ?2 > 0`,
		`INSERT INTO ledger_months (period, tenant, extension, cost, price, billed_seconds, international_seconds, calls, attempts)
			SELECT substr(period, 1, 7), tenant, extension, sum(cost), sum(price), sum(billed_seconds), sum(international_seconds), sum(calls),
				sum(attempts) FROM ledger_days GROUP BY 1, tenant, extension HAVING ?1 + ?2 > 0`,
		`INSERT INTO ledger_routes (day, tenant, extension, route, billed_seconds)
			SELECT day, tenant, extension, route, sum(billed_seconds) FROM charges GROUP BY day, tenant, extension, route HAVING ?1 + ?2 > 0`,
	} {
		if _, err := s.write.Exec(statement, accounts, days); err != nil {
			b.Fatal(err)
		}
	}
	now := time.Date(2026, 11, days, 12, 0, 0, 0, time.UTC)
	capped := limits.Values{limits.CostPerDay: 20_000_000, limits.CostPerMonth: 200_000_000, limits.MinutesPerDay: 36_000}
	rules := guard.Rules{Calendar: limits.NewCalendar(time.UTC), Caps: limits.Caps{Values: map[limits.Subject]limits.Values{}}}
	for _, everybody := range []string{"*/*", "*"} {
		subject, err := limits.ParseSubject(everybody)
		if err != nil {
			b.Fatal(err)
		}
		rules.Caps.Values[subject] = capped
	}
	var loaded, made time.Duration
	for b.Loop() {
		began := time.Now()
		state, err := s.Load(b.Context(), now.Format(time.DateOnly), now.Add(-time.Hour))
		if err != nil {
			b.Fatal(err)
		}
		loaded += time.Since(began)
		began = time.Now()
		g := guard.New(rules, nil, state, now)
		made += time.Since(began)
		if rows := g.Ledger(limits.Month, now); len(rows) != accounts || rows[0].Cost != days*12_500 || rows[0].Attempts != days {
			b.Fatalf("%d accounts, the first %+v", len(rows), rows[0])
		}
	}
	b.ReportMetric(loaded.Seconds()/float64(b.N), "load-s")
	b.ReportMetric(made.Seconds()/float64(b.N), "guard-s")
	b.ReportMetric((loaded+made).Seconds()/float64(b.N), "start-s")
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
			slices.Sort(waits)
			b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(waits[len(waits)-1].Microseconds())/1000, "max-ms")
			b.ReportMetric(float64(pruned), "pruned")
		})
	}
}
