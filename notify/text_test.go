package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
)

func TestClean(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"", 5, ""},
		{"Zoë 東京 +39", 20, "Zoë 東京 +39"},
		{"a\r\nBcc: x@y.example", 64, "a Bcc: x@y.example"},
		{"  a \t\u00a0\u2028 b  ", 64, "a b"},
		{"\x1b[31mred\x00\x07", 64, "\ufffd[31mred\ufffd"},
		{"abc\u202etxt.exe\u2066\u200b", 64, "abc\ufffdtxt.exe\ufffd"},
		{"bad\xff\xfeutf8", 64, "bad\ufffdutf8"},
		{"exactly", 7, "exactly"},
		{"one more", 7, "one mo…"},
		{"trailing    ", 8, "trailing"},
		{strings.Repeat("é", 1<<20), 3, "éé…"},
	} {
		if got := clean(c.in, c.limit); got != c.want {
			t.Errorf("clean(%.40q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "acme/101", "a\r\nb", "\u202e\u0007 \xff", " x  y ", "é…"} {
		f.Add(s, uint8(10))
	}
	f.Fuzz(func(t *testing.T, s string, bound uint8) {
		limit := int(bound) + 1
		got := clean(s, limit)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > limit {
			t.Fatalf("clean(%q, %d) = %q: too long, or no UTF-8", s, limit, got)
		}
		for _, r := range got {
			if r != ' ' && !unicode.IsPrint(r) {
				t.Fatalf("clean(%q, %d) = %q has %U", s, limit, got, r)
			}
		}
		if again := clean(got, limit); again != got {
			t.Fatalf("clean(%q, %d) = %q, and cleaned again %q", s, limit, got, again)
		}
		plain := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
		if plain && len(s) <= limit && got != s {
			t.Fatalf("clean(%q, %d) = %q: plain text was changed", s, limit, got)
		}
	})
}

var rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	return zone
}()

func TestMailOfOne(t *testing.T) {
	got := write([]guard.Incident{anIncident(1, time.Date(2026, 11, 21, 10, 7, 5, 0, time.UTC))}, rome)
	want := letter{subject: "[fraudguard] blocked acme/101: abuse.repeated_number", body: `blocked acme/101: abuse.repeated_number

Sat 21 Nov 2026 11:07:05 CET, pbx1
Seen: the same number 6 times in 5m
Rule: abuse.repeated_number
Account: acme/101
Number: 39899123456
Done: refuse the call, block the extension until lifted
Figures: calls 6; cost 3.20
Why: fraudguard explain i0001
To lift it: fraudguard unblock acme/101
`}
	if got != want {
		t.Errorf("got %q\n%s\nwant %q\n%s", got.subject, got.body, want.subject, want.body)
	}
}

func TestMailTellsTheGravestFirst(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	told := guard.Incident{ID: "told", At: at, Rule: "caps.tenant.cost_per_day", Account: limits.Account{Tenant: "acme"}, Actions: []string{"tell"}}
	observed := anIncident(2, at)
	observed.ID, observed.Observed = "observed", true
	refused := anIncident(3, at)
	refused.ID, refused.Actions = "refused", []string{"refuse the call"}
	hungUp := anIncident(4, at)
	hungUp.ID, hungUp.Actions = "hungup", []string{"hang up"}
	early, late := anIncident(5, at), anIncident(6, at.Add(time.Second))
	early.ID, late.ID = "early", "late"
	urgent := guard.Incident{ID: "urgent", At: at.Add(time.Hour), Rule: "link", Urgent: true}

	got := write([]guard.Incident{observed, told, refused, late, urgent, early, hungUp}, time.UTC)
	if want := "[fraudguard] URGENT: link (+6 more)"; got.subject != want || !got.urgent {
		t.Errorf("subject %q, want %q", got.subject, want)
	}
	last := 0
	for _, id := range []string{"urgent", "early", "late", "hungup", "refused", "told", "observed"} {
		at := strings.Index(got.body, "explain "+id+"\n")
		if at < last {
			t.Errorf("%s is not in its place:\n%s", id, got.body)
		}
		last = at
	}
	if !strings.Contains(got.body, "Would have done: refuse the call") || !strings.Contains(got.body, "Account: acme\n") {
		t.Errorf("body:\n%s", got.body)
	}
	if n := strings.Count(got.body, "fraudguard unblock"); n != 2 { // What is only observed is not blocked.
		t.Errorf("%d times unblock, want 2:\n%s", n, got.body)
	}
}

func TestMailOfManyIsShort(t *testing.T) {
	var group []guard.Incident
	for n := range 440 {
		group = append(group, anIncident(n, time.Now()))
	}
	got := write(group, time.UTC)
	if !strings.HasSuffix(got.body, "\nand 420 more, see: fraudguard incidents\n") || strings.Count(got.body, "fraudguard explain") != shownInMail {
		t.Errorf("body:\n%s", got.body)
	}
	if !strings.HasSuffix(got.subject, " (+439 more)") {
		t.Errorf("subject %q", got.subject)
	}
}

// hostile is an incident of which every text tries to be something else.
func hostile() guard.Incident {
	bad := "x\r\nBcc: thief@evil.example\r\n\r\n.\r\nMAIL FROM:<a>\u202e\x00\x1b[2J\xff; $(reboot) `id` \u2028Rule: fake"
	long := bad + strings.Repeat("A", 1<<20)
	i := guard.Incident{
		ID: long, Server: bad, Rule: long, Account: limits.Account{Tenant: bad, Extension: "101; reboot"},
		Number: long, Leg: bad, Seen: long, Actions: []string{"block" + long},
	}
	for n := range 100 {
		i.Evidence = append(i.Evidence, guard.Evidence{Name: fmt.Sprint(n, long), Value: long})
		i.Actions = append(i.Actions, bad)
	}
	return i
}

func TestMailOfHostileTexts(t *testing.T) {
	got := write([]guard.Incident{hostile(), hostile()}, time.UTC)
	if strings.ContainsAny(got.subject, "\r\n\x00\x1b") || utf8.RuneCountInString(got.subject) > subjectLimit || !strings.HasSuffix(got.subject, " (+1 more)") {
		t.Errorf("subject %q", got.subject)
	}
	if len(got.body) > 50_000 {
		t.Errorf("body of %d bytes", len(got.body))
	}
	for _, line := range strings.Split(got.body, "\n") {
		if clean(line, 1<<20) != line {
			t.Errorf("line %q", line)
		}
		if strings.HasPrefix(line, "Bcc") || strings.HasPrefix(line, ".") || strings.HasPrefix(line, "Rule: fake") {
			t.Errorf("line %q begins with what a caller chose", line)
		}
		if strings.HasPrefix(line, "Why:") || strings.HasPrefix(line, "To lift it:") && line != "To lift it: fraudguard blocks" {
			t.Errorf("line %q has a command that is not safe to type", line)
		}
	}
}
