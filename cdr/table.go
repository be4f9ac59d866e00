package cdr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TableOptions say which table has the records.
type TableOptions struct {
	// Name is the table's or view's, with its schema before a point where the search path does not
	// lead there.
	Name string
	// Map gives columns, by the names of Columns or "duration", the names that they have in the table,
	// where those are others.
	Map map[string]string
	// Since leaves out rows of calls that began so long before that they ended before, too.
	Since time.Time
}

// longBefore is how much earlier than its end, in whatever time zone, a call can have begun.
const longBefore = 8 * 24 * time.Hour

// callDate is what older tables call the start.
const callDate = "calldate"

// tableColumns lists the columns that are read from a table.
func tableColumns() []string { return append(Columns(), duration) }

// TableReader reads Asterisk's records from a table in PostgreSQL, as cdr_pgsql and cdr_adaptive_odbc
// write them, and gives them as the CSV of format Table, the earliest first.
type TableReader struct {
	// Rows is how many there are.
	Rows int64

	ctx  context.Context
	tx   pgx.Tx
	rows pgx.Rows
	name string
	text bytes.Buffer
	done atomic.Int64
	more bool // rows stands on one that was not given yet
}

// OpenTable begins to read. The connection is the reader's until it is closed; what is read is the
// table as it is now. Errors say what the table lacks.
func OpenTable(ctx context.Context, conn *pgx.Conn, o TableOptions) (*TableReader, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("the database cannot be read: %w", err)
	}
	t := &TableReader{ctx: ctx, tx: tx, name: o.Name}
	if err := t.open(o); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close ends the reading.
func (t *TableReader) Close() error {
	if t.rows != nil {
		t.rows.Close()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 5*time.Second)
	defer cancel()
	if err := t.tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) && t.ctx.Err() == nil {
		return t.explain(err)
	}
	return nil
}

// Done is how many rows were given. It can be asked at any time.
func (t *TableReader) Done() int64 { return t.done.Load() }

// Read gives more of the CSV.
func (t *TableReader) Read(into []byte) (int, error) {
	for t.text.Len() == 0 {
		if !t.more {
			if err := t.rows.Err(); err != nil {
				return 0, t.explain(err)
			}
			return 0, io.EOF
		}
		t.write(t.rows.RawValues())
		t.done.Add(1)
		t.more = t.rows.Next()
	}
	return t.text.Read(into)
}

// write adds a row of CSV. No value is an empty cell.
func (t *TableReader) write(cells [][]byte) {
	for i, cell := range cells {
		if i > 0 {
			t.text.WriteByte(',')
		}
		t.text.WriteByte('"')
		t.text.Write(bytes.ReplaceAll(cell, []byte(`"`), []byte(`""`)))
		t.text.WriteByte('"')
	}
	t.text.WriteByte('\n')
}

// open finds the columns, counts the rows, and waits for the first one, so that whoever gets the CSV
// does not wait while the server sorts.
func (t *TableReader) open(o TableOptions) error {
	schema, table := "", o.Name
	if before, after, ok := strings.Cut(o.Name, "."); ok {
		schema, table = before, after
	}
	found, err := t.columns(schema, table)
	if err != nil {
		return err
	}
	chosen, err := found.choose(o.Name, o.Map)
	if err != nil {
		return err
	}
	from := "FROM " + pgx.Identifier{found.schema, table}.Sanitize()
	began := pgx.Identifier{chosen[start]}.Sanitize()
	var since []any
	if kind := found.kinds[chosen[start]]; !o.Since.IsZero() && isTimestamp(kind) {
		from += " WHERE " + began + " >= $1::text::" + kind
		since = append(since, o.Since.Add(-longBefore).UTC().Format("2006-01-02 15:04:05Z07:00"))
	}
	if err := t.tx.QueryRow(t.ctx, "SELECT pg_catalog.count(*) "+from, since...).Scan(&t.Rows); err != nil {
		return t.explain(err)
	}
	var names, values []string
	for _, name := range tableColumns() {
		if column, ok := chosen[name]; ok {
			names, values = append(names, name), append(values, expression(column, found.kinds[column]))
		}
	}
	t.rows, err = t.tx.Query(t.ctx, "SELECT "+strings.Join(values, ", ")+" "+from+" ORDER BY "+began, append([]any{pgx.QueryResultFormats{pgx.TextFormatCode}}, since...)...)
	if err != nil {
		return t.explain(err)
	}
	if t.more = t.rows.Next(); !t.more && t.rows.Err() != nil {
		return t.explain(t.rows.Err())
	}
	t.text.WriteString(strings.Join(names, ",") + "\n")
	return nil
}

