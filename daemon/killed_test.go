package daemon

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/journal"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// The process that TestKilled kills is the test program itself, with these in its environment: the
// folder of the journal, the URL of the store, how the store goes, and the number of the first call.
const (
	killedFolder = "FRAUDGUARD_TEST_KILLED_FOLDER"
	killedStore  = "FRAUDGUARD_TEST_KILLED_STORE"
	killedPlan   = "FRAUDGUARD_TEST_KILLED_PLAN"
	killedFirst  = "FRAUDGUARD_TEST_KILLED_FIRST"
)

// killedPlans are the ways in which the store goes, by the number of the Save.
var killedPlans = map[string]func(n int) storetest.Fault{
	"well":              func(int) storetest.Fault { return storetest.None },
	"fails":             func(int) storetest.Fault { return storetest.Fails },
	"fails but is done": func(int) storetest.Fault { return storetest.FailsButDone },
	"hangs":             func(int) storetest.Fault { return storetest.TimesOut },
	"comes and goes":    func(n int) storetest.Fault { return storetest.Fault(n / 3 % 3) },
}

// recordUntilKilled is a recorder in a process of its own, as the daemon has it. It says each number
// of a call that is recorded.
func recordUntilKilled(folder, url, plan, first string) {
	fail := func(err error) {
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
	}
	call, err := strconv.Atoi(first)
	fail(err)
	s, err := engine.Open(context.Background(), url, os.Getenv(storePassword))
	fail(err)
	saves := 0
	r := newRecorder(storetest.Faulty(s, func(string) storetest.Fault {
		saves++
		return killedPlans[plan](saves)
	}), quiet, func(bool) {})
	r.journal, err = journal.Open(filepath.Join(folder, "journal"), 1<<30, quiet)
	fail(err)
	go r.run(context.Background())
	for ; ; call++ {
		r.add(callRecords(call)...)
		fmt.Println(call)
		pass(2 * time.Millisecond)
	}
}

// TestKilled: a recorder is killed at any moment, whatever the store does. What waited for longer than
// about a second is stored once, also after several kills, and a leg never without its charge.
func TestKilled(t *testing.T) {
	folder := t.TempDir()
	at := newPlace(t, folder)
	first := 0
	var sure []int // calls of which none may be missing
	for round, plan := range []string{"fails", "hangs", "well", "comes and goes", "fails but is done"} {
		next, settled := killed(t, folder, at.url, plan, first)
		for n := first; n < settled; n++ {
			sure = append(sure, n)
		}
		if settled <= first {
			t.Errorf("round %d (%s): nothing had settled when the process was killed", round, plan)
		}
		first = next
	}
	s := at.open(t)
	defer s.Close()
	r := newRecorder(s, quiet, func(bool) {})
	r.journal = openJournal(t, filepath.Join(folder, "journal"))
	defer r.journal.Close()
	if err := r.replay(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state := r.state(); state.waiting() != 0 || len(state.journal.Bad) != 0 {
		t.Errorf("after the replay the state is %+v", state)
	}
	stored := make(map[string]guard.Leg)
	legs, err := s.Calls(t.Context(), store.CallsQuery{Limit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range legs {
		stored[l.ID] = l
		if int64(l.Cost) != 1_000_000 || l.BilledSeconds != 60 {
			t.Errorf("leg %s costs %s for %d seconds", l.ID, l.Cost, l.BilledSeconds)
		}
	}
	missing := 0
	for _, n := range sure {
		if _, ok := stored[callRecords(n)[0].(guard.Leg).ID]; !ok {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("of %d calls that had settled, %d are missing", len(sure), missing)
	}
	rows, err := s.Ledger(t.Context(), store.LedgerQuery{Period: limits.Day})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if u, n := rows[0].Usage, int64(len(stored)); u.Calls != n || u.Attempts != n || int64(u.Cost) != n*1_000_000 || u.BilledSeconds != n*60 {
		t.Errorf("the ledger says %+v of %d legs", u, n)
	}
}

// killed runs a recorder for some seconds, kills it, and gives the number of the call after the last
// one, and the one before which all had two seconds to settle.
func killed(t *testing.T, folder, url, plan string, first int) (next, settled int) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), killedFolder+"="+folder, killedStore+"="+url, killedPlan+"="+plan, killedFirst+"="+strconv.Itoa(first))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	const settles = 2 * time.Second
	until := settles + time.Second + time.Duration(rand.IntN(1000))*time.Millisecond
	type said struct {
		call int
		at   time.Time
	}
	var all []said
	var killedAt time.Time
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			t.Errorf("it said %q", lines.Text())
			break
		}
		all = append(all, said{n, time.Now()})
		if killedAt.IsZero() && time.Since(all[0].at) > until {
			killedAt = time.Now()
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if killedAt.IsZero() {
		_ = c.Process.Kill()
	}
	_ = c.Wait()
	if killedAt.IsZero() || len(all) == 0 {
		t.Fatalf("%s: it ended by itself", plan)
	}
	settled = first
	for _, s := range all {
		if killedAt.Sub(s.at) > settles {
			settled = s.call + 1
		}
	}
	return all[len(all)-1].call + 1, settled
}
