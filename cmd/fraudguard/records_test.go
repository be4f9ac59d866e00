package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/web"
)

// TestImportCDR: what is asked of the daemon, and what is shown of its answer.
func TestImportCDR(t *testing.T) {
	at := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	backend := busy(t)
	backend.Records = web.RecordsSummary{Server: "pbx1", Rows: 7, First: &at, Last: &at, Charged: 3, Known: 2, Differing: 1, NoLongerKept: 4, Cost: 1_500_000, Bad: 1,
		Faults:      []string{"a.csv:3: its last quote is not closed: is the file still being written?"},
		Differences: []web.Difference{{Leg: "1.1", Tenant: "acme", Extension: "101", Number: "39061234", Started: at, Metered: 10, Told: 70.5}}}
	socket, file := serve(t, backend), filepath.Join(shortDir(t), "a.csv")
	write(t, file, "0123456789")
	r := fraudguard(t, socket, "import", "cdr", file, "--server", "pbx1", "--format", "csv", "--map", "channel=1,dstchannel=2", "--zone", "UTC",
		"--since", "2026-11-01T00:00:00Z", "--tolerance", "3s", "--dry-run")
	if r.code != 0 || r.errs != "" {
		t.Fatalf("%+v", r)
	}
	for _, word := range []string{"7 call records of server pbx1", "charged, nobody had watched them    3", "acme/101", "39061234", "10.0", "70.5", "1.50", "a.csv:3: its last quote", "4 calls are so old"} {
		if !strings.Contains(r.out, word) {
			t.Errorf("%q is not in\n%s", word, r.out)
		}
	}
	asked := strings.Join(backend.Asked(), "\n")
	for _, word := range []string{"import 10 bytes", "Server:pbx1", "File:a.csv", "Format:csv", "channel:1", "dstchannel:2", "Zone:UTC", "2026-11-01 00:00:00", "Tolerance:3s", "DryRun:true", "Apply:false"} {
		if !strings.Contains(asked, word) {
			t.Errorf("the daemon was not asked for %q: %s", word, asked)
		}
	}
	for _, wrong := range [][]string{{"--map", "channel"}, {"--since", "yesterday"}, {"--tolerance", "-1s"}} {
		if r := fraudguard(t, socket, append([]string{"import", "cdr", file}, wrong...)...); r.code != exitWrong {
			t.Errorf("%q: %+v", wrong, r)
		}
	}
}

// TestImportCDRTable: what is wrong with a table is said before a server is asked, and no password shown.
func TestImportCDRTable(t *testing.T) {
	socket := serve(t, busy(t))
	empty := filepath.Join(shortDir(t), "empty")
	write(t, empty, "\n")
	const url = "postgres://reader@127.0.0.1:9/asterisk?sslmode=disable"
	for want, args := range map[string][]string{
		"takes no arguments":             {"a.csv", "--table", url},
		"--format is for files":          {"--table", url, "--format", "csv"},
		"has a password in it":           {"--table", strings.Replace(url, "@", ":hunter2@", 1)},
		"write it like \"postgres://":    {"--table", "sqlite:/tmp/hunter2"},
		"no such file":                   {"--table", url, "--table-password-file", empty + "2"},
		"is empty":                       {"--table", url, "--table-password-file", empty},
		"write column=where":             {"--table", url, "--map", "start"},
		"takes a file, and 0 arguments":  nil,
		"takes a file, and 2 arguments ": {"a.csv", "b.csv"},
	} {
		r := fraudguard(t, socket, append([]string{"import", "cdr"}, args...)...)
		if r.code != exitWrong || !strings.Contains(r.errs, want) || strings.Contains(r.errs, "hunter2") {
			t.Errorf("%q, %q: %+v", want, args, r)
		}
	}
	if r := fraudguard(t, socket, "import", "cdr", "--table", url); r.code != 1 || !strings.Contains(r.errs, "open reader@127.0.0.1/asterisk") {
		t.Errorf("nobody at that place: %+v", r)
	}
}

// TestRowProgress: a terminal sees how many rows of a large table are read.
func TestRowProgress(t *testing.T) {
	for rows, want := range map[int64]string{
		rowsShownFrom:     "\r[###############---------------]  50 % of 10000 rows\r[##############################] 100 % of 10000 rows sent; it is being read and stored\r\n",
		rowsShownFrom - 1: "",
	} {
		master, slave := terminal(t)
		done := int64(0)
		p := newRowProgress(strings.NewReader("row row"), rows, func() int64 { done += rows / 2; return done }, slave)
		for _, n := range []int{3, 4} {
			if _, err := io.ReadFull(p, make([]byte, n)); err != nil {
				t.Fatal(err)
			}
		}
		p.end()
		slave.Close()
		shown, err := io.ReadAll(master)
		if err != nil && !errors.Is(err, syscall.EIO) { // how a terminal ends
			t.Fatal(err)
		}
		if string(shown) != want {
			t.Errorf("%d rows: %q", rows, shown)
		}
	}
}

// TestReconcile: a bill with one call that is longer.
func TestReconcile(t *testing.T) {
	at := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	billed := money.Amount(9_000_000)
	backend := busy(t)
	backend.Bill = web.BillSummary{Server: "pbx1", Rows: 3, NoLongerKept: 5, Matched: 2, First: &at, Last: &at, Cost: 1_000_000, Billed: 10_000_000, Applied: 1, Correction: 8_000_000,
		Columns: []string{"number = Callee"},
		Longer:  []web.Difference{{Leg: "1.1", Tenant: "acme", Extension: "101", Number: "39061234", Started: at, Metered: 10, Told: 70, Billed: &billed}}}
	socket, file := serve(t, backend), filepath.Join(shortDir(t), "b.csv")
	write(t, file, "0123456789")
	r := fraudguard(t, socket, "reconcile", file, "--trunk", "PJSIP/carrier", "--map", "number=Callee", "--rounding", "60/60", "--apply")
	if r.code != 0 || r.errs != "" {
		t.Fatalf("%+v", r)
	}
	for _, word := range []string{"number = Callee", "3 calls on the bill", "2 of them as in the ledger", "Longer at the carrier: 1", "acme/101", "9.00", "1 corrections were charged: 8.00", "5 calls are so old"} {
		if !strings.Contains(r.out, word) {
			t.Errorf("%q is not in\n%s", word, r.out)
		}
	}
	asked := strings.Join(backend.Asked(), "\n")
	for _, word := range []string{"reconcile 10 bytes", "Trunk:PJSIP/carrier", "number:Callee", "Apply:true", "Tolerance:2s", "Rounding:60/60"} {
		if !strings.Contains(asked, word) {
			t.Errorf("the daemon was not asked for %q: %s", word, asked)
		}
	}
}
