package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/store"
)

// Lease gives a server to a holder, or says who has it.
func (s *Store) Lease(ctx context.Context, r store.LeaseRequest) (store.Lease, error) {
	lease, err := s.lease(ctx, r)
	return lease, s.explain("take a lease in", err)
}

func (s *Store) lease(ctx context.Context, r store.LeaseRequest) (lease store.Lease, err error) {
	if r.Server == "" || r.Holder == "" || r.For <= 0 {
		return lease, fmt.Errorf("lease of server %.50q for %.50q: a server, a holder and a time are needed", r.Server, r.Holder)
	}
	server, holder := store.Key(r.Server), store.Key(r.Holder)
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return lease, err
	}
	defer tx.Rollback()
	// A file is on one machine, so that its clock is the store's.
	now := time.Now()
	_, err = tx.ExecContext(ctx, `INSERT INTO leases (server, holder, since, until) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT DO UPDATE SET since = CASE WHEN holder = ?2 THEN since ELSE ?3 END, holder = ?2, until = ?4
		WHERE holder = ?2 OR holder = ?5 OR until <= ?3`,
		server, holder, now.UnixMicro(), now.Add(r.For).UnixMicro(), store.Key(r.Dead))
	if err != nil {
		return lease, err
	}
	var since, until int64
	err = tx.QueryRowContext(ctx, "SELECT server, holder, since, until FROM leases WHERE server = ?", server).
		Scan(&lease.Server, &lease.Holder, &since, &until)
	if err != nil {
		return lease, err
	}
	lease.Since, lease.Until = time.UnixMicro(since).UTC(), time.UnixMicro(until).UTC()
	return lease, tx.Commit()
}

// Release gives a server back.
func (s *Store) Release(ctx context.Context, server, holder string) error {
	_, err := s.write.ExecContext(ctx, "DELETE FROM leases WHERE server = ? AND holder = ?", store.Key(server), store.Key(holder))
	return s.explain("give back a lease in", err)
}
