package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// Each query puts what the ledger says (of is 'total'), and with it what that is the sum of ('part'),
// into one list, adds up both by their key, and leaves those that differ.
var (
	// The parameters are from, to, the earliest and the latest day of legs.
	verifyDays = compared(`SELECT 'total' AS of, period AS key, tenant, extension, '' AS route, cost, price, billed_seconds,
			international_seconds, calls, attempts
			FROM ledger_days WHERE period BETWEEN $1 AND $2
		UNION ALL SELECT 'part', day, tenant, extension, '', amount, price, billed_seconds,
			CASE WHEN international THEN billed_seconds ELSE 0 END, 0, 0
			FROM charges WHERE day BETWEEN $1 AND $2
		UNION ALL SELECT 'part', day, tenant, extension, '', 0, 0, 0, 0, 0, 1
			FROM legs WHERE day BETWEEN $1 AND $2
		UNION ALL SELECT 'part', answered_day, tenant, extension, '', 0, 0, 0, 0, 1, 0
			FROM legs WHERE day BETWEEN $3 AND $4 AND answered_day BETWEEN $1 AND $2
		UNION ALL SELECT 'part', day, tenant, extension, '', 0, 0, 0, 0, calls, attempts
			FROM pruned_legs WHERE day BETWEEN $1 AND $2`)

	// Here they are the first and the last month.
	verifyMonths = compared(`SELECT 'total' AS of, period AS key, tenant, extension, '' AS route, cost, price, billed_seconds,
			international_seconds, calls, attempts
			FROM ledger_months WHERE period BETWEEN $1 AND $2
		UNION ALL SELECT 'part', substr(period, 1, 7), tenant, extension, '', cost, price, billed_seconds,
			international_seconds, calls, attempts
			FROM ledger_days WHERE period BETWEEN $1 || '-01' AND $2 || '-31'`)

	verifyRoutes = compared(`SELECT 'total' AS of, day AS key, tenant, extension, route, 0 AS cost, 0 AS price, billed_seconds,
			0 AS international_seconds, 0 AS calls, 0 AS attempts
			FROM ledger_routes WHERE day BETWEEN $1 AND $2
		UNION ALL SELECT 'part', day, tenant, extension, route, 0, 0, billed_seconds, 0, 0, 0
			FROM charges WHERE day BETWEEN $1 AND $2`)
)

const countVerified = `SELECT (SELECT count(*) FROM ledger_days WHERE period BETWEEN $1 AND $2),
	(SELECT count(*) FROM ledger_months WHERE period BETWEEN $3 AND $4),
	(SELECT count(*) FROM ledger_routes WHERE day BETWEEN $1 AND $2),
	(SELECT coalesce(sum(attempts), 0)::bigint FROM pruned_legs WHERE day BETWEEN $1 AND $2)`

// compared adds up a list and selects the keys whose totals are not the sums of their parts. Sums that
// do not fit stay at the largest number, as those of the ledger do.
func compared(all string) string {
	figures := []string{"cost", "price", "billed_seconds", "international_seconds", "calls", "attempts"}
	added := func(of string) string {
		var sums []string
		for _, figure := range figures {
			sums = append(sums, fmt.Sprintf(`least(greatest(coalesce(sum(%s) FILTER (WHERE of = '%s'), 0),
				-9223372036854775807), 9223372036854775807)::bigint`, figure, of))
		}
		return strings.Join(sums, ", ")
	}
	total, sum := added("total"), added("part")
	return "SELECT key, tenant, extension, route, " + total + ", " + sum + " FROM (" + all + `) AS parts
		GROUP BY key, tenant, extension, route HAVING (` + total + ") <> (" + sum + ") ORDER BY key, tenant, extension, route LIMIT " +
		fmt.Sprint(store.MostDiscrepancies)
}

// Verify compares the ledger with what it is the sum of.
func (s *Store) Verify(ctx context.Context, from, to string) (proof store.Proof, err error) {
	earliest, latest, err := store.Days(from, to)
	if err != nil {
		return proof, s.explain("verify", err)
	}
	err = s.oneMoment(ctx, func(tx pgx.Tx) error { return verify(ctx, tx, from, to, earliest, latest, &proof) })
	return proof, s.explain("verify", err)
}

func verify(ctx context.Context, tx pgx.Tx, from, to, earliest, latest string, proof *store.Proof) error {
	if _, err := tx.Exec(ctx, patient); err != nil {
		return err
	}
	first, last := from[:len("2026-11")], to[:len("2026-11")]
	err := tx.QueryRow(ctx, countVerified, from, to, first, last).Scan(&proof.Days, &proof.Months, &proof.Routes, &proof.Pruned)
	if err != nil {
		return err
	}
	for _, q := range []struct {
		table, text string
		values      []any
	}{
		{store.TableDay, verifyDays, []any{from, to, earliest, latest}},
		{store.TableMonth, verifyMonths, []any{first, last}},
		{store.TableRoute, verifyRoutes, []any{from, to}},
	} {
		found, err := list(ctx, tx, func(row pgx.Row) ([]store.Discrepancy, error) { return scanCompared(row, q.table) }, q.text, q.values...)
		if err != nil {
			return err
		}
		proof.More = proof.More || len(found) == store.MostDiscrepancies
		for _, discrepancies := range found {
			proof.Discrepancies = append(proof.Discrepancies, discrepancies...)
		}
	}
	return nil
}

// scanCompared reads a row of the ledger and what its parts come to.
func scanCompared(row pgx.Row, table string) ([]store.Discrepancy, error) {
	var total, sum limits.Row
	var route string
	err := row.Scan(&total.Key, &total.Account.Tenant, &total.Account.Extension, &route, &total.Cost, &total.Price, &total.BilledSeconds,
		&total.InternationalSeconds, &total.Calls, &total.Attempts, &sum.Cost, &sum.Price, &sum.BilledSeconds, &sum.InternationalSeconds,
		&sum.Calls, &sum.Attempts)
	return store.Compare(table, route, total, sum), err
}
