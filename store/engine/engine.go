// Package engine opens the store that a URL names. It is apart from package store because the
// engines know that package, and something has to know the engines.
package engine

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/sqlite"
)

// Open opens the store that a URL names: "sqlite:/path/file.db". What it needs is made or brought up
// to date first. A password in the URL never gets into an error.
func Open(ctx context.Context, url string) (store.Store, error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case ok && scheme == "sqlite":
		s, err := sqlite.Open(ctx, sqlitePath(rest))
		if err != nil {
			return nil, err
		}
		return s, nil
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return nil, fmt.Errorf(`store url: PostgreSQL is not in this version; write "sqlite:/path/file.db"`)
	}
	return nil, fmt.Errorf(`store url: it begins with no engine of this program; write "sqlite:/path/file.db"`)
}

// Backup writes a copy of the store that a URL names into a new file, while others use it. A store that
// has programs of its own for that is refused, with the command.
func Backup(ctx context.Context, address, target string) error {
	scheme, rest, ok := strings.Cut(address, ":")
	switch {
	case ok && scheme == "sqlite":
		return sqlite.Backup(ctx, sqlitePath(rest), target)
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return fmt.Errorf("a PostgreSQL store is backed up by PostgreSQL itself: pg_dump --format=custom --file=%s --dbname=%s",
			quoted(target), quoted(hidden(address)))
	}
	return fmt.Errorf(`store url: it begins with no engine of this program; write "sqlite:/path/file.db"`)
}

// quoted writes a text as the shell takes it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// hidden takes the password out of a URL.
func hidden(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "postgres://USER@HOST/DATABASE"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	query.Del("password")
	u.RawQuery = query.Encode()
	return u.String()
}

// sqlitePath takes both "sqlite:/path" and "sqlite:///path", which people write by habit.
func sqlitePath(rest string) string {
	if path, ok := strings.CutPrefix(rest, "//"); ok {
		return path
	}
	return rest
}
