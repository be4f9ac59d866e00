package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/store/migrations"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// carry puts the rows of a call that the newest tables hold into tables of an older version.
func carry(t *testing.T, s *postgres.Server, from string, to *sql.DB) {
	t.Helper()
	for _, table := range []string{"legs", "charges", "ledger_days", "ledger_months", "ledger_routes", "incidents", "outbox"} {
		row := value(t, s, from, "SELECT to_json(row) FROM "+table+" AS row")
		if _, err := to.ExecContext(t.Context(), "INSERT INTO "+table+" SELECT * FROM json_populate_record(NULL::"+table+", $1)", row); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
}

// TestStepByStep takes every step by itself; after each the program brings up what is left, and what was
// there stays.
func TestStepByStep(t *testing.T) {
	files, err := migrations.PostgreSQL()
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, s *postgres.Server) {
		filled := newDatabase(t, s)
		if err := open(t, s, filled).Save(t.Context(), storetest.Call("1"), []string{"mail"}); err != nil {
			t.Fatal(err)
		}
		for step := 0; ; step++ {
			name := emptyDatabase(t, s)
			db, err := sql.Open("pgx", s.OwnerURL(name))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			if step > len(provider.ListSources()) {
				break
			}
			if step > 0 {
				if _, err := provider.UpTo(t.Context(), provider.ListSources()[step-1].Version); err != nil {
					t.Fatal(err)
				}
				carry(t, s, filled, db)
			}
			would, err := engine.Migrate(t.Context(), s.OwnerURL(name), "", true)
			if err != nil || len(would) != len(provider.ListSources())-step {
				t.Errorf("after %d steps it would take %v, %v", step, would, err)
			}
			opened, err := engine.Open(t.Context(), s.OwnerURL(name), "")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // what was carried is what is saved here
				if err := opened.Save(t.Context(), storetest.Call("1"), []string{"mail"}); err != nil {
					t.Error(err)
				}
				proof, err := opened.Verify(t.Context(), day, day)
				if want := (store.Proof{Days: 1, Months: 1, Routes: 1}); err != nil || !reflect.DeepEqual(proof, want) {
					t.Errorf("after %d steps: %+v, %v", step, proof, err)
				}
			}
			if got := value(t, s, name, "SELECT cost || ' ' || calls || ' ' || attempts FROM ledger_months"); got != "12500 1 1" {
				t.Errorf("after %d steps the ledger says %s", step, got)
			}
			if err := opened.Close(); err != nil {
				t.Error(err)
			}
			if left, err := engine.Migrate(t.Context(), s.OwnerURL(name), "", false); err != nil || len(left) != 0 {
				t.Errorf("then there is left %v, %v", left, err)
			}
		}
	})
}

// TestStepHeldUp takes the last step while somebody reads a table that it changes: it gives up when its time for
// locks is over, leaves nothing behind, and is taken the next time.
func TestStepHeldUp(t *testing.T) {
	files, err := migrations.PostgreSQL()
	check(t, err)
	each(t, func(t *testing.T, s *postgres.Server) {
		name := emptyDatabase(t, s)
		db, err := sql.Open("pgx", s.OwnerURL(name))
		check(t, err)
		defer db.Close()
		provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
		check(t, err)
		_, err = provider.UpTo(t.Context(), 2)
		check(t, err)
		before := rows(t, s, name)
		release := hold(t, s, name, "SELECT * FROM blocks")
		_, err = engine.Migrate(t.Context(), s.OwnerURL(name)+"&lock_timeout=300", "", false)
		if err == nil || !strings.Contains(err.Error(), "has held the rows for too long") {
			t.Errorf("a table is read for long: %v", err)
		}
		release()
		same(t, "what is there", before, rows(t, s, name))
		if steps, err := engine.Migrate(t.Context(), s.OwnerURL(name), "", false); err != nil || len(steps) != len(provider.ListSources())-2 {
			t.Errorf("afterwards: %v, %v", steps, err)
		}
	})
}

