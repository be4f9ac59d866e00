package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/fraudguard/fraudguard/store"
)

// takeLease gives the row that is in force then, whoever has it: where the server is not free the row
// is written as it was. Guards that ask at the same moment wait for each other at that row, so that
// each sees what the one before has made of it. The server's clock is that of all guards.
const takeLease = `INSERT INTO leases AS had (server, holder, since, until)
	SELECT $1, $2, now, now + $4 FROM (SELECT (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS now) AS clock
	ON CONFLICT (server) DO UPDATE SET (holder, since, until) = (SELECT
		CASE WHEN mine OR free THEN excluded.holder ELSE had.holder END,
		CASE WHEN free AND NOT mine THEN excluded.since ELSE had.since END,
		CASE WHEN mine OR free THEN excluded.until ELSE had.until END
		FROM (SELECT had.holder = $2 AS mine, had.holder = $3 OR had.until <= excluded.since AS free) AS place)
	RETURNING server, holder, since, until`

// Lease gives a server to a holder, or says who has it.
func (s *Store) Lease(ctx context.Context, r store.LeaseRequest) (store.Lease, error) {
	lease, err := s.lease(ctx, r)
	return lease, s.explain("take a lease in", err)
}

func (s *Store) lease(ctx context.Context, r store.LeaseRequest) (lease store.Lease, err error) {
	if r.Server == "" || r.Holder == "" || r.For <= 0 {
		return lease, fmt.Errorf("lease of server %.50q for %.50q: a server, a holder and a time are needed", r.Server, r.Holder)
	}
	var since, until pgtype.Int8
	err = s.pool.QueryRow(ctx, takeLease, store.Key(r.Server), store.Key(r.Holder), store.Key(r.Dead), r.For.Microseconds()).
		Scan(&lease.Server, &lease.Holder, &since, &until)
	lease.Since, lease.Until = moment(since), moment(until)
	return lease, err
}

// Release gives a server back.
func (s *Store) Release(ctx context.Context, server, holder string) error {
	_, err := s.pool.Exec(ctx, "DELETE FROM leases WHERE server = $1 AND holder = $2", store.Key(server), store.Key(holder))
	return s.explain("give back a lease in", err)
}
