// Package faults breaks what a guard rests on while calls are up, and holds its ledger to the carrier's
// bill afterwards: no leg costs less than the carrier takes, none is there twice, nothing is held any
// more, `fraudguard verify` finds nothing, caps held (dev/site Whole and CapHeld). It needs root and Debian.
//
// Which fault is tested where, here and elsewhere:
//
//   - the guard killed: at random moments under load here (-rounds, -seed), on both stores; at its cap
//     dev/e2e/watch TestKilledGuard; in the dark TestOutage of dev/e2e/records; within a transaction
//     daemon TestKilled, store/sqlite TestKilled, dev/e2e/postgres TestGuardKilled;
//   - the guard stopped, suspended, started late: dev/e2e/watch TestGuardRestart, TestSuspendedGuard,
//     TestLateStart; gone while calls ask: TestFailModes;
//   - PostgreSQL killed, its disk full, its line cut, half-open and slow, rows held in other orders: here
//     with a daemon and calls; store for store in dev/e2e/postgres (TestServerKilled, TestAnswerLost,
//     TestCrosswise, TestHeld, TestTimesOut);
//   - SQLite's disk full, and the journal's: dev/e2e/watch TestStoreAway, TestDiskFull; a journal that is
//     torn or damaged: package journal and daemon TestJournalDamaged;
//   - the lines to Asterisk flapping and half-open: here; cut: dev/e2e/watch TestFailModes, guard
//     TestSimulation; the REST interface away: dev/e2e/watch TestWithoutREST;
//   - Asterisk killed, and suspended: dev/e2e/watch TestAsteriskRestart, TestAsteriskSuspended;
//   - the clock set an hour forward and back: here, and guard TestClockSetOverMidnight, limits TestClockSet;
//   - two guards on one server: dev/e2e/watch TestSecondGuard, TestTakenOver, daemon TestLost.
package faults

import (
	"flag"
	"os"
	"testing"

	"github.com/fraudguard/fraudguard/dev/site"
)

var (
	rounds = flag.Int("rounds", 3, "how often TestKilledAtRandom kills the guard")
	seed   = flag.Uint64("seed", 0, "of the moments of TestKilledAtRandom; 0 draws one")
)

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "4") // sites mostly wait for calls to last; the flag is there in every test
	os.Exit(site.Tests(&program, m.Run))
}
