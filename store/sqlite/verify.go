package sqlite

import (
	"context"
	"database/sql"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// Each query puts what the ledger says, and with it what that is the sum of, into one list, adds up
// both by their key, and leaves those that differ.
const (
	differs = `GROUP BY key, tenant, extension, route
		HAVING sum(cost) <> sum(cost2) OR sum(price) <> sum(price2) OR sum(seconds) <> sum(seconds2)
			OR sum(abroad) <> sum(abroad2) OR sum(calls) <> sum(calls2) OR sum(attempts) <> sum(attempts2)
		ORDER BY key, tenant, extension, route LIMIT ?`
	figures = `key, tenant, extension, route, sum(cost), sum(price), sum(seconds), sum(abroad), sum(calls), sum(attempts),
		sum(cost2), sum(price2), sum(seconds2), sum(abroad2), sum(calls2), sum(attempts2)`

	// The parameters are from, to, the earliest and the latest day of legs.
	verifyDays = `SELECT ` + figures + ` FROM (
		SELECT period AS key, tenant, extension, '' AS route, cost, price, billed_seconds AS seconds, international_seconds AS abroad,
			calls, attempts, 0 AS cost2, 0 AS price2, 0 AS seconds2, 0 AS abroad2, 0 AS calls2, 0 AS attempts2
			FROM ledger_days WHERE period BETWEEN ?1 AND ?2
		UNION ALL SELECT day, tenant, extension, '', 0, 0, 0, 0, 0, 0,
			amount, price, billed_seconds, CASE WHEN international = 1 THEN billed_seconds ELSE 0 END, 0, 0
			FROM charges WHERE day BETWEEN ?1 AND ?2
		UNION ALL SELECT day, tenant, extension, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
			FROM legs WHERE day BETWEEN ?1 AND ?2
		UNION ALL SELECT answered_day, tenant, extension, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0
			FROM legs WHERE day BETWEEN ?3 AND ?4 AND answered_day BETWEEN ?1 AND ?2
		UNION ALL SELECT day, tenant, extension, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, calls, attempts
			FROM pruned_legs WHERE day BETWEEN ?1 AND ?2
		) AS both ` + differs

	// Here they are the first and the last month.
	verifyMonths = `SELECT ` + figures + ` FROM (
		SELECT period AS key, tenant, extension, '' AS route, cost, price, billed_seconds AS seconds, international_seconds AS abroad,
			calls, attempts, 0 AS cost2, 0 AS price2, 0 AS seconds2, 0 AS abroad2, 0 AS calls2, 0 AS attempts2
			FROM ledger_months WHERE period BETWEEN ?1 AND ?2
		UNION ALL SELECT substr(period, 1, 7), tenant, extension, '', 0, 0, 0, 0, 0, 0,
			cost, price, billed_seconds, international_seconds, calls, attempts
			FROM ledger_days WHERE period BETWEEN ?1 || '-01' AND ?2 || '-31'
		) AS both ` + differs

	verifyRoutes = `SELECT ` + figures + ` FROM (
		SELECT day AS key, tenant, extension, route, 0 AS cost, 0 AS price, billed_seconds AS seconds, 0 AS abroad,
			0 AS calls, 0 AS attempts, 0 AS cost2, 0 AS price2, 0 AS seconds2, 0 AS abroad2, 0 AS calls2, 0 AS attempts2
			FROM ledger_routes WHERE day BETWEEN ?1 AND ?2
		UNION ALL SELECT day, tenant, extension, route, 0, 0, 0, 0, 0, 0, 0, 0, billed_seconds, 0, 0, 0
			FROM charges WHERE day BETWEEN ?1 AND ?2
		) AS both ` + differs

	countVerified = `SELECT (SELECT count(*) FROM ledger_days WHERE period BETWEEN ?1 AND ?2),
		(SELECT count(*) FROM ledger_months WHERE period BETWEEN ?3 AND ?4),
		(SELECT count(*) FROM ledger_routes WHERE day BETWEEN ?1 AND ?2),
		(SELECT coalesce(sum(attempts), 0) FROM pruned_legs WHERE day BETWEEN ?1 AND ?2)`
)

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
