package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/fraudguard/fraudguard/store/migrations"
)

// migrationLock is the number of the advisory lock that the one holds who migrates: "fgrd".
const migrationLock = 0x66677264

// Migrate brings the tables of the database that a URL names up to date, as Open does, and gives the
// steps that it took. With dry it changes nothing, and says which steps it would take.
func Migrate(ctx context.Context, url, password string, dry bool) ([]migrations.Step, error) {
	config, err := read(url, password)
	if err != nil {
		return nil, err
	}
	return migrate(ctx, config.ConnConfig, dry)
}

// migrateAtStart brings the tables up to date. A user that may not make tables is no fault where
// there is nothing to do.
func migrateAtStart(ctx context.Context, config *pgx.ConnConfig) error {
	_, err := migrate(ctx, config, false)
	if code(err) == notAllowed {
		return fmt.Errorf("store: the tables of %s are not those that this program needs, and user %s may not change them: "+
			`let their owner run "fraudguard migrate --grants %s" (%w)`, nameOf(config), config.User, config.User, err)
	}
	return err
}

func migrate(ctx context.Context, config *pgx.ConnConfig, dry bool) ([]migrations.Step, error) {
	config = config.Copy()
	// A step may have to go through all that there is.
	config.RuntimeParams["statement_timeout"], config.RuntimeParams["idle_in_transaction_session_timeout"] = "0", "0"
	db := stdlib.OpenDB(*config)
	steps, err := bring(ctx, db, nameOf(config), dry)
	return steps, explain("migrate", nameOf(config), errors.Join(err, db.Close()))
}

func bring(ctx context.Context, db *sql.DB, name string, dry bool) ([]migrations.Step, error) {
	files, err := migrations.PostgreSQL()
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, err
	}
	var encoding string
	if err := db.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return nil, err
	}
	if encoding != "UTF8" {
		return nil, fmt.Errorf("the database is encoded as %.20q, which does not hold every text: make one with ENCODING 'UTF8'", encoding)
	}
	if !dry {
		unlock, err := lock(ctx, db)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	have, err := version(ctx, db)
	if err != nil {
		return nil, err
	}
	pending, err := migrations.Pending(provider, have, name)
	if err != nil || dry || len(pending) == 0 {
		return pending, err
	}
	_, err = provider.Up(ctx)
	return pending, err
}

// lock waits for the right to migrate: two guards that start at once do it one after the other. The
// lock goes with its connection, whatever becomes of the one who holds it.
func lock(ctx context.Context, db *sql.DB) (unlock func(), err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{"SET lock_timeout = 0", fmt.Sprintf("SELECT pg_advisory_lock(%d)", migrationLock)} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return func() {
		// Where this fails the connection is gone, and with it the lock.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("SELECT pg_advisory_unlock(%d)", migrationLock))
		_ = conn.Close()
	}, nil
}

// version is the number of the last step that was taken, 0 for none. It makes no table: a user with
// few rights could not.
func version(ctx context.Context, db *sql.DB) (have int64, err error) {
	var begun bool
	err = db.QueryRowContext(ctx, "SELECT to_regclass('"+goose.DefaultTablename+"') IS NOT NULL").Scan(&begun)
	if err == nil && begun {
		err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+goose.DefaultTablename+" WHERE is_applied").Scan(&have)
	}
	return have, err
}
