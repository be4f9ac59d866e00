package daemon

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami/amitest"
	"github.com/fraudguard/fraudguard/ari/aritest"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
)

// hands is one Asterisk with both its interfaces, and a server that has not been started on it.
type hands struct {
	*server
	ami   *amitest.Server
	ari   *aritest.Server
	facts chan guard.Fact
}

func newHands(t *testing.T) *hands {
	t.Helper()
	h := &hands{ami: amitest.New(t), ari: aritest.Start(t), facts: make(chan guard.Fact, 16)}
	s, err := newServer(config.Server{
		Name: "pbx1", AMI: h.ami.Listen(), AMIUser: amitest.User, AMISecret: amitest.Secret,
		ARI: h.ari.URL(), ARIUser: aritest.User, ARIPassword: aritest.Password,
	}, thisHolder().String(), h.facts, newCounts().of("pbx1"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	h.server = s
	t.Cleanup(h.server.ari.Close)
	return h
}

// faults are what the status says of the server.
func (h *hands) faults() []string {
	c := serverCondition{name: "pbx1"}
	h.describe(&c)
	return c.faults()
}

// failure gives what was told of the hang-up that has just been tried; ok is false where it went well.
func (h *hands) failure() (failed guard.HangUpFailed, ok bool) {
	select {
	case f := <-h.facts:
		failed, ok = f.(guard.HangUpFailed)
	default:
	}
	return failed, ok
}

// TestHangUpByARI: what Asterisk does not do is told; that the channel is gone is told as that.
func TestHangUpByARI(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(*hands) (undo func())
		failed  bool
		gone    bool
		reason  string
	}{
		{"done", func(h *hands) func() { h.ari.Add(aritest.Channel{ID: "1.2"}); return nil }, false, false, ""},
		{"no such channel", func(*hands) func() { return nil }, true, true, "Channel not found"},
		{"an error", func(h *hands) func() { h.ari.Answer(http.StatusInternalServerError, 1); return nil }, true, false, "500"},
		{"no permission", func(h *hands) func() { h.ari.Answer(http.StatusForbidden, 1); return nil }, true, false, "read_only"},
		{"no answer", func(h *hands) func() { return h.ari.Stall() }, true, false, "no answer in time"},
		{"nobody there", func(h *hands) func() { h.ari.Stop(); return nil }, true, false, "refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHands(t)
			undo := test.prepare(h)
			began := time.Now()
			h.hangUp(t.Context(), guard.HangUp{Server: "pbx1", ID: "1.2", Refused: true})
			took := time.Since(began)
			if undo != nil {
				undo()
			}
			f, failed := h.failure()
			if failed != test.failed || f.Gone != test.gone || !strings.Contains(f.Reason, test.reason) {
				t.Errorf("told %v: %+v", failed, f)
			}
			if failed && (f.ID != "1.2" || f.Way != guard.ByARI || f.Server != "pbx1" || f.At.Before(began)) {
				t.Errorf("told of another: %+v", f)
			}
			if took > 2*hangUpTimeout {
				t.Errorf("it took %s", took)
			}
			if got := h.ari.Hangups(); !test.failed && (len(got) != 1 || got[0] != (aritest.Hangup{ID: "1.2", Reason: "rejected"})) {
				t.Errorf("asked for %v", got)
			}
		})
	}
}

// TestHangUpByAMI is the other way.
func TestHangUpByAMI(t *testing.T) {
	h := newHands(t)
	h.start(t.Context())
	defer h.end()
	for up := false; !up; {
		_, up = (<-h.facts).(guard.ChannelsListed)
	}
	h.ami.AddChannel("PJSIP/carrier-2", "1.2")
	if _, ok := (<-h.facts).(guard.ChannelCreated); !ok {
		t.Fatal("the channel was not told")
	}
	order := guard.HangUp{Server: "pbx1", ID: "1.2", Way: guard.ByAMI}
	h.ami.Fail("Hangup", "Permission denied")
	h.hangUp(t.Context(), order)
	if f, failed := h.failure(); !failed || f.Gone || f.Way != guard.ByAMI || !strings.Contains(f.Reason, "Permission denied") {
		t.Errorf("of a refusal: %v %+v", failed, f)
	}
	h.ami.Fail("Hangup", "")
	h.hangUp(t.Context(), order)
	if f, ok := (<-h.facts).(guard.ChannelEnded); !ok || f.ID != "1.2" || f.Cause != callRejected {
		t.Errorf("it did not end: %+v", f)
	}
	h.hangUp(t.Context(), order)
	if f, failed := h.failure(); !failed || !f.Gone {
		t.Errorf("of a channel that is gone: %v %+v", failed, f)
	}
	h.ami.Silence(true)
	h.hangUp(t.Context(), order)
	if f, failed := h.failure(); !failed || f.Gone {
		t.Errorf("of a silent Asterisk: %v %+v", failed, f)
	}
}

// TestHangUpsAreBounded: more hang-ups than can wait hold up nobody. The guard asks for them again.
func TestHangUpsAreBounded(t *testing.T) {
	h := newHands(t)
	for range hangUpQueue + 1000 {
		h.carryOut(guard.HangUp{ID: "1.2"}, time.Now())
	}
	if n := len(h.hangs); n != hangUpQueue {
		t.Errorf("%d hang-ups wait", n)
	}
}

// TestProbe: the REST interface is known to work or not before it is needed, a user who may only read
// included.
func TestProbe(t *testing.T) {
	h := newHands(t)
	h.ari.Answer(http.StatusForbidden, 1<<30)
	h.start(t.Context())
	defer h.end()
	waitFor(t, "the fault", func() bool {
		faults := h.faults()
		return strings.Contains(strings.Join(faults, "\n"), "the REST interface does not work, hang-ups go by AMI")
	})
}

// TestAuthorities: a file that holds no certificate is refused before anything connects.
func TestAuthorities(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, file + ".absent"} {
		c := config.Server{Name: "pbx1", AMI: "127.0.0.1:1", AMITLS: true, AMICAFile: path, ARI: "http://127.0.0.1:1/ari", ARIUser: "a", ARIPassword: "b"}
		if _, err := newServer(c, "", nil, nil, quiet); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "server pbx1: ami_ca_file") {
			t.Errorf("of %s: %v", path, err)
		}
	}
}

// waitFor asks again and again until something is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	limit := time.After(30 * time.Second)
	for !so() {
		select {
		case <-look.C:
		case <-limit:
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}
