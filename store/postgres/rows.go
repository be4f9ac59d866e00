package postgres

import (
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// stamp is a moment as a column: microseconds, NULL for none.
func stamp(t time.Time) pgtype.Int8 {
	if t.IsZero() {
		return pgtype.Int8{}
	}
	return whole(t.UnixMicro())
}

// moment is the way back.
func moment(n pgtype.Int8) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

func whole[T ~int64 | ~int](n T) pgtype.Int8 { return pgtype.Int8{Int64: int64(n), Valid: true} }

func text(s string) pgtype.Text { return pgtype.Text{String: s, Valid: true} }

// table is a table with its columns, and what they hold: text, bigint or boolean.
type table struct {
	name    string
	columns []string
	kinds   []string
}

// newTable reads columns as they stand in SQL, "server text, at bigint".
func newTable(name, columns string) table {
	t := table{name: name}
	for column := range strings.SplitSeq(columns, ",") {
		words := strings.Fields(column)
		t.columns, t.kinds = append(t.columns, words[0]), append(t.kinds, words[1])
	}
	return t
}

// named is a table with the same columns.
func (t table) named(name string) table {
	t.name = name
	return t
}

// add adds numbers of arrays to the rows of a ledger, which are known by their first columns.
func (t table) add() string {
	var key, sums []string
	for i, column := range t.columns {
		if t.kinds[i] == "bigint" {
			sums = append(sums, sum(t.name, column))
		} else {
			key = append(key, column)
		}
	}
	return "INSERT INTO " + t.name + " (" + t.list() + ") SELECT * FROM unnest(" + t.arrays() + ") ON CONFLICT (" +
		strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(sums, ", ")
}

// sum adds to a column of a row that is there. PostgreSQL refuses a sum that does not fit, and with it
// the whole batch; so such a sum stays at the largest number.
func sum(table, column string) string {
	return strings.NewReplacer("column", column, "table", table).Replace(`column = CASE
		WHEN excluded.column > 0 AND table.column > 9223372036854775807 - excluded.column THEN 9223372036854775807
		WHEN excluded.column < 0 AND table.column < -9223372036854775807 - excluded.column THEN -9223372036854775807
		ELSE table.column + excluded.column END`)
}

// list is the columns with commas between.
func (t table) list() string { return strings.Join(t.columns, ", ") }

// arrays are parameters that hold many rows, an array for each column: "$1::text[], $2::bigint[]".
func (t table) arrays() string {
	var marks []string
	for i, kind := range t.kinds {
		marks = append(marks, fmt.Sprintf("$%d::%s[]", i+1, kind))
	}
	return strings.Join(marks, ", ")
}

// insert inserts the rows of arrays that are not there yet.
func (t table) insert() string {
	return "INSERT INTO " + t.name + " (" + t.list() + ") SELECT * FROM unnest(" + t.arrays() + ") ON CONFLICT DO NOTHING"
}

// update gives rows of arrays their new values; those of the key stay as they are.
func (t table) update(key ...string) string {
	var same []string
	for _, column := range key {
		same = append(same, t.name+"."+column+" = next."+column)
	}
	return "UPDATE " + t.name + " SET (" + t.list() + ") = (next." + strings.Join(t.columns, ", next.") + ") FROM unnest(" +
		t.arrays() + ") AS next (" + t.list() + ") WHERE " + strings.Join(same, " AND ")
}

// gather turns rows into the arrays.
func (t table) gather(rows [][]any) []any {
	arrays := make([]any, len(t.kinds))
	for i, kind := range t.kinds {
		switch kind {
		case "text":
			arrays[i] = column[pgtype.Text](rows, i)
		case "bigint":
			arrays[i] = column[pgtype.Int8](rows, i)
		default:
			arrays[i] = column[bool](rows, i)
		}
	}
	return arrays
}

func column[T any](rows [][]any, i int) pgtype.FlatArray[T] {
	values := make(pgtype.FlatArray[T], len(rows))
	for j, row := range rows {
		values[j] = row[i].(T)
	}
	return values
}

// The tables that batches write. The order of columns is that of the functions below.
var (
	legsTable = newTable("legs", `server text, id text, name text, tenant text, extension text, paid_by text, dialled text,
		number text, country text, international boolean, retried boolean, priced boolean, rate_prefix text, route text,
		per_minute bigint, connect bigint, first_increment bigint, next_increment bigint, rate_valid_from bigint, day text,
		answered_day text, started bigint, answered bigint, ended bigint, limited_until bigint, estimated boolean, verdict text,
		reason text, cause bigint, recorded_seconds bigint, deck text, minimum bigint, grace bigint, tiers text, closed boolean,
		rate_valid_until bigint, sold text`)
	chargesTable = newTable("charges", `server text, leg text, day text, kind text, tenant text, extension text, at bigint,
		amount bigint, price bigint, billed_seconds bigint, estimated boolean, international boolean, route text`)
	incidentsTable = newTable("incidents", `id text, at bigint, server text, rule text, tenant text, extension text, number text,
		leg text, seen text, evidence text, actions text, observed boolean, urgent boolean`)
	blocksTable = newTable("blocks", `id text, tenant text, extension text, number text, reason text, source text, since bigint,
		until bigint, lifted bigint, lifted_by text, prefix text, country text, server text, everything boolean`)
	daysTable = newTable("ledger_days", `period text, tenant text, extension text, cost bigint, price bigint,
		billed_seconds bigint, international_seconds bigint, calls bigint, attempts bigint`)
	monthsTable = daysTable.named("ledger_months")
	routesTable = newTable("ledger_routes", "day text, tenant text, extension text, route text, billed_seconds bigint")
)

func legValues(l guard.Leg) ([]any, error) {
	var sold pgtype.Text
	if l.Sold != nil {
		written, err := store.RateText(l.Sold)
		if err != nil {
			return nil, fmt.Errorf("selling rate of leg %q: %w", l.ID, err)
		}
		sold = text(written)
	}
	recorded := pgtype.Int8{Int64: l.RecordedSeconds, Valid: l.RecordedSeconds >= 0}
	return []any{text(l.Server), text(l.ID), text(l.Name), text(l.Account.Tenant), text(l.Account.Extension), text(l.PaidBy),
		text(l.Dialled), text(l.Number), text(l.Country), l.International, l.Retried, l.Priced, text(l.Rate.Prefix),
		text(l.Rate.Route), whole(l.Rate.PerMinute), whole(l.Rate.Connect), whole(l.Rate.First), whole(l.Rate.Next),
		stamp(l.Rate.ValidFrom), text(l.Day), text(l.AnsweredDay), stamp(l.Started), stamp(l.Answered), stamp(l.Ended),
		stamp(l.LimitedUntil), l.Estimated, text(l.Verdict), text(l.Reason), whole(l.Cause), recorded, text(l.Deck),
		whole(l.Rate.Minimum), whole(l.Rate.Grace), text(store.TiersText(l.Rate.Tiers)), l.Rate.Closed, stamp(l.Rate.ValidUntil),
		sold}, nil
}

func chargeValues(c guard.Charge) []any {
	return []any{text(c.Server), text(c.Leg), text(c.Day), text(c.Kind), text(c.Account.Tenant), text(c.Account.Extension),
		stamp(c.At), whole(c.Amount), whole(c.Price), whole(c.BilledSeconds), c.Estimated, c.International, text(c.Route)}
}

func incidentValues(i guard.Incident) ([]any, error) {
	evidence, err := store.ItemsText(i.Evidence)
	if err != nil {
		return nil, err
	}
	actions, err := store.ItemsText(i.Actions)
	return []any{text(i.ID), stamp(i.At), text(i.Server), text(i.Rule), text(i.Account.Tenant), text(i.Account.Extension),
		text(i.Number), text(i.Leg), text(i.Seen), text(evidence), text(actions), i.Observed, i.Urgent}, err
}

func blockValues(b guard.Block) []any {
	return []any{text(b.ID), text(b.Target.Account.Tenant), text(b.Target.Account.Extension), text(b.Target.Number), text(b.Reason),
		text(b.Source), stamp(b.Since), stamp(b.Until), stamp(b.Lifted), text(b.LiftedBy),
		text(b.Target.Prefix), text(b.Target.Country), text(b.Target.Server), b.Target.Everything}
}

// amount is the value of a cap as a column: NULL for none.
func amount(v limits.Value) pgtype.Int8 {
	return pgtype.Int8{Int64: int64(v), Valid: v != limits.Unlimited}
}
