package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// batch is what one transaction saves: the records of each kind, in the order of their keys.
type batch struct {
	legs      []history[guard.Leg]
	charges   []guard.Charge
	incidents []guard.Incident
	blocks    []history[guard.Block]
	caps      []guard.CapChange
	tell      []string
	tally     store.Tally

	// oldLegs and oldBlocks are those that were stored before.
	oldLegs   []history[guard.Leg]
	oldBlocks []history[guard.Block]
}

// history is all that a batch says of a leg or a block, in the order of its records.
type history[T any] []T

// onto is what is known once all of it has come after what is stored.
func (h history[T]) onto(stored T, merge func(stored, next T) T) T {
	for _, next := range h {
		stored = merge(stored, next)
	}
	return stored
}

// alone is what is known if nothing is stored.
func (h history[T]) alone(merge func(stored, next T) T) T { return h[1:].onto(h[0], merge) }

func newBatch(records []guard.Record, tell []string) *batch {
	b := new(batch)
	for _, channel := range tell {
		b.tell = append(b.tell, store.Key(channel))
	}
	var legs []guard.Leg
	var blocks []guard.Block
	for _, r := range records {
		switch r := r.(type) {
		case guard.Leg:
			legs = append(legs, r)
		case guard.Charge:
			b.charges = append(b.charges, r)
		case guard.Incident:
			b.incidents = append(b.incidents, r)
		case guard.Block:
			blocks = append(blocks, r)
		case guard.CapChange:
			b.caps = append(b.caps, r)
		}
	}
	b.legs = histories(legs, compareLegs)
	b.blocks = histories(blocks, func(x, y guard.Block) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortStableFunc(b.charges, compareCharges)
	slices.SortStableFunc(b.incidents, func(x, y guard.Incident) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortStableFunc(b.caps, func(x, y guard.CapChange) int {
		return cmp.Or(cmp.Compare(x.Subject.String(), y.Subject.String()), cmp.Compare(x.Kind, y.Kind))
	})
	// Of one charge, the first counts; the table would do the same.
	b.charges = slices.CompactFunc(b.charges, func(x, y guard.Charge) bool { return compareCharges(x, y) == 0 })
	return b
}

func compareLegs(x, y guard.Leg) int {
	return cmp.Or(cmp.Compare(x.Server, y.Server), cmp.Compare(x.ID, y.ID))
}

func compareCharges(x, y guard.Charge) int {
	return cmp.Or(cmp.Compare(x.Server, y.Server), cmp.Compare(x.Leg, y.Leg), cmp.Compare(x.Day, y.Day), cmp.Compare(x.Kind, y.Kind))
}

// histories puts together what is of one key, by key, in the order in which it came.
func histories[T any](records []T, compare func(x, y T) int) []history[T] {
	slices.SortStableFunc(records, compare)
	var all []history[T]
	for i, r := range records {
		if i == 0 || compare(records[i-1], r) != 0 {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], r)
	}
	return all
}

// save writes what is new, in one round trip; then what changes something that was stored before;
// then what both add to the ledger.
func (b *batch) save(ctx context.Context, tx pgx.Tx) error {
	for _, step := range []func(context.Context, pgx.Tx) error{b.insert, b.changeLegs, b.changeBlocks, b.post} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// insert writes what is new. What is not new is found out by that: another guard may be storing it
// at this moment.
func (b *batch) insert(ctx context.Context, tx pgx.Tx) error {
	var statements pgx.Batch
	if err := b.insertLegs(&statements); err != nil {
		return err
	}
	b.insertCharges(&statements)
	if err := b.insertIncidents(&statements); err != nil {
		return err
	}
	b.insertBlocks(&statements)
	for _, c := range b.caps {
		subject, kind, at := c.Subject.String(), c.Kind.String(), stamp(c.At)
		if c.Unset {
			statements.Queue(unsetCap, subject, kind, at)
		} else {
			statements.Queue(setCap, subject, kind, amount(c.Value), c.Who, at)
		}
	}
	if statements.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, &statements).Close()
}

// legKey is what a leg is known by.
type legKey struct{ Server, ID string }

func (b *batch) insertLegs(statements *pgx.Batch) error {
	if len(b.legs) == 0 {
		return nil
	}
	rows := make([][]any, len(b.legs))
	for i, h := range b.legs {
		var err error
		if rows[i], err = legValues(h.alone(store.MergeLeg)); err != nil {
			return err
		}
	}
	statements.Queue(insertLegs, legsTable.gather(rows)...).Query(func(rows pgx.Rows) error {
		inserted, err := keys[legKey](rows)
		for _, h := range b.legs {
			if !inserted[legKey{h[0].Server, h[0].ID}] {
				b.oldLegs = append(b.oldLegs, h)
				continue
			}
			l := h.alone(store.MergeLeg)
			b.tally.Add(l.Account, l.Day, limits.Usage{Attempts: 1})
			b.answer(l)
		}
		return err
	})
	return nil
}

func (b *batch) answer(l guard.Leg) {
	if !l.Answered.IsZero() {
		b.tally.Add(l.Account, l.AnsweredDay, limits.Usage{Calls: 1})
	}
}

// keys reads the keys of rows that were inserted.
func keys[K comparable](rows pgx.Rows) (map[K]bool, error) {
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[K])
	inserted := make(map[K]bool, len(all))
	for _, key := range all {
		inserted[key] = true
	}
	return inserted, err
}

