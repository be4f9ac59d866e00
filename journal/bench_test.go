package journal

import (
	"fmt"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
)

// wholeCall are the groups that a call makes on an ordinary site: it begins, is limited, is answered,
// ends with its charge, and Asterisk's own record comes.
func wholeCall(i int) [][]guard.Record {
	l := guard.Leg{Server: "pbx1", ID: fmt.Sprintf("1795262400.%d", i), Name: fmt.Sprintf("PJSIP/carrier-%08x", i),
		Account: limits.Account{Tenant: "acme", Extension: "101"}, PaidBy: "the phone that dialled", Dialled: "00442012345678",
		Number: "442012345678", Country: "GB", International: true, Deck: "default@3", Priced: true,
		Rate: rates.Rate{Prefix: "4420", Route: "United Kingdom London", PerMinute: 12_000, First: 60, Next: 60},
		Day:  "2026-11-21", Started: noon, Verdict: guard.Allowed, RecordedSeconds: -1}
	begun := l
	l.LimitedUntil = noon.Add(15 * time.Minute)
	limited := l
	l.Answered, l.AnsweredDay = noon.Add(5*time.Second), "2026-11-21"
	answered := l
	l.Ended, l.Cause = noon.Add(time.Minute), 16
	over := l
	l.RecordedSeconds = 55
	charge := guard.Charge{Server: "pbx1", Leg: l.ID, Day: l.Day, Kind: guard.KindCall, Account: l.Account, At: l.Ended, Amount: 12_000,
		Price: 12_000, BilledSeconds: 60, International: true, Route: l.Rate.Route}
	return [][]guard.Record{{begun}, {limited}, {answered}, {over, charge}, {l}}
}

// BenchmarkAppend appends the records of a hundred calls and waits for the disk.
func BenchmarkAppend(b *testing.B) {
	j, err := Open(b.TempDir(), 1<<40, quiet)
	if err != nil {
		b.Fatal(err)
	}
	var groups [][]guard.Record
	for i := range 100 {
		groups = append(groups, wholeCall(i)...)
	}
	for b.Loop() {
		if _, err := j.Append(groups); err != nil {
			b.Fatal(err)
		}
	}
	s := j.State()
	b.ReportMetric(float64(s.Bytes)/float64(s.Records), "B/record")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(s.Records), "µs/record")
	_ = j.Close()
}

// BenchmarkRead reads what waits, batch by batch.
func BenchmarkRead(b *testing.B) {
	j, err := Open(b.TempDir(), 1<<40, quiet)
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	records := 0
	for b.Loop() {
		b.StopTimer()
		for i := range 100 {
			if _, err := j.Append(wholeCall(i)); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		for {
			some, err := j.Read(500)
			if err != nil {
				b.Fatal(err)
			}
			if len(some) == 0 {
				break
			}
			records += len(some)
			if err := j.Taken(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(records), "µs/record")
}

// BenchmarkEmpty is what a batch pays while the store answers: a look at a journal that is empty.
func BenchmarkEmpty(b *testing.B) {
	j, err := Open(b.TempDir(), 1<<40, quiet)
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	for b.Loop() {
		if some, err := j.Read(500); len(some) > 0 || err != nil {
			b.Fatal(some, err)
		}
		if j.State().Records > 0 {
			b.Fatal("something waits")
		}
	}
}

// TestSizeOfACall holds the manual to its figure of what a call takes in the journal.
func TestSizeOfACall(t *testing.T) {
	j := open(t, t.TempDir())
	const calls = 1000
	for i := range calls {
		put(t, j, wholeCall(i)...)
	}
	s := j.State()
	if perCall := s.Bytes / calls; s.Records != 6*calls || perCall < 1300 || perCall > 1400 {
		t.Errorf("a call takes %d bytes and %d records", perCall, s.Records/calls)
	}
	end(t, j)
}
