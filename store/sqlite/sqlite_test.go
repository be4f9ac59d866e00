package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/storetest"
)

var _ store.Store = (*Store)(nil)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		saveForEver(path)
	}
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "fraudguard.db"))
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return newStore(t) })
}

// start and alice are those of the suite's call.
var start, alice = storetest.Began, storetest.Payer

func call(id string) []guard.Record { return storetest.Call(id) }

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?&#%41'\"é.db") // every character that means something in a URI
	for n := range 3 {
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Save(t.Context(), call(fmt.Sprint(n)), nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, path)
	rows, err := s.Ledger(t.Context(), store.LedgerQuery{})
	if err != nil || len(rows) != 1 || rows[0].Attempts != 3 || rows[0].Cost != 3*12_500 {
		t.Errorf("after three processes: %+v, %v", rows, err)
	}
	for _, file := range []string{path, path + "-wal"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v: others can read who called whom", file, info.Mode())
		}
	}
}

// TestDurable checks the settings that the promises rest on, on both kinds of connection.
func TestDurable(t *testing.T) {
	s := newStore(t)
	for query, want := range map[string]string{"PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2", "PRAGMA foreign_keys": "1",
		"PRAGMA busy_timeout": "5000", "PRAGMA application_id": fmt.Sprint(application), "PRAGMA integrity_check": "ok"} {
		if got := value(t, s.write, query); got != want {
			t.Errorf("%s is %s, want %s", query, got, want)
		}
	}
	if _, err := s.read.Exec("DELETE FROM legs"); err == nil {
		t.Error("a reading connection writes")
	}
	_, err := s.write.Exec(`INSERT INTO ledger_days (period, tenant, extension, cost, price, billed_seconds, calls, attempts)
		VALUES ('2026-11-21', 'a', 'b', 1.5, 0, 0, 0, 0)`)
	if err == nil || !strings.Contains(err.Error(), "REAL") {
		t.Errorf("a fraction of a millionth: %v", err)
	}
}

func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fraudguard.db")
	const processes = 4
	opened := make(chan error, processes)
	for n := range processes {
		go func() {
			s, err := Open(t.Context(), path)
			if err == nil {
				err = s.Save(t.Context(), call(fmt.Sprint(n)), nil)
				err = errorsOf(err, s.Close())
			}
			opened <- err
		}()
	}
	for range processes {
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
	if got := value(t, open(t, path).read, "SELECT attempts FROM ledger_daily"); got != fmt.Sprint(processes) {
		t.Errorf("%s attempts, want %d", got, processes)
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestFull lets the disk fill up in the middle of a batch.
func TestFull(t *testing.T) {
	s := newStore(t)
	if _, err := s.write.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	var batch []guard.Record
	for n := range 1000 {
		batch = append(batch, call(fmt.Sprint(n))...)
	}
	err := s.Save(t.Context(), batch, []string{"mail"})
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("Save on a full disk: %v", err)
	}
	if got := value(t, s.read, "SELECT (SELECT count(*) FROM legs) + (SELECT count(*) FROM charges)"); got != "0" {
		t.Errorf("%s rows are left of a batch that failed", got)
	}
	if _, err := s.write.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), batch, []string{"mail"}); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if got := value(t, s.read, "SELECT cost FROM ledger_daily"); got != "12.5" {
		t.Errorf("the ledger says %s, want 12.5", got)
	}
}

// TestLocked saves while an administrator's transaction holds the file, and again without.
func TestLocked(t *testing.T) {
	s := newStore(t)
	if _, err := s.write.Exec("PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", s.source("rw"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	err = s.Save(t.Context(), call("1"), nil)
	if err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("Save while the file is held: %v", err)
	}
	if _, err := s.Calls(t.Context(), store.CallsQuery{}); err != nil {
		t.Errorf("reading while the file is held: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), call("1"), nil); err != nil {
		t.Errorf("Save afterwards: %v", err)
	}
}

// TestFailsInTheMiddle makes one record of a batch fail, whatever the reason.
func TestFailsInTheMiddle(t *testing.T) {
	s := newStore(t)
	if _, err := s.write.Exec(`CREATE TRIGGER stop BEFORE INSERT ON incidents WHEN NEW.id = 'i2'
		BEGIN SELECT RAISE(ABORT, 'stopped'); END`); err != nil {
		t.Fatal(err)
	}
	batch := append(append(call("1"), call("2")...), call("3")...)
	if err := s.Save(t.Context(), batch, []string{"mail"}); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Fatalf("Save: %v", err)
	}
	const rows = `SELECT (SELECT count(*) FROM legs) || ' ' || (SELECT count(*) FROM charges) || ' ' ||
		(SELECT count(*) FROM incidents) || ' ' || (SELECT count(*) FROM outbox) || ' ' || (SELECT count(*) FROM ledger_days)`
	if got := value(t, s.read, rows); got != "0 0 0 0 0" {
		t.Errorf("a batch that failed leaves %s rows", got)
	}
	if _, err := s.write.Exec("DROP TRIGGER stop"); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), batch, []string{"mail"}); err != nil {
		t.Fatal(err)
	}
	if got := value(t, s.read, rows); got != "3 3 3 3 1" {
		t.Errorf("the batch again leaves %s rows", got)
	}
}

