package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

const testSecret = "0123456789abcdef0123456789abcdef"

// newTestWebhook makes a webhook to a server with TLS that answers with the handler.
func newTestWebhook(t *testing.T, path string, handler http.HandlerFunc) *Webhook {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // It would tell of each broken connection.
	server.StartTLS()
	t.Cleanup(server.Close)
	w, err := NewWebhook(WebhookOptions{URL: server.URL + path, Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	w.client.Transport.(*http.Transport).TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
	return w
}

func TestWebhookRequest(t *testing.T) {
	var header http.Header
	var body []byte
	w := newTestWebhook(t, "/hook", func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
		if r.Method != "POST" || r.URL.Path != "/hook" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
	})
	at := time.Date(2026, 11, 21, 11, 7, 5, 250e6, rome)
	before := time.Now().Unix()
	if err := w.Send(t.Context(), []guard.Incident{anIncident(1, at), {ID: "i2", At: at, Urgent: true}}); err != nil {
		t.Fatal(err)
	}
	want := `{"incidents":[{"id":"i0001","at":"2026-11-21T10:07:05.25Z","server":"pbx1","rule":"abuse.repeated_number",` +
		`"tenant":"acme","extension":"101","number":"39899123456","leg":"1763719625.7","seen":"the same number 6 times in 5m",` +
		`"evidence":[{"name":"calls","value":"6"},{"name":"cost","value":"3.20"}],` +
		`"actions":["refuse the call","block the extension until lifted"],"observed":false,"urgent":false},` +
		`{"id":"i2","at":"2026-11-21T10:07:05.25Z","server":"","rule":"","tenant":"","extension":"","number":"","leg":"","seen":"",` +
		`"evidence":[],"actions":[],"observed":false,"urgent":true}]}`
	if string(body) != want {
		t.Errorf("body\n%s\nwant\n%s", body, want)
	}
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}

	// As a receiver does it that has read the documentation of Webhook.
	seconds, signature, _ := strings.Cut(strings.TrimPrefix(header.Get("X-Fraudguard-Signature"), "t="), ",v1=")
	if n, err := strconv.ParseInt(seconds, 10, 64); err != nil || n < before || n > time.Now().Unix() {
		t.Errorf("time %q in the signature", seconds)
	}
	mac := hmac.New(sha256.New, []byte(testSecret))
	mac.Write([]byte(seconds + "." + string(body)))
	if signature != hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %q", header.Get("X-Fraudguard-Signature"))
	}
}

func TestSignatureKnownAnswer(t *testing.T) {
	// printf '1763719625.{"incidents":[]}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
	want := "t=1763719625,v1=cc27f70b9acddeb13bcbd51df5b7c70fcdfc71aa723240c5342745174734896e"
	w := &Webhook{secret: []byte(testSecret)}
	if got := w.sign([]byte(`{"incidents":[]}`), time.Unix(1763719625, 999)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWebhookAnswers(t *testing.T) {
	for _, c := range []struct {
		name       string
		status     int
		retryAfter string
		ok         bool
		lasting    bool
		after      time.Duration
	}{
		{name: "ok", status: 200, ok: true},
		{name: "no content", status: 204, ok: true},
		{name: "redirect", status: 301, lasting: true},
		{name: "temporary redirect", status: 307, lasting: true},
		{name: "not modified", status: 304, lasting: true},
		{name: "bad request", status: 400, lasting: true},
		{name: "not found", status: 404, lasting: true},
		{name: "gone", status: 410, retryAfter: "5", lasting: true},
		{name: "timeout", status: 408},
		{name: "too many", status: 429, retryAfter: "120", after: 2 * time.Minute},
		{name: "too many, for years", status: 429, retryAfter: "2000000000", after: time.Hour},
		{name: "too many, past all numbers", status: 429, retryAfter: "99999999999999999999"},
		{name: "too many, negative", status: 429, retryAfter: "-5"},
		{name: "broken", status: 500},
		{name: "busy until a past date", status: 503, retryAfter: "Sat, 21 Nov 2020 11:07:05 GMT"},
		{name: "busy until a far date", status: 503, retryAfter: "Fri, 21 Nov 2999 11:07:05 GMT", after: time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			requests := 0
			w := newTestWebhook(t, "/token-in-path?token=in-query", func(w http.ResponseWriter, r *http.Request) {
				requests++
				w.Header().Set("Location", "/elsewhere")
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				w.WriteHeader(c.status)
				if c.status != 204 && c.status != 304 {
					io.WriteString(w, "no \x1b[31m\u202e"+r.URL.String()+" "+testSecret+"\r\nlevel=INFO "+strings.Repeat("x", 10000))
				}
			})
			err := w.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())})
			if requests != 1 {
				t.Errorf("%d requests, want 1", requests)
			}
			if c.ok {
				if err != nil {
					t.Error(err)
				}
				return
			}
			f := failureOf(t, err)
			if f.Lasting != c.lasting || f.After != c.after || f.Taken {
				t.Errorf("lasting %v, after %s; want %v, %s", f.Lasting, f.After, c.lasting, c.after)
			}
			text := err.Error()
			if !strings.Contains(text, strconv.Itoa(c.status)) || len(text) > 400 || clean(text, 400) != text {
				t.Errorf("error %q", text)
			}
			for _, secret := range []string{"token-in-path", "in-query", testSecret} {
				if strings.Contains(text, secret) {
					t.Errorf("error %q shows %s", text, secret)
				}
			}
		})
	}
}

