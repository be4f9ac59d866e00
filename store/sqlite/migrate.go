package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"

	"github.com/fraudguard/fraudguard/store/migrations"
)

// Migrate brings the tables of a file up to date, as Open does, and gives the steps that it took. With
// dry it changes nothing, and says which steps it would take.
func Migrate(ctx context.Context, path string, dry bool) (steps []migrations.Step, err error) {
	if _, missing := os.Stat(path); dry && missing != nil {
		return nil, fmt.Errorf("store: %w: without --dry-run it is made", missing)
	}
	if err := prepareFile(path); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Store{path: path}
	if s.write, err = sql.Open("sqlite", s.source("rw")); err != nil {
		return nil, s.explain("open", err)
	}
	s.write.SetMaxOpenConns(1)
	if err = s.recognise(ctx); err == nil && !dry {
		err = s.useWAL(ctx)
	}
	if err == nil {
		steps, err = s.migrate(ctx, dry)
	}
	return steps, errors.Join(err, s.Close())
}

// migrate brings the tables up to date, and gives the steps that it took or, with dry, would take.
func (s *Store) migrate(ctx context.Context, dry bool) ([]migrations.Step, error) {
	files, err := migrations.SQLite()
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.write, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, s.explain("migrate", err)
	}
	have, err := s.version(ctx)
	if err != nil {
		return nil, s.explain("migrate", err)
	}
	pending, err := migrations.Pending(provider, have, s.path)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if dry || len(pending) == 0 {
		return pending, nil
	}
	for {
		_, err := provider.Up(ctx)
		if err == nil {
			return pending, nil
		}
		// Another process may have done the same step at the same time, and been faster.
		now, failed := s.version(ctx)
		if failed != nil || now <= have {
			return nil, s.explain("migrate", err)
		}
		have = now
	}
}

// version is the number of the last step that was taken, 0 for none. It writes nothing.
func (s *Store) version(ctx context.Context) (have int64, err error) {
	var begun bool
	err = s.write.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_schema WHERE name = ?", goose.DefaultTablename).Scan(&begun)
	if err == nil && begun {
		err = s.write.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+goose.DefaultTablename+" WHERE is_applied").Scan(&have)
	}
	return have, err
}
