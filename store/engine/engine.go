// Package engine opens the store that a URL names. It is apart from package store because the
// engines know that package, and something has to know the engines.
package engine

import (
	"context"
	"fmt"
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

// sqlitePath takes both "sqlite:/path" and "sqlite:///path", which people write by habit.
func sqlitePath(rest string) string {
	if path, ok := strings.CutPrefix(rest, "//"); ok {
		return path
	}
	return rest
}
