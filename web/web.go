// Package web is how people and scripts speak to a running fraudguard: JSON over HTTP/1.1 on a unix
// socket. It holds the server (Listen, Serve), the shapes of what is asked and answered, and the
// client that the commands use. What is asked is done by a Backend, which the daemon is.
//
// Whoever may open the socket may do everything; the socket's mode and its directory decide who
// that is. The server asks the kernel, not the client, who is at the other end.
package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// Backend does what is asked. Its methods are called from several goroutines at once. An error that
// is an *Error goes to the client with its status; store.ErrNotFound is 404, a *rates.ReadError
// 422, and every other one 500.
type Backend interface {
	// Status says how fraudguard is.
	Status(ctx context.Context) (Status, error)
	// Metrics gives all metrics: it is what ServeMetrics wants.
	Metrics(ctx context.Context) ([]byte, error)

	// Calls gives legs, live ones with what they have cost so far, newest first.
	Calls(ctx context.Context, q store.CallsQuery) ([]Call, error)

	// Ledger gives the totals of one local day or month, what live legs have begun included.
	Ledger(ctx context.Context, q LedgerQuery) ([]LedgerRow, error)

	// Blocks gives the blocks in force, or all that ever were, oldest first.
	Blocks(ctx context.Context, all bool) ([]Block, error)
	// Block sets a block, in the place of one on the same target.
	Block(ctx context.Context, r BlockRequest) (Block, error)
	// Unblock lifts the block on a target; it is an *Error with status 404 where there is none.
	Unblock(ctx context.Context, target guard.Target, who string) error

	// Caps gives the caps that are set: all where subject is nil, those that count for it where it is
	// a single account (Single), and else those that are set for it.
	Caps(ctx context.Context, subject *limits.Subject) ([]Cap, error)
	// SetCap sets a cap over that of the configuration, in the place of one that was set before.
	SetCap(ctx context.Context, r CapRequest) (Cap, error)
	// UnsetCap takes such a cap back; it is an *Error with status 404 where there is none.
	UnsetCap(ctx context.Context, subject limits.Subject, kind limits.Kind, who string) error

	// Incidents gives incidents, newest first.
	Incidents(ctx context.Context, q store.IncidentsQuery) ([]Incident, error)
	Incident(ctx context.Context, id string) (Incident, error)

	// ImportRates reads a price list whole and makes it the newest edition of its deck. It is never
	// called twice at once.
	ImportRates(ctx context.Context, r ImportRequest, body io.Reader) (RatesSummary, error)
	// LookupRate gives the price of a number, and the steps to it.
	LookupRate(ctx context.Context, q LookupQuery) (RateLookup, error)
	// Decks lists the stored editions of price lists, by name and number.
	Decks(ctx context.Context) ([]Deck, error)
	// Deck gives an edition with its rates. Number 0 is the one in force, or else the newest.
	Deck(ctx context.Context, name string, number int) (Deck, *rates.Deck, error)

	// Verify compares the ledger with the charges and calls that it is the sum of.
	Verify(ctx context.Context, q VerifyQuery) (Proof, error)
	// Prune deletes old calls or cuts their numbers, as the configuration says, or counts them. It is
	// never called twice at once.
	Prune(ctx context.Context, r PruneRequest) (Pruned, error)

	// ImportRecords charges and corrects what Asterisk's own call records know better. What was taken in
	// before an error stays, and the same records again change nothing.
	ImportRecords(ctx context.Context, r RecordsRequest, body io.Reader) (RecordsSummary, error)
	// Reconcile compares a carrier's bill with the ledger.
	Reconcile(ctx context.Context, r RecordsRequest, body io.Reader) (BillSummary, error)

	// Reload takes a changed configuration. A faulty one is an *Error with status 400, and the old
	// one stays.
	Reload(ctx context.Context) error
}

// LedgerQuery says which totals are wanted. An empty tenant or extension does not restrict.
type LedgerQuery struct {
	Tenant, Extension string
	Period            limits.Period
	// Key is the local day ("2026-11-21") or month ("2026-11"); empty is the running one.
	Key string
}

// VerifyQuery says which local days are to be compared, and with them their months. An empty From is
// the first day of the month before the running one, an empty To the running day.
type VerifyQuery struct{ From, To string }

// PruneRequest asks for old calls to be pruned.
type PruneRequest struct {
	// Before is a local day: calls that began before it are old. Empty is as the configuration says.
	Before string
	// DryRun counts, and changes nothing.
	DryRun bool
	// Who asks, as the kernel tells it. A client cannot set it.
	Who string
}

// ImportRequest says how a price list is to be read, and what becomes of it.
type ImportRequest struct {
	// Deck is the deck's name; File is the file's, for messages only.
	Deck, File string
	// Options are those of the reader; their Location and Currency are left to the backend.
	Options rates.ReadOptions
	// Currency is that of the prices; empty is the file's own, or else that of the ledger.
	Currency string
	// ValidFrom is when the list takes over, as rates.ParseMoment reads it in the ledger's zone;
	// empty is at once.
	ValidFrom string
	// Digest, where not empty, is the SHA-256 in hex that the file must have.
	Digest string
	// DryRun reads and compares, and stores nothing.
	DryRun bool
}

// LookupQuery asks for a number's price.
type LookupQuery struct {
	// Number is E.164 with +, or as it is dialled: by a phone, or where a trunk is named, by that.
	Number string
	// Server can be empty, for the first of the configuration; Tenant for the server's own.
	Server, Tenant string
	// Trunk is "technology/endpoint"; empty is the server's first one.
	Trunk string
}

// BlockRequest asks for a block.
type BlockRequest struct {
	Target guard.Target
	// For is how long the block lasts, in whole seconds; 0 is until a person lifts it.
	For time.Duration
	// Reason can be empty.
	Reason string
	// KeepLive lets the calls go on that are live.
	KeepLive bool
	// Who asks, as the kernel tells it. A client cannot set it.
	Who string
}

// Error is a request that was not done, and why, in a sentence for people.
type Error struct {
	// Status is that of HTTP: 400 is wrong use, 404 not found, 409 and 422 refused, 500 and above
	// the daemon's own fault.
	Status  int
	Message string
}

// Error gives the sentence.
func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(status int, format string, args ...any) *Error {
	return &Error{Status: status, Message: fmt.Sprintf(format, args...)}
}

// wrong is a request that makes no sense.
func wrong(format string, args ...any) *Error {
	return Errorf(http.StatusBadRequest, format, args...)
}
