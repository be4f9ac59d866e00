package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/storetest"
)

func TestSpoilt(t *testing.T) {
	storetest.Spoilt(t, func(t *testing.T) (store.Store, func(string) error) {
		s := newStore(t)
		return s, func(statement string) error {
			_, err := s.write.ExecContext(context.Background(), statement)
			return err
		}
	})
}

// TestMostDiscrepancies: where everything is off, the answer is bounded and says so.
func TestMostDiscrepancies(t *testing.T) {
	s := newStore(t)
	_, err := s.write.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO ledger_routes SELECT '2026-11-21', 'acme', i, 'Italy', 1 FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := s.Verify(t.Context(), "2026-11-21", "2026-11-21")
	if err != nil || len(proof.Discrepancies) != store.MostDiscrepancies || !proof.More || proof.Routes != 2000 {
		t.Errorf("%d discrepancies of %d, more: %v, %v", len(proof.Discrepancies), proof.Routes, proof.More, err)
	}
}

// TestBackup copies a store that is in use, and opens the copy.
func TestBackup(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "fraudguard.db")
	s := open(t, path)
	if err := s.Save(t.Context(), call("1"), []string{"mail"}); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(folder, "it's a copy; --.db")
	if err := Backup(t.Context(), path, target); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := s.Save(t.Context(), call("2"), nil); err != nil { // after the copy
		t.Fatal(err)
	}
	if err := Backup(t.Context(), path, target); err == nil || !strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("over another file: %v", err)
	}
	restored := open(t, target)
	totals, err := restored.Ledger(t.Context(), store.LedgerQuery{Period: limits.Month})
	if err != nil || len(totals) != 1 || totals[0].Cost != 12_500 || totals[0].Attempts != 1 {
		t.Errorf("the copy has %+v, %v", totals, err)
	}
	proof, err := restored.Verify(t.Context(), "2026-11-21", "2026-11-21")
	if err != nil || proof.Days != 1 || len(proof.Discrepancies) > 0 {
		t.Errorf("the copy: %+v, %v", proof, err)
	}
	if waiting, err := restored.OutboxWaiting(t.Context()); err != nil || waiting["mail"] != 1 {
		t.Errorf("the copy has notices %v, %v", waiting, err)
	}
	for query, want := range map[string]string{"PRAGMA integrity_check": "ok", "PRAGMA journal_mode": "wal"} {
		if got := value(t, restored.read, query); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// TestBackupFails: what cannot be copied leaves nothing behind.
func TestBackupFails(t *testing.T) {
	folder := t.TempDir()
	other, target := filepath.Join(folder, "other"), filepath.Join(folder, "copy")
	if err := os.WriteFile(other, []byte(strings.Repeat("no database", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	shut(t, open(t, filepath.Join(folder, "good.db")))
	for name, fail := range map[string]func() error{
		"no database": func() error { return Backup(t.Context(), other, target) },
		"nothing":     func() error { return Backup(t.Context(), filepath.Join(folder, "nothing"), target) },
		"a folder":    func() error { return Backup(t.Context(), folder, target) },
		"into no folder": func() error {
			return Backup(t.Context(), filepath.Join(folder, "good.db"), filepath.Join(folder, "none", "copy"))
		},
		"a context at end": func() error { return Backup(ended, filepath.Join(folder, "good.db"), target) },
	} {
		if err := fail(); err == nil {
			t.Errorf("%s, and no error", name)
		}
		left, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() == "copy" }) {
			t.Fatalf("%s: something is left", name)
		}
	}
}
