package records

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/bill"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// layouts are the ways in which Asterisk writes its records: cdr_csv with and without its last
// columns, and cdr_custom as it is shipped.
var layouts = map[string]struct {
	module string
	files  map[string]string
}{
	"cdr_csv whole": {"cdr-csv", map[string]string{"cdr.conf": "[general]\nenable=yes\nunanswered=yes\n[csv]\nloguniqueid=yes\nloguserfield=yes\naccountlogs=no\n"}},
	"cdr_csv short": {"cdr-csv", map[string]string{"cdr.conf": "[general]\nenable=yes\nunanswered=yes\n[csv]\nloguniqueid=no\nloguserfield=no\naccountlogs=no\n"}},
	"cdr_custom": {"cdr-custom", map[string]string{"cdr.conf": "[general]\nenable=yes\nunanswered=yes\n",
		"cdr_custom.conf": "[mappings]\nMaster.csv => ${CSV_QUOTE(${CDR(clid)})},${CSV_QUOTE(${CDR(src)})},${CSV_QUOTE(${CDR(dst)})},${CSV_QUOTE(${CDR(dcontext)})}," +
			"${CSV_QUOTE(${CDR(channel)})},${CSV_QUOTE(${CDR(dstchannel)})},${CSV_QUOTE(${CDR(lastapp)})},${CSV_QUOTE(${CDR(lastdata)})},${CSV_QUOTE(${CDR(start)})}," +
			"${CSV_QUOTE(${CDR(answer)})},${CSV_QUOTE(${CDR(end)})},${CSV_QUOTE(${CDR(duration)})},${CSV_QUOTE(${CDR(billsec)})},${CSV_QUOTE(${CDR(disposition)})}," +
			"${CSV_QUOTE(${CDR(amaflags)})},${CSV_QUOTE(${CDR(accountcode)})},${CSV_QUOTE(${CDR(uniqueid)})},${CSV_QUOTE(${CDR(userfield)})},${CDR(sequence)}\n"}},
}

// TestOutage: the guard is killed. One call ends in the dark, others begin and end there, one of them
// with a blind transfer. Asterisk's records bring the ledger to the carrier's bill, and then the bill
// itself finds nothing, until a call on it is longer.
func TestOutage(t *testing.T) {
	for name, l := range layouts {
		t.Run(name, func(t *testing.T) {
			each(t, site.Options{Files: l.files}, func(e *evening) {
				e.killedGuard()
				if spent, total := e.spent()["acme/101"], e.total(); spent >= total {
					t.Errorf("nothing is missing: the ledger says %s, the carrier bills %s", spent, total)
				}
				path := e.csv(l.module, 6)
				e.importTwice(path)
				e.sameAsBill("00442044444444")
				e.reconcile()
			})
		})
	}
}

// killedGuard has one call watched whole and one whose end nobody sees, because the guard is killed; then come
// the outage's own, and the guard is back.
func (e *evening) killedGuard() {
	e.t.Helper()
	phone := e.phone()
	seen := e.dial(phone, "00442011111111")
	e.talk(1500 * time.Millisecond)
	e.check(seen.Hangup())
	cut := e.dial(phone, "00442022222222")
	e.check(e.guard.WaitStatus(e.ctx, "a leg is live and stored", func(st web.Status) bool { return st.LiveLegs == 1 && st.Store.Waiting == 0 }))
	e.talk(300 * time.Millisecond)
	e.guard.Kill()
	e.talk(1200 * time.Millisecond)
	e.check(cut.Hangup())
	e.outage()
	e.begin()
	e.settled()
}

// outage makes the calls that nobody watches: one of half a second, which Asterisk records as of no
// second, one that nobody answers, and one that is sent on while the phone leaves.
func (e *evening) outage() {
	e.t.Helper()
	phone := e.phone()
	short := e.dial(phone, "00442033333333")
	e.talk(500 * time.Millisecond)
	e.check(short.Hangup())
	busy, err := phone.Dial(e.ctx, "00442099999999")
	e.check(err)
	_, err = busy.WaitOver(e.ctx)
	e.check(err)
	sent := e.dial(phone, "00442044444444")
	e.talk(1500 * time.Millisecond)
	e.check(sent.BlindTransfer(e.ctx, "00442055555555"))
	phone.Vanish()
	e.check(e.Carrier.WaitAnswered(e.ctx, 5))
	e.talk(2500 * time.Millisecond)
	e.Carrier.HangupAll()
	e.check(e.Carrier.WaitAllEnded(e.ctx))
}

// importTwice imports records, tries it out before, and looks for what it changes the second time.
func (e *evening) importTwice(from ...string) {
	e.t.Helper()
	before := e.spent()
	trial := run[web.RecordsSummary](e, append([]string{"import", "cdr", "--server", "pbx1", "--dry-run"}, from...)...)
	if after := e.spent(); !maps.Equal(before, after) {
		e.t.Errorf("a trial changes the ledger from %v to %v", before, after)
	}
	first := run[web.RecordsSummary](e, append([]string{"import", "cdr", "--server", "pbx1"}, from...)...)
	if first.Charged != 3 || first.Corrected != 1 || first.Unbilled != 1 || first.Known != 1 || first.Differing != 0 || first.Bad != 0 {
		e.t.Errorf("the import did %+v", first)
	}
	if trial.Charged != first.Charged || trial.Corrected != first.Corrected || trial.Cost != first.Cost {
		e.t.Errorf("the trial said %+v, the import %+v", trial, first)
	}
	spent := e.spent()
	again := run[web.RecordsSummary](e, append([]string{"import", "cdr"}, from...)...)
	if again.Charged+again.Corrected+again.Differing+again.Unbilled != 0 || again.Cost != 0 {
		e.t.Errorf("the same records again did %+v", again)
	}
	if after := e.spent(); !maps.Equal(spent, after) {
		e.t.Errorf("the same records again changed the ledger from %v to %v", spent, after)
	}
}

