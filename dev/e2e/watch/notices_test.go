package watch

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/notify/notifytest"
	"github.com/fraudguard/fraudguard/web"
)

const hookSecret = "a secret that both sides know"

// receiver takes webhooks, and verifies them as its owner would.
type receiver struct {
	*httptest.Server
	down *atomic.Bool

	mu     sync.Mutex
	got    map[string]int // how often each incident came
	faults []string
}

func newReceiver(t *testing.T, down *atomic.Bool) *receiver {
	r := &receiver{down: down, got: make(map[string]int)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP drops the connection while the receiver is down.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if r.down.Load() {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		err = signed(q.Header.Get("X-Fraudguard-Signature"), body)
	}
	var post struct {
		Incidents []struct{ ID, Rule string }
	}
	if err == nil {
		err = json.Unmarshal(body, &post)
	}
	if err != nil {
		r.faults = append(r.faults, err.Error())
		return
	}
	for _, i := range post.Incidents {
		r.got[i.Rule+" "+i.ID]++
	}
}

// signed verifies "t=<unix seconds>,v1=<hex>".
func signed(header string, body []byte) error {
	at, signature, ok := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return fmt.Errorf("signature header %q", header)
	}
	sum := hmac.New(sha256.New, []byte(hookSecret))
	fmt.Fprintf(sum, "%s.%s", at, body)
	if hex.EncodeToString(sum.Sum(nil)) != signature {
		return fmt.Errorf("signature header %q does not fit the body %q", header, body)
	}
	return nil
}

// counts gives how many incidents came, and whether each came once, without a fault.
func (r *receiver) counts(t *testing.T) (incidents int) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for incident, n := range r.got {
		if n != 1 {
			t.Errorf("the incident %s came %d times", incident, n)
		}
	}
	for _, fault := range r.faults {
		t.Error(fault)
	}
	return len(r.got)
}

// TestNotices: an incident reaches a webhook and a mailbox. While both are down it waits, also
// through a restart of the guard, and then comes exactly once.
func TestNotices(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		var down atomic.Bool
		down.Store(true)
		hook := newReceiver(t, &down)
		mails := notifytest.Start(t, notifytest.Options{TLS: notifytest.NoTLS, Reply: func(verb, _ string) string {
			if verb == "CONNECT" && down.Load() {
				return notifytest.Drop
			}
			return ""
		}})
		check(t, s.Configure("", repeatedRules+fmt.Sprintf(`
[notify.webhook]
url = "%s/hook"
secret = %q
[notify.email]
server = %q
tls = "none"
from = "pbx@example.org"
to = ["admin@example.org"]
`, hook.URL, hookSecret, mails.Addr)))
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		for range 4 {
			refused(t, ctx, s, phone, "0037155555555") // a number that the carrier does not know
		}
		check(t, g.Wait(ctx, "both ways have failed", func() bool {
			failed := make(map[any]bool)
			for _, line := range logged(s, "incidents could not be told") {
				failed[line["channel"]] = true
			}
			return len(failed) == 2
		}))
		stop(t, ctx, g)
		down.Store(false)
		g = must[*site.Guard](t)(s.StartGuard(ctx))
		told(t, ctx, g)
		if n := hook.counts(t); n != 1 {
			t.Errorf("%d incidents came by webhook", n)
		}
		all := mails.Mails()
		if len(all) != 1 {
			t.Fatalf("%d mails came", len(all))
		}
		says(t, string(all[0].Data), "abuse.repeated_number", "acme/101", "To: <admin@example.org>")

		refused(t, ctx, s, phone, "00442012345678") // blocked
		check(t, g.Wait(ctx, "the webhook has the second incident", func() bool { return hook.counts(t) == 2 }))
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
	}, site.Options{Answers: map[string]sip.Behaviour{"00371": {Refuse: 404}, "00442012345678": {RingFor: 3 * time.Second}}})
}

// told waits until no notice is left.
func told(t *testing.T, ctx context.Context, g *site.Guard) {
	t.Helper()
	check(t, g.WaitStatus(ctx, "everything is told", func(st web.Status) bool {
		left := 0
		for _, n := range st.NoticesWaiting {
			left += n
		}
		return left == 0
	}))
}
