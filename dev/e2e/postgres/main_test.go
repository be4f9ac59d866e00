// Package postgres holds the PostgreSQL store to the contract of store.Store, against real servers of
// every version that dev/postgres has, as the role with the fewest rights that a guard can have.
package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/dev/postgres"
	engine "github.com/fraudguard/fraudguard/store/postgres"
)

// ownerRole owns the databases and their tables, guardRole is the guard's; both have one password.
const ownerRole, guardRole, guardPassword = "keeper", "guard", "it's a secret"

const makeRoles = "CREATE ROLE keeper LOGIN PASSWORD 'it''s a secret'; CREATE ROLE guard LOGIN PASSWORD 'it''s a secret'"

// servers are those that run, by version.
var servers = make(map[string]*postgres.Server)

func TestMain(m *testing.M) {
	switch url := os.Getenv(childURL); os.Getenv(childDoes) {
	case "save":
		saveForEver(url)
	case "migrate":
		migrateOnce(url)
	}
	goleak.VerifyTestMain(running{m})
}

// running runs the tests while the servers run.
type running struct{ *testing.M }

func (r running) Run() int {
	defer func() {
		for _, s := range servers {
			if err := s.Stop(); err != nil {
				panic(err)
			}
		}
	}()
	for _, version := range postgres.Versions() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // the first time prepares the root
		s, err := postgres.Start(ctx, postgres.Options{Version: version})
		if err == nil {
			servers[version] = s
			err = s.Exec(ctx, "postgres", makeRoles)
		}
		cancel()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return r.M.Run()
}

// each runs a test on each version.
func each(t *testing.T, test func(t *testing.T, s *postgres.Server)) {
	for _, version := range postgres.Versions() {
		t.Run(version, func(t *testing.T) { test(t, servers[version]) })
	}
}

// A process that this test binary becomes.
const (
	childURL  = "FRAUDGUARD_TEST_URL"
	childDoes = "FRAUDGUARD_TEST_DOES"
)

// child is this test binary as another process, which does something with a database.
func child(does, url string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDoes+"="+does, childURL+"="+url)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// value asks for one value as an administrator would.
func value(t testing.TB, s *postgres.Server, database, query string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.OwnerURL(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var v pgtype.Text
	if err := conn.QueryRow(t.Context(), "SELECT ("+query+")::text").Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !v.Valid {
		return "NULL"
	}
	return v.String
}

// waitFor asks again until the answer is true.
func waitFor(t *testing.T, s *postgres.Server, database, query string) {
	t.Helper()
	deadline := time.After(time.Minute)
	for value(t, s, database, query) != "true" {
		select {
		case <-deadline:
			t.Fatalf("not in a minute: %s", query)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

var databases atomic.Int64

// emptyDatabase makes a database of its own for a test, and gives its name.
func emptyDatabase(t testing.TB, s *postgres.Server) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	execute(t, s, "postgres", "CREATE DATABASE "+name+" OWNER "+ownerRole+" ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
	t.Cleanup(func() {
		if err := s.Exec(context.Background(), "postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return name
}

func execute(t testing.TB, s *postgres.Server, database, text string) {
	t.Helper()
	if err := s.Exec(t.Context(), database, text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// newDatabase makes a database with its tables, for the guard's role.
func newDatabase(t testing.TB, s *postgres.Server) string {
	t.Helper()
	name := emptyDatabase(t, s)
	if _, err := engine.Migrate(t.Context(), s.URL(ownerRole, name), guardPassword, false); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Grant(t.Context(), s.URL(ownerRole, name), guardPassword, guardRole, false); err != nil {
		t.Fatal(err)
	}
	return name
}

// open opens a database as the guard does.
func open(t testing.TB, s *postgres.Server, database string) *engine.Store {
	t.Helper()
	opened, err := engine.Open(context.Background(), s.URL(guardRole, database), guardPassword)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}

func newStore(t testing.TB, s *postgres.Server) *engine.Store {
	t.Helper()
	return open(t, s, newDatabase(t, s))
}