// bill writes what the carrier bills as carriers do, with lengths rounded up where it rounds; the call to
// longer lasts a minute more.
func (e *evening) bill(longer string, rounding bill.Rounding) string {
	var b strings.Builder
	b.WriteString("Start time;Called number;Duration;Amount\r\n")
	for _, call := range e.Carrier.Bills() {
		if call.Answered.IsZero() {
			continue
		}
		lasted, cost := call.Duration(), e.Carrier.Cost(call)
		if call.Number == longer {
			lasted, cost = lasted+time.Minute, "9.00"
		}
		if rounding.Known() {
			lasted = rounding.Up(lasted)
		}
		fmt.Fprintf(&b, "%s;+%s;%.3f;%s\r\n", call.Answered.UTC().Format(time.DateTime), strings.TrimPrefix(call.Number, "00"), lasted.Seconds(), cost)
	}
	path := filepath.Join(e.Folder, "bill.csv")
	e.check(os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// reconcile holds the ledger to the bill itself, and corrects it once.
func (e *evening) reconcile() {
	e.t.Helper()
	honest := run[web.BillSummary](e, "reconcile", e.bill("", bill.Rounding{}), "--zone", "UTC")
	if honest.Matched != 5 || honest.Rows != 5 || len(honest.UnknownThere) != 0 {
		e.t.Errorf("the bill of the same calls: %+v", honest)
	}
	halves := bill.Rounding{First: 30, Next: 6}
	rounded := run[web.BillSummary](e, "reconcile", e.bill("", halves), "--zone", "UTC", "--rounding", halves.String())
	if rounded.Matched != 5 || rounded.Rounding != "30/6" {
		e.t.Errorf("the bill of the same calls, rounded: %+v", rounded)
	}
	rounded = run[web.BillSummary](e, "reconcile", e.bill("00442033333333", halves), "--zone", "UTC", "--rounding", halves.String())
	if rounded.Matched != 4 || len(rounded.Longer) != 1 || rounded.Longer[0].Number != "442033333333" {
		e.t.Errorf("a call is a minute longer, rounded: %+v", rounded)
	}
	path, before := e.bill("00442033333333", bill.Rounding{}), e.spent()["acme/101"]
	found := run[web.BillSummary](e, "reconcile", path, "--zone", "UTC", "--trunk", "PJSIP/carrier")
	if found.Matched != 4 || len(found.Longer) != 1 || found.Longer[0].Number != "442033333333" || found.Applied != 0 {
		e.t.Errorf("a call is a minute longer: %+v", found)
	}
	if after := e.spent()["acme/101"]; after != before {
		e.t.Errorf("nobody asked to charge it, and the ledger went from %s to %s", before, after)
	}
	client := e.Client()
	defer client.Close()
	for i, want := range []int{1, 0} {
		applied := run[web.BillSummary](e, "reconcile", path, "--zone", "UTC", "--apply")
		if applied.Applied != want {
			e.t.Errorf("time %d: %d corrections: %+v", i+1, applied.Applied, applied)
		}
		if after := e.spent()["acme/101"]; after != before+9_000_000-perSecond {
			e.t.Errorf("time %d: the ledger went from %s to %s", i+1, before, after)
		}
	}
	shown, err := e.Run(e.ctx, "incidents")
	e.check(err)
	if strings.Count(shown, "carrier.longer") != 3 { // twice found, once charged
		e.t.Errorf("the incidents are\n%s", shown)
	}
}

// TestLateRecords: Asterisk keeps its records back for some seconds. One of a call that nobody saw is
// charged as soon as it comes; one of a call that was metered, and long forgotten, is not charged again.
func TestLateRecords(t *testing.T) {
	batch := map[string]string{"cdr.conf": "[general]\nenable=yes\nbatch=yes\nsize=100\ntime=16\n[csv]\nloguniqueid=yes\n"}
	each(t, site.Options{Files: batch}, func(e *evening) {
		phone := e.phone()
		seen := e.dial(phone, "00442011111111")
		e.talk(500 * time.Millisecond)
		e.check(seen.Hangup())
		e.settled()
		e.guard.Kill()
		unseen := e.dial(phone, "00442022222222")
		e.talk(1500 * time.Millisecond)
		e.check(unseen.Hangup())
		e.begin()
		e.check(e.guard.Wait(e.ctx, "the late record is charged", func() bool { return len(e.costs()) == 2 }))
		e.settled()
		e.sameAsBill()
		again := run[web.RecordsSummary](e, "import", "cdr", e.csv("cdr-csv", 2))
		if again.Known != 2 || again.Charged+again.Corrected+again.Differing != 0 {
			t.Errorf("an import of the same does %+v", again)
		}
		e.sameAsBill()
	})
}
