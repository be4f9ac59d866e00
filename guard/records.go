package guard

import (
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// Record is what goes into the store: a Leg, a Charge, an Incident, a Block or a CapChange. Each
// has a key, and saving the same record twice changes nothing.
type Record interface{ record() }

// Verdicts on a leg.
const (
	Allowed = "allow"
	Denied  = "deny"
	// Cut is a leg that was let through and ended by the guard later.
	Cut = "cut"
)

// Leg is one outbound trunk channel, from dialling to hang-up: what the carrier bills.
type Leg struct {
	// Server and ID (Asterisk's Uniqueid) are the key. Name is the channel's.
	Server, ID, Name string
	Account          limits.Account
	// PaidBy says how the account was found.
	PaidBy string
	// Dialled is what the trunk was told to dial; Number is the same as E.164 digits, where it
	// could be understood.
	Dialled, Number string
	Country         string
	International   bool
	// Retried is set for the same number on the next trunk, because the last one did not take the
	// call: a leg, but no further attempt to the detectors.
	Retried bool
	// Deck names the deck with the price and its edition ("default@3"); it is empty while there is
	// none.
	Deck string
	// Rate is what the carrier charges, Priced is whether there is a price.
	Rate   rates.Rate
	Priced bool
	// Sold is what the tenant pays; nil where nothing is sold at a price of its own.
	Sold *rates.Rate

	// Day is the local day ("2026-11-21") in which the attempt counts, AnsweredDay the one in
	// which the call does.
	Day, AnsweredDay         string
	Started, Answered, Ended time.Time // zero while it has not come to that
	// LimitedUntil is the moment at which Asterisk itself ends the leg (the dead-man's switch).
	LimitedUntil time.Time
	// Estimated is set where the answer or the end was not watched, and the time was estimated on
	// the dear side.
	Estimated bool

	Verdict string
	// Reason names the rule behind a verdict other than Allowed.
	Reason string
	// Cause is the hang-up cause (Q.850), 0 while unknown.
	Cause int
	// Cost, Price and BilledSeconds are all that the leg was charged, once it has ended: Cost by the
	// carrier, Price to the tenant.
	Cost, Price   money.Amount
	BilledSeconds int64
	// RecordedSeconds is the talk time by Asterisk's own call records; -1 while none has come.
	RecordedSeconds int64
}

// Charge is the money of one leg in one local day. Charges are only ever added.
type Charge struct {
	// Server, Leg (its ID), Day and Kind are the key.
	Server, Leg, Day string
	// Kind is "call", or "correction-1" and so on.
	Kind    string
	Account limits.Account
	At      time.Time
	// Amount is what the carrier charges, Price what the tenant pays.
	Amount, Price money.Amount
	BilledSeconds int64
	Estimated     bool
	// International and Route are those of the leg; Route is empty where it had no priced one.
	International bool
	Route         string
}

// KindCall is the kind of the charge that a leg's end makes.
const KindCall = "call"

// Incident is what a rule saw, its evidence, and what was done.
type Incident struct {
	// ID is the key; it is short, so that a person can type it, and sorts by time.
	ID      string
	At      time.Time
	Server  string
	Rule    string
	Account limits.Account
	// Number is in E.164 digits, or as dialled; Leg is the ID of the leg. Both can be empty.
	Number, Leg string
	// Seen says in one sentence what was seen.
	Seen     string
	Evidence []Evidence
	// Actions says what was done, in order; in observe mode, what would have been.
	Actions  []string
	Observed bool
	// Urgent is set where protection itself does not work.
	Urgent bool
}

// Evidence is one figure or name on which an incident rests.
type Evidence struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Block refuses a target's attempts until a moment, or until a person lifts it.
type Block struct {
	// ID is the key.
	ID     string
	Target Target
	Reason string
	// Source is the rule, or the person, that set it.
	Source string
	Since  time.Time
	Until  time.Time // zero is until lifted
	// Lifted is when it ended and LiftedBy who ended it ("time" where it ran out); zero while in force.
	Lifted   time.Time
	LiftedBy string
}

// Override is a cap that a person set at run time: for its subject and kind it counts instead of
// that of the configuration.
type Override struct {
	// Subject and Kind are the key.
	Subject limits.Subject
	Kind    limits.Kind
	Value   limits.Value
	Who     string
	At      time.Time
}

// CapChange says that an override was set or, where Unset, taken away; Value has no meaning then.
type CapChange struct {
	Override
	Unset bool
}

func (Leg) record()       {}
func (Charge) record()    {}
func (Incident) record()  {}
func (Block) record()     {}
func (CapChange) record() {}

// State is what a guard needs to go on where the last one stopped.
type State struct {
	// Days is the ledger of the running local month: rows of any of its days, each account's running
	// day as a row of its own; what else is in the month can be one row with the month as its key.
	Days []limits.Row
	// Routes are the billed seconds of the running local day by route.
	Routes []limits.RouteRow
	// Overrides are the caps that people have set.
	Overrides []Override
	// Live are the legs that had not ended.
	Live []Leg
	// Attempts are the attempts of the longest detector window.
	Attempts []abuse.Attempt
	// Blocks are those in force.
	Blocks []Block
	// LastIncident is the newest incident's or block's ID in use, so that none is given twice.
	LastID string
}
