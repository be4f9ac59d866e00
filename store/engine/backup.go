package engine

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fraudguard/fraudguard/store/sqlite"
)

// Backup writes a copy of the store that a URL names into a new file, while others use it. A store that
// has programs of its own for that is refused, with the command.
func Backup(ctx context.Context, address, target string) error {
	if err := Check(address); err != nil {
		return wrong(err)
	}
	if NeedsPassword(address) {
		return fmt.Errorf("a PostgreSQL store is backed up by PostgreSQL itself, and asks for the user's password: "+
			"pg_dump --format=custom --file=%s --dbname=%s", quoted(target), quoted(forPrograms(address)))
	}
	_, rest := split(address)
	return sqlite.Backup(ctx, sqlitePath(rest), target)
}

// quoted writes a text as the shell takes it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// forPrograms writes a URL that Check accepts for PostgreSQL's own programs. They refuse what only our
// driver knows, the bounds of its pool, and settings of the server, such as a bound for statements.
func forPrograms(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address // Check has read it
	}
	known := []string{"host", "port", "user", "dbname", "passfile", "service", "connect_timeout", "application_name", "options", "target_session_attrs",
		"sslmode", "sslkey", "sslcert", "sslrootcert", "sslsni", "sslnegotiation", "channel_binding", "krbsrvname"}
	query := u.Query()
	for name := range query {
		if !slices.Contains(known, name) {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}
