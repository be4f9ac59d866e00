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

// moment is the way back.
func moment(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

// marks gives n parameters, "?, ?, ?".
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// scanner is a row: *sql.Row or *sql.Rows.
type scanner interface{ Scan(...any) error }

// legColumns are the columns of legs, in the order of legValues and scanLeg; the key comes first.
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

// scanLeg reads a leg; more takes columns that follow.
func scanLeg(row scanner, terms *store.TermsReader, more ...any) (guard.Leg, error) {
	var l guard.Leg
	var validFrom, validUntil, started, answered, ended, limited, recorded sql.NullInt64
	var tiers string
	var sold sql.NullString
	err := row.Scan(append([]any{&l.Server, &l.ID, &l.Name, &l.Account.Tenant, &l.Account.Extension, &l.PaidBy, &l.Dialled,
		&l.Number, &l.Country, &l.International, &l.Retried, &l.Priced, &l.Rate.Prefix, &l.Rate.Route, &l.Rate.PerMinute,
		&l.Rate.Connect, &l.Rate.First, &l.Rate.Next, &validFrom, &l.Day, &l.AnsweredDay, &started, &answered, &ended,
		&limited, &l.Estimated, &l.Verdict, &l.Reason, &l.Cause, &recorded, &l.Deck, &l.Rate.Minimum, &l.Rate.Grace,
		&tiers, &l.Rate.Closed, &validUntil, &sold}, more...)...)
	if err != nil {
		return l, err
	}
	if l.Rate.Tiers, err = terms.ZonedTiers(tiers); err == nil && sold.Valid {
		l.Sold, err = terms.Rate(sold.String)
	}
	if err != nil {
		return l, fmt.Errorf("rates of leg %q of server %q: %w", l.ID, l.Server, err)
	}
	l.Rate.ValidFrom, l.Rate.ValidUntil = moment(validFrom), moment(validUntil)
	l.Started, l.Answered, l.Ended, l.LimitedUntil = moment(started), moment(answered), moment(ended), moment(limited)
	l.RecordedSeconds = -1
	if recorded.Valid {
		l.RecordedSeconds = recorded.Int64
	}
	return l, nil
}

const incidentColumns = "id, at, server, rule, tenant, extension, number, leg, seen, evidence, actions, observed, urgent"

// scanIncident reads an incident; more takes columns that come before.
func scanIncident(row scanner, more ...any) (guard.Incident, error) {
	var i guard.Incident
	var at sql.NullInt64
	var evidence, actions string
	err := row.Scan(append(more, &i.ID, &at, &i.Server, &i.Rule, &i.Account.Tenant, &i.Account.Extension, &i.Number, &i.Leg,
		&i.Seen, &evidence, &actions, &i.Observed, &i.Urgent)...)
	if err != nil {
		return i, err
	}
	i.At = moment(at)
	if i.Evidence, err = store.Items[guard.Evidence](evidence); err != nil {
		return i, fmt.Errorf("evidence of incident %q: %w", i.ID, err)
	}
	if i.Actions, err = store.Items[string](actions); err != nil {
		return i, fmt.Errorf("actions of incident %q: %w", i.ID, err)
	}
	return i, nil
}

const blockColumns = "id, tenant, extension, number, reason, source, since, until, lifted, lifted_by, prefix, country, server, everything"

func blockValues(b guard.Block) []any {
	return []any{b.ID, b.Target.Account.Tenant, b.Target.Account.Extension, b.Target.Number, b.Reason, b.Source,
		stamp(b.Since), stamp(b.Until), stamp(b.Lifted), b.LiftedBy,
		b.Target.Prefix, b.Target.Country, b.Target.Server, b.Target.Everything}
}

func scanBlock(row scanner) (guard.Block, error) {
	var b guard.Block
	var since, until, lifted sql.NullInt64
	err := row.Scan(&b.ID, &b.Target.Account.Tenant, &b.Target.Account.Extension, &b.Target.Number, &b.Reason, &b.Source,
		&since, &until, &lifted, &b.LiftedBy, &b.Target.Prefix, &b.Target.Country, &b.Target.Server, &b.Target.Everything)
	b.Since, b.Until, b.Lifted = moment(since), moment(until), moment(lifted)
	return b, err
}

// scanOverride reads a cap. Its kind can be one that this version does not have, where a newer one
// has written the file.
func scanOverride(row scanner) (guard.Override, error) {
	var o guard.Override
	var subject, kind string
	var value, at sql.NullInt64
	err := row.Scan(&subject, &kind, &value, &o.Who, &at)
	if err == nil {
		o.Subject, err = limits.ParseSubject(subject)
	}
	if err == nil {
		o.Kind, err = limits.KindNamed(kind)
	}
	o.Value, o.At = limits.Unlimited, moment(at)
	if value.Valid {
		o.Value = limits.Value(value.Int64)
	}
	if err != nil {
		err = fmt.Errorf("cap %.50q of %.50q: %w", kind, subject, err)
	}
	return o, err
}

// amount is the value of a cap as a column: NULL for none.
func amount(v limits.Value) sql.NullInt64 {
	return sql.NullInt64{Int64: int64(v), Valid: v != limits.Unlimited}
}