// TestTogether lets four processes bring one empty database up at the same moment: all of them wait for
// a lock that the test holds.
func TestTogether(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		const processes = 4
		name := emptyDatabase(t, s)
		steps, err := engine.Migrate(t.Context(), s.OwnerURL(name), "", true)
		if err != nil {
			t.Fatal(err)
		}
		holder, err := pgx.Connect(t.Context(), s.OwnerURL(name))
		if err != nil {
			t.Fatal(err)
		}
		defer holder.Close(context.Background())
		if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_lock($1)", 0x66677264); err != nil {
			t.Fatal(err)
		}
		said := make(chan string, processes)
		for range processes {
			go func() {
				out, err := child("migrate", s.OwnerURL(name)).CombinedOutput()
				said <- fmt.Sprintf("%s %v", out, err)
			}()
		}
		waitFor(t, s, name, fmt.Sprintf("SELECT count(*) = %d FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", processes))
		if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_unlock($1)", 0x66677264); err != nil {
			t.Fatal(err)
		}
		worked := 0
		for range processes {
			switch out := <-said; {
			case out == fmt.Sprintf("%d <nil>", len(steps)):
				worked++
			case out != "0 <nil>":
				t.Errorf("a process says: %s", out)
			}
		}
		if worked != 1 {
			t.Errorf("%d processes took the steps", worked)
		}
		if got := value(t, s, name, "SELECT count(*) FROM goose_db_version WHERE version_id > 0"); got != fmt.Sprint(len(steps)) {
			t.Errorf("%d steps are written down %s times", len(steps), got)
		}
	})
}

// migrateOnce is a process that brings a database up and says how many steps it took.
func migrateOnce(url string) {
	steps, err := engine.Migrate(context.Background(), url, "", false)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Print(len(steps))
	os.Exit(0)
}

// TestRights: what the guard's role may do is all that it needs, which the suite shows, and no more.
func TestRights(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		execute(t, s, name, "CREATE TABLE elsewhere (secret text)")
		conn, err := pgx.Connect(t.Context(), strings.Replace(s.URL(guardRole, name), "@", ":it%27s%20a%20secret@", 1))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		for _, statement := range []string{"CREATE TABLE mine (id int)", "CREATE SCHEMA mine", "CREATE TEMP VIEW v AS SELECT 1; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
			"ALTER TABLE legs ADD COLUMN x int", "DROP TABLE legs", "DROP VIEW calls", "TRUNCATE legs", "CREATE INDEX ON legs (name)",
			"CREATE TRIGGER t BEFORE INSERT ON legs EXECUTE FUNCTION suppress_redundant_updates_trigger()",
			"SELECT * FROM elsewhere", "CREATE ROLE other", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9, true)",
			"SELECT setval('outbox_id_seq', 1)", "SELECT pg_read_file('/etc/passwd')"} {
			_, err := conn.Exec(t.Context(), statement, pgx.QueryExecModeSimpleProtocol)
			var refused *pgconn.PgError
			if !errors.As(err, &refused) || refused.Code != "42501" {
				t.Errorf("%s: %v", statement, err)
			}
		}
		statements, err := engine.Grant(t.Context(), s.OwnerURL(name), "", guardRole, true)
		if err != nil {
			t.Fatal(err)
		}
		// Everything that the step makes is in the statements: who forgets a table learns it here.
		relations := value(t, s, name, `SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
			WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname <> 'elsewhere'`)
		all := strings.Join(statements, "\n")
		for _, relation := range strings.Fields(relations) {
			if !strings.Contains(all, `."`+relation+`" TO`) {
				t.Errorf("no right on %s", relation)
			}
		}
		if _, err := engine.Grant(t.Context(), s.OwnerURL(name), "", `no"body`, false); err == nil || !strings.Contains(err.Error(), "CREATE ROLE") {
			t.Errorf("a role that is not there: %v", err)
		}
	})
}

// TestWithoutRights opens databases that the guard's role may not bring up to date.
func TestWithoutRights(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := emptyDatabase(t, s)
		if s.Version < "15" {
			t.Fatal("before 15 everybody may make tables in public")
		}
		_, err := engine.Open(t.Context(), s.URL(guardRole, name), guardPassword)
		if err == nil || !strings.Contains(err.Error(), `"fraudguard migrate --grants guard"`) {
			t.Errorf("an empty database: %v", err)
		}
		if _, err := engine.Migrate(t.Context(), s.OwnerURL(name), "", false); err != nil {
			t.Fatal(err)
		}
		_, err = engine.Open(t.Context(), s.URL(guardRole, name), guardPassword)
		if err == nil || !strings.Contains(err.Error(), `migrate --grants`) {
			t.Errorf("tables of another: %v", err)
		}
		if _, err := engine.Grant(t.Context(), s.OwnerURL(name), "", guardRole, false); err != nil {
			t.Fatal(err)
		}
		open(t, s, name)
		execute(t, s, name, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
		for _, url := range []string{s.URL(guardRole, name), s.OwnerURL(name)} {
			_, err = engine.Open(t.Context(), url, guardPassword)
			if err == nil || !strings.Contains(err.Error(), "is newer than this program: it has version 99") {
				t.Errorf("a newer database: %v", err)
			}
		}
	})
}
