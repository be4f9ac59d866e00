package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/web"
)

// theftPerSecond is what every second of a stolen call costs: 3.00 a minute.
const theftPerSecond = money.Amount(50_000)

// evening is a site under way.
type evening struct {
	*site.Site
	t     *testing.T
	ctx   context.Context
	guard *site.Guard
}

// options are those of every site: Asterisk writes its own records, and prefixes 004499 only ring.
func options(version string) site.Options {
	return site.Options{
		Version: version,
		Modules: []string{"cdr_csv.so"},
		Files:   map[string]string{"cdr.conf": "[general]\nenable=yes\nunanswered=yes\n[csv]\nloguniqueid=yes\nloguserfield=yes\naccountlogs=no\n"},
		Phones:  map[string][]string{"acme": {"101", "102", "103", "104"}, "globex": {"201"}},
		Prices: []site.Price{{Prefix: "44", Route: "United Kingdom", PerMinute: "0.60", First: 1, Next: 1},
			{Prefix: "4490", Route: "United Kingdom premium", PerMinute: "3.00", First: 1, Next: 1},
			{Prefix: "4499", Route: "United Kingdom dear", PerMinute: "9.00", First: 1, Next: 1}},
		Answers: map[string]sip.Behaviour{"004499": {RingFor: 4 * time.Second}},
		Rules:   "[caps.route]\ncost_per_minute = \"5.00\"\n[caps.extension]\ncost_per_day = \"1000.00\"\n",
	}
}

// open sets a site up. Program is the fraudguard that it runs.
func open(t *testing.T, ctx context.Context, program string, o site.Options) *evening {
	t.Helper()
	s, err := site.New(ctx, program, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.Log())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &evening{Site: s, t: t, ctx: ctx}
}

// begin starts the guard with its price list.
func (e *evening) begin() {
	e.t.Helper()
	e.start()
	e.check(e.ImportPrices(e.ctx))
}

// start starts the guard, or starts it again.
func (e *evening) start() {
	e.t.Helper()
	var err error
	e.guard, err = e.StartGuard(e.ctx)
	e.check(err)
}

func (e *evening) check(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// status waits until the status is as wanted.
func (e *evening) status(what string, good func(web.Status) bool) {
	e.t.Helper()
	e.check(e.guard.WaitStatus(e.ctx, what, good))
}

// linked waits until the link to Asterisk is in a state.
func (e *evening) linked(state string) {
	e.t.Helper()
	e.status("the link is "+state, func(st web.Status) bool { return len(st.Servers) == 1 && st.Servers[0].State == state })
}

// live waits until the guard has so many legs live and stored.
func (e *evening) live(n int) {
	e.t.Helper()
	e.status("legs are live and stored", func(st web.Status) bool { return st.LiveLegs == n && st.Store.Waiting == 0 })
}

func (e *evening) phone(extension string) *sip.Phone {
	e.t.Helper()
	p, err := e.Phone(e.ctx, extension)
	e.check(err)
	return p
}

// talk is a call that the carrier has answered, and when.
type talk struct {
	*sip.Call
	answered time.Time
}

func (e *evening) dial(p *sip.Phone, number string) talk {
	e.t.Helper()
	call, err := p.Dial(e.ctx, number)
	e.check(err)
	e.check(call.WaitAnswered(e.ctx))
	return talk{call, time.Now()}
}

// refused dials a number that is too dear.
func (e *evening) refused(p *sip.Phone, number string) {
	e.t.Helper()
	call, err := p.Dial(e.ctx, number)
	e.check(err)
	over, err := call.WaitOver(e.ctx)
	e.check(err)
	if over.Kind != sip.Refused {
		e.t.Errorf("the call to %s ended as %+v", number, over)
	}
}

// pause lets calls last; that is a length of talk, and no wait for something to happen.
func (e *evening) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-e.ctx.Done():
	}
}

// hangUp ends a call in the middle of a second, so that both sides bill the same increments even if
// they see its ends some milliseconds apart.
func (e *evening) hangUp(call talk) {
	e.t.Helper()
	lasts := time.Since(call.answered).Truncate(time.Second) + 1500*time.Millisecond
	e.pause(time.Until(call.answered.Add(lasts)))
	e.check(call.Hangup())
}

// settled waits until nothing is live for anybody, and all is stored.
func (e *evening) settled() {
	e.t.Helper()
	e.check(e.Carrier.WaitAllEnded(e.ctx))
	e.status("no leg is live", func(st web.Status) bool { return st.LiveLegs == 0 })
	// A status is no one moment: the end that it counts may not yet be among what it says waits.
	e.status("no leg is live, all is stored", func(st web.Status) bool {
		return st.LiveLegs == 0 && st.Store.Waiting == 0 && st.Store.AwaySince == nil && st.Store.Journal.Bytes == 0
	})
}

// importRecords fills what nobody watched by Asterisk's own records.
func (e *evening) importRecords() {
	e.t.Helper()
	path := filepath.Join(e.Asterisk.Folder, "log", "cdr-csv", "Master.csv")
	e.check(e.guard.Wait(e.ctx, "Asterisk has written its records", func() bool {
		text, _ := os.ReadFile(path)
		return strings.Count(string(text), "\n") >= len(e.Carrier.Bills())
	}))
	for range 2 { // the second time changes nothing
		var summary web.RecordsSummary
		out, err := e.Run(e.ctx, "import", "cdr", path, "--server", "pbx1", "--json")
		e.check(err)
		e.check(json.Unmarshal([]byte(out), &summary))
		if summary.Bad != 0 {
			e.t.Errorf("the import did %+v", summary)
		}
	}
	e.settled()
}

// filledIn ends an evening of which the guard did not watch everything: Asterisk's records fill the gaps,
// and the ledger is held to the bill, the theft to its cap.
func (e *evening) filledIn() {
	e.t.Helper()
	e.settled()
	e.importRecords()
	e.whole(2)
	e.capHeld("004490", theftCap, 2)
}

// whole holds the ledger to the carrier's bill, with as many increments of slack for each leg.
func (e *evening) whole(slack int) {
	e.t.Helper()
	e.settled()
	if err := e.Whole(e.ctx, e.Socket(), func(string) int { return slack }); err != nil {
		e.t.Error(err)
	}
}

// capHeld looks at what the calls with a prefix came to: the cap, but for increments that had begun.
func (e *evening) capHeld(prefix string, most money.Amount, increments int) {
	e.t.Helper()
	if err := e.CapHeld(prefix, most, increments); err != nil {
		e.t.Error(err)
	}
}

// number is one that nobody else dials.
func number(prefix string, n int) string { return fmt.Sprintf("00%s%07d", prefix, n) }
