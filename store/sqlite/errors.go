package sqlite

import (
	"context"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// explain says in an administrator's words what went wrong with the file, and what to do. The cause
// stays in the error. A nil error stays nil.
func (s *Store) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	advice, known := advices[code(err)]
	if !known || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("store: %s %s: %w", what, s.path, err)
	}
	return fmt.Errorf("store: %s %s: %s (%w)", what, s.path, advice, err)
}

// code is SQLite's primary result code, 0 where the error is not SQLite's.
func code(err error) int {
	var failed *driver.Error
	if !errors.As(err, &failed) {
		return 0
	}
	return failed.Code() & 0xff
}

// advices are by SQLite's primary result codes.
var advices = map[int]string{
	codes.SQLITE_NOTADB: "this file is no SQLite database; name another one, or move it away",
	codes.SQLITE_CORRUPT: "the file is damaged; stop fraudguard, and restore a copy " +
		"or rescue it with the sqlite3 command .recover",
	codes.SQLITE_READONLY: "it cannot be written; the file and its directory have to be writable for the user that runs fraudguard",
	codes.SQLITE_CANTOPEN: "it cannot be opened; the file and its directory have to be writable for the user that runs fraudguard",
	codes.SQLITE_BUSY:     "another process has held it for too long; end that process's transaction",
	codes.SQLITE_FULL:     "the disk is full",
	codes.SQLITE_IOERR:    "the disk failed to read or write",
}
