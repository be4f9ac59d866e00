package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// explain says in an administrator's words what went wrong with the database, and what to do. The
// cause stays in the error; no password is in it. A nil error stays nil.
func (s *Store) explain(what string, err error) error { return explain(what, s.name, err) }

func explain(what, name string, err error) error {
	if err == nil {
		return nil
	}
	advice, known := advices[code(err)]
	if !known || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("store: %s %s: %w", what, name, err)
	}
	return fmt.Errorf("store: %s %s: %s (%w)", what, name, advice, err)
}

// code is PostgreSQL's code of an error ("28P01"), empty where the error is not the server's.
func code(err error) string {
	var failed *pgconn.PgError
	if !errors.As(err, &failed) {
		return ""
	}
	return failed.Code
}

// The codes that mean something here.
const (
	notAllowed    = "42501" // insufficient_privilege
	noDatabase    = "3D000" // invalid_catalog_name
	noTable       = "42P01" // undefined_table
	wrongPassword = "28P01" // invalid_password
)

// advices are by PostgreSQL's codes.
var advices = map[string]string{
	wrongPassword: "the password is not taken; it belongs in the file that store.password_file names",
	"28000":       "the server lets nobody in like this; look at its pg_hba.conf",
	noDatabase:    "there is no such database; make it with: createdb --encoding UTF8 --template template0",
	notAllowed:    `the user may not do this; let the owner of the tables run "fraudguard migrate --grants" with the user's name`,
	"25006":       "the server only reads, as a standby does; write the address of the one that writes",
	"40001":       "another transaction came between; the same again will do",
	"40P01":       "another transaction stood in the way; the same again will do",
	"53100":       "the disk of the server is full",
	"53300":       "the server has no connection left; raise its max_connections",
	"55P03":       "another transaction has held the rows for too long; end it",
	"57014":       "the server took too long",
	"57P01":       "the server is being shut down",
	"57P03":       "the server is starting or stopping",
}
