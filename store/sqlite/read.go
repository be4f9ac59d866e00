package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/store"
)

// querier is what reads: the pool, or a transaction that sees one moment.
type querier interface {
	QueryContext(ctx context.Context, query string, values ...any) (*sql.Rows, error)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, from querier, scan func(scanner) (T, error), query string, values ...any) ([]T, error) {
	rows, err := from.QueryContext(ctx, query, values...)
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

// condition collects what a query restricts. The texts are constants; values go in as parameters.
type condition struct {
	texts  []string
	values []any
}

func (c *condition) add(text string, value any) {
	c.texts, c.values = append(c.texts, text), append(c.values, value)
}

func (c *condition) equal(column, value string) {
	if value != "" {
		c.add(column+" = ?", value)
	}
}

func (c *condition) among(column string, values []string) {
	if len(values) == 0 {
		return
	}
	c.texts = append(c.texts, column+" IN ("+marks(len(values))+")")
	for _, v := range values {
		c.values = append(c.values, v)
	}
}

func (c *condition) between(column string, since, until time.Time) {
	if !since.IsZero() {
		c.add(column+" >= ?", since.UnixMicro())
	}
	if !until.IsZero() {
		c.add(column+" < ?", until.UnixMicro())
	}
}

func (c *condition) String() string {
	if len(c.texts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.texts, " AND ")
}

// selectLegs reads legs with the sums of their charges.
var selectLegs = "SELECT " + strings.Join(legColumns[:], ", ") + `,
	coalesce((SELECT sum(amount) FROM charges WHERE charges.server = legs.server AND leg = id), 0),
	coalesce((SELECT sum(price) FROM charges WHERE charges.server = legs.server AND leg = id), 0),
	coalesce((SELECT sum(billed_seconds) FROM charges WHERE charges.server = legs.server AND leg = id), 0)
	FROM legs`

// legs reads what selectLegs, with conditions behind it, selects.
func legs(ctx context.Context, from querier, query string, values ...any) ([]guard.Leg, error) {
	var terms store.TermsReader
	return list(ctx, from, func(row scanner) (guard.Leg, error) {
		var cost, price money.Amount
		var seconds int64
		l, err := scanLeg(row, &terms, &cost, &price, &seconds)
		l.Cost, l.Price, l.BilledSeconds = cost, price, seconds
		return l, err
	}, query, values...)
}

// monthsAndDays reads the totals of a month, each with the row of one day beside it. A month has far
// fewer totals than its days have.
const monthsAndDays = `SELECT m.period, m.tenant, m.extension, m.cost, m.price, m.billed_seconds, m.international_seconds,
		m.calls, m.attempts, coalesce(d.cost, 0), coalesce(d.price, 0), coalesce(d.billed_seconds, 0),
		coalesce(d.international_seconds, 0), coalesce(d.calls, 0), coalesce(d.attempts, 0)
	FROM ledger_months m LEFT JOIN ledger_days d ON d.period = ? AND d.tenant = m.tenant AND d.extension = m.extension
	WHERE m.period = ? ORDER BY m.tenant, m.extension`

// running gives the rows of a day and what else is in its month.
func running(ctx context.Context, from querier, day string) ([]limits.Row, error) {
	var rows []limits.Row
	_, err := list(ctx, from, func(row scanner) (struct{}, error) {
		var month limits.Row
		var of limits.Usage
		err := row.Scan(&month.Key, &month.Account.Tenant, &month.Account.Extension, &month.Cost, &month.Price, &month.BilledSeconds,
			&month.InternationalSeconds, &month.Calls, &month.Attempts, &of.Cost, &of.Price, &of.BilledSeconds, &of.InternationalSeconds,
			&of.Calls, &of.Attempts)
		if month.Usage = store.Besides(month.Usage, of); month.Usage != (limits.Usage{}) {
			rows = append(rows, month)
		}
		return struct{}{}, err
	}, monthsAndDays, day, day[:len("2026-11")])
	if err != nil {
		return nil, err
	}
	days, err := ledger(ctx, from, store.LedgerQuery{From: day, To: day})
	return append(rows, days...), err
}

// Load gives a guard what it needs to go on.
func (s *Store) Load(ctx context.Context, day string, since time.Time) (guard.State, error) {
	state, err := s.load(ctx, day, since)
	return state, s.explain("load from", err)
}

func (s *Store) load(ctx context.Context, day string, since time.Time) (state guard.State, err error) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return state, fmt.Errorf("day %.20q is not written like 2026-11-21", day)
	}
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return state, err
	}
	defer tx.Rollback()
	if state.Days, err = running(ctx, tx, day); err != nil {
		return state, err
	}
	state.Routes, err = list(ctx, tx, scanRoute, `SELECT day, tenant, extension, route, billed_seconds
		FROM ledger_routes WHERE day = ? ORDER BY tenant, extension, route`, day)
	if err != nil {
		return state, err
	}
	if state.Overrides, err = list(ctx, tx, scanOverride, "SELECT subject, kind, value, who, at FROM caps ORDER BY subject, kind"); err != nil {
		return state, err
	}
	if state.Live, err = legs(ctx, tx, selectLegs+" WHERE ended IS NULL ORDER BY started, server, id"); err != nil {
		return state, err
	}
	state.Attempts, err = list(ctx, tx, scanAttempt, `SELECT started, tenant, extension, number, country, international
		FROM legs WHERE started >= ? AND retried = 0 ORDER BY started, server, id`, since.UnixMicro())
	if err != nil {
		return state, err
	}
	if state.Blocks, err = blocks(ctx, tx, false); err != nil {
		return state, err
	}
	err = tx.QueryRowContext(ctx, `SELECT max((SELECT coalesce(max(id), '') FROM incidents),
		(SELECT coalesce(max(id), '') FROM blocks))`).Scan(&state.LastID)
	return state, err
}

