// Package postgres keeps the record in a PostgreSQL database, in the same tables and views as SQLite's.
//
// A batch is a few round trips, however many records it has: rows travel as arrays, a column each.
// Every statement is bounded in time, and a commit counts only once the server has it on its disk.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// connections bounds the pool, beside what the URL says with pool_max_conns.
	connections = 8
	// connectTimeout is how long to wait for the server, where the URL does not say it.
	connectTimeout = 5 * time.Second
	// deckTimeout bounds the statements that save or read a price list of a million rates.
	deckTimeout = 10 * time.Minute
)

// settings are those of each connection, where the URL does not say otherwise. Bounds are
// in milliseconds: a server that hangs must not hold up the guard for ever, and what a guard has left
// behind in the middle of a transaction must not hold up the next one.
var settings = map[string]string{
	"application_name":                    "fraudguard",
	"statement_timeout":                   "30000",
	"lock_timeout":                        "10000",
	"idle_in_transaction_session_timeout": "60000",
	"timezone":                            "UTC",
}

// Store is a store.Store in one database.
type Store struct {
	name string // of the database, for errors: user, host and database
	pool *pgxpool.Pool
}

// Open opens the store in the database that a URL names, "postgres://user@host/database", and brings
// up to date what is in it, if the user may do that. The URL has no password in it: that is told
// apart, or where it is empty stands where PostgreSQL's own programs look for it. A password never gets
// into an error.
func Open(ctx context.Context, url, password string) (*Store, error) {
	config, err := read(url, password)
	if err != nil {
		return nil, err
	}
	s := &Store{name: nameOf(config.ConnConfig)}
	if err := s.open(ctx, config); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, config *pgxpool.Config) error {
	if err := migrateAtStart(ctx, config.ConnConfig); err != nil {
		return err
	}
	var err error
	s.pool, err = pgxpool.NewWithConfig(ctx, config)
	return s.explain("open", err)
}

// Close waits for what is under way, and closes the connections.
func (s *Store) Close() error {
	if s.pool != nil {
		s.pool.Close()
	}
	return nil
}

// CheckURL says why a URL cannot be that of a store. What it says can be shown to anybody.
func CheckURL(text string) error {
	_, err := read(text, "")
	return err
}

// place is where a URL and its password are written, for messages.
type place struct{ url, password string }

// read reads the URL of the store.
func read(text, password string) (*pgxpool.Config, error) {
	return place{"the URL of the store", "write store.password_file with the path of a file that holds it"}.read(text, password)
}

// read reads the URL of a database.
func (p place) read(text, password string) (*pgxpool.Config, error) {
	const advice = `write it like "postgres://fraudguard@db.example.org/fraudguard"`
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" || parsed.Opaque != "" {
		return nil, fmt.Errorf("%s cannot be read: %s", p.url, advice) // the cause would show a password
	}
	query, err := url.ParseQuery(parsed.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read behind its question mark: %s", p.url, advice)
	}
	if _, has := parsed.User.Password(); has || query.Has("password") || query.Has("sslpassword") {
		return nil, fmt.Errorf("%s has a password in it, and URLs are shown: take it out, and %s", p.url, p.password)
	}
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be used: %s; %s", p.url, reason(err), advice)
	}
	if password != "" {
		config.ConnConfig.Password = password
	}
	for name, value := range settings {
		if _, told := config.ConnConfig.RuntimeParams[name]; !told {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	if !query.Has("connect_timeout") {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if !query.Has("pool_max_conns") {
		config.MaxConns = connections
	}
	config.AfterConnect = commitToDisk
	return config, nil
}

// reason is what pgx has against a URL, without the URL.
func reason(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return cause.Error()
	}
	_, after, found := strings.Cut(err.Error(), "`: ")
	if !found {
		return "it has something that PostgreSQL's driver does not take"
	}
	return after
}

// commitToDisk makes a commit wait for the disk even where the server's own settings do not.
func commitToDisk(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false)
		WHERE current_setting('synchronous_commit') = 'off'`)
	return err
}

// nameOf is how errors call a database.
func nameOf(c *pgx.ConnConfig) string {
	return fmt.Sprintf("%s@%s/%s", c.User, c.Host, c.Database)
}
