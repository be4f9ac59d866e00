// Package engine opens the store that a URL names. It is apart from package store because the
// engines know that package, and something has to know the engines.
package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/migrations"
	"github.com/fraudguard/fraudguard/store/postgres"
	"github.com/fraudguard/fraudguard/store/sqlite"
)

// advice is what to write where a URL names no store.
const advice = `write "sqlite:" and an absolute path, such as "sqlite:/var/lib/fraudguard/fraudguard.db", ` +
	`or "postgres://user@host/database"`

// Check says why a URL cannot be that of a store, without looking whether the store is there. A
// password in the URL is refused, since URLs are shown, and it is not in the error.
func Check(url string) error {
	switch scheme, rest := split(url); scheme {
	case "sqlite":
		if !filepath.IsAbs(sqlitePath(rest)) {
			return errors.New(advice)
		}
		return nil
	case "postgres", "postgresql":
		return postgres.CheckURL(url)
	}
	return errors.New(advice)
}

// NeedsPassword says whether a password can mean anything for the store of a URL.
func NeedsPassword(url string) bool {
	scheme, _ := split(url)
	return scheme == "postgres" || scheme == "postgresql"
}

// Open opens the store that a URL names: "sqlite:/path/file.db" or "postgres://user@host/database",
// whose password, if it needs one, is told apart. What it needs is made or brought up to date first. A
// password never gets into an error.
func Open(ctx context.Context, url, password string) (store.Store, error) {
	if err := Check(url); err != nil {
		return nil, wrong(err)
	}
	if NeedsPassword(url) {
		return opened(postgres.Open(ctx, url, password))
	}
	_, rest := split(url)
	return opened(sqlite.Open(ctx, sqlitePath(rest)))
}

// opened keeps a nil engine from looking like a store.
func opened[S store.Store](s S, err error) (store.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Migrate brings the tables of the store that a URL names up to date, as Open does, and gives the
// steps that it took. With dry it changes nothing, and says which steps it would take.
func Migrate(ctx context.Context, url, password string, dry bool) ([]migrations.Step, error) {
	if err := Check(url); err != nil {
		return nil, wrong(err)
	}
	if NeedsPassword(url) {
		return postgres.Migrate(ctx, url, password, dry)
	}
	_, rest := split(url)
	return sqlite.Migrate(ctx, sqlitePath(rest), dry)
}

// ErrNoRoles says that the store of a URL has no roles to which rights could be granted.
var ErrNoRoles = errors.New("SQLite has no roles: who may read and write the file, may do so with all that is in it; " +
	"the rights of the file and its directory are what counts")

// Grant lets a role do what a running guard does in the store of a URL, and nothing else. It gives the
// statements; with dry it carries none out.
func Grant(ctx context.Context, url, password, role string, dry bool) ([]string, error) {
	if err := Check(url); err != nil {
		return nil, wrong(err)
	}
	if !NeedsPassword(url) {
		return nil, ErrNoRoles
	}
	return postgres.Grant(ctx, url, password, role, dry)
}

func wrong(err error) error { return fmt.Errorf("store url: %w", err) }

func split(url string) (scheme, rest string) {
	scheme, rest, _ = strings.Cut(url, ":")
	return scheme, rest
}

// sqlitePath takes both "sqlite:/path" and "sqlite:///path", which people write by habit.
func sqlitePath(rest string) string {
	if path, ok := strings.CutPrefix(rest, "//"); ok {
		return path
	}
	return rest
}
