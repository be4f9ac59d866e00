package journal

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
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

// TestSizeOfACall holds the manual to its figures of what a call takes in the journal.
func TestSizeOfACall(t *testing.T) {
	text, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := strings.Join(strings.Fields(string(text)), " ")
	call := wholeCall(0)
	unanswered := call[1][0].(guard.Leg)
	unanswered.Ended, unanswered.Cause = noon.Add(30*time.Second), 19
	incident := guard.Incident{ID: "hcvx2k0q9f4", At: noon, Server: "pbx1", Rule: "caps.extension.cost_per_day", Account: unanswered.Account,
		Number: unanswered.Number, Leg: unanswered.ID, Seen: "the extension has spent what it may spend today",
		Evidence: []guard.Evidence{{Name: "cap", Value: "20.00"}, {Name: "spent", Value: "20.00"}}, Actions: []string{"hang up"}}
	for _, c := range []struct {
		told   string
		groups [][]guard.Record
	}{
		{`answered call is 6 records, and takes about ([0-9,]+) bytes`, call},
		{`its limit is renewed, every half .horizon., about ([0-9,]+) more`, call[1:2]},
		{`nobody answers takes about ([0-9,]+) bytes`, [][]guard.Record{call[0], call[1], {unanswered}}},
		{`an incident ([0-9,]+)\.`, [][]guard.Record{{incident}}},
	} {
		found := regexp.MustCompile(c.told).FindStringSubmatch(manual)
		if found == nil {
			t.Errorf("docs/operating.md does not say %s", c.told)
			continue
		}
		told, err := strconv.ParseInt(strings.ReplaceAll(found[1], ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		j := open(t, t.TempDir())
		const times = 1000
		for range times {
			put(t, j, c.groups...)
		}
		s := j.State()
		if each := s.Bytes / times; each*10 < told*8 || each > told {
			t.Errorf("%s: it takes %d", found[0], each)
		}
		if len(c.groups) == len(call) && s.Records != 6*times {
			t.Errorf("a call is %d records", s.Records/times)
		}
		end(t, j)
	}
}