// TestSentStays looks at what the interface does not show: when a notice was sent, and how often.
func TestSentStays(t *testing.T) {
	s := newStore(t)
	if err := s.Save(t.Context(), call("1"), []string{"mail"}); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		if err := s.Sent(t.Context(), []int64{1}, start.Add(time.Duration(n)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Postpone(t.Context(), []int64{1}, start.Add(time.Hour), "refused"); err != nil {
		t.Fatal(err)
	}
	got := value(t, s.read, "SELECT sent || ' ' || due || ' ' || attempts || reason FROM outbox_readable")
	if want := "2026-11-21T12:00:00.500Z 2026-11-21T12:01:00.500Z 0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

const crashFile = "FRAUDGUARD_TEST_CRASH_FILE"

// batchSize is how many calls saveForEver saves at once.
const batchSize = 20

// saveForEver saves calls until it is killed, and says so after each batch.
func saveForEver(path string) {
	s, err := Open(context.Background(), path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for n := 0; ; n++ {
		var batch []guard.Record
		for m := range batchSize {
			batch = append(batch, call(fmt.Sprintf("%d.%d.%d", os.Getpid(), n, m))...)
		}
		if err := s.Save(context.Background(), batch, []string{"mail"}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("saved")
	}
}

// TestKilled kills a process while it saves, again and again on the same file. What it said to be
// saved is there; of what it was saving there is all or nothing; and the ledger is the sum.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fraudguard.db")
	saved := 0
	for round := range 6 {
		saved += killAfter(t, path, 1+3*round)
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		counts := value(t, s.read, `SELECT (SELECT count(*) FROM legs) || ' ' || (SELECT count(*) FROM charges) || ' ' ||
			(SELECT count(*) FROM incidents) || ' ' || (SELECT count(*) FROM outbox)`)
		var legs, charges, incidents, notices int
		if _, err := fmt.Sscan(counts, &legs, &charges, &incidents, &notices); err != nil {
			t.Fatal(err)
		}
		if legs < saved*batchSize || legs%batchSize != 0 || charges != legs || incidents != legs || notices != legs {
			t.Errorf("round %d: %d batches of %d were saved, and there are %d legs, %d charges, %d incidents, %d notices",
				round, saved, batchSize, legs, charges, incidents, notices)
		}
		for _, period := range []limits.Period{limits.Day, limits.Month} {
			rows, err := s.Ledger(t.Context(), store.LedgerQuery{Period: period})
			want := limits.Usage{Cost: money.Amount(12_500 * legs), Price: money.Amount(25_000 * legs), BilledSeconds: int64(60 * legs),
				InternationalSeconds: int64(60 * legs),
				Calls:                int64(legs), Attempts: int64(legs)}
			if err != nil || len(rows) != 1 || rows[0].Usage != want {
				t.Errorf("round %d: the ledger by %s says %+v (%v), and the charges %+v", round, period, rows, err, want)
			}
		}
		if got := value(t, s.read, "SELECT sum(billed_seconds) FROM ledger_routes"); got != fmt.Sprint(60*legs) {
			t.Errorf("round %d: the routes have %s seconds, and the charges %d", round, got, 60*legs)
		}
		if got := value(t, s.read, "PRAGMA integrity_check"); got != "ok" {
			t.Errorf("round %d: integrity check: %s", round, got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		saved = legs / batchSize
	}
}

// killAfter runs saveForEver in a process of its own, kills it once it has saved some batches, and
// gives how many it said were saved.
func killAfter(t *testing.T, path string, batches int) int {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path)
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := 0
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if lines.Text() != "saved" {
			t.Errorf("the process says: %s", lines.Text())
			break
		}
		if said++; said == batches {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	return said
}
