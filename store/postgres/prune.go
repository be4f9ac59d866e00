package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/fraudguard/fraudguard/store"
)

const (
	// someLegs are those that a step looks at, behind the place where the last one ended.
	someLegs = `SELECT started, server, id, dialled, number, rate_prefix FROM legs
		WHERE started < $1 AND ended IS NOT NULL AND (started, server, id) > ($2, $3, $4) ORDER BY started, server, id LIMIT $5`

	// heldLegs are those of keys that are still there. They are held in the order in which Save holds
	// legs, so that neither waits for the other for ever.
	heldLegs = `WITH held AS MATERIALIZED (SELECT server, id FROM legs JOIN unnest($1::text[], $2::text[]) AS old (server, id) USING (server, id)
		WHERE ended IS NOT NULL ORDER BY server, id FOR UPDATE OF legs)`

	// deleteLegs notes of those that it deletes, and another one has not deleted meanwhile, what they
	// were, and gives their number.
	deleteLegs = heldLegs + `, gone AS (DELETE FROM legs USING held WHERE legs.server = held.server AND legs.id = held.id
			RETURNING legs.day, legs.answered_day, legs.tenant, legs.extension),
		noted AS (INSERT INTO pruned_legs AS had (day, tenant, extension, calls, attempts)
			SELECT day, tenant, extension, sum(calls), sum(attempts) FROM (
				SELECT day, tenant, extension, 0 AS calls, 1 AS attempts FROM gone
				UNION ALL SELECT answered_day, tenant, extension, 1, 0 FROM gone WHERE answered_day <> '') AS parts
			GROUP BY day, tenant, extension ORDER BY day, tenant, extension
			ON CONFLICT (day, tenant, extension) DO UPDATE
				SET calls = had.calls + excluded.calls, attempts = had.attempts + excluded.attempts)
		SELECT count(*) FROM gone`

	cutLegs = heldLegs + ` UPDATE legs SET number = cut.number, dialled = cut.dialled
		FROM held JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS cut (server, id, number, dialled) USING (server, id)
		WHERE legs.server = held.server AND legs.id = held.id`
)

// prunable is a leg that a step looks at.
type prunable struct {
	started                 pgtype.Int8
	server, id              string
	dialled, number, prefix string
}

func scanPrunable(row store.Row) (p prunable, err error) {
	err = row.Scan(&p.started, &p.server, &p.id, &p.dialled, &p.number, &p.prefix)
	return p, err
}

// Prune does one step of a pruning.
func (s *Store) Prune(ctx context.Context, p store.Pruning) (store.Pruned, error) {
	pruned, err := s.prune(ctx, p)
	return pruned, s.explain("prune", err)
}

func (s *Store) prune(ctx context.Context, p store.Pruning) (done store.Pruned, err error) {
	if p.Limit < 1 || p.Before.IsZero() {
		return done, fmt.Errorf("pruning %d legs from before %v: a number and a moment are needed", p.Limit, p.Before)
	}
	found, err := list(ctx, s.pool, scanPrunable, someLegs, p.Before.UnixMicro(), after(p.After), p.After.Server, p.After.ID, p.Limit)
	if err != nil || len(found) == 0 {
		return done, err
	}
	last := found[len(found)-1]
	done.Next = store.LegKey{Started: moment(last.started), Server: last.server, ID: last.id}
	done.More = len(found) == p.Limit
	var servers, ids, numbers, dialled []string
	for _, l := range found {
		number, dial := store.CutNumber(l.number, l.prefix), store.CutDialled(l.dialled)
		if p.Cut && number == l.number && dial == l.dialled {
			continue
		}
		servers, ids = append(servers, l.server), append(ids, l.id)
		numbers, dialled = append(numbers, number), append(dialled, dial)
	}
	if done.Legs = len(ids); p.DryRun || done.Legs == 0 {
		return done, nil
	}
	return done, s.change(ctx, func(tx pgx.Tx) error {
		if !p.Cut {
			return tx.QueryRow(ctx, deleteLegs, servers, ids).Scan(&done.Legs)
		}
		_, err := tx.Exec(ctx, cutLegs, servers, ids, numbers, dialled)
		return err
	})
}

// PrunedUntil gives the last day of which legs were deleted.
func (s *Store) PrunedUntil(ctx context.Context) (day string, err error) {
	err = s.pool.QueryRow(ctx, "SELECT coalesce(max(day), '') FROM pruned_legs WHERE attempts > 0").Scan(&day)
	return day, s.explain("read what was pruned from", err)
}

// after is the place as a column: before all legs where there is none.
func after(k store.LegKey) int64 {
	if k.Started.IsZero() {
		return -1 << 63
	}
	return k.Started.UnixMicro()
}
