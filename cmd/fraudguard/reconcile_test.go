package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/web"
)

// talkedBefore stores three calls that were charged by the second at 0.60 a minute, as a daemon would have
// done before: of 10, 62.5 and 119 s.
func talkedBefore(t *testing.T, store string) {
	t.Helper()
	s, err := engine.Open(t.Context(), "sqlite:"+store, "")
	if err != nil {
		t.Fatal(err)
	}
	for n, lasted := range []time.Duration{10 * time.Second, 62500 * time.Millisecond, 119 * time.Second} {
		answered := time.Date(2026, 11, 21, 18, n, 0, 0, time.UTC)
		l := guard.Leg{
			Server: "pbx1", ID: fmt.Sprintf("1.%d", n), Name: fmt.Sprintf("PJSIP/carrier-%d", n), Account: limits.Account{Tenant: "acme", Extension: "101"},
			Dialled: "00442011111111", Number: "442011111111", Country: "GB", International: true, Deck: "default@1", Priced: true,
			Rate: rates.Rate{Prefix: "44", Route: "United Kingdom", PerMinute: 600_000, First: 1, Next: 1},
			Day:  "2026-11-21", AnsweredDay: "2026-11-21", Started: answered, Answered: answered, Ended: answered.Add(lasted), Verdict: guard.Allowed, RecordedSeconds: -1,
		}
		c := guard.Charge{
			Server: l.Server, Leg: l.ID, Day: l.Day, Kind: guard.KindCall, Account: l.Account, At: l.Ended, International: true, Route: l.Rate.Route,
			Amount: l.Rate.Cost(answered, lasted), Price: l.Rate.Cost(answered, lasted), BilledSeconds: l.Rate.BilledSeconds(lasted),
		}
		if err := s.Save(t.Context(), []guard.Record{l, c}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// billed is a daemon that has metered some calls, and bills of them.
type billed struct {
	t            *testing.T
	socket, file string
	number       string // as the bills write that of all calls
}

func newBilled(t *testing.T) *billed {
	t.Helper()
	dir := shortDir(t)
	talkedBefore(t, filepath.Join(dir, "first.db"))
	daemon, ended := startDaemon(t, dir, "first")
	t.Cleanup(func() {
		send(t, daemon, syscall.SIGTERM)
		if code := ended(); code != 0 {
			t.Errorf("it ended with %d", code)
		}
	})
	return &billed{t, filepath.Join(dir, "s"), filepath.Join(dir, "bill.csv"), "+442011111111"}
}

// reconcile holds the ledger to a bill of the calls' lengths, and costs where they have one: "60 0.60".
func (b *billed) reconcile(flags string, calls ...string) (s web.BillSummary) {
	b.t.Helper()
	text := "start,number,seconds,cost\n"
	for n, call := range calls {
		seconds, cost, _ := strings.Cut(call, " ")
		text += fmt.Sprintf("2026-11-21 18:%02d:00,%s,%s,%s\n", n, b.number, seconds, cost)
	}
	write(b.t, b.file, text)
	r := fraudguard(b.t, b.socket, append(append([]string{"reconcile", b.file}, strings.Fields(flags)...), "--json")...)
	if err := json.Unmarshal([]byte(r.out), &s); err != nil || r.code != 0 {
		b.t.Fatalf("%v: %+v", err, r)
	}
	return s
}

// TestReconcileRounding: the ledger is held to bills that the carrier has rounded.
func TestReconcileRounding(t *testing.T) {
	b := newBilled(t)
	for _, c := range []struct {
		flags                                     string
		bill                                      []string
		matched, longer, shorter, dearer, cheaper int
	}{
		{"", []string{"10", "63", "119"}, 3, 0, 0, 0, 0},
		{"", []string{"60", "120", "120"}, 1, 2, 0, 0, 0},
		{"--rounding 60/60", []string{"60", "120", "120"}, 3, 0, 0, 0, 0},
		{"--rounding 30/6", []string{"30", "66", "120"}, 3, 0, 0, 0, 0},
		{"--rounding 1/1", []string{"10", "63", "119"}, 3, 0, 0, 0, 0},
		{"--rounding 1/1", []string{"60", "120", "119"}, 1, 2, 0, 0, 0},
		{"--rounding 60/60", []string{"120", "180", "120"}, 1, 2, 0, 0, 0},
		{"--rounding 60/60", []string{"60", "60", "60"}, 1, 0, 2, 0, 0},
		{"--rounding 60/60 --tolerance 3s", []string{"60", "60", "60"}, 2, 0, 1, 0, 0},
		{"--rounding 60/60 --tolerance 1ms", []string{"60", "120", "120"}, 3, 0, 0, 0, 0},
		{"--rounding 1/1 --tolerance 1ms", []string{"10 0.10", "63 0.63", "119 1.21"}, 2, 0, 0, 1, 0},
		{"--rounding 1/1 --tolerance 1ms", []string{"10 0.1", "63 0.6", "119 1.2"}, 3, 0, 0, 0, 0},
		{"--rounding 1/1", []string{"10 0.10", "63 0.50", "119 1.19"}, 2, 0, 0, 0, 1},
	} {
		s := b.reconcile(c.flags, c.bill...)
		rounding, _, _ := strings.Cut(strings.TrimPrefix(c.flags, "--rounding "), " ")
		if s.Matched != c.matched || len(s.Longer) != c.longer || len(s.Shorter) != c.shorter || len(s.Dearer) != c.dearer || len(s.Cheaper) != c.cheaper ||
			len(s.UnknownHere)+len(s.UnknownThere)+s.Applied != 0 || s.Rounding != rounding {
			t.Errorf("%q with %q: %+v", c.bill, c.flags, s)
		}
	}
}

// TestReconcileRoundedAndApply charges what a rounded bill has more, once, and proves the ledger afterwards.
func TestReconcileRoundedAndApply(t *testing.T) {
	b := newBilled(t)
	// The carrier bills whole minutes, which the price list does not know, and the second call is longer.
	bill := []string{"60 0.60", "180 1.80", "120 1.20"}
	s := b.reconcile("--rounding 60/60 --apply", bill...)
	if len(s.Longer) != 1 || len(s.Dearer) != 1 || s.Matched != 1 || s.Applied != 2 || s.Correction.String() != "1.67" {
		t.Errorf("%+v", s)
	}
	if s = b.reconcile("--rounding 60/60 --apply", bill...); s.Matched != 3 || s.Applied != 0 || s.Cost.String() != "3.59" {
		t.Errorf("the same again: %+v", s)
	}
	// The same bill again with other prices, and then with still others.
	if s = b.reconcile("--rounding 60/60 --apply", "60 0.70", "180 1.80", "120 1.20"); s.Applied != 1 || s.Correction.String() != "0.10" {
		t.Errorf("dearer: %+v", s)
	}
	if s = b.reconcile("--rounding 60/60 --apply", "60 0.70", "180 1.70", "120 1.20"); s.Applied != 0 || s.Matched != 3-1 || len(s.Cheaper) != 1 {
		t.Errorf("cheaper: %+v", s)
	}
	if r := fraudguard(t, b.socket, "verify"); r.code != 0 {
		t.Errorf("%+v", r)
	}
	if r := fraudguard(t, b.socket, "reconcile", b.file, "--rounding", "60/60"); r.code != 0 || !strings.Contains(r.out, "rounded up by 60/60 seconds") || !strings.Contains(r.out, "As long and cheaper at the carrier: 1") {
		t.Errorf("%+v", r)
	}
}

// TestReconcileNumbers: a bill of our own calls is charged nothing more in whatever form it has their numbers,
// E.164 without + above all, which could be dialled in Italy too. A call of which there is no leg is charged
// once, and found again in every form.
func TestReconcileNumbers(t *testing.T) {
	b := newBilled(t)
	own := []string{"10 0.10", "63 0.63", "119 1.19"}
	for _, b.number = range []string{"442011111111", "00442011111111", "+44 20 1111 1111"} {
		for _, flags := range []string{"--apply", "--apply --trunk PJSIP/carrier"} {
			if s := b.reconcile(flags, own...); s.Matched != 3 || s.Applied != 0 || len(s.UnknownHere)+len(s.UnknownThere) != 0 {
				t.Errorf("%s, %s: %+v", b.number, flags, s)
			}
		}
	}
	more := append(slices.Clone(own), "30 0.30")
	for i, form := range []string{"442011111111", "442011111111", "+442011111111", "00442011111111"} {
		b.number = form
		if s := b.reconcile("--apply", more...); s.Matched != 3+min(i, 1) || s.Applied != 1-min(i, 1) || len(s.UnknownHere) != 1-min(i, 1) {
			t.Errorf("%s: %+v", form, s)
		}
	}
	if r := fraudguard(t, b.socket, "verify"); r.code != 0 {
		t.Errorf("%+v", r)
	}
}

// TestReconcileWrongRounding: what is no rounding is said before a file is opened, and the shell offers some that are.
func TestReconcileWrongRounding(t *testing.T) {
	for _, wrong := range []string{"60", "0/60", "-1/1", "one/one", "60/60/60", "1/100000"} {
		r := fraudguard(t, "", "reconcile", "/nonexistent", "--rounding="+wrong)
		if r.code != exitWrong || !strings.Contains(r.errs, fmt.Sprintf("--rounding %q: write the seconds of the carrier's first", wrong)) {
			t.Errorf("%q: %+v", wrong, r)
		}
	}
	if r := fraudguard(t, "", "__complete", "reconcile", "bill.csv", "--rounding", ""); !strings.Contains(r.out, "60/60\n30/6\n") {
		t.Errorf("%+v", r)
	}
}
