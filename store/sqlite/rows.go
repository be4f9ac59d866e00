package sqlite

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// stamp is a moment as a column: microseconds, NULL for none.
func stamp(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}

// marks gives n parameters, "?, ?, ?".
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// legColumns are the columns of legs, in the order of legValues and store.ReadLeg; the key comes first.
var legColumns = [...]string{"server", "id", "name", "tenant", "extension", "paid_by", "dialled", "number", "country",
	"international", "retried", "priced", "rate_prefix", "route", "per_minute", "connect", "first_increment", "next_increment",
	"rate_valid_from", "day", "answered_day", "started", "answered", "ended", "limited_until", "estimated", "verdict",
	"reason", "cause", "recorded_seconds", "deck", "minimum", "grace", "tiers", "closed", "rate_valid_until", "sold"}

func legValues(l guard.Leg) ([]any, error) {
	var sold sql.NullString
	if l.Sold != nil {
		text, err := store.RateText(l.Sold)
		if err != nil {
			return nil, fmt.Errorf("selling rate of leg %q: %w", l.ID, err)
		}
		sold = sql.NullString{String: text, Valid: true}
	}
	recorded := sql.NullInt64{Int64: l.RecordedSeconds, Valid: l.RecordedSeconds >= 0}
	return []any{l.Server, l.ID, l.Name, l.Account.Tenant, l.Account.Extension, l.PaidBy, l.Dialled, l.Number, l.Country,
		l.International, l.Retried, l.Priced, l.Rate.Prefix, l.Rate.Route, int64(l.Rate.PerMinute), int64(l.Rate.Connect), l.Rate.First,
		l.Rate.Next, stamp(l.Rate.ValidFrom), l.Day, l.AnsweredDay, stamp(l.Started), stamp(l.Answered), stamp(l.Ended),
		stamp(l.LimitedUntil), l.Estimated, l.Verdict, l.Reason, l.Cause, recorded, l.Deck, l.Rate.Minimum, l.Rate.Grace,
		store.TiersText(l.Rate.Tiers), l.Rate.Closed, stamp(l.Rate.ValidUntil), sold}, nil
}

const incidentColumns = "id, at, server, rule, tenant, extension, number, leg, seen, evidence, actions, observed, urgent"

const blockColumns = "id, tenant, extension, number, reason, source, since, until, lifted, lifted_by, prefix, country, server, everything"

func blockValues(b guard.Block) []any {
	return []any{b.ID, b.Target.Account.Tenant, b.Target.Account.Extension, b.Target.Number, b.Reason, b.Source,
		stamp(b.Since), stamp(b.Until), stamp(b.Lifted), b.LiftedBy,
		b.Target.Prefix, b.Target.Country, b.Target.Server, b.Target.Everything}
}

// amount is the value of a cap as a column: NULL for none.
func amount(v limits.Value) sql.NullInt64 {
	return sql.NullInt64{Int64: int64(v), Valid: v != limits.Unlimited}
}
