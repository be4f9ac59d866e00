package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// statements are prepared once, on the connection that writes.
type statements struct {
	insertLeg, selectLeg, updateLeg       *sql.Stmt
	insertCharge, insertIncident, addTell *sql.Stmt
	insertBlock, selectBlock, updateBlock *sql.Stmt
	addDay, addMonth, addRoute            *sql.Stmt
	setCap, unsetCap                      *sql.Stmt
}

// prepare makes the statements.
func (p *statements) prepare(ctx context.Context, db *sql.DB) error {
	legs := strings.Join(legColumns[:], ", ")
	for _, s := range []struct {
		statement **sql.Stmt
		text      string
	}{
		{&p.insertLeg, "INSERT INTO legs (" + legs + ") VALUES (" + marks(len(legColumns)) + ") ON CONFLICT DO NOTHING"},
		{&p.selectLeg, "SELECT " + legs + " FROM legs WHERE server = ? AND id = ?"},
		{&p.updateLeg, "UPDATE legs SET (" + legs + ") = (" + marks(len(legColumns)) + ") WHERE server = ? AND id = ?"},
		{&p.insertCharge, `INSERT INTO charges (server, leg, day, kind, tenant, extension, at, amount, price, billed_seconds, estimated,
			international, route) VALUES (` + marks(13) + `) ON CONFLICT DO NOTHING`},
		{&p.insertIncident, "INSERT INTO incidents (" + incidentColumns + ") VALUES (" + marks(13) + ") ON CONFLICT DO NOTHING"},
		{&p.addTell, "INSERT INTO outbox (channel, incident, due) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"},
		{&p.insertBlock, "INSERT INTO blocks (" + blockColumns + ") VALUES (" + marks(14) + ") ON CONFLICT DO NOTHING"},
		{&p.selectBlock, "SELECT " + blockColumns + " FROM blocks WHERE id = ?"},
		{&p.updateBlock, "UPDATE blocks SET (" + blockColumns + ") = (" + marks(14) + ") WHERE id = ?"},
		{&p.addDay, addTo("ledger_days")},
		{&p.addMonth, addTo("ledger_months")},
		{&p.addRoute, `INSERT INTO ledger_routes (day, tenant, extension, route, billed_seconds) VALUES (` + marks(5) + `)
			ON CONFLICT DO UPDATE SET ` + sum("billed_seconds")},
		{&p.setCap, `INSERT INTO caps (subject, kind, value, who, at) VALUES (` + marks(5) + `) ON CONFLICT DO UPDATE
			SET value = excluded.value, who = excluded.who, at = excluded.at WHERE excluded.at >= at`},
		{&p.unsetCap, "DELETE FROM caps WHERE subject = ? AND kind = ? AND at <= ?"},
	} {
		var err error
		if *s.statement, err = db.PrepareContext(ctx, s.text); err != nil {
			return err
		}
	}
	return nil
}

// sum adds to a column of a row that is there. SQLite turns a sum that does not fit into a float,
// which the table refuses, and with it the whole batch; so such a sum stays at the largest number.
func sum(column string) string {
	return strings.ReplaceAll(`column = CASE
		WHEN excluded.column > 0 AND column > 9223372036854775807 - excluded.column THEN 9223372036854775807
		WHEN excluded.column < 0 AND column < -9223372036854775807 - excluded.column THEN -9223372036854775807
		ELSE column + excluded.column END`, "column", column)
}

// addTo adds usage to a row of a ledger table.
func addTo(table string) string {
	return "INSERT INTO " + table + ` (period, tenant, extension, cost, price, billed_seconds, international_seconds, calls, attempts)
		VALUES (` + marks(9) + `) ON CONFLICT DO UPDATE SET ` + sum("cost") + ", " + sum("price") + ", " + sum("billed_seconds") + ", " +
		sum("international_seconds") + `,
		calls = calls + excluded.calls, attempts = attempts + excluded.attempts`
}

// Save stores records in one transaction; store.Store says what that means.
func (s *Store) Save(ctx context.Context, records []guard.Record, tell []string) error {
	fit, refused := store.Prepare(records)
	if len(fit) > 0 {
		if err := s.saveAll(ctx, fit, tell); err != nil {
			return s.explain("save to", err)
		}
	}
	if refused != nil {
		return refused
	}
	return nil
}

func (s *Store) saveAll(ctx context.Context, records []guard.Record, tell []string) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	// The statements are short, and each that could be broken off in its middle would cost a
	// goroutine; so the context is looked at between them.
	b := batch{ctx: context.WithoutCancel(ctx), tx: tx, save: &s.save, tell: tell}
	for _, r := range records {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.add(r); err != nil {
			return err
		}
	}
	if err := b.post(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return tx.Commit()
}

