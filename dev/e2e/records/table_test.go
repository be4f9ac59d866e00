package records

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// The tables that cdr_pgsql writes: that of Asterisk's own contrib/realtime, and the older one, in which
// only the beginning of a call stands.
var tables = map[string]string{
	"as Asterisk has it now": `CREATE TABLE cdr (accountcode varchar(80), src varchar(80), dst varchar(80), dcontext varchar(80), clid varchar(80),
		channel varchar(80), dstchannel varchar(80), lastapp varchar(80), lastdata varchar(80), start timestamp, answer timestamp, "end" timestamp,
		duration integer, billsec integer, disposition varchar(45), amaflags varchar(45), userfield varchar(256), uniqueid varchar(150),
		linkedid varchar(150), peeraccount varchar(80), sequence integer)`,
	"the older one": `CREATE TABLE cdr (calldate timestamp NOT NULL, clid varchar(80) NOT NULL, src varchar(80) NOT NULL, dst varchar(80) NOT NULL,
		dcontext varchar(80) NOT NULL, channel varchar(80) NOT NULL, dstchannel varchar(80) NOT NULL, lastapp varchar(80) NOT NULL,
		lastdata varchar(80) NOT NULL, duration integer NOT NULL, billsec integer NOT NULL, disposition varchar(45) NOT NULL,
		amaflags integer NOT NULL, accountcode varchar(20) NOT NULL, uniqueid varchar(150) NOT NULL, userfield varchar(255) NOT NULL)`,
}

// TestTable is TestOutage with the records in a table that Asterisk itself writes, and that a role reads
// which may do nothing else.
func TestTable(t *testing.T) {
	server, err := postgres.Start(t.Context(), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Exec(t.Context(), "postgres", "CREATE ROLE asterisk LOGIN PASSWORD 'writes'; CREATE ROLE reader LOGIN PASSWORD 'reads'"); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"as Asterisk has it now", "the older one"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, version := range asterisk.Versions() {
				database := fmt.Sprintf("asterisk%d_%s", i, version)
				t.Run(version, func(t *testing.T) { tableOutage(t, server, version, database, tables[name]) })
			}
		})
	}
}

func tableOutage(t *testing.T, server *postgres.Server, version, database, table string) {
	for _, text := range []string{"CREATE DATABASE " + database, table + "; GRANT INSERT, SELECT ON cdr TO asterisk; GRANT SELECT ON cdr TO reader"} {
		in := "postgres"
		if strings.HasPrefix(text, "CREATE TABLE") {
			in = database
		}
		if err := server.Exec(t.Context(), in, text); err != nil {
			t.Fatal(err)
		}
	}
	host, port, err := net.SplitHostPort(server.Address())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"cdr.conf": "[general]\nenable=yes\nunanswered=yes\n",
		"cdr_pgsql.conf": fmt.Sprintf("[global]\nhostname=%s\nport=%s\ndbname=%s\nuser=asterisk\npassword=writes\ntable=cdr\nencoding=UTF8\n",
			host, port, database),
	}
	play(t, version, site.Options{Files: files, Modules: []string{"cdr_pgsql.so"}}, func(e *evening) {
		e.killedGuard()
		e.waitRows(server.OwnerURL(database), 6)
		secret := filepath.Join(e.Folder, "reader.secret")
		e.check(os.WriteFile(secret, []byte("reads\n"), 0o600))
		from := []string{"--table", server.URL("reader", database), "--table-password-file", secret}
		if out, err := e.Run(e.ctx, "import", "cdr", "--table", server.URL("reader", database)); err == nil || !strings.Contains(err.Error()+out, "--table-password-file") {
			t.Errorf("without a password: %v, %s", err, out)
		}
		e.importTwice(from...)
		e.sameAsBill("00442044444444")
		before := e.spent()
		if since := run[web.RecordsSummary](e, append([]string{"import", "cdr", "--since", "2100-01-01"}, from...)...); since.Rows != 0 || !maps.Equal(before, e.spent()) {
			t.Errorf("of calls after 2100: %+v", since)
		}
		if strings.Contains(e.Log(), "reads") {
			t.Error("the password is in the log")
		}
	})
}

// waitRows waits until Asterisk has written so many rows.
func (e *evening) waitRows(url string, want int) {
	e.t.Helper()
	conn, err := pgx.Connect(e.ctx, url)
	e.check(err)
	defer conn.Close(context.WithoutCancel(e.ctx))
	e.check(e.guard.Wait(e.ctx, fmt.Sprintf("the table has %d rows", want), func() bool {
		var rows int
		e.check(conn.QueryRow(e.ctx, "SELECT count(*) FROM cdr").Scan(&rows))
		return rows >= want
	}))
}
