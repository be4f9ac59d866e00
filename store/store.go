// Package store says what the guard's record is: legs, charges, the ledger, incidents, blocks, the
// outbox and the editions of decks, in the domain's words. Engines below it keep that record; package
// storetest holds each of them to what is written here. What does not depend on an engine is here
// as well: which records can be stored (Prepare), how a later record of a leg or a block changes
// an earlier one (MergeLeg, MergeBlock), what a batch adds to the ledger (Tally), which edition
// follows which (EditionInfo), and how rates are written as text (TermsReader).
package store

import (
	"context"
	"errors"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
)

// ErrNotFound says that there is no such incident or edition of a deck.
var ErrNotFound = errors.New("not found")

// DefaultLimit is how many rows a query with Limit 0 gives at most.
const DefaultLimit = 1000

// Store keeps the record. It is safe for concurrent use. Times come back in UTC, to the
// microsecond. An error of a method that writes means that the caller cannot know whether it was
// done: every such method can be repeated until it succeeds, and has then been done once.
type Store interface {
	// Load gives a guard what it needs to go on from a local day ("2026-11-21"): the ledger's rows of
	// the day and, with the month ("2026-11") as their key, what is in its month besides (rows that
	// are zero are left out), in the order of key, tenant, extension; the routes of the day, the legs without an end, the attempts since a moment, the
	// blocks in force, the caps that people have set, and the newest ID of an incident or block, all
	// of one moment.
	//
	// Attempts come from the legs, oldest first, without the class of their destinations.
	Load(ctx context.Context, day string, since time.Time) (guard.State, error)

	// Save stores records in one transaction, in their order: all or, on an error other than
	// *Refused, none. The same record twice changes nothing, and an older record of a leg or a
	// block never takes back what a newer one said (MergeLeg and MergeBlock are the rules).
	//
	// The ledger moves in the same transaction. The first record of a leg adds an attempt to the
	// account's Day and its month; the first one with an answer adds a call to AnsweredDay and its
	// month; a charge that is new adds its amount, price and seconds to its day and month, and its
	// seconds to its route of the day. Totals that would not fit stay at the largest number. Cost, Price and BilledSeconds of a Leg are not
	// stored: they are the sums of its charges, and come back as such.
	//
	// A CapChange sets the cap of its subject and kind, or takes it away, unless what is there was
	// set later.
	//
	// Each new incident gets one outbox entry for each channel in tell, due at once.
	//
	// Texts that are too long, not UTF-8, or hold NUL are stored shortened and cleaned (Prepare says
	// how). A record that never can be stored is left out, the others are stored, and the error is
	// a *Refused.
	Save(ctx context.Context, records []guard.Record, tell []string) error

	// Calls gives legs, newest first.
	Calls(ctx context.Context, q CallsQuery) ([]guard.Leg, error)

	// Ledger gives totals, one row for each account and day or month, in the order of period,
	// tenant, extension. Row.Key is the period. What live legs have begun is not in it.
	Ledger(ctx context.Context, q LedgerQuery) ([]limits.Row, error)

	// Incidents gives incidents, newest first.
	Incidents(ctx context.Context, q IncidentsQuery) ([]guard.Incident, error)

	// Incident gives one incident, or ErrNotFound.
	Incident(ctx context.Context, id string) (guard.Incident, error)

	// Blocks gives the blocks in force, or all that ever were, oldest first.
	Blocks(ctx context.Context, all bool) ([]guard.Block, error)

	// SaveEdition adds an edition to the deck's name, whole and at once, and gives what is now known
	// of it. Name, Currency and Rates are taken from the deck, and Number is the next one. Saved is
	// needed. A ValidFrom of zero means at once: always for the first edition of a name, and from
	// Saved on for a later one. Where e has the Digest of the newest edition, its ValidFrom and the
	// very same rates, nothing is added and the newest one is given: it is the same import again. At
	// once is the same again as long as no other edition has taken over.
	//
	// It can take seconds for a million rates, and Save waits meanwhile. An edition is refused
	// whole if something of it could not come back as it is: rates that begin or end between two
	// microseconds, and tiers in another zone than Timezone.
	SaveEdition(ctx context.Context, deck *rates.Deck, e EditionInfo) (EditionInfo, error)

	// Edition gives one edition of a deck, in its own currency, or ErrNotFound.
	Edition(ctx context.Context, name string, number int) (*rates.Deck, error)

	// Editions lists all editions by name and number.
	Editions(ctx context.Context) ([]EditionInfo, error)

	// Due gives the notices of a channel that are to be sent now, those that wait longest first,
	// limit (more than 0) at most.
	Due(ctx context.Context, channel string, now time.Time, limit int) ([]Notice, error)

	// Sent marks notices as sent; what was sent stays so.
	Sent(ctx context.Context, ids []int64, at time.Time) error

	// Postpone counts a failed attempt to send, with its reason, and sets the moment of the next.
	// Notices that have been sent, or wait for that very moment already, are left alone.
	Postpone(ctx context.Context, ids []int64, next time.Time, reason string) error

	// OutboxWaiting counts, by channel, the notices that have not been sent, due or not.
	OutboxWaiting(ctx context.Context) (map[string]int, error)

	// Currency gives the currency in which the ledger is kept, by its ISO code ("EUR"). Where none is
	// told yet, that is from now on the one that is asked with. Amounts are never exchanged, so a guard
	// whose currency is another one must not use the store.
	Currency(ctx context.Context, currency string) (kept string, err error)

	// Verify compares each total of the ledger with what it is the sum of, all at one moment: the days
	// and routes from one local day to another with their charges and legs, and the months in which
	// these days lie with their days. A total without parts is found as well as parts without a total.
	Verify(ctx context.Context, from, to string) (Proof, error)

	// Prune does one step of a pruning: it looks at Limit legs at most, those that began first, in a
	// transaction of its own, which is short. Charges, totals, incidents and blocks stay, and for
	// deleted legs the attempts and calls that they were, by account and day, so that Verify can go on
	// proving their totals.
	Prune(ctx context.Context, p Pruning) (Pruned, error)

	// PrunedUntil gives the last local day of whose legs a pruning has deleted some, and "" where none
	// were. Of a call on that day or before nobody can say any more whether the ledger has it.
	PrunedUntil(ctx context.Context) (day string, err error)

	// Lease gives a server to a holder where nobody has it, its lease has run out, or the holder
	// itself or Dead has it. It gives the lease that is in force then, which is another's where
	// Holder is another. All guards that use the store see one clock, the store's.
	Lease(ctx context.Context, r LeaseRequest) (Lease, error)

	// Release gives back what the holder has; what another has stays.
	Release(ctx context.Context, server, holder string) error

	// Close waits for what is under way and lets go of the store. Other methods fail afterwards.
	Close() error
}