// The types of moments, as the standard names them.
const (
	withoutZone = "timestamp without time zone"
	withZone    = "timestamp with time zone"
)

func isTimestamp(kind string) bool { return kind == withoutZone || kind == withZone }

// expression gives a column's value as a text that is bounded: nobody knows what stands in a table.
func expression(column, kind string) string {
	value := pgx.Identifier{column}.Sanitize()
	switch kind {
	case withoutZone:
		return "pg_catalog.to_char(" + value + ", 'YYYY-MM-DD HH24:MI:SS')"
	case withZone:
		return "EXTRACT(epoch FROM " + value + ")::text" // seconds since 1970
	}
	return fmt.Sprintf("pg_catalog.left(%s::text, %d)", value, maxText+1)
}

// columns are those of a table.
type columns struct {
	schema string
	names  []string
	kinds  map[string]string
}

// columns looks for the columns of a table that the user may read.
func (t *TableReader) columns(schema, table string) (columns, error) {
	found := columns{kinds: make(map[string]string)}
	rows, err := t.tx.Query(t.ctx, `
		SELECT c.table_schema::text, c.column_name::text, c.data_type::text
		FROM information_schema.columns c
		WHERE c.table_name::text = $1::text AND c.table_schema::text = coalesce(nullif($2::text, ''), (
			SELECT s.name::text
			FROM unnest(current_schemas(true)) WITH ORDINALITY AS s (name, place)
			WHERE EXISTS (SELECT FROM information_schema.tables t WHERE t.table_schema::text = s.name::text AND t.table_name::text = $1::text)
			ORDER BY s.place LIMIT 1))
		ORDER BY c.ordinal_position`, table, schema)
	if err != nil {
		return found, t.explain(err)
	}
	var name, kind string
	_, err = pgx.ForEachRow(rows, []any{&found.schema, &name, &kind}, func() error {
		found.names, found.kinds[name] = append(found.names, name), kind
		return nil
	})
	if err == nil && len(found.names) == 0 {
		return found, fmt.Errorf("there is no table %.80q that the user may read: write its name with --table-name, with its schema before a point where "+
			"it is in one of its own (asterisk.cdr), and let its owner GRANT SELECT on it to the user", t.name)
	}
	return found, t.explain(err)
}

// choose finds the columns that tell something, by their usual names or those that are told.
func (f columns) choose(table string, told map[string]string) (map[string]string, error) {
	chosen := make(map[string]string)
	for _, name := range tableColumns() {
		if slices.Contains(f.names, name) {
			chosen[name] = name
		}
	}
	if _, ok := chosen[start]; !ok && slices.Contains(f.names, callDate) {
		chosen[start] = callDate
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		column := told[name]
		if name == callDate {
			name = start
		}
		switch {
		case !slices.Contains(tableColumns(), name):
			return nil, fmt.Errorf("there is no column %.40q in call records: write one of %s", name, strings.Join(tableColumns(), ", "))
		case !slices.Contains(f.names, column):
			return nil, fmt.Errorf("the table %.80q has no column %.80q: it has %s", table, column, f.list())
		}
		chosen[name] = column
	}
	has := func(name string) bool { _, ok := chosen[name]; return ok }
	var missing []string
	for _, name := range []string{channel, dstChannel} {
		if !has(name) {
			missing = append(missing, name)
		}
	}
	if !has(start) {
		missing = append(missing, "start or calldate")
	}
	if !has(end) && !has(duration) {
		missing = append(missing, "end or duration")
	}
	if !has(billSec) && !has(answer) {
		missing = append(missing, "billsec or answer")
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the table %.80q is not one of call records, or names its columns otherwise: it has no %s; it has %s. "+
			"Write --map channel=ITS_NAME, or another table with --table-name", table, strings.Join(missing, ", no "), f.list())
	}
	return chosen, nil
}

// list names the table's columns, as far as they fit into a message.
func (f columns) list() string {
	const most = 40
	var names []string
	for _, name := range f.names[:min(len(f.names), most)] {
		names = append(names, fmt.Sprintf("%.40q", name))
	}
	if len(f.names) > most {
		names = append(names, "and others")
	}
	return strings.Join(names, ", ")
}

// explain says what the server has against the reading. A nil error stays nil.
func (t *TableReader) explain(err error) error {
	var failed *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed) && failed.Code == "42501":
		return fmt.Errorf("the user may not read the table %.80q: let its owner GRANT SELECT on it to the user (%w)", t.name, err)
	}
	return fmt.Errorf("the table %.80q cannot be read: %w", t.name, err)
}
