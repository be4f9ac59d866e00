// Package ari speaks with one Asterisk through its REST interface: it hangs
// channels up, sets their variables, sends them on in the dialplan, and
// receives the events of one Stasis application.
//
// A [Client] is safe for use by many goroutines. Every request has a deadline
// of its own, every answer a size limit, and every error says what was asked
// and what to change. [Client.Events] keeps the event stream alive and tells
// in order where events are missing, so that the consumer can list the
// channels again.
//
// Both Asterisk 16 and 22 take the same thirteen values of [Reason]. The
// parameter reason_code exists only on newer ones; 16 ignores it without a
// word, so it is not used here.
package ari

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// DefaultTimeout bounds a request where [Config] says nothing.
const DefaultTimeout = 3 * time.Second

const (
	// Asterisk serves 100 sessions by default, for everybody together.
	maxConnections = 16
	// Four hang-ups at once find a connection ready.
	warmConnections = 4
)

// Config says how to reach the REST interface of one Asterisk.
type Config struct {
	URL         string        // http or https, with the path: "http://127.0.0.1:8088/ari"
	User        string        // a section of ari.conf
	Password    string        // sent in the Authorization header only
	TLS         *tls.Config   // for https; nil for the system's authorities
	Timeout     time.Duration // for one request; zero for [DefaultTimeout]
	Application string        // the Stasis application whose events are received
}

// Client is the REST interface of one Asterisk. Make it with [New].
type Client struct {
	scheme, host, path string // path without a slash at its end
	user, application  string
	timeout            time.Duration
	header             http.Header // shared by all requests, never written to after New
	requests           *http.Transport
	streams            *http.Transport // its own, for a stream must not use up a request's connection
	timing             timing
	limits             limits
	stats              counters
}

// limits bound what a server can make us hold.
type limits struct {
	answer   int64 // bytes of an answer about one thing
	list     int64 // bytes of a list of channels
	message  int64 // bytes of one event
	queued   int   // events that wait for the consumer
	queuedIn int   // bytes of events that wait for the consumer
}

// timing is all that waits.
type timing struct {
	warm, warmMax  time.Duration // between two rounds of warming, and the most after failures
	retry, retryMx time.Duration // before the first and the later attempts to connect the stream
	refused        time.Duration // before the next attempt after a refusal
	ping, pong     time.Duration // between pings on the stream, and for the answer to one
}

// Stats counts since the client was made.
type Stats struct {
	Malformed   uint64 // messages on the stream that were no event, and were skipped
	Lost        uint64 // events that came while the queue was full
	Connections uint64 // times that the stream was connected
}

type counters struct{ malformed, lost, connections atomic.Uint64 }

// Stats tells what the client has counted.
func (c *Client) Stats() Stats {
	return Stats{
		Malformed:   c.stats.malformed.Load(),
		Lost:        c.stats.lost.Load(),
		Connections: c.stats.connections.Load(),
	}
}

// New checks the configuration and returns a client. It does not connect. All
// mistakes are reported together, each under its key in the configuration
// file; neither the password nor an address that may hold one is repeated.
func New(config Config) (*Client, error) {
	base, errURL := parseBase(config.URL)
	if err := errors.Join(errURL, checkCredentials(config), checkApplication(config.Application)); err != nil {
		return nil, err
	}
	if config.Timeout < 0 {
		return nil, fmt.Errorf("ari: the timeout %s is negative", config.Timeout)
	}
	if config.Timeout == 0 {
		config.Timeout = DefaultTimeout
	}
	c := &Client{
		scheme: base.Scheme, host: base.Host, path: strings.TrimRight(base.EscapedPath(), "/"),
		user: config.User, application: config.Application, timeout: config.Timeout,
		header: http.Header{
			"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(config.User+":"+config.Password))},
			"User-Agent":    {"fraudguard"},
			// Present but empty: not sent, and tells net/http that a request may be
			// repeated on a new connection when Asterisk has closed the idle one.
			// Without it only GET would be, and a hang-up would fail.
			"Idempotency-Key": {},
		},
		timing: timing{
			// Asterisk closes a connection after 15 s without a request.
			warm: 5 * time.Second, warmMax: time.Minute,
			retry: 200 * time.Millisecond, retryMx: 10 * time.Second, refused: 30 * time.Second,
			ping: 5 * time.Second, pong: 5 * time.Second,
		},
		limits: limits{answer: 1 << 20, list: 64 << 20, message: 256 << 10, queued: 4096, queuedIn: 16 << 20},
	}
	c.requests = transport(config)
	c.requests.MaxConnsPerHost = maxConnections
	c.requests.MaxIdleConnsPerHost = maxConnections
	c.streams = transport(config)
	c.streams.DisableKeepAlives = true
	return c, nil
}

// transport never uses a proxy of the environment: the address in the
// configuration is the server itself, and the password goes nowhere else.
func transport(config Config) *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true) // Asterisk has no HTTP/2, and a websocket could not use it
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: config.Timeout, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:        config.TLS.Clone(),
		TLSHandshakeTimeout:    config.Timeout,
		Protocols:              &http1,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 32 << 10,
		// Below Asterisk's 15 s, so that we close first.
		IdleConnTimeout: 12 * time.Second,
	}
}

// Close gives the idle connections back. Requests and streams that are under
// way end with their contexts.
func (c *Client) Close() {
	c.requests.CloseIdleConnections()
	c.streams.CloseIdleConnections()
}

func (c *Client) address() string { return c.scheme + "://" + c.host + c.path }

func parseBase(text string) (*url.URL, error) {
	const form = "write it like \"http://127.0.0.1:8088/ari\""
	if strings.Contains(text, "@") {
		return nil, errors.New("ari: the address must not hold a user or password: use ari_user and ari_password_file, and " + form)
	}
	base, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("ari: %q is not an address: %s", clip(text), form)
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, fmt.Errorf("ari: %q begins with neither http:// nor https://: %s", clip(text), form)
	case base.Hostname() == "" || base.Opaque != "":
		return nil, fmt.Errorf("ari: %q has no host: %s", clip(text), form)
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "" || strings.HasSuffix(text, "#"):
		return nil, fmt.Errorf("ari: %q must end with its path, without ? and #: %s", clip(text), form)
	case strings.Contains(base.Path, "//") || strings.Contains(base.Path+"/", "/../"):
		return nil, fmt.Errorf("ari: the path of %q has an empty or .. part: %s", clip(text), form)
	}
	return base, nil
}

func checkCredentials(config Config) error {
	var wrong []error
	if config.User == "" {
		wrong = append(wrong, errors.New("ari_user: is empty: give the name of a user's section in ari.conf"))
	}
	if strings.ContainsFunc(config.User, func(r rune) bool { return r < ' ' || r == 0x7f || r == ':' }) {
		wrong = append(wrong, errors.New("ari_user: holds a colon or a control character: use another name in ari.conf"))
	}
	if config.Password == "" {
		wrong = append(wrong, errors.New("ari_password: is empty: set it or ari_password_file to the password in ari.conf"))
	}
	if strings.ContainsAny(config.Password, "\r\n\x00") {
		wrong = append(wrong, errors.New("ari_password: holds a line break: put only the password into it or into ari_password_file"))
	}
	return errors.Join(wrong...)
}

func checkApplication(name string) error {
	unusual := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_.-", r)
	}
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, unusual) {
		return fmt.Errorf("ari: the Stasis application %q: use one to 64 letters, digits, dots, dashes and underscores", clip(name))
	}
	return nil
}
