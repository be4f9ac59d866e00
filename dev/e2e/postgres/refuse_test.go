package postgres

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// TestRefusedToOpen: what is wrong is said in an administrator's words, and no password with it.
func TestRefusedToOpen(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		execute(t, s, "postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
		defer execute(t, s, "postgres", "DROP DATABASE latin WITH (FORCE)")
		const wrong = "hunter2"
		for what, c := range map[string]struct{ url, password, want string }{
			"a wrong password":         {s.URL(guardRole, name), wrong, "the password is not taken"},
			"no password":              {s.URL(guardRole, name), "", "the password is not taken"},
			"nobody's role":            {s.URL("nobody", name), wrong, "the password is not taken"},
			"no database":              {s.URL(guardRole, "none"), guardPassword, "there is no such database"},
			"another encoding":         {s.OwnerURL("latin"), "", "ENCODING 'UTF8'"},
			"a port of nobody":         {"postgres://guard@127.0.0.1:9/db?sslmode=disable", wrong, "refused"},
			"a server that has no TLS": {strings.Replace(s.URL(guardRole, name), "sslmode=disable", "sslmode=require", 1), guardPassword, "TLS"},
		} {
			opened, err := engine.Open(t.Context(), c.url, c.password)
			if opened != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %q in it", what, err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), guardPassword)) {
				t.Errorf("%s: a password is in the error: %v", what, err)
			}
		}
		if log := s.Log(); strings.Contains(log, wrong) || strings.Contains(log, guardPassword) {
			t.Error("a password is in the server's log")
		}
	})
}

// TestPasswordFile lets PostgreSQL's own file tell the password.
func TestPasswordFile(t *testing.T) {
	s := servers[postgres.Versions()[0]]
	name := newDatabase(t, s)
	file := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(file, []byte("127.0.0.1:*:*:"+guardRole+":"+guardPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGPASSFILE", file)
	opened, err := engine.Open(t.Context(), s.URL(guardRole, name), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
}

// TestReadOnly saves to a server that only reads, as a standby does.
func TestReadOnly(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened, err := engine.Open(t.Context(), s.URL(guardRole, name)+"&default_transaction_read_only=on", guardPassword)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		if err := opened.Save(t.Context(), storetest.Call("1"), nil); err == nil || !strings.Contains(err.Error(), "as a standby does") {
			t.Errorf("Save: %v", err)
		}
		if _, err := opened.Load(t.Context(), "2026-11-21", storetest.Began); err != nil {
			t.Errorf("Load: %v", err)
		}
	})
}

// TestSettings looks at what the promises rest on, as the connections have it.
func TestSettings(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		execute(t, s, "postgres", "ALTER DATABASE "+name+" SET synchronous_commit = off")
		// The guard's connections write down what they have, when it saves something.
		execute(t, s, name, `CREATE TABLE seen (setting text, value text);
			CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
				INSERT INTO seen SELECT s, current_setting(s) FROM unnest(ARRAY['synchronous_commit', 'statement_timeout', 'lock_timeout',
					'idle_in_transaction_session_timeout', 'application_name', 'TimeZone', 'transaction_isolation']) s;
				RETURN NULL; END $$;
			CREATE TRIGGER see AFTER INSERT ON incidents EXECUTE FUNCTION see()`)
		if err := open(t, s, name).Save(t.Context(), storetest.Call("1"), nil); err != nil {
			t.Fatal(err)
		}
		const want = "TimeZone=UTC application_name=fraudguard idle_in_transaction_session_timeout=1min lock_timeout=10s statement_timeout=30s " +
			"synchronous_commit=on transaction_isolation=read committed"
		if got := value(t, s, name, `SELECT string_agg(setting || '=' || value, ' ' ORDER BY setting COLLATE "C") FROM seen`); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// TestPatient: price lists, and the proof of the ledger, have ten minutes for a statement, whatever the URL says.
func TestPatient(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		execute(t, s, "postgres", "ALTER DATABASE "+name+" SET log_statement = 'all'; ALTER DATABASE "+name+" SET log_error_verbosity = 'terse'")
		opened, err := engine.Open(t.Context(), s.URL(guardRole, name)+"&statement_timeout=20000", guardPassword)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		times := func() int { return strings.Count(s.Log(), "SET LOCAL statement_timeout = 600000") }
		for what, do := range map[string]func() error{
			"a price list is saved": func() error {
				_, err := opened.SaveEdition(t.Context(), deck(t), store.EditionInfo{Saved: storetest.Began})
				return err
			},
			"the ledger is proven": func() error {
				_, err := opened.Verify(t.Context(), day, day)
				return err
			},
		} {
			before := times()
			if err := do(); err != nil || times() != before+1 {
				t.Errorf("%s: %v, and it was patient %d times", what, err, times()-before)
			}
		}
		before := times()
		if _, err := opened.Edition(t.Context(), "carrier", 1); err != nil || times() != before+1 {
			t.Errorf("a price list is read: %v, and it was patient %d times", err, times()-before)
		}
		if err := opened.Save(t.Context(), calls("0"), nil); err != nil || times() != before+1 {
			t.Errorf("records are saved: %v, with the patience of a price list", err)
		}
	})
}

// TestBounded asks for more at once than there are connections.
func TestBounded(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		done := make(chan error)
		const readers = 40
		for range readers {
			go func() {
				_, err := opened.Load(context.Background(), "2026-11-21", storetest.Began)
				done <- err
			}()
		}
		for range readers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		got := value(t, s, name, "SELECT count(*) BETWEEN 1 AND 8 FROM pg_stat_activity WHERE application_name = 'fraudguard' AND datname = current_database()")
		if got != "true" {
			t.Error("there are more than 8 connections, or none")
		}
	})
}

// TestMeddled changes the rows of an edition behind the store's back.
func TestMeddled(t *testing.T) {
	s := servers[postgres.Versions()[0]]
	for _, change := range []string{
		"DELETE FROM rates WHERE position = 0",
		"UPDATE rates SET position = 9 WHERE position = 1",
		"INSERT INTO rates SELECT deck, 2, prefix || '1', route, 0, 0, 1, 1, 0, 0, '', false, NULL, NULL FROM rates WHERE position = 0",
		"UPDATE rates SET tiers = 'sun'",
	} {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		if _, err := opened.SaveEdition(t.Context(), deck(t), store.EditionInfo{Saved: storetest.Began}); err != nil {
			t.Fatal(err)
		}
		execute(t, s, name, change)
		if got, err := opened.Edition(t.Context(), "carrier", 1); err == nil || !strings.Contains(err.Error(), `edition 1 of deck "carrier"`) {
			t.Errorf("%s: %v, %v", change, got, err)
		}
	}
}

// TestOwnerURL: a URL of a test's own making is one that a configuration takes.
func TestOwnerURL(t *testing.T) {
	for _, s := range servers {
		if err := engine.Check(s.OwnerURL("a b/" + url.PathEscape("ü"))); err != nil {
			t.Error(err)
		}
	}
}
