package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
	"github.com/fraudguard/fraudguard/web/webtest"
)

// TestWrongUse: wrong use is told with what to write instead, ends with 2, and asks nothing.
func TestWrongUse(t *testing.T) {
	backend := busy(t)
	socket := serve(t, backend)
	file := filepath.Join(shortDir(t), "a.csv")
	write(t, file, carrier)
	for _, c := range []struct {
		line, say string
	}{
		{"stauts", "unknown command"},
		{"status now", "takes no arguments"},
		{"status --jsn", "unknown flag: --jsn"},
		{"calls --limit 0", "from 1 on"},
		{"calls --limit many", "invalid argument"},
		{"calls --limit 200000", "from 1 to 100000"},
		{"incidents --limit -1", "from 1 on"},
		{"ledger --day --month", "not both"},
		{"ledger 2026-11-21 2026-11-22", "at most 1"},
		{"ledger --day=2026-11-21 2026-11-22", "not two"},
		{"ledger --day 21.11.2026", "write it like 2026-11-21"},
		{"ledger --month 2026-11-21", "write it like 2026-11"},
		{"ledger 2026-13", "write it like 2026-11"},
		{"block", "takes a target"},
		{"block 101", "default/101"},
		{"block 390612345678", "+390612345678"},
		{"block a/1 --for -1h", "at least a second"},
		{"block a/1 --for 5ms", "at least a second"},
		{"block a/1 --for soon", "invalid argument"},
		{"block a/1 --for 999999h", "ten years"},
		{"block a/1 --reason " + strings.Repeat("x", 300), "at most 200"},
		{"block everything", "add --yes"},
		{"block everything --json", "add --yes"},
		{"block country:XX", "two capital letters"},
		{"block country:gb", "two capital letters"},
		{"block country:", "two capital letters"},
		{"block +*", "1 to 15 digits"},
		{"block +1234567890123456*", "1 to 15 digits"},
		{"block server:a/b", "server:pbx1"},
		{"block acme/*:+390612345678", "is no target"},
		{"block acme/101:+39x", "is no target"},
		{"caps lst", "write list, set or unset"},
		{"caps list acme 101", "takes one subject"},
		{"caps list acme/", "is nobody"},
		{"caps list ac!me", "nobody's name"},
		{"caps set acme/101 cost_per_day", "takes a subject (acme/101) and a cap (cost_per_day) and a value (50.00)"},
		{"caps set acme/101 cost 1", "is no cap: write one of cost_per_day, cost_per_month"},
		{"caps set /101 cost_per_day 1", "is nobody"},
		{"caps set acme/101 cost_per_day 1,50", `write one like "20.00"`},
		{"caps set acme/101 cost_per_day -- -1", `write one like "20.00"`},
		{"caps set acme/101 minutes_per_day 1.5", "write a whole number"},
		{"caps set acme/101 warn_at 0", "per cent from 1 to 100"},
		{"caps set acme/101 warn_at 50 --reason " + strings.Repeat("x", 300), "at most 200"},
		{"caps unset acme/101", "takes a subject"},
		{"caps unset acme/101 cost", "is no cap"},
		{"unblock", "takes a target"},
		{"unblock *", "is no target"},
		{"explain", "takes the ID"},
		{"explain 1 2", "takes the ID"},
		{"rates imprt", "write import, lookup, list, diff or export"},
		{"rates import " + file, `"deck" not set`},
		{"rates import --deck x", "takes a file"},
		{"rates import " + file + " --deck a/b", "is no deck's name"},
		{"rates import " + file + " --deck x --increments 60", "such as 60/60"},
		{"rates import " + file + " --deck x --increments 0/1", "such as 60/60"},
		{"rates import " + file + " --deck x --max-price much", "such as 5000"},
		{"rates import " + file + " --deck x --map price", "write field=header"},
		{"rates diff default", "takes a price list and another one"},
		{"rates diff default@0 default", "such as default@3"},
		{"rates export", "takes a price list"},
		{"rates lookup", "takes a number"},
		{"check --config " + file + ".toml", "--config"},
		{"version 1", "takes no arguments"},
	} {
		r := fraudguard(t, socket, strings.Fields(c.line)...)
		if r.code != exitWrong || r.out != "" || !strings.HasPrefix(r.errs, "fraudguard: ") || !strings.Contains(r.errs, c.say) {
			t.Errorf("%s: %+v, want exit 2 and %q", c.line, r, c.say)
		}
	}
	if asked := backend.Asked(); len(asked) > 0 {
		t.Errorf("the daemon was asked %q", asked)
	}
}

