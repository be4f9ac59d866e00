package daemon

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
)

// Where the environment has these, the stores of this package's tests are databases in a PostgreSQL, and
// not SQLite files: dev/e2e/postgres runs the whole suite so, as the role with the fewest rights.
const (
	storeOwner    = "FRAUDGUARD_TEST_STORE_OWNER"    // the URL by which databases can be made
	storeGuard    = "FRAUDGUARD_TEST_STORE_GUARD"    // the guard's role's, of the database of which each store is a copy
	storePassword = "FRAUDGUARD_TEST_STORE_PASSWORD" // the role's
)

// place is where a test's store is, and the journal that is not beside a file of the store's.
type place struct{ url, password, journal string }

// newPlace makes room for a store: a file in a folder, or a database.
func newPlace(t *testing.T, folder string) place {
	t.Helper()
	owner := os.Getenv(storeOwner)
	if owner == "" {
		return place{url: "sqlite:" + filepath.Join(folder, "test.db")}
	}
	at, err := url.Parse(os.Getenv(storeGuard))
	if err != nil {
		t.Fatal(err)
	}
	name := "test.db-" + rand.Text()
	execute(t, owner, fmt.Sprintf("CREATE DATABASE %q TEMPLATE %q", name, at.Path[1:]))
	t.Cleanup(func() { execute(t, owner, fmt.Sprintf("DROP DATABASE %q WITH (FORCE)", name)) })
	at.Path = "/" + name
	return place{url: at.String(), password: os.Getenv(storePassword), journal: filepath.Join(folder, "test.journal")}
}

// execute has the owner run a command.
func execute(t *testing.T, owner, command string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), command); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
}

// settings are the keys of the table [store].
func (p place) settings() string {
	if p.journal == "" {
		return fmt.Sprintf("url = %q\n", p.url)
	}
	return fmt.Sprintf("url = %q\npassword = %q\njournal = %q\n", p.url, p.password, p.journal)
}

func (p place) open(t *testing.T) store.Store {
	t.Helper()
	s, err := engine.Open(t.Context(), p.url, p.password)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
