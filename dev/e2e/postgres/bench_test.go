package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store/storetest"
)

const legsAtOnce = 200

// BenchmarkPost posts batches of legs that have ended, each with its charge and an incident that one
// channel tells, durably. Beside it the very same rows go into two other databases, with the ledger's totals
// and nothing asked: by bare INSERTs, all sent before the first answer is read, and by COPY, the fastest way that PostgreSQL
// has. The ratios say what the store's promises cost.
func BenchmarkPost(b *testing.B) {
	for _, version := range postgres.Versions() {
		b.Run(version, func(b *testing.B) { post(b, servers[version]) })
	}
}

func post(b *testing.B, s *postgres.Server) {
	name := newDatabase(b, s)
	opened, from := open(b, s, name), connect(b, s, name)
	bare, copying := connect(b, s, newDatabase(b, s)), connect(b, s, newDatabase(b, s))
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
		first := n
		for range legsAtOnce {
			n++
			batch = append(batch, storetest.Call(fmt.Sprintf("%09d", n))...)
		}
		timed("", func() error { return opened.Save(b.Context(), batch, []string{"mail"}) })
		rows := readBack(b, from, first)
		timed("bare-", func() error { return insertBare(b.Context(), bare, rows) })
		timed("copy-", func() error { return copyBare(b.Context(), copying, rows) })
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

// BenchmarkStart starts a guard on a hundred thousand accounts that were charged every day of a month.
func BenchmarkStart(b *testing.B) {
	for _, version := range postgres.Versions() {
		b.Run(version, func(b *testing.B) {
			s := servers[version]
			name := newDatabase(b, s)
			for _, statement := range storetest.Month(storetest.MonthEnd) {
				execute(b, s, name, statement)
			}
			execute(b, s, name, "VACUUM ANALYZE") // in a month the server has done so by itself, and not while a guard starts
			storetest.StartGuard(b, open(b, s, name))
		})
	}
}

func connect(b *testing.B, s *postgres.Server, database string) *pgx.Conn {
	b.Helper()
	config, err := pgx.ParseConfig(s.URL(guardRole, database))
	if err != nil {
		b.Fatal(err)
	}
	config.Password = guardPassword
	conn, err := pgx.ConnectConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// bareTables are those that a batch writes, by what the key of the batch's rows begins with.
var bareTables = []struct{ name, where string }{
	{"legs", "id > lpad($1::text, 9, '0')"}, {"charges", "leg > lpad($1::text, 9, '0')"},
	{"incidents", "id > 'i' || lpad($1::text, 9, '0')"}, {"outbox", "incident > 'i' || lpad($1::text, 9, '0')"},
}

// copied is what COPY takes.
type copied struct {
	table   string
	columns []string
	rows    [][]any
}

// readBack reads the rows that a batch has made.
func readBack(b *testing.B, from *pgx.Conn, first int) (all []copied) {
	b.Helper()
	for _, table := range bareTables {
		rows, err := from.Query(b.Context(), "SELECT * FROM "+table.name+" WHERE "+table.where, fmt.Sprint(first))
		if err != nil {
			b.Fatal(err)
		}
		c := copied{table: table.name}
		for _, field := range rows.FieldDescriptions() {
			c.columns = append(c.columns, field.Name)
		}
		if c.rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() }); err != nil {
			b.Fatal(err)
		}
		if len(c.rows) != legsAtOnce {
			b.Fatalf("%d rows in %s", len(c.rows), table.name)
		}
		all = append(all, c)
	}
	return all
}

// insertBare inserts the rows in one transaction.
func insertBare(ctx context.Context, to *pgx.Conn, all []copied) error {
	return pgx.BeginFunc(ctx, to, func(tx pgx.Tx) error {
		var statements pgx.Batch
		for _, c := range all {
			marks := make([]string, len(c.columns))
			for i := range marks {
				marks[i] = fmt.Sprintf("$%d", i+1)
			}
			text := "INSERT INTO " + c.table + " (" + strings.Join(c.columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
			for _, row := range c.rows {
				statements.Queue(text, row...)
			}
		}
		addBare(&statements)
		return tx.SendBatch(ctx, &statements).Close()
	})
}

// addBare adds to one row of each ledger.
func addBare(statements *pgx.Batch) {
	for _, table := range []string{"ledger_days", "ledger_months"} {
		statements.Queue("INSERT INTO " + table + ` AS l VALUES ('2026-11', 'acme', '101', 1, 1, 1, 1, 1, 1)
			ON CONFLICT (period, tenant, extension) DO UPDATE SET cost = l.cost + 1`)
	}
	statements.Queue(`INSERT INTO ledger_routes AS l VALUES ('2026-11-21', 'acme', '101', 'Italy, Rome', 1)
		ON CONFLICT (day, tenant, extension, route) DO UPDATE SET billed_seconds = l.billed_seconds + 1`)
}

// copyBare copies the rows in one transaction.
func copyBare(ctx context.Context, to *pgx.Conn, all []copied) error {
	return pgx.BeginFunc(ctx, to, func(tx pgx.Tx) error {
		for _, c := range all {
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{c.table}, c.columns, pgx.CopyFromRows(c.rows)); err != nil {
				return err
			}
		}
		var ledger pgx.Batch
		addBare(&ledger)
		return tx.SendBatch(ctx, &ledger).Close()
	})
}
