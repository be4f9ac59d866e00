// Package sqlite keeps the record in one SQLite file: the default store, which needs no server.
//
// One connection writes and a few read, so that a report never holds up a charge. The journal is a
// WAL with synchronous=FULL: with NORMAL, a commit is in the file only some time after it returned,
// and a charge that was reported as stored would be lost with the power.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
	codes "modernc.org/sqlite/lib"
)

const (
	// busyTimeout is how long to wait for another process, such as an administrator's sqlite3.
	busyTimeout = 5 * time.Second
	busyPause   = 20 * time.Millisecond
	// readers bounds the connections that only read.
	readers = 4
	// walSize is what the WAL is cut to after something big, such as a deck, went through it.
	walSize = 64 << 20
	// application marks the file as this program's: "fgrd". The first migration writes it.
	application = 0x66677264
)

// Store is a store.Store in one file.
type Store struct {
	path  string
	write *sql.DB // one connection
	read  *sql.DB
	save  statements
}

// Open opens the store in a file, and makes or brings up to date what is in it. The path is absolute,
// and its directory exists. A new file can be read by its owner only: it says who called whom.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := prepareFile(path); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Store{path: path}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	var err error
	if s.write, err = sql.Open("sqlite", s.source("rw")); err != nil {
		return s.explain("open", err)
	}
	s.write.SetMaxOpenConns(1)
	if err := s.recognise(ctx); err != nil {
		return err
	}
	if err := s.useWAL(ctx); err != nil {
		return err
	}
	if _, err := s.migrate(ctx, false); err != nil {
		return err
	}
	if s.read, err = sql.Open("sqlite", s.source("ro")); err != nil {
		return s.explain("open", err)
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s.explain("open", s.save.prepare(ctx, s.write))
}

// Close waits for what is under way, and closes the file.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return s.explain("close", errors.Join(errs...))
}

// prepareFile makes the file where there is none, because SQLite would let others read it. Where
// there is one it is never opened here: closing it again would drop SQLite's locks on it.
func prepareFile(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf(`%.200q is not an absolute path; write "sqlite:/path/file.db"`, path)
	}
	directory := filepath.Dir(path)
	switch info, err := os.Stat(directory); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("directory %s does not exist: make it, owned by the user that runs fraudguard", directory)
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", directory)
	}
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // another process was faster
	case err != nil:
		return fmt.Errorf("the file cannot be made: %w; its directory has to be writable for the user that runs fraudguard", err)
	}
	return file.Close()
}

// source is the driver's name for the file: a URI, in which any path can be written.
func (s *Store) source(mode string) string {
	options := url.Values{
		"mode":          {mode},
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_foreign_keys": {"on"},
		"_dqs":          {"false"},
		"_error_rc":     {"true"},
	}
	if mode == "rw" {
		options.Set("_txlock", "immediate")
		options.Set("_synchronous", "FULL")
		options.Set("_pragma", fmt.Sprintf("journal_size_limit(%d)", walSize))
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: s.path, RawQuery: options.Encode()}).String()
}

// recognise refuses the database of another program, before anything is changed in it.
func (s *Store) recognise(ctx context.Context) error {
	var mark, tables int64
	// One statement sees one moment, even while another process sets the file up.
	err := s.write.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*)
		FROM sqlite_schema
		WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version')`).Scan(&mark, &tables)
	if err != nil {
		return s.explain("open", err)
	}
	if mark != application && (mark != 0 || tables > 0) {
		return fmt.Errorf("store: %s is the database of another program; give fraudguard a file of its own", s.path)
	}
	return nil
}

// useWAL puts the file into WAL mode, in which it stays. SQLite does not wait by itself for another
// process that does the same at this moment.
func (s *Store) useWAL(ctx context.Context) error {
	for tries := busyTimeout / busyPause; ; tries-- {
		var journal string
		err := s.write.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&journal)
		switch {
		case err == nil && journal == "wal":
			return nil
		case err == nil:
			return fmt.Errorf("store: %s stays in journal mode %q instead of WAL: it has to be on a local disk", s.path, journal)
		case code(err) != codes.SQLITE_BUSY || tries <= 0:
			return s.explain("open", err)
		}
		select {
		case <-ctx.Done():
			return s.explain("open", ctx.Err())
		case <-time.After(busyPause):
		}
	}
}
