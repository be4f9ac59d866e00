package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/store/sqlite"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// BenchmarkStart runs the program on a SQLite file with a hundred thousand accounts that were charged on each of the
// last thirty days, from its execution to the log line that says it is guarding.
func BenchmarkStart(b *testing.B) {
	dir := shortDir(b)
	fillMonth(b, filepath.Join(dir, "month.db"))
	path := filepath.Join(dir, "month.toml")
	caps := "cost_per_day = \"20.00\"\ncost_per_month = \"200.00\"\nminutes_per_day = 600\n"
	write(b, path, "timezone = \"UTC\"\n"+fmt.Sprintf(daemonConfig, dir, "month")+"[caps.extension]\n"+caps+"[caps.tenant]\n"+caps)
	loaded := fmt.Sprintf(" totals=%d ", 2*storetest.MonthAccounts) // of today and of this month
	var took time.Duration
	for b.Loop() {
		began := time.Now()
		daemon, said, ended := runDaemon(b, path)
		took += time.Since(began)
		if !strings.Contains(said, loaded) {
			b.Fatalf("no%sin\n%s", loaded, said)
		}
		send(b, daemon, syscall.SIGTERM)
		if code := ended(); code != 0 {
			b.Fatalf("exit code %d", code)
		}
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "start-s")
}

// fillMonth makes a store as the program would, and fills it.
func fillMonth(b *testing.B, path string) {
	b.Helper()
	s, err := sqlite.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for _, statement := range storetest.Month(time.Now()) {
		if _, err := db.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
}