// TestFailures: what cannot be done ends with 1 and one sentence.
func TestFailures(t *testing.T) {
	socket := serve(t, busy(t))
	dir := shortDir(t)
	huge := filepath.Join(dir, "huge.csv")
	write(t, huge, "")
	if err := os.Truncate(huge, web.MaxRates+1); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none.csv")
	write(t, none, "")
	for line, say := range map[string]string{
		"explain nothing":                              "not found",
		"unblock default/999":                          "default/999 is not blocked",
		"caps unset default/102 cost_per_day":          "nobody has set the cap cost_per_day of default/102",
		"rates lookup 1 --server pbx9":                 `there is no server "pbx9"`,
		"rates import " + dir + " --deck x":            "name a CSV file",
		"rates import " + dir + "/no.c --deck x":       "no such file",
		"rates import " + huge + " --deck x":           "at most 512",
		"rates import " + none + " --deck x":           "none.csv: file is empty",
		"import cdr " + dir + "/no.csv":                "the call records cannot be read",
		"reconcile " + huge:                            "at most 64",
		"rates import /dev/null --deck x":              "null: file is empty",
		"status --socket " + dir + "/none":             "is fraudguard running? systemctl status fraudguard",
		"status --socket /" + strings.Repeat("x", 200): "nobody answers on",
	} {
		r := fraudguard(t, socket, strings.Fields(line)...)
		if r.code != exitFailed || r.out != "" || strings.Count(r.errs, "\n") != 1 || !strings.Contains(r.errs, say) {
			t.Errorf("%s: %+v, want exit 1 and %q", line, r, say)
		}
	}
}

// TestReloadRefused: a faulty configuration ends reload as it ends check, with each line.
func TestReloadRefused(t *testing.T) {
	backend := empty()
	backend.Fault = web.Errorf(400, "fraudguard.toml:3: mode: no\nfraudguard.toml:9: trunks: none")
	want := result{exitWrong, "", "fraudguard: fraudguard.toml:3: mode: no\nfraudguard.toml:9: trunks: none\n"}
	if r := fraudguard(t, serve(t, backend), "reload"); r != want {
		t.Errorf("%+v", r)
	}
}

// TestNoDaemon: every command that needs the daemon says what, where and the next step.
func TestNoDaemon(t *testing.T) {
	dir := shortDir(t)
	socket, file := filepath.Join(dir, "s"), filepath.Join(dir, "a.csv")
	write(t, file, carrier)
	lines := map[string]string{"explain": "explain 1", "block": "block a/1", "unblock": "unblock a/1", "import": "rates import " + file + " --deck x", "lookup": "rates lookup +39061",
		"diff": "rates diff a b", "export": "rates export a", "set": "caps set a/1 warn_at 5", "unset": "caps unset a/1 warn_at",
		"cdr": "import cdr " + file, "reconcile": "reconcile " + file, "prune": "prune --yes"}
	n := 0
	eachCommand(newRootCommand(), func(c *cobra.Command) {
		if c.Flags().Lookup("socket") == nil {
			return
		}
		n++
		line := lines[c.Name()]
		if line == "" {
			line = strings.TrimPrefix(c.CommandPath(), "fraudguard ")
		}
		want := result{exitFailed, "", "fraudguard: there is no socket " + socket + ": is fraudguard running? systemctl status fraudguard\n"}
		if r := fraudguard(t, socket, strings.Fields(line)...); r != want {
			t.Errorf("%s: %+v", line, r)
		}
	})
	if n != 21 {
		t.Errorf("%d commands speak to the daemon", n)
	}
}

// TestNotFraudguard: what answers on the socket can be anything.
func TestNotFraudguard(t *testing.T) {
	for answer, say := range map[string]string{
		"":                               "did not answer",
		"220 mail.example.org ESMTP\r\n": "did not answer",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html/>\x1b\n":   "in a way that this version does not understand",
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{":              "broke off",
		"HTTP/1.1 502 Bad\x1b Gateway\r\nContent-Length: 2\r\n\r\nno": "answers 502 Bad Gateway",
	} {
		socket := filepath.Join(shortDir(t), "s")
		listener, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, answer)
				conn.Close()
			}
		}()
		r := fraudguard(t, socket, "status")
		if r.code != exitFailed || r.out != "" || !strings.Contains(r.errs, say) || badRune(r.errs) != 0 {
			t.Errorf("%q: %+v, want %q", answer, r, say)
		}
		listener.Close()
		<-done
	}
}

