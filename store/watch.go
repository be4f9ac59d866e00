package store

import (
	"context"

	"github.com/fraudguard/fraudguard/guard"
)

// Watcher is a Store into which others write as well: another guard with servers of its own, or an
// administrator. SQLite's is none: its file has one guard.
type Watcher interface {
	Store

	// Watch calls both functions once it is sure to hear of everything that follows, whoever does it. Then it
	// calls inForce after each change of a block or a cap, and editions after each new edition of a deck, which
	// is whole by then; or once for several. It ends with ctx, or with an error when it can hear no more; what
	// changes until the next Watch is not told.
	Watch(ctx context.Context, inForce, editions func()) error

	// InForce gives the blocks in force, oldest first, and the caps that people have set, in the order of
	// subject and kind, all of one moment.
	InForce(ctx context.Context) ([]guard.Block, []guard.Override, error)
}