func TestWebhookHugeAnswer(t *testing.T) {
	for _, status := range []int{200, 500} {
		wrote := make(chan int, 1)
		w := newTestWebhook(t, "", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			block, n := make([]byte, 64<<10), 0
			for range 1 << 14 { // 1 GB
				m, err := w.Write(block)
				if n += m; err != nil {
					break
				}
			}
			wrote <- n
		})
		err := w.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())})
		if (err == nil) != (status == 200) {
			t.Errorf("status %d: %v", status, err)
		}
		if n := <-wrote; n >= 1<<30 {
			t.Errorf("status %d: all of a huge answer was read", status)
		}
	}
}

func TestWebhookStall(t *testing.T) {
	stopped := make(chan struct{})
	w := newTestWebhook(t, "/token", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			w.WriteHeader(500) // and then no body
			w.(http.Flusher).Flush()
		}
		<-stopped
	})
	t.Cleanup(func() { close(stopped) }) // before the server is closed
	w.client.Timeout = 100 * time.Millisecond
	for _, query := range []string{"", "body"} {
		w.url.RawQuery = query
		f := failureOf(t, w.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())}))
		if f.Lasting || strings.Contains(f.Error(), "token") {
			t.Errorf("%q: %v", query, f)
		}
	}

	w.client.Timeout = webhookTimeout
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := w.Send(ctx, []guard.Incident{anIncident(1, time.Now())}); err == nil || time.Since(start) > webhookTimeout/2 {
		t.Errorf("a cancelled request gave %v after %s", err, time.Since(start))
	}
}

func TestWebhookNotReached(t *testing.T) {
	w := newTestWebhook(t, "/token", func(http.ResponseWriter, *http.Request) {})
	trusted := w.client.Transport.(*http.Transport).TLSClientConfig
	w.client.Transport.(*http.Transport).TLSClientConfig = nil
	f := failureOf(t, w.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())}))
	if !f.Lasting || !strings.Contains(f.Error(), "certificate") || strings.Contains(f.Error(), "token") {
		t.Errorf("certificate that is not trusted: %v", f)
	}

	w.client.Transport.(*http.Transport).TLSClientConfig = trusted
	w.url.Host = "127.0.0.1:1"
	f = failureOf(t, w.Send(t.Context(), []guard.Incident{anIncident(1, time.Now())}))
	if f.Lasting || !strings.Contains(f.Error(), "refused") || strings.Contains(f.Error(), "token") {
		t.Errorf("nobody there: %v", f)
	}
}

func TestWebhookHostileTexts(t *testing.T) {
	var body []byte
	w := newTestWebhook(t, "", func(_ http.ResponseWriter, r *http.Request) { body, _ = io.ReadAll(r.Body) })
	bad := hostile()
	bad.At = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := w.Send(t.Context(), []guard.Incident{bad}); err != nil {
		t.Fatal(err)
	}
	var got struct{ Incidents []webhookIncident }
	if err := json.Unmarshal(body, &got); err != nil || len(got.Incidents) != 1 {
		t.Fatalf("%v in %s", err, body)
	}
	if i := got.Incidents[0]; len(i.Evidence) != evidenceLimit+1 || len(i.Actions) != actionsLimit+1 || clean(i.Seen, sentenceLimit) != i.Seen || len(body) > 20_000 {
		t.Errorf("body of %d bytes: %s", len(body), body)
	}
}

func TestWebhookOptions(t *testing.T) {
	good := WebhookOptions{URL: "https://alerts.example.com/fraud?x=1", Secret: testSecret}
	for _, c := range []struct {
		name   string
		change func(*WebhookOptions)
		want   string // in the error; "" is none
	}{
		{"https", func(*WebhookOptions) {}, ""},
		{"loopback", func(o *WebhookOptions) { o.URL = "http://127.0.0.1:8080/" }, ""},
		{"loopback IPv6", func(o *WebhookOptions) { o.URL = "http://[::1]:8080/" }, ""},
		{"localhost", func(o *WebhookOptions) { o.URL = "http://localhost/x" }, ""},
		{"clear text", func(o *WebhookOptions) { o.URL = "http://alerts.example.com/hush" }, "notify.webhook.url sends incidents in clear"},
		{"like loopback", func(o *WebhookOptions) { o.URL = "http://127.0.0.1.evil.example/hush" }, "notify.webhook.url sends incidents in clear"},
		{"no URL", func(o *WebhookOptions) { o.URL = "" }, "notify.webhook.url is missing"},
		{"no host", func(o *WebhookOptions) { o.URL = "https:///hush" }, "notify.webhook.url is no URL"},
		{"no address", func(o *WebhookOptions) { o.URL = "https://hush\x7f" }, "notify.webhook.url is no URL"},
		{"other scheme", func(o *WebhookOptions) { o.URL = "ftp://hush.example/" }, "notify.webhook.url has to begin"},
		{"no secret", func(o *WebhookOptions) { o.Secret = "" }, "notify.webhook.secret is missing"},
		{"short secret", func(o *WebhookOptions) { o.Secret = "hush" }, "notify.webhook.secret has 4 bytes"},
	} {
		o := good
		c.change(&o)
		_, err := NewWebhook(o)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
