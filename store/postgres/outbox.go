package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/store"
)

// Due gives the notices that are to be sent now.
func (s *Store) Due(ctx context.Context, channel string, now time.Time, limit int) ([]store.Notice, error) {
	if limit <= 0 {
		return nil, fmt.Errorf("store: %d notices were asked for: at least 1", limit)
	}
	notices, err := list(ctx, s.pool, func(row store.Row) (n store.Notice, err error) {
		n.Incident, err = store.ReadIncident(row, &n.ID, &n.Attempts)
		return n, err
	}, `SELECT notice, attempts, `+incidentsTable.list()+`
		FROM (SELECT id AS notice, attempts, due, incident FROM outbox
			WHERE channel = $1 AND sent IS NULL AND due <= $2 ORDER BY due, id LIMIT $3) waiting
		JOIN incidents ON incidents.id = incident
		ORDER BY due, notice`, store.Key(channel), now.UnixMicro(), limit)
	return notices, s.explain("read the outbox of", err)
}

// Sent marks notices as sent.
func (s *Store) Sent(ctx context.Context, ids []int64, at time.Time) error {
	return s.explain("mark notices in", s.notices(ctx, ids, "UPDATE outbox SET sent = $2 WHERE sent IS NULL AND id = ANY ($1)", stamp(at)))
}

// Postpone sets the next attempt of notices.
func (s *Store) Postpone(ctx context.Context, ids []int64, next time.Time, reason string) error {
	return s.explain("postpone notices in", s.notices(ctx, ids, `UPDATE outbox SET attempts = attempts + 1, due = $2, reason = $3
		WHERE sent IS NULL AND due <> $2 AND id = ANY ($1)`, next.UnixMicro(), store.Text(reason)))
}

// notices changes notices, whose IDs are the statement's first parameter.
func (s *Store) notices(ctx context.Context, ids []int64, statement string, values ...any) error {
	if len(ids) == 0 {
		return nil
	}
	return s.change(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, statement, append([]any{ids}, values...)...)
		return err
	})
}

// OutboxWaiting counts the notices that have not been sent, by channel.
func (s *Store) OutboxWaiting(ctx context.Context) (map[string]int, error) {
	type count struct {
		channel string
		waiting int
	}
	counts, err := list(ctx, s.pool, func(row store.Row) (c count, err error) {
		err = row.Scan(&c.channel, &c.waiting)
		return c, err
	}, "SELECT channel, count(*) FROM outbox WHERE sent IS NULL GROUP BY channel")
	if err != nil {
		return nil, s.explain("read the outbox of", err)
	}
	waiting := make(map[string]int, len(counts))
	for _, c := range counts {
		waiting[c.channel] = c.waiting
	}
	return waiting, nil
}
