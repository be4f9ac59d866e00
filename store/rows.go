package store

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
)

// Row is a row of an engine. The functions below read the columns that the tables of all engines have
// in the same order.
type Row interface{ Scan(...any) error }

// Moment is what a column of microseconds holds; NULL is the zero time.
func Moment(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

// ReadLeg reads a leg; more takes columns that follow.
func ReadLeg(row Row, terms *TermsReader, more ...any) (guard.Leg, error) {
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
	l.Rate.ValidFrom, l.Rate.ValidUntil = Moment(validFrom), Moment(validUntil)
	l.Started, l.Answered, l.Ended, l.LimitedUntil = Moment(started), Moment(answered), Moment(ended), Moment(limited)
	l.RecordedSeconds = -1
	if recorded.Valid {
		l.RecordedSeconds = recorded.Int64
	}
	return l, nil
}

// ReadIncident reads an incident; more takes columns that come before.
func ReadIncident(row Row, more ...any) (guard.Incident, error) {
	var i guard.Incident
	var at sql.NullInt64
	var evidence, actions string
	err := row.Scan(append(more, &i.ID, &at, &i.Server, &i.Rule, &i.Account.Tenant, &i.Account.Extension, &i.Number, &i.Leg,
		&i.Seen, &evidence, &actions, &i.Observed, &i.Urgent)...)
	if err != nil {
		return i, err
	}
	i.At = Moment(at)
	if i.Evidence, err = Items[guard.Evidence](evidence); err != nil {
		return i, fmt.Errorf("evidence of incident %q: %w", i.ID, err)
	}
	if i.Actions, err = Items[string](actions); err != nil {
		return i, fmt.Errorf("actions of incident %q: %w", i.ID, err)
	}
	return i, nil
}

// ReadBlock reads a block.
func ReadBlock(row Row) (guard.Block, error) {
	var b guard.Block
	var since, until, lifted sql.NullInt64
	err := row.Scan(&b.ID, &b.Target.Account.Tenant, &b.Target.Account.Extension, &b.Target.Number, &b.Reason, &b.Source,
		&since, &until, &lifted, &b.LiftedBy, &b.Target.Prefix, &b.Target.Country, &b.Target.Server, &b.Target.Everything)
	b.Since, b.Until, b.Lifted = Moment(since), Moment(until), Moment(lifted)
	return b, err
}

// ReadOverride reads a cap. Its kind can be one that this version does not have, where a newer one
// has written it.
func ReadOverride(row Row) (guard.Override, error) {
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
	o.Value, o.At = limits.Unlimited, Moment(at)
	if value.Valid {
		o.Value = limits.Value(value.Int64)
	}
	if err != nil {
		err = fmt.Errorf("cap %.50q of %.50q: %w", kind, subject, err)
	}
	return o, err
}
