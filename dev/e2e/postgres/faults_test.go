package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// batchSize is how many calls saveForEver saves at once.
const batchSize = 20

// saveForEver saves calls until it is killed or fails, and says so after each batch.
func saveForEver(url string) {
	s, err := engine.Open(context.Background(), url, "")
	for n := 0; err == nil; n++ {
		if err = s.Save(context.Background(), calls(fmt.Sprintf("%d.%d", os.Getpid(), n)), []string{"mail"}); err == nil {
			fmt.Println("saved")
		}
	}
	fmt.Println(err)
	os.Exit(1)
}

// calls is a batch of calls.
func calls(prefix string) (batch []guard.Record) {
	for m := range batchSize {
		batch = append(batch, storetest.Call(fmt.Sprintf("%s.%d", prefix, m))...)
	}
	return batch
}

// checkWhole looks whether each batch is there whole, each row once, and whether the ledger is the sum. It
// gives the number of batches.
func checkWhole(t *testing.T, s *postgres.Server, database string) int {
	t.Helper()
	var legs, charges, incidents, notices int
	counts := value(t, s, database, `SELECT (SELECT count(*) FROM legs) || ' ' || (SELECT count(*) FROM charges) || ' ' ||
		(SELECT count(*) FROM incidents) || ' ' || (SELECT count(*) FROM outbox)`)
	if _, err := fmt.Sscan(counts, &legs, &charges, &incidents, &notices); err != nil {
		t.Fatal(err)
	}
	if legs%batchSize != 0 || charges != legs || incidents != legs || notices != legs {
		t.Errorf("batches of %d, and there are %d legs, %d charges, %d incidents, %d notices", batchSize, legs, charges, incidents, notices)
	}
	opened := open(t, s, database)
	for _, period := range []limits.Period{limits.Day, limits.Month} {
		rows, err := opened.Ledger(t.Context(), store.LedgerQuery{Period: period})
		want := limits.Usage{Cost: money.Amount(12_500 * legs), Price: money.Amount(25_000 * legs), BilledSeconds: int64(60 * legs),
			InternationalSeconds: int64(60 * legs), Calls: int64(legs), Attempts: int64(legs)}
		if err != nil || len(rows) != 1 || rows[0].Usage != want {
			t.Errorf("the ledger by %s says %+v (%v), and the charges %+v", period, rows, err, want)
		}
	}
	return legs / batchSize
}

// sayUntil counts the lines "saved" of a process until there are some, then does something, and counts
// on to the end of the process.
func sayUntil(t *testing.T, url string, batches int, then func(kill func())) int {
	t.Helper()
	process := child("save", url)
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	said := 0
	for lines := bufio.NewScanner(output); lines.Scan() && lines.Text() == "saved"; {
		if said++; said == batches {
			then(func() { _ = process.Process.Kill() })
		}
	}
	_ = process.Wait() // it was killed, or failed
	if said < batches {
		t.Fatalf("the process ended after %d batches", said)
	}
	return said
}

// TestGuardKilled kills a process while it saves. What it said to be saved is there; of what it was saving
// there is all or nothing.
func TestGuardKilled(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name, saved := newDatabase(t, s), 0
		for round := range 4 {
			saved += sayUntil(t, s.OwnerURL(name), 1+3*round, func(kill func()) { kill() })
			if there := checkWhole(t, s, name); there < saved {
				t.Errorf("round %d: %d batches were saved, and there are %d", round, saved, there)
			} else {
				saved = there
			}
		}
	})
}

// TestServerKilled kills the server itself while a process saves: it has its disk's word for each commit.
func TestServerKilled(t *testing.T) {
	for _, version := range postgres.Versions() {
		t.Run(version, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			s, err := postgres.Start(ctx, postgres.Options{Version: version, Settings: []string{"synchronous_commit=off"}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			execute(t, s, "postgres", makeRoles)
			if _, err := engine.Migrate(ctx, s.OwnerURL("postgres"), "", false); err != nil {
				t.Fatal(err)
			}
			if _, err := engine.Grant(ctx, s.OwnerURL("postgres"), "", guardRole, false); err != nil {
				t.Fatal(err)
			}
			waiting := open(t, s, "postgres") // a guard that lives through it
			saved := 0
			for round := range 3 {
				saved += sayUntil(t, s.OwnerURL("postgres"), 2+5*round, func(func()) {
					if err := s.Kill(); err != nil {
						t.Fatal(err)
					}
				})
				if err := waiting.Save(ctx, calls("away"), nil); err == nil {
					t.Error("a server that is dead has saved something")
				}
				if err := s.Restart(ctx); err != nil {
					t.Fatal(err)
				}
				if there := checkWhole(t, s, "postgres"); there < saved {
					t.Errorf("round %d: %d batches were saved, and there are %d", round, saved, there)
				} else {
					saved = there
				}
			}
			if err := waiting.Save(ctx, calls("back"), []string{"mail"}); err != nil {
				t.Errorf("the guard that lived through it: %v", err)
			}
		})
	}
}

// TestAnswerLost cuts the line when the server has committed and before the guard knows. The guard has to
// repeat, and nothing may count twice.
func TestAnswerLost(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		line := newLine(t, s.Address())
		url := strings.Replace(s.URL(guardRole, name), s.Address(), line.address(), 1)
		opened, err := engine.Open(t.Context(), url, guardPassword)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		for n := range 3 {
			batch := calls(fmt.Sprint(n))
			line.cutAfter("Q\x00\x00\x00\x0bcommit\x00") // as PostgreSQL's protocol has it
			if err := opened.Save(t.Context(), batch, []string{"mail"}); err == nil {
				t.Fatal("the line was cut, and Save knows of nothing")
			}
			if got := value(t, s, name, "SELECT count(*) FROM legs"); got != fmt.Sprint((n+1)*batchSize) {
				t.Fatalf("the server has %s legs: the line was not cut after the commit", got)
			}
			if err := opened.Save(t.Context(), batch, []string{"mail"}); err != nil {
				t.Fatalf("the same again: %v", err)
			}
			if there := checkWhole(t, s, name); there != n+1 {
				t.Errorf("%d batches are there, and %d were saved", there, n+1)
			}
		}
	})
}

