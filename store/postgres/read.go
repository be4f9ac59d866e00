package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/store"
)

// querier is what reads: the pool, or a transaction that sees one moment.
type querier interface {
	Query(ctx context.Context, query string, values ...any) (pgx.Rows, error)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, from querier, scan func(store.Row) (T, error), query string, values ...any) ([]T, error) {
	rows, err := from.Query(ctx, query, values...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, rows.Err()
}

// one reads the row of a query that gives one at most; pgx.ErrNoRows where there is none.
func one[T any](ctx context.Context, from querier, scan func(store.Row) (T, error), query string, values ...any) (T, error) {
	all, err := list(ctx, from, scan, query, values...)
	if err == nil && len(all) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		var none T
		return none, err
	}
	return all[0], nil
}

// oneMoment reads several things of one moment.
func (s *Store) oneMoment(ctx context.Context, read func(pgx.Tx) error) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	return read(tx)
}

// condition collects what a query restricts. The texts are constants; values go in as parameters.
type condition struct {
	texts  []string
	values []any
}

// add takes a text with one %s, where the parameter stands.
func (c *condition) add(text string, value any) {
	if s, ok := value.(string); ok && !storable(s) {
		c.texts = append(c.texts, "false")
		return
	}
	c.values = append(c.values, value)
	c.texts = append(c.texts, fmt.Sprintf(text, fmt.Sprintf("$%d", len(c.values))))
}

// storable says whether a row can hold a text. PostgreSQL does not take others even to compare.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func (c *condition) equal(column, value string) {
	if value != "" {
		c.add(column+" = %s", value)
	}
}

// among takes no values as no restriction. Those that no row can hold restrict nothing among others.
func (c *condition) among(column string, values []string) {
	if len(values) == 0 {
		return
	}
	c.values = append(c.values, slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !storable(v) }))
	c.texts = append(c.texts, fmt.Sprintf("%s = ANY ($%d::text[])", column, len(c.values)))
}

func (c *condition) between(column string, since, until time.Time) {
	if !since.IsZero() {
		c.add(column+" >= %s", since.UnixMicro())
	}
	if !until.IsZero() {
		c.add(column+" < %s", until.UnixMicro())
	}
}

func (c *condition) String() string {
	if len(c.texts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.texts, " AND ")
}

// limit bounds the rows of the query; it comes last.
func (c *condition) limit(rows int) string {
	c.values = append(c.values, store.Rows(rows))
	return fmt.Sprintf(" LIMIT $%d", len(c.values))
}

// selectLegs reads legs with the sums of their charges.
var selectLegs = "SELECT " + legsTable.list() + `, coalesce(sums.amount, 0)::bigint, coalesce(sums.price, 0)::bigint,
	coalesce(sums.billed_seconds, 0)::bigint
	FROM legs LEFT JOIN LATERAL (SELECT sum(amount) AS amount, sum(price) AS price, sum(billed_seconds) AS billed_seconds
		FROM charges WHERE charges.server = legs.server AND leg = legs.id) sums ON true`

// legs reads what selectLegs, with conditions behind it, selects.
func legs(ctx context.Context, from querier, query string, values ...any) ([]guard.Leg, error) {
	var terms store.TermsReader
	return list(ctx, from, func(row store.Row) (guard.Leg, error) {
		var cost, price money.Amount
		var seconds int64
		l, err := store.ReadLeg(row, &terms, &cost, &price, &seconds)
		l.Cost, l.Price, l.BilledSeconds = cost, price, seconds
		return l, err
	}, query, values...)
}

