package daemon

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fraudguard/fraudguard/ari/aritest"
	"github.com/fraudguard/fraudguard/guard"
)

// askHands is an Asterisk whose calls ask, and a server that listens.
func askHands(t *testing.T) *hands {
	h := newHands(t)
	h.config.Admission = "ask"
	h.start(t.Context())
	t.Cleanup(h.end)
	await[guard.AskingBegun](t, h)
	return h
}

// await gives the next fact of a kind; others go by.
func await[F guard.Fact](t *testing.T, h *hands) F {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case f := <-h.facts:
			if f, ok := f.(F); ok {
				return f
			}
		case <-limit:
			t.Fatalf("waited 30 s for a %T", *new(F))
		}
	}
}

// TestAsked: the number stands last, whatever a phone puts into it.
func TestAsked(t *testing.T) {
	h := askHands(t)
	for i, test := range []struct {
		args                      []string
		number, tenant, extension string
		limit                     time.Duration
	}{
		{[]string{"ask", "acme", "101", "-1", "00441234567"}, "00441234567", "acme", "101", 0},
		{[]string{"ask", "", "", "599.5", "0044123", "acme", "102"}, "0044123,acme,102", "", "", 599500 * time.Millisecond},
		{[]string{"ask", "acme", "101", "1e300", strings.Repeat("9", 500)}, strings.Repeat("9", 256), "acme", "101", 0},
		{[]string{"ask", "acme"}, "s", "", "", 0},
		{nil, "s", "", "", 0},
	} {
		h.ari.EnterStasis(aritest.Channel{ID: "1." + string(rune('0'+i)), Name: "PJSIP/101-1", State: "Ring"}, test.args...)
		f := await[guard.AdmissionAsked](t, h)
		if f.Number != test.number || f.Tenant != test.tenant || f.Extension != test.extension || f.Limit != test.limit || f.Server != "pbx1" || f.Channel.Name != "PJSIP/101-1" {
			t.Errorf("%q is %+v", test.args, f)
		}
		if asks := len(test.args) == 5 || len(test.args) == 7; asks == (f.Channel.Exten == "s") {
			t.Errorf("%q: the channel is at %q", test.args, f.Channel.Exten)
		}
	}
}

// TestVerdicts: one request takes a verdict to the dialplan; without its place there the variables
// are set, and who is refused is hung up.
func TestVerdicts(t *testing.T) {
	h := askHands(t)
	shipped := func(id string) { h.ari.EnterStasis(aritest.Channel{ID: id, Labels: []string{"verdict"}}) }
	shipped("1.1")
	shipped("1.2")
	h.carryOut(guard.Answer{ID: "1.1", Allow: true, Limit: 897250 * time.Millisecond}, time.Now())
	h.carryOut(guard.Answer{ID: "1.2", Reason: "caps.extension.cost_per_day"}, time.Now())
	waitFor(t, "the verdicts", func() bool { return len(h.ari.Continued()) == 2 })
	for _, c := range h.ari.Continued() {
		want := aritest.Continued{ID: c.ID, Context: "fraudguard-verdict", Extension: "allow897.250", Label: "verdict"}
		if c.ID == "1.2" {
			want.Extension = "refusecaps.extension.cost_per_day"
		}
		if c != want {
			t.Errorf("sent on as %+v", c)
		}
	}
	h.ari.EnterStasis(aritest.Channel{ID: "1.3"})
	h.ari.EnterStasis(aritest.Channel{ID: "1.4"})
	h.carryOut(guard.Answer{ID: "1.3", Allow: true}, time.Now())
	h.carryOut(guard.Answer{ID: "1.4", Reason: "block"}, time.Now())
	waitFor(t, "the verdicts", func() bool { return len(h.ari.Continued()) == 3 && len(h.ari.Hangups()) == 1 })
	if got := h.ari.Continued()[2]; got != (aritest.Continued{ID: "1.3"}) || h.ari.Variable("1.3", "FRAUDGUARD_RESULT") != "ALLOW" || h.ari.Variable("1.3", "TIMEOUT(absolute)") != "0" {
		t.Errorf("sent on as %+v", got)
	}
	if got := h.ari.Hangups()[0]; got != (aritest.Hangup{ID: "1.4", Reason: "rejected"}) {
		t.Errorf("hung up as %+v", got)
	}
}

// TestVerdictFailed: what Asterisk does not take is told, and that the call is gone is told as that.
func TestVerdictFailed(t *testing.T) {
	h := askHands(t)
	h.carryOut(guard.Answer{ID: "1.1", Allow: true}, time.Now())
	if f := await[guard.VerdictFailed](t, h); f.ID != "1.1" || !f.Gone {
		t.Errorf("of a call that is gone: %+v", f)
	}
	h.ari.Add(aritest.Channel{ID: "1.2", Name: "PJSIP/101-2"}) // the dialplan has gone on without it
	h.carryOut(guard.Answer{ID: "1.2", Allow: true}, time.Now())
	if f := await[guard.VerdictFailed](t, h); f.ID != "1.2" || f.Gone {
		t.Errorf("of a call that went on: %+v", f)
	}
	if n := testutil.ToFloat64(h.counts.verdictsFailed); n != 1 {
		t.Errorf("%v are counted", n)
	}
	h.ari.EnterStasis(aritest.Channel{ID: "1.3", Labels: []string{"verdict"}})
	h.ari.Answer(http.StatusInternalServerError, 1)
	h.carryOut(guard.Answer{ID: "1.3", Allow: true}, time.Now())
	// The probe can have taken the fault; then the verdict was taken.
	waitFor(t, "an end", func() bool {
		select {
		case f := <-h.facts:
			failed, ok := f.(guard.VerdictFailed)
			return ok && failed.ID == "1.3" && !failed.Gone
		default:
			return len(h.ari.Continued()) == 1
		}
	})
}

// TestVerdictsAreBounded: more verdicts than can wait hold up nobody.
func TestVerdictsAreBounded(t *testing.T) {
	h := newHands(t)
	for range verdictQueue + 1000 {
		h.carryOut(guard.Answer{ID: "1.2"}, time.Now())
	}
	if n := len(h.answers); n != verdictQueue {
		t.Errorf("%d verdicts wait", n)
	}
}

// TestAskingEnds: with the event stream gone calls cannot ask, and status says so.
func TestAskingEnds(t *testing.T) {
	h := askHands(t)
	h.ari.Stop()
	await[guard.AskingEnded](t, h)
	if faults := h.faults(); !strings.Contains(strings.Join(faults, "\n"), "calls cannot ask, the dialplan decides by its fail mode") {
		t.Errorf("status says %q", faults)
	}
	h.ari.Restart()
	await[guard.AskingBegun](t, h)
}

// TestHeartbeat: the dialplan sees by Asterisk's own clock that somebody is there.
func TestHeartbeat(t *testing.T) {
	h := askHands(t)
	waitFor(t, "a heartbeat", func() bool {
		beat, ok := h.ami.Var("", heartbeat)
		return ok && beat == "1795259086"
	})
}