// TestCrosswise lets guards change the same legs, blocks and caps in opposite orders: they wait for
// each other, and nobody fails.
func TestCrosswise(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		const guards, rounds, legs = 4, 15, 30
		var all sync.WaitGroup
		for g := range guards {
			opened := open(t, s, name)
			all.Go(func() {
				for round := range rounds {
					var batch []guard.Record
					for n := range legs {
						if g%2 == 1 {
							n = legs - 1 - n
						}
						records := storetest.Call(fmt.Sprint(n))
						leg := records[1].(guard.Leg)
						leg.LimitedUntil = leg.LimitedUntil.Add(time.Duration(g*rounds+round) * time.Second)
						block := guard.Block{ID: fmt.Sprint("b", n), Target: guard.Target{Account: storetest.Payer}, Since: leg.Started, Reason: fmt.Sprint(g)}
						over := guard.CapChange{Override: guard.Override{Subject: limits.Subject{Tenant: fmt.Sprint("t", n)}, Kind: limits.CostPerDay, Value: limits.Value(g), At: leg.Started}}
						batch = append(batch, records[0], leg, records[2], block, over)
					}
					if err := opened.Save(t.Context(), batch, []string{"mail"}); err != nil {
						t.Errorf("guard %d: %v", g, err)
					}
				}
			})
		}
		all.Wait()
		if got := value(t, s, name, "SELECT attempts || ' ' || calls || ' ' || cost FROM ledger_days"); got != fmt.Sprintf("%d %d %d", legs, legs, legs*12_500) {
			t.Errorf("the ledger says %s", got)
		}
	})
}

// TestHeld saves while an administrator's transaction holds a row, for longer than the guard waits.
func TestHeld(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened, err := engine.Open(t.Context(), s.URL(guardRole, name)+"&lock_timeout=50", guardPassword)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		if err := opened.Save(t.Context(), calls("0"), []string{"mail"}); err != nil {
			t.Fatal(err)
		}
		release := hold(t, s, name, "SELECT * FROM ledger_days FOR UPDATE")
		if err := opened.Save(t.Context(), calls("1"), []string{"mail"}); err == nil || !strings.Contains(err.Error(), "has held the rows for too long") {
			t.Errorf("Save while the row is held: %v", err)
		}
		if _, err := opened.Calls(t.Context(), store.CallsQuery{}); err != nil {
			t.Errorf("reading while the row is held: %v", err)
		}
		release()
		if err := opened.Save(t.Context(), calls("1"), []string{"mail"}); err != nil {
			t.Errorf("Save afterwards: %v", err)
		}
		if there := checkWhole(t, s, name); there != 2 {
			t.Errorf("%d batches are there", there)
		}
	})
}

// TestTimesOut gives Save less time than it needs, in the middle of a transaction.
func TestTimesOut(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		if err := opened.Save(t.Context(), calls("0"), []string{"mail"}); err != nil {
			t.Fatal(err)
		}
		release := hold(t, s, name, "SELECT * FROM ledger_days FOR UPDATE")
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := opened.Save(ctx, calls("1"), []string{"mail"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Save without time: %v", err)
		}
		release()
		if err := opened.Save(t.Context(), calls("1"), []string{"mail"}); err != nil {
			t.Errorf("Save afterwards: %v", err)
		}
		if there := checkWhole(t, s, name); there != 2 {
			t.Errorf("%d batches are there", there)
		}
	})
}

// TestMeet lets two guards say different things of one leg at the same moment: neither takes back what the
// other one said.
func TestMeet(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		whole := storetest.Call("1")[1].(guard.Leg)
		ringing := whole
		ringing.Answered, ringing.AnsweredDay, ringing.Ended, ringing.RecordedSeconds = time.Time{}, "", time.Time{}, -1
		answered, recorded := ringing, ringing
		answered.Answered, answered.AnsweredDay = whole.Answered, whole.AnsweredDay
		recorded.RecordedSeconds = whole.RecordedSeconds
		opened := open(t, s, name)
		if err := opened.Save(t.Context(), []guard.Record{ringing}, nil); err != nil {
			t.Fatal(err)
		}
		release := hold(t, s, name, "SELECT * FROM legs FOR UPDATE")
		var both sync.WaitGroup
		for _, record := range []guard.Leg{answered, recorded} {
			both.Go(func() {
				if err := opened.Save(context.Background(), []guard.Record{record}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		held(t, s, name, 2)
		release()
		both.Wait()
		if got := value(t, s, name, "SELECT (answered IS NOT NULL) || ' ' || recorded_seconds FROM legs"); got != "true 59" {
			t.Errorf("answered and recorded: %s", got)
		}
		if got := value(t, s, name, "SELECT attempts || ' ' || calls FROM ledger_days"); got != "1 1" {
			t.Errorf("attempts and calls: %s", got)
		}
	})
}