// badRune gives the first rune that a terminal would not just show.
func badRune(text string) rune {
	for _, r := range text {
		if r != '\n' && r != ' ' && (unicode.IsSpace(r) || !unicode.IsPrint(r)) {
			return r
		}
	}
	return 0
}

// TestHostileTexts: no text of the daemon reaches the terminal as anything but text, and in JSON
// none is lost.
func TestHostileTexts(t *testing.T) {
	backend := hostile(t)
	socket := serve(t, backend)
	for _, line := range []string{"status", "calls", "calls --live", "ledger", "blocks --all", "incidents", "explain hcvzzz00001",
		"caps list", "caps list default/101", "rates list", "rates lookup +390612345678"} {
		for _, more := range []string{"", " --json"} {
			r := fraudguard(t, socket, strings.Fields(line+more)...)
			if bad := badRune(r.out + r.errs); r.code != 0 || bad != 0 || !utf8.ValidString(r.out) {
				t.Errorf("%s%s: exit %d, %U in %+q", line, more, r.code, bad, r.out+r.errs)
			}
		}
	}
	if r := fraudguard(t, socket, "verify"); r.code != exitFailed || badRune(r.out+r.errs) != 0 || strings.Count(r.out, "\n") != len(backend.Wrong)+4 {
		t.Errorf("verify: exit %d, %+q", r.code, r.out+r.errs)
	}
	if r := fraudguard(t, socket, "calls"); strings.Count(r.out, "\n") != len(backend.Legs)+1 {
		t.Errorf("a text made lines of its own:\n%s", r.out)
	}
	var calls []web.Call
	if err := json.Unmarshal([]byte(fraudguard(t, socket, "calls", "--json").out), &calls); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(backend.Legs[0].Number, "\ufffd"); calls[0].Number != want {
		t.Errorf("%+q, want %+q", calls[0].Number, want)
	}
	broken := empty()
	broken.Fault = errors.New("\x1b[2Jall is well\u202e")
	if r := fraudguard(t, serve(t, broken), "calls"); r.code != exitFailed || badRune(r.errs) != 0 {
		t.Errorf("exit %d, %+q", r.code, r.errs)
	}
}

func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[2J", "a\tb\r\nc", "\u202eevil\u2066", "\xff\xfe", "né\u200b", "\u2028\u0085\u00a0", "\U000e0041\U0001f600"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := printable(text)
		if badRune(shown) != 0 || strings.Contains(shown, "\n") || !utf8.ValidString(shown) {
			t.Errorf("%+q shows as %+q", text, shown)
		}
		if printable(shown) != shown || utf8.RuneCountInString(shown) != utf8.RuneCountInString(text) {
			t.Errorf("%+q shows as %+q and that as %+q", text, shown, printable(shown))
		}
		var b strings.Builder
		if err := printJSON(&b, text); err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") && utf8.ValidString(text) || badRune(b.String()) != 0 {
			t.Errorf("%+q is JSON %+q, %v", text, b.String(), err)
		}
	})
}

// TestFullDisk: output that cannot be written is a failure.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	socket := serve(t, busy(t))
	for _, args := range [][]string{{"status"}, {"calls", "--json"}, {"version"}} {
		var errs strings.Builder
		c := command(t, socket, args...)
		c.Stdout, c.Stderr = full, &errs
		if code := codeOf(t, c.Run()); code != exitFailed || !strings.Contains(errs.String(), "could not be written") {
			t.Errorf("%q: exit %d, %s", args, code, errs.String())
		}
	}
}

// patient is a daemon whose Reload takes as long as the client stays.
type patient struct {
	*webtest.Backend
	begun chan struct{}
}

func (p patient) Reload(ctx context.Context) error {
	close(p.begun)
	<-ctx.Done()
	return ctx.Err()
}

// TestInterrupt: a command that waits is ended by a signal, and says so; the daemon notices.
func TestInterrupt(t *testing.T) {
	p := patient{empty(), make(chan struct{})}
	var errs strings.Builder
	c := command(t, serve(t, p), "reload")
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-p.begun:
	case err := <-ended:
		t.Fatalf("it ended before the daemon was asked: %v, %s", err, errs.String())
	}
	send(t, c, syscall.SIGINT)
	if code := codeOf(t, <-ended); code != exitFailed || errs.String() != "fraudguard: interrupted\n" {
		t.Errorf("exit %d, %s", code, errs.String())
	}
}
