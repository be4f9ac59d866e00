package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/cdr"
	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/guard"
	engine "github.com/fraudguard/fraudguard/store/postgres"
)

// recordsTable is Asterisk's table as its contrib/realtime makes it.
const recordsTable = `CREATE TABLE cdr (accountcode varchar(80), src varchar(80), dst varchar(80), dcontext varchar(80), clid varchar(80),
	channel varchar(80), dstchannel varchar(80), lastapp varchar(80), lastdata varchar(80), start timestamp, answer timestamp, "end" timestamp,
	duration integer, billsec integer, disposition varchar(45), amaflags varchar(45), userfield varchar(256), uniqueid varchar(150),
	linkedid varchar(150), peeraccount varchar(80), sequence integer);`

const recordsRow = `INSERT INTO cdr (accountcode, dst, dcontext, channel, dstchannel, lastapp, lastdata, start, answer, "end", duration, billsec, disposition, uniqueid, linkedid)
	VALUES ('acme', '00441111', 'tenant-acme', 'PJSIP/101-00000000', 'PJSIP/carrier-00000001', 'Dial', 'PJSIP/00441111@carrier,60,tT',
		'2026-11-21 18:09:07.9', '2026-11-21 18:09:08', '2026-11-21 18:09:19', 12, 11, 'ANSWERED', '1795284547.0', '1795284547.0');`

func clock(text string) time.Time {
	at, err := time.Parse(time.DateTime, "2026-11-21 "+text)
	if err != nil {
		panic(err)
	}
	return at
}

var wholeRecord = guard.CallRecord{
	Channel: "PJSIP/101-00000000", Destination: "PJSIP/carrier-00000001", Dialled: "00441111", Exten: "00441111", Context: "tenant-acme", AccountCode: "acme",
	ID: "1795284547.0", LinkedID: "1795284547.0", Started: clock("18:09:07"), Answered: clock("18:09:08"), Ended: clock("18:09:19"), BillableSeconds: 11,
}

// tableOf makes a database with a table, and a connection for the one who reads it.
func tableOf(t *testing.T, s *postgres.Server, text string) *pgx.Conn {
	t.Helper()
	database := emptyDatabase(t, s)
	execute(t, s, database, text+"; GRANT SELECT ON ALL TABLES IN SCHEMA public TO guard")
	conn, err := engine.OpenReader(t.Context(), s.URL(guardRole, database), guardPassword)
	check(t, err)
	t.Cleanup(func() { check(t, conn.Close(context.Background())) })
	return conn
}

// recordsOf reads a table to its end.
func recordsOf(t *testing.T, conn *pgx.Conn, o cdr.TableOptions, zone *time.Location) (records []guard.CallRecord, faults []string) {
	t.Helper()
	table, err := cdr.OpenTable(t.Context(), conn, o)
	check(t, err)
	defer func() { check(t, table.Close()) }()
	source, err := cdr.NewReader(table, "table "+o.Name, cdr.Options{Format: cdr.Table, Zone: zone})
	check(t, err)
	for {
		r, err := source.Next()
		var fault *cdr.RowError
		switch {
		case errors.Is(err, io.EOF):
			if table.Done() != table.Rows {
				t.Errorf("%d of %d rows", table.Done(), table.Rows)
			}
			return records, faults
		case errors.As(err, &fault):
			faults = append(faults, err.Error())
		default:
			check(t, err)
			r.Started, r.Answered, r.Ended = r.Started.UTC(), r.Answered.UTC(), r.Ended.UTC()
			records = append(records, r)
		}
	}
}

