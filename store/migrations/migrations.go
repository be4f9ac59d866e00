// Package migrations holds the steps that make a database what the program needs, one folder for
// each engine. A step that was released is never changed: what follows is another step.
package migrations

import "embed"

// SQLite holds the steps for SQLite, in the folder "sqlite".
//
//go:embed sqlite/*.sql
var SQLite embed.FS