// monthsAndDays reads the totals of a month, each with the row of one day beside it. A month has far
// fewer totals than its days have.
const monthsAndDays = `SELECT m.period, m.tenant, m.extension, m.cost, m.price, m.billed_seconds, m.international_seconds,
		m.calls, m.attempts, coalesce(d.cost, 0), coalesce(d.price, 0), coalesce(d.billed_seconds, 0),
		coalesce(d.international_seconds, 0), coalesce(d.calls, 0), coalesce(d.attempts, 0)
	FROM ledger_months m LEFT JOIN ledger_days d ON d.period = $1 AND d.tenant = m.tenant AND d.extension = m.extension
	WHERE m.period = $2 ORDER BY m.tenant, m.extension`

// running gives the rows of a day and what else is in its month.
func running(ctx context.Context, from querier, day string) ([]limits.Row, error) {
	months, err := list(ctx, from, scanBesides, monthsAndDays, day, day[:len("2026-11")])
	if err != nil {
		return nil, err
	}
	rows := slices.DeleteFunc(months, func(r limits.Row) bool { return r.Usage == limits.Usage{} })
	days, err := ledger(ctx, from, store.LedgerQuery{From: day, To: day})
	return append(rows, days...), err
}

// scanBesides reads what a month's row holds besides that of a day.
func scanBesides(row store.Row) (limits.Row, error) {
	var month limits.Row
	var of limits.Usage
	err := row.Scan(&month.Key, &month.Account.Tenant, &month.Account.Extension, &month.Cost, &month.Price, &month.BilledSeconds,
		&month.InternationalSeconds, &month.Calls, &month.Attempts, &of.Cost, &of.Price, &of.BilledSeconds, &of.InternationalSeconds,
		&of.Calls, &of.Attempts)
	month.Usage = store.Besides(month.Usage, of)
	return month, err
}

// Load gives a guard what it needs to go on.
func (s *Store) Load(ctx context.Context, day string, since time.Time) (guard.State, error) {
	var state guard.State
	err := s.oneMoment(ctx, func(tx pgx.Tx) error { return load(ctx, tx, day, since, &state) })
	return state, s.explain("load from", err)
}

func load(ctx context.Context, tx pgx.Tx, day string, since time.Time, state *guard.State) error {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return fmt.Errorf("day %.20q is not written like 2026-11-21", day)
	}
	var err error
	if state.Days, err = running(ctx, tx, day); err != nil {
		return err
	}
	state.Routes, err = list(ctx, tx, scanRoute, `SELECT day, tenant, extension, route, billed_seconds
		FROM ledger_routes WHERE day = $1 ORDER BY tenant, extension, route`, day)
	if err != nil {
		return err
	}
	if state.Overrides, err = overrides(ctx, tx); err != nil {
		return err
	}
	if state.Live, err = legs(ctx, tx, selectLegs+" WHERE ended IS NULL ORDER BY started, server, id"); err != nil {
		return err
	}
	state.Attempts, err = list(ctx, tx, scanAttempt, `SELECT started, tenant, extension, number, country, international
		FROM legs WHERE started >= $1 AND NOT retried ORDER BY started, server, id`, since.UnixMicro())
	if err != nil {
		return err
	}
	if state.Blocks, err = blocks(ctx, tx, false); err != nil {
		return err
	}
	return tx.QueryRow(ctx, `SELECT greatest((SELECT coalesce(max(id), '') FROM incidents),
		(SELECT coalesce(max(id), '') FROM blocks))`).Scan(&state.LastID)
}

func scanAttempt(row store.Row) (abuse.Attempt, error) {
	var a abuse.Attempt
	var at pgtype.Int8
	var d number.Destination
	err := row.Scan(&at, &a.Account.Tenant, &a.Account.Extension, &d.Digits, &d.Country, &d.International)
	a.At, a.Destination = moment(at), d
	return a, err
}

// Calls gives legs, newest first.
func (s *Store) Calls(ctx context.Context, q store.CallsQuery) ([]guard.Leg, error) {
	var where condition
	where.equal("tenant", q.Tenant)
	where.equal("extension", q.Extension)
	where.equal("server", q.Server)
	where.among("name", q.Names)
	where.between("started", q.Since, q.Until)
	if q.LiveOnly {
		where.texts = append(where.texts, "ended IS NULL")
	}
	query := selectLegs + where.String() + " ORDER BY started DESC, server DESC, id DESC" + where.limit(q.Limit)
	found, err := legs(ctx, s.pool, query, where.values...)
	return found, s.explain("read calls from", err)
}

