package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

const (
	webhookGroup   = 50
	webhookTimeout = 10 * time.Second
	secretLeast    = 16   // bytes
	answerRead     = 4096 // bytes of an answer that are read
	answerTold     = 120  // characters of it that are told
)

// SignatureHeader carries the signature of a webhook request.
const SignatureHeader = "X-Fraudguard-Signature"

// WebhookOptions are the settings under notify.webhook.
type WebhookOptions struct {
	// URL takes the requests. It is https, or http on this machine itself.
	URL string
	// Secret signs them: at least 16 bytes.
	Secret string
}

// Check says what is wrong with the settings and what to write instead. It never shows the secret,
// nor the URL, in which many services put one.
func (o WebhookOptions) Check() error {
	u, err := url.Parse(o.URL)
	switch {
	case o.URL == "":
		return errors.New(`notify.webhook.url is missing: write where to send incidents, like "https://alerts.example.com/fraud"`)
	case err != nil || u.Host == "" || u.Hostname() == "":
		return errors.New(`notify.webhook.url is no URL: write one like "https://alerts.example.com/fraud"`)
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New(`notify.webhook.url has to begin with "https://"`)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New(`notify.webhook.url sends incidents in clear text over the network: use "https://" ("http://" is for this machine itself only)`)
	case o.Secret == "":
		return errors.New("notify.webhook.secret is missing: write notify.webhook.secret_file, with a random secret in that file that the receiver knows too")
	case len(o.Secret) < secretLeast:
		return fmt.Errorf("notify.webhook.secret has %d bytes, and needs %d: make one with `openssl rand -hex 32`", len(o.Secret), secretLeast)
	}
	return nil
}

// loopback says whether a host is this machine itself.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// Webhook tells incidents by HTTP: one POST for each group, with the body
//
//	{"incidents": [{"id", "at", "server", "rule", "tenant", "extension", "number", "leg", "seen",
//	  "evidence": [{"name", "value"}], "actions": [], "observed", "urgent"}]}
//
// where at is RFC 3339 and money is a decimal string in the evidence. A group can come twice, and
// then perhaps with other incidents: receivers drop an id that they already have.
//
// Each request is signed in the header SignatureHeader: "t=<unix seconds>,v1=<hex>", where v1 is the
// HMAC-SHA256, under the secret, of the seconds, a point, and the body as received. A receiver
// computes the same and compares in constant time, and refuses a t that is minutes old. In Python:
//
//	t, v1 = (part.split("=", 1)[1] for part in header.split(","))
//	want = hmac.new(secret, t.encode() + b"." + body, "sha256").hexdigest()
//	ok = hmac.compare_digest(want, v1) and abs(time.time() - int(t)) < 300
//
// An answer 2xx means taken. After 408, 429 and 5xx the webhook comes back soon, or when Retry-After
// says; after any other answer, redirects included, it comes back about hourly and says so as an
// error in the log, because a changed URL must not lose alerts.
type Webhook struct {
	url    *url.URL
	secret []byte
	client *http.Client
}

// NewWebhook makes the channel, or says what is wrong with its options.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("notify.webhook.url is no URL") // Check has seen to it.
	}
	return &Webhook{url: u, secret: []byte(o.Secret), client: &http.Client{
		Timeout:       webhookTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			// Alerts are rare: a connection kept for the next one would mostly be found dead.
			DisableKeepAlives:      true,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}}, nil
}

// Name is "webhook".
func (*Webhook) Name() string { return "webhook" }

// Pace is one request at once for each group.
func (*Webhook) Pace() Pace { return Pace{Group: webhookGroup} }

type webhookIncident struct {
	ID        string           `json:"id"`
	At        string           `json:"at"`
	Server    string           `json:"server"`
	Rule      string           `json:"rule"`
	Tenant    string           `json:"tenant"`
	Extension string           `json:"extension"`
	Number    string           `json:"number"`
	Leg       string           `json:"leg"`
	Seen      string           `json:"seen"`
	Evidence  []guard.Evidence `json:"evidence"`
	Actions   []string         `json:"actions"`
	Observed  bool             `json:"observed"`
	Urgent    bool             `json:"urgent"`
}

// webhookBody is the body of a request, with every text cleaned and bounded.
func webhookBody(group []guard.Incident) ([]byte, error) {
	incidents := make([]webhookIncident, len(group))
	for n, raw := range group {
		i := presentable(raw)
		incidents[n] = webhookIncident{
			ID: i.ID, At: i.At.UTC().Format(time.RFC3339Nano), Server: i.Server, Rule: i.Rule,
			Tenant: i.Account.Tenant, Extension: i.Account.Extension, Number: i.Number, Leg: i.Leg,
			Seen: i.Seen, Evidence: i.Evidence, Actions: i.Actions, Observed: i.Observed, Urgent: i.Urgent,
		}
	}
	return json.Marshal(map[string]any{"incidents": incidents})
}

func (w *Webhook) sign(body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, w.secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Send posts a group. Its errors name the receiver's host and never the rest of the URL.
func (w *Webhook) Send(ctx context.Context, group []guard.Incident) error {
	body, err := webhookBody(group)
	if err != nil {
		return &Failure{Err: fmt.Errorf("incidents as JSON: %w", err), Lasting: true}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader(body))
	if err != nil {
		return &Failure{Err: errors.New("no request can be made for notify.webhook.url"), Lasting: true}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "fraudguard")
	request.Header.Set(SignatureHeader, w.sign(body, time.Now()))
	response, err := w.client.Do(request)
	if err != nil {
		return w.unreached(err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 == 2 {
		return nil
	}
	return w.refused(response)
}

// unreached is the failure of a request that got no answer.
func (w *Webhook) unreached(err error) error {
	lasting := untrusted(err)
	var whole *url.Error // It shows the URL.
	if errors.As(err, &whole) {
		if whole.Timeout() {
			return &Failure{Err: fmt.Errorf("webhook %s gave no answer within %s", w.url.Host, w.client.Timeout)}
		}
		err = whole.Err
	}
	return &Failure{Err: fmt.Errorf("webhook %s cannot be reached: %w", w.url.Host, err), Lasting: lasting}
}

// refused is the failure that an answer other than 2xx stands for.
func (w *Webhook) refused(response *http.Response) error {
	status := response.StatusCode
	said, _ := io.ReadAll(io.LimitReader(response.Body, answerRead)) // What came is good enough to tell.
	secrets := []string{string(w.secret), w.url.RawQuery}
	if len(w.url.Path) > 1 {
		secrets = append(secrets, w.url.Path, w.url.EscapedPath())
	}
	err := fmt.Errorf("webhook %s answered %d: %q", w.url.Host, status, clean(redact(string(said), secrets...), answerTold))
	if status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500 {
		return &Failure{Err: err, After: retryAfter(response.Header.Get("Retry-After"), time.Now())}
	}
	return &Failure{Err: fmt.Errorf("%w; check notify.webhook.url and its receiver", err), Lasting: true}
}

// retryAfter reads the header of that name, seconds or a date, and gives at most an hour.
func retryAfter(header string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestDelay)
}