// TestRecordsTable: the tables that there are give the same record.
func TestRecordsTable(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	check(t, err)
	from := func(begun string) string { // what Asterisk wrote, with the beginning under another name
		return fmt.Sprintf(`%s %s CREATE TABLE other AS SELECT %s, clid, src, dst, dcontext, channel, dstchannel, lastapp, lastdata, duration, billsec,
			disposition, accountcode, uniqueid, linkedid FROM cdr; DROP TABLE cdr; ALTER TABLE other RENAME TO cdr`, recordsTable, recordsRow, begun)
	}
	for name, c := range map[string]struct {
		text string
		o    cdr.TableOptions
		zone *time.Location
		want func(r *guard.CallRecord)
	}{
		"contrib/realtime":       {text: recordsTable + recordsRow},
		"calldate alone":         {text: from("start AS calldate")},
		"another name":           {text: from("start AS begun"), o: cdr.TableOptions{Map: map[string]string{"start": "begun"}}},
		"another name, calldate": {text: from("start AS begun"), o: cdr.TableOptions{Map: map[string]string{"calldate": "begun"}}},
		"a column of numbers":    {text: from("start AS calldate") + "; ALTER TABLE cdr ALTER disposition TYPE integer USING 8, ALTER billsec TYPE numeric USING 11.31"},
		"seconds since 1970":     {text: from("extract(epoch FROM start) AS start"), zone: rome},
		"a time zone":            {text: recordsTable + recordsRow + `SET timezone TO 'UTC'; ALTER TABLE cdr ALTER start TYPE timestamptz, ALTER answer TYPE timestamptz, ALTER "end" TYPE timestamptz`, zone: rome},
		"texts":                  {text: from("to_char(start, 'YYYY-MM-DD HH24:MI:SS') AS start"), o: cdr.TableOptions{Since: clock("00:00:00")}},
		"local times": {text: recordsTable + recordsRow, zone: rome, want: func(r *guard.CallRecord) {
			r.Started, r.Answered, r.Ended = r.Started.Add(-time.Hour), r.Answered.Add(-time.Hour), r.Ended.Add(-time.Hour)
		}},
		"a schema":             {text: `CREATE SCHEMA "a b"; ` + strings.Replace(recordsTable, "cdr", `"a b"."c""d; DROP"`, 1) + strings.Replace(recordsRow, "INTO cdr", `INTO "a b"."c""d; DROP"`, 1) + `GRANT USAGE ON SCHEMA "a b" TO guard; GRANT SELECT ON ALL TABLES IN SCHEMA "a b" TO guard`, o: cdr.TableOptions{Name: `a b.c"d; DROP`}},
		"a view":               {text: strings.Replace(recordsTable, "cdr", "raw", 1) + strings.Replace(recordsRow, "cdr", "raw", 1) + "CREATE VIEW cdr AS SELECT * FROM raw"},
		"since, with the call": {text: recordsTable + recordsRow, o: cdr.TableOptions{Since: clock("18:09:00")}},
		"no billsec":           {text: recordsTable + recordsRow + "ALTER TABLE cdr DROP billsec, DROP duration, DROP disposition"},
		"no disposition":       {text: from("start AS calldate") + "; ALTER TABLE cdr DROP disposition"},
		"not answered":         {text: from("start AS calldate") + "; UPDATE cdr SET disposition = 'NO ANSWER', billsec = 0", want: func(r *guard.CallRecord) { r.Answered, r.BillableSeconds = time.Time{}, 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *postgres.Server) {
				if c.o.Name == "" {
					c.o.Name = "cdr"
				}
				want := wholeRecord
				want.EndWorkedOut = strings.Contains(c.text, "CREATE TABLE other") // which has no end
				if c.want != nil {
					c.want(&want)
				}
				records, faults := recordsOf(t, tableOf(t, s, c.text), c.o, c.zone)
				if len(records) != 1 || len(faults) != 0 {
					t.Fatalf("%+v %q", records, faults)
				}
				if records[0] != want {
					t.Errorf("\n got %+v\nwant %+v", records[0], want)
				}
			})
		})
	}
}

// TestRecordsTableHostile: what callers can bring into the table stays what it is, and a row that makes
// no sense is told and left out.
func TestRecordsTableHostile(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		text := recordsTable + recordsRow
		for i, change := range []string{
			`dst = E'"\n,\'', lastdata = E'PJSIP/0044"1111@carrier', uniqueid = E'1\r\n"2"'`,
			`start = 'infinity'`,
			`"end" = NULL`,
			`billsec = -1`,
			`channel = repeat('x/', 5000)`,
			`channel = E'none\nof these'`,
			`answer = '0001-01-01 00:00:00 BC'`,
		} {
			text += strings.Replace(recordsRow, "'1795284547.0', '1795284547.0'", fmt.Sprintf("'%d.1', ''", i), 1) +
				fmt.Sprintf("ALTER TABLE cdr ALTER channel TYPE text; UPDATE cdr SET %s WHERE uniqueid = '%d.1';", change, i)
		}
		records, faults := recordsOf(t, tableOf(t, s, text), cdr.TableOptions{Name: "cdr"}, nil)
		if len(records) != 2 || records[0].Exten != "\"\n,'" && records[1].Exten != "\"\n,'" {
			t.Errorf("%+v", records)
		}
		all := strings.Join(faults, "\n")
		for _, want := range []string{`it has no start or no end (start "", uniqueid "1.1")`, `no start or no end (start "2026-11-21 18:09:07", uniqueid "2.1")`, `column billsec: "-1" is no number`,
			"column channel: it has more than 1000 bytes", `column channel: "none\nof these" is no channel's name`, "column answer:"} {
			if !strings.Contains(all, want) {
				t.Errorf("%q is not in\n%s", want, all)
			}
		}
		if len(faults) != 6 || !strings.HasPrefix(faults[0], "table cdr:") {
			t.Errorf("%d faults:\n%s", len(faults), all)
		}
	})
}

