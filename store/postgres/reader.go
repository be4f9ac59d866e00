package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// readerPlace is where the URL and the password of such a database are written.
var readerPlace = place{"the URL of the table", "write --table-password-file with the path of a file that holds it, or name one in PGPASSFILE"}

// CheckReaderURL says why a URL cannot be that of OpenReader. What it says can be shown to anybody.
func CheckReaderURL(text string) error {
	_, err := readerPlace.read(text, "")
	return err
}

// OpenReader opens a connection to a database that is not the store's: Asterisk's own, with its call
// records. The URL and the password are as for Open. The server refuses to write by it. A statement may
// take as long as whoever takes its rows.
func OpenReader(ctx context.Context, url, password string) (*pgx.Conn, error) {
	config, err := readerPlace.read(url, password)
	if err != nil {
		return nil, err
	}
	c := config.ConnConfig
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["statement_timeout"], c.RuntimeParams["idle_in_transaction_session_timeout"] = "0", "0"
	conn, err := pgx.ConnectConfig(ctx, c)
	switch advice, known := advices[code(err)]; {
	case err == nil:
		return conn, nil
	case code(err) == wrongPassword:
		return nil, fmt.Errorf("open %s: the password is not taken: %s (%w)", nameOf(c), readerPlace.password, err)
	case code(err) == noDatabase:
		return nil, fmt.Errorf("open %s: there is no such database: write that of Asterisk's table (%w)", nameOf(c), err)
	case known && !errors.Is(err, context.Canceled):
		return nil, fmt.Errorf("open %s: %s (%w)", nameOf(c), advice, err)
	}
	return nil, fmt.Errorf("open %s: %w", nameOf(c), err)
}
