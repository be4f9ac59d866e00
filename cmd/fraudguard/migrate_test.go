package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMigrate goes through a file's life. That of PostgreSQL is in dev/e2e/postgres.
func TestMigrate(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "fraudguard.db")
	for _, step := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a file that is not there", []string{"--url", url, "--dry-run"}, exitFailed, "without --dry-run it is made"},
		{"a new file", []string{"--url", url}, exitDone, "up to date now, by these steps:\n  00001_begin.sql\n"},
		{"once more", []string{"--url", url}, exitDone, "is up to date.\n"},
		{"as it would be", []string{"--url", url, "--dry-run", "--json"}, exitDone, `"dry_run": true`},
		{"rights", []string{"--url", url, "--grants", "fraudguard"}, exitWrong, "SQLite has no roles"},
		{"rights for nobody", []string{"--url", url, "--grants", ""}, exitWrong, "needs the name of a role"},
		{"a password", []string{"--url", "postgres://fraudguard:tell-nobody@127.0.0.1/fraudguard"}, exitWrong, "has a password in it"},
		{"no server", []string{"--url", "postgres://fraudguard@127.0.0.1:9/fraudguard?sslmode=disable"}, exitFailed, "migrate fraudguard@127.0.0.1/fraudguard"},
		{"no configuration", []string{"--config", "/no/such/file"}, exitWrong, "/no/such/file"},
	} {
		var out, errs strings.Builder
		code := execute(t.Context(), append([]string{"migrate"}, step.args...), &out, &errs)
		if said := out.String() + errs.String(); code != step.code || !strings.Contains(said, step.want) || strings.Contains(said, "tell-nobody") {
			t.Errorf("%s: exit code %d, want %d and %q in\n%s", step.name, code, step.code, step.want, said)
		}
	}
}

// TestMigrateByConfiguration takes the store from where the daemon would.
func TestMigrateByConfiguration(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "fraudguard.toml")
	text := "[store]\nurl = \"sqlite:" + folder + "/a.db\"\n[[server]]\nname = \"a\"\nami = \"127.0.0.1:5038\"\nami_user = \"u\"\nami_secret = \"s\"\n" +
		"ari = \"http://127.0.0.1:8088/ari\"\nari_user = \"u\"\nari_password = \"s\"\ntrunks = [\"PJSIP/carrier\"]\ncountry = \"IT\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	if code := execute(t.Context(), []string{"migrate", "--config", path, "--json"}, &out, &errs); code != exitDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if !strings.Contains(out.String(), `"file": "00003_caps.sql"`) || !strings.Contains(out.String(), `"grants": []`) {
		t.Error(out.String())
	}
	if _, err := os.Stat(folder + "/a.db"); err != nil {
		t.Error(err)
	}
}
