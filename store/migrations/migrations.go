// Package migrations holds the steps that make a database what the program needs, one folder for
// each engine. A step that was released is never changed: what follows is another step.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"path"

	"github.com/pressly/goose/v3"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// SQLite gives the steps for SQLite.
func SQLite() (fs.FS, error) { return fs.Sub(files, "sqlite") }

// PostgreSQL gives the steps for PostgreSQL.
func PostgreSQL() (fs.FS, error) { return fs.Sub(files, "postgres") }

// Step is one step.
type Step struct {
	Number int64
	// File is the name of the file that has it, "00002_editions.sql".
	File string
}

// Pending gives the steps that a database of version have still needs. One that is newer than all
// steps is refused: name says which database that is.
func Pending(provider *goose.Provider, have int64, name string) ([]Step, error) {
	var pending []Step
	var newest int64
	for _, source := range provider.ListSources() {
		newest = max(newest, source.Version)
		if source.Version > have {
			pending = append(pending, Step{source.Version, path.Base(source.Path)})
		}
	}
	if have > newest {
		return nil, fmt.Errorf("%s is newer than this program: it has version %d, and this program knows versions up to %d; "+
			"install the newer fraudguard, or go back to a copy from before the upgrade", name, have, newest)
	}
	return pending, nil
}