// TestRecordsTableRefused: another table, or none, is told with what is to be written instead.
func TestRecordsTableRefused(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		for what, c := range map[string]struct {
			text string
			o    cdr.TableOptions
			want []string
		}{
			"no table":          {recordsTable, cdr.TableOptions{Name: "calls"}, []string{`there is no table "calls"`, "--table-name", "GRANT SELECT"}},
			"no schema":         {recordsTable, cdr.TableOptions{Name: "asterisk.cdr"}, []string{`there is no table "asterisk.cdr"`}},
			"a hostile name":    {recordsTable, cdr.TableOptions{Name: `cdr"; DROP TABLE cdr; --`}, []string{`there is no table "cdr\"; DROP TABLE cdr; --"`}},
			"another table":     {"CREATE TABLE cdr (id integer, \"a\nb\" text)", cdr.TableOptions{Name: "cdr"}, []string{"it has no channel, no dstchannel, no start or calldate, no end or duration, no billsec or answer", `it has "id", "a\nb"`, "--map"}},
			"a missing column":  {recordsTable + "ALTER TABLE cdr DROP dstchannel", cdr.TableOptions{Name: "cdr"}, []string{"it has no dstchannel;"}},
			"a map to nowhere":  {recordsTable, cdr.TableOptions{Name: "cdr", Map: map[string]string{"start": `s"tart`}}, []string{`has no column "s\"tart"`}},
			"a map of nothing":  {recordsTable, cdr.TableOptions{Name: "cdr", Map: map[string]string{"price": "src"}}, []string{`there is no column "price"`}},
			"no right to read":  {recordsTable + "CREATE TABLE mine AS SELECT * FROM cdr", cdr.TableOptions{Name: "mine"}, []string{`may not read the table "mine"`, "GRANT SELECT"}},
			"a view that fails": {recordsTable + recordsRow + "CREATE VIEW bad AS SELECT start, \"end\", channel, dstchannel, (1 / (sequence - sequence))::text AS billsec FROM cdr; UPDATE cdr SET sequence = 1", cdr.TableOptions{Name: "bad"}, []string{`the table "bad" cannot be read`, "division by zero"}},
		} {
			t.Run(what, func(t *testing.T) {
				text := c.text
				conn := tableOf(t, s, text)
				if what == "no right to read" {
					execute(t, s, conn.Config().Database, "REVOKE SELECT ON mine FROM guard; GRANT INSERT ON mine TO guard")
				}
				_, err := cdr.OpenTable(t.Context(), conn, c.o)
				for _, want := range c.want {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%q is not in %v", want, err)
					}
				}
				if err != nil && strings.Contains(err.Error(), "\n") {
					t.Errorf("a table breaks the line: %v", err)
				}
			})
		}
	})
}

// TestRecordsTableLost: a server that goes away in the middle is no end of the table.
func TestRecordsTableLost(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		conn := tableOf(t, s, recordsTable+recordsRow+"INSERT INTO cdr SELECT cdr.* FROM cdr, generate_series(1, 200000)")
		table, err := cdr.OpenTable(t.Context(), conn, cdr.TableOptions{Name: "cdr"})
		check(t, err)
		defer table.Close() // its connection is gone
		if table.Rows != 200_001 {
			t.Errorf("%d rows", table.Rows)
		}
		execute(t, s, "postgres", fmt.Sprintf("SELECT pg_terminate_backend(%d, 10000)", conn.PgConn().PID()))
		_, err = io.Copy(io.Discard, table)
		if err == nil || !strings.Contains(err.Error(), `the table "cdr" cannot be read`) || table.Done() == table.Rows {
			t.Errorf("after %d rows: %v", table.Done(), err)
		}
	})
}

// TestRecordsReader: whoever reads records cannot write, and no password gets into a message.
func TestRecordsReader(t *testing.T) {
	s := servers[postgres.Versions()[0]]
	conn := tableOf(t, s, recordsTable+"GRANT ALL ON cdr TO guard")
	if _, err := conn.Exec(t.Context(), "DELETE FROM cdr"); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("DELETE: %v", err)
	}
	url := s.URL(guardRole, conn.Config().Database)
	const wrong = "hunter2"
	for what, c := range map[string]struct{ url, password, want string }{
		"a wrong password":     {url, wrong, "--table-password-file"},
		"a password in it":     {strings.Replace(url, "guard@", "guard:"+wrong+"@", 1), "", "the URL of the table has a password in it"},
		"no URL":               {"mysql://" + wrong, "", "the URL of the table cannot be read"},
		"no database":          {s.URL(guardRole, "none"), guardPassword, "there is no such database: write that of Asterisk's table"},
		"nobody at that place": {"postgres://guard@127.0.0.1:9/db?sslmode=disable", wrong, "refused"},
	} {
		_, err := engine.OpenReader(t.Context(), c.url, c.password)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", what, err)
		}
	}
	file := filepath.Join(t.TempDir(), "pgpass")
	check(t, os.WriteFile(file, []byte("127.0.0.1:*:*:"+guardRole+":"+guardPassword+"\n"), 0o600))
	t.Setenv("PGPASSFILE", file)
	byFile, err := engine.OpenReader(t.Context(), url, "")
	check(t, err)
	check(t, byFile.Close(t.Context()))
}
