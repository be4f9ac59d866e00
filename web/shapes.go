package web

import (
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
)

// The shapes of the answers. Scripts use them, so no key changes its name or meaning. Money is a
// decimal string, a moment RFC 3339 in UTC or null where it has not come, a length of time seconds.
type (
	// Status is how fraudguard is.
	Status struct {
		Version  string    `json:"version"`
		Mode     string    `json:"mode"` // "enforce" or "observe"
		Started  time.Time `json:"started"`
		Timezone string    `json:"timezone"`
		Currency string    `json:"currency"`
		Servers  []Server  `json:"servers"`
		// Deck is the general price list in force, null where there is none.
		Deck  *StatusDeck `json:"deck"`
		Store StoreStatus `json:"store"`
		// NoticesWaiting counts what is still to be told, by channel ("email").
		NoticesWaiting map[string]int `json:"notices_waiting"`
		LiveLegs       int            `json:"live_legs"`
		Blocks         int            `json:"blocks"` // in force
		// NotGuarded says in sentences what is not guarded at the moment.
		NotGuarded []string `json:"not_guarded"`
	}

	// Server is the link to one Asterisk.
	Server struct {
		Name   string     `json:"name"`
		State  string     `json:"state"` // "connecting", "up", "down", "refused"
		Since  *time.Time `json:"since"`
		Detail string     `json:"detail"` // why it is not up, or what to know of it
		Events uint64     `json:"events"`
		// Dropped counts the events that were lost, Reconnects the links after the first.
		Dropped    uint64 `json:"dropped"`
		Reconnects uint64 `json:"reconnects"`
	}

	// StatusDeck is a price list by which legs are priced.
	StatusDeck struct {
		Name     string `json:"name"`
		Edition  int    `json:"edition"`
		Currency string `json:"currency"` // into which it was exchanged
		Rates    int    `json:"rates"`
	}

	// StoreStatus says where the record is kept, how many records wait for it, and why.
	StoreStatus struct {
		URL     string `json:"url"`
		Waiting int    `json:"waiting"` // in memory and in the journal
		Error   string `json:"error"`
		// AwaySince is when the store stopped to answer, null while it does, and AwaySeconds how long
		// that is.
		AwaySince   *time.Time    `json:"away_since"`
		AwaySeconds int64         `json:"away_seconds"`
		Journal     JournalStatus `json:"journal"`
	}

	// JournalStatus says what waits on the local disk while the store is away.
	JournalStatus struct {
		Folder  string `json:"folder"`
		Waiting int    `json:"waiting"`
		Bytes   int64  `json:"bytes"`
		// Error is why it takes no records while they have to wait.
		Error string `json:"error"`
		// Damaged are the files that were found so since the start.
		Damaged []string `json:"damaged"`
	}

	// Call is a leg.
	Call struct {
		ID        string     `json:"id"`
		Server    string     `json:"server"`
		Tenant    string     `json:"tenant"`
		Extension string     `json:"extension"`
		Number    string     `json:"number"` // E.164 digits, or as dialled
		Route     string     `json:"route"`
		Started   time.Time  `json:"started"`
		Answered  *time.Time `json:"answered"`
		Ended     *time.Time `json:"ended"`
		// BilledSeconds and Cost are what it was charged, or would be if it ended now.
		BilledSeconds int64        `json:"billed_seconds"`
		Cost          money.Amount `json:"cost"`
		// Price is what the tenant pays, left out where that is the cost.
		Price   *money.Amount `json:"price,omitempty"`
		Verdict string        `json:"verdict"` // "allow", "deny", "cut"
		Reason  string        `json:"reason"`  // the rule behind deny and cut
	}

	// LedgerRow is what one account used in one day or month.
	LedgerRow struct {
		Tenant    string       `json:"tenant"`
		Extension string       `json:"extension"`
		Period    string       `json:"period"` // "2026-11-21" or "2026-11"
		Cost      money.Amount `json:"cost"`
		// Price is what the tenant pays, left out where that is the cost.
		Price         *money.Amount `json:"price,omitempty"`
		BilledSeconds int64         `json:"billed_seconds"`
		Calls         int64         `json:"calls"`
		Attempts      int64         `json:"attempts"`
	}

	// Block is a block, in force or lifted.
	Block struct {
		ID       string     `json:"id"`
		Target   string     `json:"target"` // as ParseTarget reads it
		Reason   string     `json:"reason"`
		Source   string     `json:"source"` // the rule or the person that set it
		Since    time.Time  `json:"since"`
		Until    *time.Time `json:"until"`  // null is until lifted
		Lifted   *time.Time `json:"lifted"` // null while in force
		LiftedBy string     `json:"lifted_by"`
	}

	// Incident is what a rule saw, its evidence, and what was done.
	Incident struct {
		ID        string           `json:"id"`
		At        time.Time        `json:"at"`
		Server    string           `json:"server"`
		Rule      string           `json:"rule"`
		Tenant    string           `json:"tenant"`
		Extension string           `json:"extension"`
		Number    string           `json:"number"`
		Leg       string           `json:"leg"`
		Seen      string           `json:"seen"`
		Evidence  []guard.Evidence `json:"evidence"`
		Actions   []string         `json:"actions"`
		Observed  bool             `json:"observed"`
		Urgent    bool             `json:"urgent"`
	}
)

// CallOf gives a leg its shape.
func CallOf(l guard.Leg) Call {
	return Call{
		ID: l.ID, Server: l.Server, Tenant: l.Account.Tenant, Extension: l.Account.Extension,
		Number: l.Number, Route: l.Rate.Route,
		Started: Moment(l.Started), Answered: MomentOrNull(l.Answered), Ended: MomentOrNull(l.Ended),
		BilledSeconds: l.BilledSeconds, Cost: l.Cost, Price: unless(l.Price, l.Cost), Verdict: l.Verdict, Reason: l.Reason,
	}
}

// LedgerRowOf gives a row of the ledger its shape.
func LedgerRowOf(r limits.Row) LedgerRow {
	return LedgerRow{
		Tenant: r.Account.Tenant, Extension: r.Account.Extension, Period: r.Key,
		Cost: r.Cost, Price: unless(r.Price, r.Cost), BilledSeconds: r.BilledSeconds, Calls: r.Calls, Attempts: r.Attempts,
	}
}

// unless gives a price that is not the cost.
func unless(price, cost money.Amount) *money.Amount {
	if price == cost {
		return nil
	}
	return &price
}

// BlockOf gives a block its shape.
func BlockOf(b guard.Block) Block {
	return Block{
		ID: b.ID, Target: b.Target.String(), Reason: b.Reason, Source: b.Source,
		Since: Moment(b.Since), Until: MomentOrNull(b.Until), Lifted: MomentOrNull(b.Lifted), LiftedBy: b.LiftedBy,
	}
}

// IncidentOf gives an incident its shape.
func IncidentOf(i guard.Incident) Incident {
	return Incident{
		ID: i.ID, At: Moment(i.At), Server: i.Server, Rule: i.Rule,
		Tenant: i.Account.Tenant, Extension: i.Account.Extension, Number: i.Number, Leg: i.Leg,
		Seen: i.Seen, Evidence: orEmpty(i.Evidence), Actions: orEmpty(i.Actions),
		Observed: i.Observed, Urgent: i.Urgent,
	}
}

// Moment is a time as it stands in an answer: UTC, to the microsecond, which is what the store keeps.
func Moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// MomentOrNull is Moment, and null for the zero time.
func MomentOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = Moment(t)
	return &t
}

// orEmpty makes a missing list an empty one, because a script that walks a list trips over null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
