package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// Each query puts what the ledger says (of is 'total'), and with it what that is the sum of ('part'),
// into one list, adds up both by their key, and leaves those that differ.
var (
	// The parameters are from, to, the earliest and the latest day of legs.
	verifyDays = differing(`SELECT 'total' AS of, period AS key, tenant, extension, '' AS route, cost, price, billed_seconds,
			international_seconds, calls, attempts
			FROM ledger_days WHERE period BETWEEN ?1 AND ?2
		UNION ALL SELECT 'part', day, tenant, extension, '', amount, price, billed_seconds,
			CASE WHEN international = 1 THEN billed_seconds ELSE 0 END, 0, 0
			FROM charges WHERE day BETWEEN ?1 AND ?2
		UNION ALL SELECT 'part', day, tenant, extension, '', 0, 0, 0, 0, 0, 1
			FROM legs WHERE day BETWEEN ?1 AND ?2
		UNION ALL SELECT 'part', answered_day, tenant, extension, '', 0, 0, 0, 0, 1, 0
			FROM legs WHERE day BETWEEN ?3 AND ?4 AND answered_day BETWEEN ?1 AND ?2
		UNION ALL SELECT 'part', day, tenant, extension, '', 0, 0, 0, 0, calls, attempts
			FROM pruned_legs WHERE day BETWEEN ?1 AND ?2`)

	// Here they are the first and the last month.
	verifyMonths = differing(`SELECT 'total' AS of, period AS key, tenant, extension, '' AS route, cost, price, billed_seconds,
			international_seconds, calls, attempts
			FROM ledger_months WHERE period BETWEEN ?1 AND ?2
		UNION ALL SELECT 'part', substr(period, 1, 7), tenant, extension, '', cost, price, billed_seconds,
			international_seconds, calls, attempts
			FROM ledger_days WHERE period BETWEEN ?1 || '-01' AND ?2 || '-31'`)

	verifyRoutes = differing(`SELECT 'total' AS of, day AS key, tenant, extension, route, 0 AS cost, 0 AS price, billed_seconds,
			0 AS international_seconds, 0 AS calls, 0 AS attempts
			FROM ledger_routes WHERE day BETWEEN ?1 AND ?2
		UNION ALL SELECT 'part', day, tenant, extension, route, 0, 0, billed_seconds, 0, 0, 0
			FROM charges WHERE day BETWEEN ?1 AND ?2`)
)

const countVerified = `SELECT (SELECT count(*) FROM ledger_days WHERE period BETWEEN ?1 AND ?2),
	(SELECT count(*) FROM ledger_months WHERE period BETWEEN ?3 AND ?4),
	(SELECT count(*) FROM ledger_routes WHERE day BETWEEN ?1 AND ?2),
	(SELECT coalesce(sum(attempts), 0) FROM pruned_legs WHERE day BETWEEN ?1 AND ?2)`

// differing adds up a list and selects the keys whose totals are not the sums of their parts. Of a key there
// is one total.
func differing(all string) string {
	var added, totals, parts []string
	for _, figure := range []string{"cost", "price", "billed_seconds", "international_seconds", "calls", "attempts"} {
		added = append(added, "coalesce(max("+figure+") FILTER (WHERE of = 'total'), 0) AS "+figure+"_total", inHalves(figure))
		totals, parts = append(totals, figure+"_total"), append(parts, whole(figure))
	}
	total, part := strings.Join(totals, ", "), strings.Join(parts, ", ")
	return "SELECT key, tenant, extension, route, " + total + ", " + part + `
		FROM (SELECT key, tenant, extension, route, ` + strings.Join(added, ", ") + " FROM (" + all + `) AS parts
			GROUP BY key, tenant, extension, route) AS halves
		WHERE (` + total + ") <> (" + part + ") ORDER BY key, tenant, extension, route LIMIT ?"
}

// inHalves adds up a column of the parts, its upper and its lower 32 bits apart: SQLite's sum() fails
// where the sum does not fit, and with it would all that is to be proven.
func inHalves(figure string) string {
	return strings.ReplaceAll(`
		coalesce(sum(column >> 32) FILTER (WHERE of = 'part'), 0) AS column_upper,
		coalesce(sum(column & 4294967295) FILTER (WHERE of = 'part'), 0) AS column_lower`, "column", figure)
}

// whole puts both halves together. A sum that does not fit stays at the largest number, as those of
// the ledger do.
func whole(sum string) string {
	return strings.ReplaceAll(`CASE
		WHEN sum_upper + (sum_lower >> 32) > 2147483647 THEN 9223372036854775807
		WHEN sum_upper + (sum_lower >> 32) < -2147483648 THEN -9223372036854775807
		ELSE (sum_upper + (sum_lower >> 32) << 32) | (sum_lower & 4294967295) END`, "sum", sum)
}

// Verify compares the ledger with what it is the sum of.
func (s *Store) Verify(ctx context.Context, from, to string) (store.Proof, error) {
	proof, err := s.verify(ctx, from, to)
	return proof, s.explain("verify", err)
}

func (s *Store) verify(ctx context.Context, from, to string) (proof store.Proof, err error) {
	earliest, latest, err := store.Days(from, to)
	if err != nil {
		return proof, err
	}
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return proof, err
	}
	defer tx.Rollback()
	first, last := from[:len("2026-11")], to[:len("2026-11")]
	err = tx.QueryRowContext(ctx, countVerified, from, to, first, last).Scan(&proof.Days, &proof.Months, &proof.Routes, &proof.Pruned)
	if err != nil {
		return proof, err
	}
	for _, q := range []struct {
		table, text string
		values      []any
	}{
		{store.TableDay, verifyDays, []any{from, to, earliest, latest}},
		{store.TableMonth, verifyMonths, []any{first, last}},
		{store.TableRoute, verifyRoutes, []any{from, to}},
	} {
		rows, err := list(ctx, tx, scanCompared, q.text, append(q.values, store.MostDiscrepancies)...)
		if err != nil {
			return proof, err
		}
		proof.More = proof.More || len(rows) == store.MostDiscrepancies
		for _, r := range rows {
			proof.Discrepancies = append(proof.Discrepancies, store.Compare(q.table, r.route, r.total, r.sum)...)
		}
	}
	return proof, nil
}

// compared is a row of the ledger and what its parts come to.
type compared struct {
	total, sum limits.Row
	route      string
}

func scanCompared(row store.Row) (c compared, err error) {
	total, sum := &c.total, &c.sum
	err = row.Scan(&total.Key, &total.Account.Tenant, &total.Account.Extension, &c.route, &total.Cost, &total.Price, &total.BilledSeconds,
		&total.InternationalSeconds, &total.Calls, &total.Attempts, &sum.Cost, &sum.Price, &sum.BilledSeconds, &sum.InternationalSeconds,
		&sum.Calls, &sum.Attempts)
	return c, err
}
