package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOpen(t *testing.T) {
	directory := t.TempDir()
	for _, url := range []string{"sqlite:" + directory + "/a.db", "sqlite://" + directory + "/a.db"} {
		s, err := Open(t.Context(), url, "")
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if editions, err := s.Editions(t.Context()); err != nil || len(editions) != 0 {
			t.Errorf("%s: %v, %v", url, editions, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if files, _ := filepath.Glob(directory + "/*"); len(files) != 1 {
		t.Errorf("two ways to write one URL make %v", files)
	}
}

func TestOpenRefuses(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://user:hunter2@host/db":                "has a password in it",
		"postgresql://user:hunter2@host/db":              "has a password in it",
		"postgres://user@host/db?password=hunter2":       "has a password in it",
		"postgres://user@host/db?sslpassword=hunter2":    "has a password in it",
		"postgres://user:hunter2%@host/db":               "cannot be read",
		"postgres://user:hunter2@host:port/db":           "cannot be read",
		"postgres://user@host/db?%=hunter2":              "cannot be read behind",
		"postgres://user@host/db?pool_max_conns=all":     "cannot be used",
		"postgres:user:hunter2@host":                     "cannot be read",
		"postgres://user@127.0.0.1:9/db?sslmode=disable": "refused",
		"mysql://user:hunter2@host/db":                   `write "sqlite:" and an absolute path`,
		"/var/lib/hunter2/fraudguard.db":                 `write "sqlite:" and an absolute path`,
		"":                                               `write "sqlite:" and an absolute path`,
		"sqlite:":                                        "absolute path",
		"sqlite:fraudguard.db":                           "absolute path",
		"sqlite://fraudguard.db":                         "absolute path",
		"sqlite::memory:":                                "absolute path",
		"sqlite:/no/such/directory/a.db":                 "does not exist",
	} {
		s, err := Open(t.Context(), url, "")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", url, err, want)
		}
		if s != nil {
			t.Errorf("%q: a store comes with the error", url)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is in the error", url)
		}
	}
}

// TestBackup: a file is copied; of PostgreSQL the command is told, and no password.
func TestBackup(t *testing.T) {
	folder := t.TempDir()
	address, target := "sqlite:"+filepath.Join(folder, "a.db"), filepath.Join(folder, "b.db")
	s, err := Open(t.Context(), address, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := Backup(t.Context(), address, target); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(target); err != nil || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
	for address, want := range map[string]string{
		"postgres://guard@db:5433/fg?sslmode=require":                                                   `pg_dump --format=custom --file='/b'\''s' --dbname='postgres://guard@db:5433/fg?sslmode=require'`,
		"postgresql:///fg?host=/run/postgresql&user=it's":                                               `--dbname='postgresql:///fg?host=%2Frun%2Fpostgresql&user=it%27s'`,
		"postgres://guard@db/fg?pool_max_conns=3&statement_timeout=9s&sslmode=verify-full&timezone=UTC": "--dbname='postgres://guard@db/fg?sslmode=verify-full'",
		"postgres://guard:secret@db/fg":                                                                 "has a password in it",
		"postgres://guard@db/fg?password=secret":                                                        "has a password in it",
		"postgres://guard:sec%ret@db/fg":                                                                "cannot be read",
		"mysql://x":                                                                                     `write "sqlite:"`,
	} {
		err := Backup(t.Context(), address, "/b's")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec%ret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
