package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
)

// MergeLeg says what is known of a leg once next has come after stored, both as Prepare leaves them.
//
// Who pays and the attempt's day stay as they were first told, because the ledger rests on them;
// so do the moments of the answer and the end once they are known. A record that lacks something
// that the stored one has (the answer, the end, a verdict other than allowed, Asterisk's own call
// record) is an older one, and adds only what was missing. All else is as the newer record says, the
// deck and the prices together; but a price of no deck never takes the place of a deck's. A number that
// was cut (CutNumber) stays cut.
// Two records that differ only in what a record of any age can say, the time limit and the prices
// above all, can be told apart only by the order in which they are saved.
func MergeLeg(stored, next guard.Leg) guard.Leg {
	merged := next
	if older(next, stored) {
		merged = stored
	}
	merged.Server, merged.ID = stored.Server, stored.ID
	merged.Account, merged.PaidBy = stored.Account, stored.PaidBy
	merged.Day, merged.Started = stored.Day, stored.Started
	merged.Answered, merged.AnsweredDay = stored.Answered, stored.AnsweredDay
	if stored.Answered.IsZero() {
		merged.Answered, merged.AnsweredDay = next.Answered, next.AnsweredDay
	}
	merged.Ended = first(stored.Ended, next.Ended)
	if byRecord(stored, next) {
		merged.Ended = next.Ended
		if !stored.Answered.IsZero() {
			merged.Answered = next.Answered
		}
	} else if !stored.Ended.IsZero() && guard.ByRecord(&next) && (!merged.Answered.Equal(next.Answered) || !merged.Ended.Equal(next.Ended)) {
		merged.Estimated = stored.Estimated // a record makes no estimate of what was seen
	}
	merged.Cause = cmp.Or(merged.Cause, stored.Cause, next.Cause)
	merged.RecordedSeconds = max(stored.RecordedSeconds, next.RecordedSeconds)
	if IsCut(stored.Number) {
		merged.Number = stored.Number
	}
	if IsCut(stored.Dialled) {
		merged.Dialled = stored.Dialled
	}
	for _, l := range [...]*guard.Leg{&stored, &next} {
		if merged.Deck == "" && l.Deck != "" {
			merged.Deck, merged.Rate, merged.Priced, merged.Sold = l.Deck, l.Rate, l.Priced, l.Sold
		}
	}
	return merged
}

// byRecord says whether next has the times of a leg from Asterisk's own record, where stored has
// estimated ones, those of fewer records, or none.
func byRecord(stored, next guard.Leg) bool {
	open := stored.Ended.IsZero() && next.Estimated || stored.Estimated && next.Estimated || guard.FromRecord(&stored)
	return open && !next.Ended.IsZero() && guard.ByRecord(&next) && (stored.Answered.IsZero() || !next.Answered.IsZero()) &&
		next.RecordedSeconds >= stored.RecordedSeconds
}

// older says whether a record was made before another one of the same leg.
func older(a, b guard.Leg) bool {
	return a.Answered.IsZero() && !b.Answered.IsZero() ||
		a.Ended.IsZero() && !b.Ended.IsZero() ||
		a.Verdict == guard.Allowed && b.Verdict != guard.Allowed ||
		a.RecordedSeconds < b.RecordedSeconds
}

// MergeBlock says what is known of a block once next has come after stored: one that was lifted
// stays so, by whom and when it was first told; before that, the later record counts.
func MergeBlock(stored, next guard.Block) guard.Block {
	if !stored.Lifted.IsZero() {
		return stored
	}
	return next
}

func first(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// Tally collects what a batch adds to the ledger, so that an account with many legs in one batch is
// written once.
type Tally struct {
	totals map[tallyKey]limits.Usage
	routes map[limits.RouteRow]int64 // the seconds, by a row without them
}

// tallyKey names one row of the ledger.
type tallyKey struct {
	Period limits.Period
	// Key is the day or the month.
	Key     string
	Account limits.Account
}

// Add adds usage to an account's day ("2026-11-21") and to the month of that day.
func (t *Tally) Add(a limits.Account, day string, u limits.Usage) {
	if t.totals == nil {
		t.totals = make(map[tallyKey]limits.Usage)
	}
	for _, key := range [...]tallyKey{{limits.Day, day, a}, {limits.Month, day[:len("2026-11")], a}} {
		have := t.totals[key]
		have.Cost = money.Amount(add(int64(have.Cost), int64(u.Cost)))
		have.Price = money.Amount(add(int64(have.Price), int64(u.Price)))
		have.BilledSeconds = add(have.BilledSeconds, u.BilledSeconds)
		have.InternationalSeconds = add(have.InternationalSeconds, u.InternationalSeconds)
		have.Calls += u.Calls
		have.Attempts += u.Attempts
		t.totals[key] = have
	}
}

// AddCharge adds a charge to its account's day and month, and to its route of the day.
func (t *Tally) AddCharge(c guard.Charge) {
	u := limits.Usage{Cost: c.Amount, Price: c.Price, BilledSeconds: c.BilledSeconds}
	if c.International {
		u.InternationalSeconds = c.BilledSeconds
	}
	t.Add(c.Account, c.Day, u)
	if t.routes == nil {
		t.routes = make(map[limits.RouteRow]int64)
	}
	key := limits.RouteRow{Account: c.Account, Day: c.Day, Route: c.Route}
	t.routes[key] = add(t.routes[key], c.BilledSeconds)
}

// Routes gives the seconds of each route and day, in the order of their keys.
func (t *Tally) Routes() []limits.RouteRow {
	var rows []limits.RouteRow
	for row, seconds := range t.routes {
		row.Seconds = seconds
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b limits.RouteRow) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Account.Tenant, b.Account.Tenant),
			cmp.Compare(a.Account.Extension, b.Account.Extension), cmp.Compare(a.Route, b.Route))
	})
	return rows
}

// Rows gives the totals in the order of their keys, which is the same order in every process: two
// that write at once then wait for each other instead of for ever.
func (t *Tally) Rows(p limits.Period) []limits.Row {
	var rows []limits.Row
	for key, usage := range t.totals {
		if key.Period == p {
			rows = append(rows, limits.Row{Account: key.Account, Key: key.Key, Usage: usage})
		}
	}
	slices.SortFunc(rows, func(a, b limits.Row) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Account.Tenant, b.Account.Tenant),
			cmp.Compare(a.Account.Extension, b.Account.Extension))
	})
	return rows
}

// Besides is what a month's usage holds besides that of one of its days.
func Besides(month, day limits.Usage) limits.Usage {
	return limits.Usage{
		Cost: money.Amount(add(int64(month.Cost), -int64(day.Cost))), Price: money.Amount(add(int64(month.Price), -int64(day.Price))),
		BilledSeconds:        add(month.BilledSeconds, -day.BilledSeconds),
		InternationalSeconds: add(month.InternationalSeconds, -day.InternationalSeconds),
		Calls:                month.Calls - day.Calls, Attempts: month.Attempts - day.Attempts,
	}
}
