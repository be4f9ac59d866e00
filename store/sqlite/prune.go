package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// pruneColumns are what a step has to know of a leg.
const pruneColumns = "started, server, id, tenant, extension, day, answered_day, dialled, number, rate_prefix"

// prunable is a leg that a step looks at.
type prunable struct {
	started                       int64
	server, id, tenant, extension string
	day, answeredDay              string
	dialled, number, prefix       string
}

func scanPrunable(row store.Row) (p prunable, err error) {
	err = row.Scan(&p.started, &p.server, &p.id, &p.tenant, &p.extension, &p.day, &p.answeredDay, &p.dialled, &p.number, &p.prefix)
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
	found, err := list(ctx, s.read, scanPrunable, "SELECT "+pruneColumns+` FROM legs
		WHERE started < ? AND ended IS NOT NULL AND (started, server, id) > (?, ?, ?) ORDER BY started, server, id LIMIT ?`,
		p.Before.UnixMicro(), after(p.After), p.After.Server, p.After.ID, p.Limit)
	if err != nil || len(found) == 0 {
		return done, err
	}
	last := found[len(found)-1]
	done.Next = store.LegKey{Started: store.Moment(sql.NullInt64{Int64: last.started, Valid: true}), Server: last.server, ID: last.id}
	done.More = len(found) == p.Limit
	var changed []prunable
	for _, l := range found {
		if !p.Cut || store.CutNumber(l.number, l.prefix) != l.number || store.CutDialled(l.dialled) != l.dialled {
			changed = append(changed, l)
		}
	}
	if done.Legs = len(changed); p.DryRun || done.Legs == 0 {
		return done, nil
	}
	if p.Cut {
		return done, s.cutLegs(ctx, changed)
	}
	done.Legs, err = s.deleteLegs(ctx, changed)
	return done, err
}

// PrunedUntil gives the last day of which legs were deleted.
func (s *Store) PrunedUntil(ctx context.Context) (day string, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT coalesce(max(day), '') FROM pruned_legs WHERE attempts > 0").Scan(&day)
	return day, s.explain("read what was pruned from", err)
}

// after is the place as a column: before all legs where there is none.
func after(k store.LegKey) int64 {
	if k.Started.IsZero() {
		return -1 << 63
	}
	return k.Started.UnixMicro()
}

func (s *Store) cutLegs(ctx context.Context, all []prunable) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	statement, err := tx.PrepareContext(ctx, "UPDATE legs SET number = ?, dialled = ? WHERE server = ? AND id = ?")
	if err != nil {
		return err
	}
	defer statement.Close()
	for _, l := range all {
		_, err := statement.ExecContext(ctx,
			store.CutNumber(l.number, l.prefix), store.CutDialled(l.dialled), l.server, l.id)
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// deleteLegs deletes what another one has not deleted meanwhile, and notes how much that was.
func (s *Store) deleteLegs(ctx context.Context, all []prunable) (deleted int, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	statement, err := tx.PrepareContext(ctx, "DELETE FROM legs WHERE server = ? AND id = ? AND ended IS NOT NULL")
	if err != nil {
		return 0, err
	}
	defer statement.Close()
	var tally store.Tally
	for _, l := range all {
		result, err := statement.ExecContext(ctx, l.server, l.id)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		if n == 0 {
			continue
		}
		deleted++
		account := limits.Account{Tenant: l.tenant, Extension: l.extension}
		tally.Add(account, l.day, limits.Usage{Attempts: 1})
		if l.answeredDay != "" {
			tally.Add(account, l.answeredDay, limits.Usage{Calls: 1})
		}
	}
	for _, r := range tally.Rows(limits.Day) {
		_, err := tx.ExecContext(ctx, `INSERT INTO pruned_legs (day, tenant, extension, calls, attempts) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, attempts = attempts + excluded.attempts`,
			r.Key, r.Account.Tenant, r.Account.Extension, r.Calls, r.Attempts)
		if err != nil {
			return 0, err
		}
	}
	return deleted, tx.Commit()
}
