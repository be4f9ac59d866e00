package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

// The statements of a batch. Each takes all its rows at once.
var (
	insertLegs    = legsTable.insert() + " RETURNING server, id"
	updateLegs    = legsTable.update("server", "id")
	insertCharges = chargesTable.insert() + " RETURNING server, leg, day, kind"
	// insertIncidents puts what is new into the outbox too, for each channel.
	insertIncidents = "WITH new AS (" + incidentsTable.insert() + ` RETURNING id, at)
		INSERT INTO outbox (channel, incident, due) SELECT channel, new.id, new.at
		FROM new CROSS JOIN unnest($14::text[]) AS channel ON CONFLICT DO NOTHING`
	insertBlocks = blocksTable.insert() + " RETURNING id"
	updateBlocks = blocksTable.update("id")

	addDays   = daysTable.add()
	addMonths = monthsTable.add()
	addRoutes = routesTable.add()
)

const (
	setCap = `INSERT INTO caps (subject, kind, value, who, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (subject, kind) DO UPDATE
		SET value = excluded.value, who = excluded.who, at = excluded.at WHERE excluded.at >= caps.at`
	unsetCap = "DELETE FROM caps WHERE subject = $1 AND kind = $2 AND at <= $3"
)

// Save stores records in one transaction; store.Store says what that means. Two that save at once
// wait for each other: all write their tables and rows in the same order. Where the server ends one of
// two all the same, that is an error as any other, and Save can be repeated.
func (s *Store) Save(ctx context.Context, records []guard.Record, tell []string) error {
	fit, refused := store.Prepare(records)
	if len(fit) > 0 {
		b := newBatch(fit, tell)
		if err := s.change(ctx, func(tx pgx.Tx) error { return b.save(ctx, tx) }); err != nil {
			return s.explain("save to", err)
		}
	}
	if refused != nil {
		return refused
	}
	return nil
}

// change does something in a transaction.
func (s *Store) change(ctx context.Context, do func(pgx.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollBack(ctx, tx) // after Commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// rollBack ends a transaction that is not to be. Where the server does not hear that in time, the
// connection is closed, which says the same.
func rollBack(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	_ = tx.Rollback(ctx)
}
