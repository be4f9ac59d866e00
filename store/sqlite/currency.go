package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/fraudguard/fraudguard/store"
)

// Currency keeps the currency of the ledger where there is none yet, and gives the one that is kept.
func (s *Store) Currency(ctx context.Context, currency string) (string, error) {
	kept, err := s.currency(ctx, currency)
	return kept, s.explain("read the currency of", err)
}

func (s *Store) currency(ctx context.Context, currency string) (kept string, err error) {
	if err := store.CheckCurrency(currency); err != nil {
		return "", err
	}
	const find = "SELECT currency FROM ledger"
	if err = s.read.QueryRowContext(ctx, find).Scan(&kept); !errors.Is(err, sql.ErrNoRows) {
		return kept, err
	}
	if _, err := s.write.ExecContext(ctx, "INSERT INTO ledger (one, currency) VALUES (1, ?) ON CONFLICT DO NOTHING", currency); err != nil {
		return "", err
	}
	err = s.read.QueryRowContext(ctx, find).Scan(&kept)
	return kept, err
}