// Ledger gives totals by period, tenant and extension.
func (s *Store) Ledger(ctx context.Context, q store.LedgerQuery) ([]limits.Row, error) {
	rows, err := ledger(ctx, s.pool, q)
	return rows, s.explain("read the ledger from", err)
}

func ledger(ctx context.Context, from querier, q store.LedgerQuery) ([]limits.Row, error) {
	table := daysTable
	if q.Period == limits.Month {
		table = monthsTable
	}
	var where condition
	where.equal("tenant", q.Tenant)
	where.equal("extension", q.Extension)
	if q.From != "" {
		where.add("period >= %s", q.From)
	}
	if q.To != "" {
		where.add("period <= %s", q.To)
	}
	return list(ctx, from, scanTotals, "SELECT "+table.list()+" FROM "+table.name+where.String()+
		" ORDER BY period, tenant, extension", where.values...)
}

func scanTotals(row store.Row) (limits.Row, error) {
	var r limits.Row
	err := row.Scan(&r.Key, &r.Account.Tenant, &r.Account.Extension, &r.Cost, &r.Price, &r.BilledSeconds, &r.InternationalSeconds,
		&r.Calls, &r.Attempts)
	return r, err
}

func scanRoute(row store.Row) (limits.RouteRow, error) {
	var r limits.RouteRow
	err := row.Scan(&r.Day, &r.Account.Tenant, &r.Account.Extension, &r.Route, &r.Seconds)
	return r, err
}

// Incidents gives incidents, newest first.
func (s *Store) Incidents(ctx context.Context, q store.IncidentsQuery) ([]guard.Incident, error) {
	var where condition
	where.equal("tenant", q.Tenant)
	where.equal("extension", q.Extension)
	where.equal("rule", q.Rule)
	where.between("at", q.Since, q.Until)
	query := "SELECT " + incidentsTable.list() + " FROM incidents" + where.String() + " ORDER BY at DESC, id DESC" + where.limit(q.Limit)
	incidents, err := list(ctx, s.pool, func(row store.Row) (guard.Incident, error) { return store.ReadIncident(row) }, query, where.values...)
	return incidents, s.explain("read incidents from", err)
}

// Incident gives one incident.
func (s *Store) Incident(ctx context.Context, id string) (guard.Incident, error) {
	var where condition
	where.add("id = %s", id)
	i, err := one(ctx, s.pool, func(row store.Row) (guard.Incident, error) { return store.ReadIncident(row) },
		"SELECT "+incidentsTable.list()+" FROM incidents"+where.String(), where.values...)
	if errors.Is(err, pgx.ErrNoRows) {
		return i, fmt.Errorf("incident %.50q: %w", id, store.ErrNotFound)
	}
	return i, s.explain("read an incident from", err)
}

// Blocks gives the blocks in force, or all, oldest first.
func (s *Store) Blocks(ctx context.Context, all bool) ([]guard.Block, error) {
	found, err := blocks(ctx, s.pool, all)
	return found, s.explain("read blocks from", err)
}

func blocks(ctx context.Context, from querier, all bool) ([]guard.Block, error) {
	where := " WHERE lifted IS NULL"
	if all {
		where = ""
	}
	return list(ctx, from, store.ReadBlock, "SELECT "+blocksTable.list()+" FROM blocks"+where+" ORDER BY since, id")
}

func overrides(ctx context.Context, from querier) ([]guard.Override, error) {
	return list(ctx, from, store.ReadOverride, "SELECT subject, kind, value, who, at FROM caps ORDER BY subject, kind")
}