// CallsQuery says which legs are wanted. Zero fields do not restrict.
type CallsQuery struct {
	Tenant, Extension, Server string
	// Names are the names of the channels, of which a leg has one; there are a few thousand at most.
	Names []string
	// Since and Until bound the start of the leg: Since <= Started < Until.
	Since, Until time.Time
	// LiveOnly leaves out legs that have ended.
	LiveOnly bool
	// Limit is the largest number of legs; 0 is DefaultLimit.
	Limit int
}

// LedgerQuery says which totals are wanted. Zero fields do not restrict.
type LedgerQuery struct {
	Tenant, Extension string
	Period            limits.Period
	// From and To are the first and the last day ("2026-11-21") or month ("2026-11").
	From, To string
}

// IncidentsQuery says which incidents are wanted. Zero fields do not restrict.
type IncidentsQuery struct {
	Tenant, Extension, Rule string
	// Since and Until bound the moment: Since <= At < Until.
	Since, Until time.Time
	// Limit is the largest number of incidents; 0 is DefaultLimit.
	Limit int
}

// Notice is an incident that one channel has to tell.
type Notice struct {
	ID       int64
	Incident guard.Incident
	// Attempts counts the failed ones so far.
	Attempts int
}

// Rows gives the number of rows that a query's Limit asks for.
func Rows(limit int) int {
	if limit <= 0 {
		return DefaultLimit
	}
	return limit
}
