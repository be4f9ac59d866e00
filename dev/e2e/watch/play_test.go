package watch

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
)

// outcome is how a command of fraudguard ended. Said is what it wrote to standard error.
type outcome struct {
	code      int
	out, said string
}

// command runs a command of fraudguard and demands an exit code.
func command(t *testing.T, ctx context.Context, s *site.Site, code int, args ...string) outcome {
	t.Helper()
	out, err := s.Run(ctx, args...)
	o := outcome{out: out}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		o.code, o.said = exit.ExitCode(), err.Error()
	} else {
		check(t, err)
	}
	if o.code != code {
		t.Fatalf("fraudguard %s: exit code %d, not %d: %s%s", strings.Join(args, " "), o.code, code, o.out, o.said)
	}
	return o
}

// edit changes the configuration's text.
func edit(t *testing.T, s *site.Site, from, to string) {
	t.Helper()
	text := string(must[[]byte](t)(os.ReadFile(s.ConfigPath())))
	if !strings.Contains(text, from) {
		t.Fatalf("the configuration has no %q:\n%s", from, text)
	}
	check(t, os.WriteFile(s.ConfigPath(), []byte(strings.Replace(text, from, to, 1)), 0o600))
}

// says demands that a text has all the words.
func says(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q does not say %q", text, word)
		}
	}
}

// logged gives the lines with a message from the log of all guards of the site.
func logged(s *site.Site, message string) []map[string]any {
	var found []map[string]any
	for line := range strings.Lines(s.Log()) {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && fields["msg"] == message {
			found = append(found, fields)
		}
	}
	return found
}

// billed is what the carrier takes for the calls to numbers with a prefix.
func billed(t *testing.T, s *site.Site, prefix string) money.Amount {
	t.Helper()
	var total money.Amount
	for _, bill := range s.Carrier.Bills() {
		if strings.HasPrefix(bill.Number, prefix) {
			total += amount(t, s.Carrier.Cost(bill))
		}
	}
	return total
}

// answers counts the calls to a number that the carrier answered.
func answers(s *site.Site, number string) int {
	n := 0
	for _, bill := range s.Carrier.Bills() {
		if bill.Number == number && !bill.Answered.IsZero() {
			n++
		}
	}
	return n
}

// up waits until the carrier has answered n calls and the guard knows of as many live legs.
func up(t *testing.T, ctx context.Context, s *site.Site, g *site.Guard, n int) {
	t.Helper()
	check(t, s.Carrier.Wait(ctx, "live legs", func([]sip.Bill) bool { return s.Carrier.Live() == n }))
	check(t, g.Wait(ctx, "the guard knows of all live legs", func() bool {
		client := s.Client()
		defer client.Close()
		calls, err := client.Calls(ctx, store.CallsQuery{LiveOnly: true})
		answered := 0
		for _, c := range calls {
			if c.Answered != nil {
				answered++
			}
		}
		return err == nil && answered == n
	}))
}

// refused dials a number that must not be answered.
func refused(t *testing.T, ctx context.Context, s *site.Site, p *sip.Phone, number string) {
	t.Helper()
	before := answers(s, number)
	call := must[*sip.Call](t)(p.Dial(ctx, number))
	if over := must[sip.State](t)(call.WaitOver(ctx)); over.Kind != sip.Refused {
		t.Errorf("the call to %s ended as %+v", number, over)
	}
	if answers(s, number) != before {
		t.Errorf("the carrier answered the call to %s", number)
	}
}

// passes dials a number that has to be answered, and hangs up.
func passes(t *testing.T, ctx context.Context, p *sip.Phone, number string) {
	t.Helper()
	call := must[*sip.Call](t)(p.Dial(ctx, number))
	check(t, call.WaitAnswered(ctx))
	check(t, call.Hangup())
}

// halfway lets a call last on into the middle of a second, so that both sides bill the same
// increments even if they see its ends some milliseconds apart.
func halfway(ctx context.Context, answered time.Time) {
	talk := time.Since(answered).Truncate(time.Second) + 1500*time.Millisecond
	pause(ctx, time.Until(answered.Add(talk)))
}

// whole holds the record of the guard at a socket to the carrier's bill: see [site.Site.Whole].
func whole(t *testing.T, ctx context.Context, s *site.Site, socket string, slack func(number string) int) {
	t.Helper()
	if err := s.Whole(ctx, socket, slack); err != nil {
		t.Error(err)
	}
}

// capHeld looks at what the calls to a prefix came to: the cap, but for as many increments.
func capHeld(t *testing.T, s *site.Site, prefix, most string, increments int) {
	t.Helper()
	if err := s.CapHeld(prefix, amount(t, most), increments); err != nil {
		t.Error(err)
	}
}

// stop ends the guard in order.
func stop(t *testing.T, ctx context.Context, g *site.Guard) {
	t.Helper()
	if code := must[int](t)(g.Stop(ctx)); code != 0 {
		t.Errorf("SIGTERM ended the guard with exit code %d", code)
	}
}