// batch is one transaction under way.
type batch struct {
	ctx   context.Context
	tx    *sql.Tx
	save  *statements
	tell  []string
	tally store.Tally
	terms store.TermsReader
}

func (b *batch) add(r guard.Record) error {
	switch r := r.(type) {
	case guard.Leg:
		return b.leg(r)
	case guard.Charge:
		return b.charge(r)
	case guard.Incident:
		return b.incident(r)
	case guard.Block:
		return b.block(r)
	case guard.CapChange:
		return b.capChange(r)
	}
	return fmt.Errorf("%T cannot be stored", r)
}

// exec runs a statement and says whether it changed anything.
func (b *batch) exec(statement *sql.Stmt, values ...any) (changed bool, err error) {
	result, err := b.tx.StmtContext(b.ctx, statement).ExecContext(b.ctx, values...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func (b *batch) leg(next guard.Leg) error {
	values, err := legValues(next)
	if err != nil {
		return err
	}
	inserted, err := b.exec(b.save.insertLeg, values...)
	if err != nil {
		return err
	}
	if inserted {
		b.tally.Add(next.Account, next.Day, limits.Usage{Attempts: 1})
		b.answer(next)
		return nil
	}
	stored, err := store.ReadLeg(b.tx.StmtContext(b.ctx, b.save.selectLeg).QueryRowContext(b.ctx, next.Server, next.ID), &b.terms)
	if err != nil {
		return err
	}
	before, err := legValues(stored)
	if err != nil {
		return err
	}
	merged := store.MergeLeg(stored, next)
	if values, err = legValues(merged); err != nil || slices.Equal(values, before) {
		return err
	}
	if _, err := b.exec(b.save.updateLeg, append(values, next.Server, next.ID)...); err != nil {
		return err
	}
	if stored.Answered.IsZero() {
		b.answer(merged)
	}
	return nil
}

func (b *batch) answer(l guard.Leg) {
	if !l.Answered.IsZero() {
		b.tally.Add(l.Account, l.AnsweredDay, limits.Usage{Calls: 1})
	}
}

func (b *batch) charge(c guard.Charge) error {
	inserted, err := b.exec(b.save.insertCharge, c.Server, c.Leg, c.Day, c.Kind, c.Account.Tenant, c.Account.Extension,
		stamp(c.At), int64(c.Amount), int64(c.Price), c.BilledSeconds, c.Estimated, c.International, c.Route)
	if inserted {
		b.tally.AddCharge(c)
	}
	return err
}

func (b *batch) incident(i guard.Incident) error {
	evidence, err := store.ItemsText(i.Evidence)
	if err != nil {
		return err
	}
	actions, err := store.ItemsText(i.Actions)
	if err != nil {
		return err
	}
	inserted, err := b.exec(b.save.insertIncident, i.ID, stamp(i.At), i.Server, i.Rule, i.Account.Tenant, i.Account.Extension,
		i.Number, i.Leg, i.Seen, evidence, actions, i.Observed, i.Urgent)
	if err != nil || !inserted {
		return err
	}
	for _, channel := range b.tell {
		if _, err := b.exec(b.save.addTell, store.Key(channel), i.ID, stamp(i.At)); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) block(next guard.Block) error {
	inserted, err := b.exec(b.save.insertBlock, blockValues(next)...)
	if err != nil || inserted {
		return err
	}
	stored, err := store.ReadBlock(b.tx.StmtContext(b.ctx, b.save.selectBlock).QueryRowContext(b.ctx, next.ID))
	if err != nil {
		return err
	}
	merged := store.MergeBlock(stored, next)
	if merged == stored {
		return nil
	}
	_, err = b.exec(b.save.updateBlock, append(blockValues(merged), next.ID)...)
	return err
}

func (b *batch) capChange(c guard.CapChange) error {
	subject, kind, at := c.Subject.String(), c.Kind.String(), stamp(c.At)
	if c.Unset {
		_, err := b.exec(b.save.unsetCap, subject, kind, at)
		return err
	}
	_, err := b.exec(b.save.setCap, subject, kind, amount(c.Value), c.Who, at)
	return err
}

// post adds what the batch has collected to the ledger.
func (b *batch) post() error {
	for period, statement := range map[limits.Period]*sql.Stmt{limits.Day: b.save.addDay, limits.Month: b.save.addMonth} {
		for _, r := range b.tally.Rows(period) {
			if _, err := b.exec(statement, r.Key, r.Account.Tenant, r.Account.Extension, int64(r.Cost), int64(r.Price),
				r.BilledSeconds, r.InternationalSeconds, r.Calls, r.Attempts); err != nil {
				return err
			}
		}
	}
	for _, r := range b.tally.Routes() {
		if _, err := b.exec(b.save.addRoute, r.Day, r.Account.Tenant, r.Account.Extension, r.Route, r.Seconds); err != nil {
			return err
		}
	}
	return nil
}