func (b *batch) insertCharges(statements *pgx.Batch) {
	if len(b.charges) == 0 {
		return
	}
	rows := make([][]any, len(b.charges))
	for i, c := range b.charges {
		rows[i] = chargeValues(c)
	}
	statements.Queue(insertCharges, chargesTable.gather(rows)...).Query(func(rows pgx.Rows) error {
		type key struct{ Server, Leg, Day, Kind string }
		inserted, err := keys[key](rows)
		for _, c := range b.charges {
			if inserted[key{c.Server, c.Leg, c.Day, c.Kind}] {
				b.tally.AddCharge(c)
			}
		}
		return err
	})
}

func (b *batch) insertIncidents(statements *pgx.Batch) error {
	if len(b.incidents) == 0 {
		return nil
	}
	rows := make([][]any, len(b.incidents))
	for i, incident := range b.incidents {
		var err error
		if rows[i], err = incidentValues(incident); err != nil {
			return err
		}
	}
	statements.Queue(insertIncidents, append(incidentsTable.gather(rows), b.tell)...)
	return nil
}

func (b *batch) insertBlocks(statements *pgx.Batch) {
	if len(b.blocks) == 0 {
		return
	}
	rows := make([][]any, len(b.blocks))
	for i, h := range b.blocks {
		rows[i] = blockValues(h.alone(store.MergeBlock))
	}
	statements.Queue(insertBlocks, blocksTable.gather(rows)...).Query(func(rows pgx.Rows) error {
		type key struct{ ID string }
		inserted, err := keys[key](rows)
		for _, h := range b.blocks {
			if !inserted[key{h[0].ID}] {
				b.oldBlocks = append(b.oldBlocks, h)
			}
		}
		return err
	})
}

// changeLegs changes the legs that were stored before, where the batch says something new of them.
// They are held from the reading on, so that nothing of another guard gets lost between.
func (b *batch) changeLegs(ctx context.Context, tx pgx.Tx) error {
	if len(b.oldLegs) == 0 {
		return nil
	}
	servers, ids := make([]string, len(b.oldLegs)), make([]string, len(b.oldLegs))
	for i, h := range b.oldLegs {
		servers[i], ids[i] = h[0].Server, h[0].ID
	}
	var terms store.TermsReader
	stored, err := list(ctx, tx, func(row store.Row) (guard.Leg, error) { return store.ReadLeg(row, &terms) },
		"SELECT "+legsTable.list()+` FROM legs JOIN unnest($1::text[], $2::text[]) AS old (server, id) USING (server, id)
		ORDER BY server, id FOR UPDATE OF legs`, servers, ids)
	if err != nil {
		return err
	}
	if len(stored) != len(b.oldLegs) {
		return errGone
	}
	var changed [][]any
	for i, before := range stored {
		merged := b.oldLegs[i].onto(before, store.MergeLeg)
		row, err := changedRow(before, merged, legValues)
		if err != nil {
			return err
		}
		if row == nil {
			continue
		}
		changed = append(changed, row)
		if before.Answered.IsZero() {
			b.answer(merged)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, updateLegs, legsTable.gather(changed)...)
	return err
}

// changedRow is the row of what is now known, nil where it is that of before.
func changedRow[T any](before, now T, values func(T) ([]any, error)) ([]any, error) {
	old, err := values(before)
	if err != nil {
		return nil, err
	}
	row, err := values(now)
	if err != nil || slices.Equal(row, old) {
		return nil, err
	}
	return row, nil
}

// errGone says that somebody has deleted what was there a moment ago.
var errGone = errors.New("a row that was there has been deleted meanwhile: the same again will do")

func (b *batch) changeBlocks(ctx context.Context, tx pgx.Tx) error {
	if len(b.oldBlocks) == 0 {
		return nil
	}
	ids := make([]string, len(b.oldBlocks))
	for i, h := range b.oldBlocks {
		ids[i] = h[0].ID
	}
	stored, err := list(ctx, tx, store.ReadBlock,
		"SELECT "+blocksTable.list()+" FROM blocks WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE", ids)
	if err != nil {
		return err
	}
	if len(stored) != len(b.oldBlocks) {
		return errGone
	}
	var changed [][]any
	for i, before := range stored {
		if merged := b.oldBlocks[i].onto(before, store.MergeBlock); merged != before {
			changed = append(changed, blockValues(merged))
		}
	}
	if len(changed) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, updateBlocks, blocksTable.gather(changed)...)
	return err
}

// post adds what the batch has collected to the ledger.
func (b *batch) post(ctx context.Context, tx pgx.Tx) error {
	var statements pgx.Batch
	for _, ledger := range []struct {
		period    limits.Period
		table     table
		statement string
	}{{limits.Day, daysTable, addDays}, {limits.Month, monthsTable, addMonths}} {
		var rows [][]any
		for _, r := range b.tally.Rows(ledger.period) {
			rows = append(rows, []any{text(r.Key), text(r.Account.Tenant), text(r.Account.Extension), whole(r.Cost), whole(r.Price),
				whole(r.BilledSeconds), whole(r.InternationalSeconds), whole(r.Calls), whole(r.Attempts)})
		}
		if len(rows) > 0 {
			statements.Queue(ledger.statement, ledger.table.gather(rows)...)
		}
	}
	var rows [][]any
	for _, r := range b.tally.Routes() {
		rows = append(rows, []any{text(r.Day), text(r.Account.Tenant), text(r.Account.Extension), text(r.Route), whole(r.Seconds)})
	}
	if len(rows) > 0 {
		statements.Queue(addRoutes, routesTable.gather(rows)...)
	}
	if statements.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, &statements).Close()
}