func scanAttempt(row scanner) (abuse.Attempt, error) {
	var a abuse.Attempt
	var at sql.NullInt64
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
	found, err := legs(ctx, s.read, selectLegs+where.String()+" ORDER BY started DESC, server DESC, id DESC LIMIT ?",
		append(where.values, store.Rows(q.Limit))...)
	return found, s.explain("read calls from", err)
}

// Ledger gives totals by period, tenant and extension.
func (s *Store) Ledger(ctx context.Context, q store.LedgerQuery) ([]limits.Row, error) {
	rows, err := ledger(ctx, s.read, q)
	return rows, s.explain("read the ledger from", err)
}

func ledger(ctx context.Context, from querier, q store.LedgerQuery) ([]limits.Row, error) {
	table := "ledger_days"
	if q.Period == limits.Month {
		table = "ledger_months"
	}
	var where condition
	where.equal("tenant", q.Tenant)
	where.equal("extension", q.Extension)
	if q.From != "" {
		where.add("period >= ?", q.From)
	}
	if q.To != "" {
		where.add("period <= ?", q.To)
	}
	return list(ctx, from, scanTotals, "SELECT period, tenant, extension, cost, price, billed_seconds, international_seconds, calls, attempts FROM "+
		table+where.String()+" ORDER BY period, tenant, extension", where.values...)
}

func scanTotals(row scanner) (limits.Row, error) {
	var r limits.Row
	err := row.Scan(&r.Key, &r.Account.Tenant, &r.Account.Extension, &r.Cost, &r.Price, &r.BilledSeconds, &r.InternationalSeconds,
		&r.Calls, &r.Attempts)
	return r, err
}

func scanRoute(row scanner) (limits.RouteRow, error) {
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
	incidents, err := list(ctx, s.read, func(row scanner) (guard.Incident, error) { return scanIncident(row) },
		"SELECT "+incidentColumns+" FROM incidents"+where.String()+" ORDER BY at DESC, id DESC LIMIT ?",
		append(where.values, store.Rows(q.Limit))...)
	return incidents, s.explain("read incidents from", err)
}

// Incident gives one incident.
func (s *Store) Incident(ctx context.Context, id string) (guard.Incident, error) {
	i, err := scanIncident(s.read.QueryRowContext(ctx, "SELECT "+incidentColumns+" FROM incidents WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return i, fmt.Errorf("incident %.50q: %w", id, store.ErrNotFound)
	}
	return i, s.explain("read an incident from", err)
}

// Blocks gives the blocks in force, or all, oldest first.
func (s *Store) Blocks(ctx context.Context, all bool) ([]guard.Block, error) {
	found, err := blocks(ctx, s.read, all)
	return found, s.explain("read blocks from", err)
}

func blocks(ctx context.Context, from querier, all bool) ([]guard.Block, error) {
	where := " WHERE lifted IS NULL"
	if all {
		where = ""
	}
	return list(ctx, from, scanBlock, "SELECT "+blockColumns+" FROM blocks"+where+" ORDER BY since, id")
}
