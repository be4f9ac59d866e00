package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// maxAnswer bounds what a client takes as an answer.
const maxAnswer = 128 << 20

// Client asks a running fraudguard. Its methods are those of Backend; their errors are an *Error
// where the daemon refused, a *NotRunningError where nobody answers. It is safe for concurrent use.
type Client struct {
	path string
	http *http.Client
}

// NewClient makes a client for the socket at a path. It connects when it is first used.
func NewClient(path string) *Client {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	return &Client{path: path, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		},
		// The daemon can refuse a price list before it is sent.
		ExpectContinueTimeout:  10 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
	}}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// NotRunningError says that nobody answers on the socket.
type NotRunningError struct {
	Path  string
	Cause error
}

// Error says what, where, and the next step.
func (e *NotRunningError) Error() string {
	const next = "is fraudguard running? systemctl status fraudguard"
	switch {
	case errors.Is(e.Cause, fs.ErrNotExist):
		return fmt.Sprintf("there is no socket %s: %s", e.Path, next)
	case errors.Is(e.Cause, fs.ErrPermission):
		return fmt.Sprintf("socket %s is not open to you: run this as root, or as a member of the socket's group", e.Path)
	case errors.Is(e.Cause, syscall.ECONNREFUSED):
		return fmt.Sprintf("nobody listens on %s: %s", e.Path, next)
	}
	return fmt.Sprintf("nobody answers on %s (%v): %s", e.Path, e.Cause, next)
}

// Unwrap gives the cause.
func (e *NotRunningError) Unwrap() error { return e.Cause }

// Status says how fraudguard is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "/v1/status", nil)
}

// Calls gives legs, newest first.
func (c *Client) Calls(ctx context.Context, q store.CallsQuery) ([]Call, error) {
	return get[[]Call](ctx, c, "/v1/calls", values("tenant", q.Tenant, "extension", q.Extension,
		"since", momentText(q.Since), "until", momentText(q.Until), "live", flagText(q.LiveOnly), "limit", countText(q.Limit)))
}

// Ledger gives the totals of one local day or month.
func (c *Client) Ledger(ctx context.Context, q LedgerQuery) ([]LedgerRow, error) {
	return get[[]LedgerRow](ctx, c, "/v1/ledger", values("tenant", q.Tenant, "extension", q.Extension,
		"period", q.Period.String(), "key", q.Key))
}

// Blocks gives the blocks in force, or all that ever were.
func (c *Client) Blocks(ctx context.Context, all bool) ([]Block, error) {
	return get[[]Block](ctx, c, "/v1/blocks", values("all", flagText(all)))
}

// Block sets a block. Who of the request is not sent: the daemon knows.
func (c *Client) Block(ctx context.Context, r BlockRequest) (Block, error) {
	body, err := json.Marshal(blockBody{Target: r.Target.String(), For: int64(r.For / time.Second), Reason: r.Reason, KeepLive: r.KeepLive})
	if err != nil {
		return Block{}, err
	}
	return ask[Block](ctx, c, http.MethodPost, "/v1/blocks", nil, bytes.NewReader(body), int64(len(body)))
}

// Unblock lifts the block on a target.
func (c *Client) Unblock(ctx context.Context, target guard.Target) error {
	_, err := ask[struct{}](ctx, c, http.MethodDelete, "/v1/blocks", values("target", target.String()), nil, 0)
	return err
}

// Incidents gives incidents, newest first.
func (c *Client) Incidents(ctx context.Context, q store.IncidentsQuery) ([]Incident, error) {
	return get[[]Incident](ctx, c, "/v1/incidents", values("tenant", q.Tenant, "extension", q.Extension, "rule", q.Rule,
		"since", momentText(q.Since), "until", momentText(q.Until), "limit", countText(q.Limit)))
}

// Incident gives one incident.
func (c *Client) Incident(ctx context.Context, id string) (Incident, error) {
	return get[Incident](ctx, c, "/v1/incidents/"+url.PathEscape(id), nil)
}

// ImportRates sends a price list. The size is in bytes, -1 where it is not known.
func (c *Client) ImportRates(ctx context.Context, r ImportRequest, body io.Reader, size int64) (RatesSummary, error) {
	o := r.Options
	v := values("file", r.File, "first", countText(o.First), "next", countText(o.Next), "decimal", o.Decimal, "dates", o.Dates,
		"currency", r.Currency, "valid_from", r.ValidFrom, "digest", r.Digest, "dry_run", flagText(r.DryRun))
	if o.MaxPrice != 0 {
		v.Set("max_price", o.MaxPrice.String())
	}
	for field, header := range o.Map {
		v.Add("map", field+"="+header)
	}
	return ask[RatesSummary](ctx, c, http.MethodPut, "/v1/decks/"+url.PathEscape(r.Deck), v, body, size)
}

// LookupRate gives the price of a number.
func (c *Client) LookupRate(ctx context.Context, q LookupQuery) (RateLookup, error) {
	return get[RateLookup](ctx, c, "/v1/rates", values("server", q.Server, "tenant", q.Tenant, "trunk", q.Trunk, "number", q.Number))
}

// Decks lists the stored editions of price lists.
func (c *Client) Decks(ctx context.Context) ([]Deck, error) {
	return get[[]Deck](ctx, c, "/v1/decks", nil)
}

// Deck gives an edition with its rates; number 0 is the one in force, or else the newest.
func (c *Client) Deck(ctx context.Context, name string, number int) (Deck, *rates.Deck, error) {
	response, err := c.send(ctx, http.MethodGet, "/v1/decks/"+url.PathEscape(name), values("edition", countText(number)), nil, 0)
	if err != nil {
		return Deck{}, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxMessage*2))
		return Deck{}, nil, refusal(response.StatusCode, text)
	}
	var info Deck
	header, err := base64.StdEncoding.DecodeString(response.Header.Get(deckHeader))
	if err == nil {
		err = json.Unmarshal(header, &info)
	}
	if err != nil {
		return Deck{}, nil, fmt.Errorf("fraudguard on %s answers in a way that this version does not understand: %w", c.path, err)
	}
	zone, err := time.LoadLocation(info.Timezone)
	if err != nil {
		return Deck{}, nil, err
	}
	list, err := rates.Read(response.Body, info.Name, rates.ReadOptions{Location: zone, MaxPrice: money.Max})
	if err != nil {
		return Deck{}, nil, fmt.Errorf("the price list from fraudguard on %s broke off: %w", c.path, err)
	}
	deck, err := rates.NewDeck(info.Name, info.Currency, list.Rates)
	if err == nil && deck.Len() != info.Rates {
		err = fmt.Errorf("the price list from fraudguard on %s broke off after %d of %d rates", c.path, deck.Len(), info.Rates)
	}
	return info, deck, err
}

// Verify compares the ledger with its charges.
func (c *Client) Verify(ctx context.Context, q VerifyQuery) (Proof, error) {
	return get[Proof](ctx, c, "/v1/verify", values("from", q.From, "to", q.To))
}

// Prune prunes old calls. Who of the request is not sent: the daemon knows.
func (c *Client) Prune(ctx context.Context, r PruneRequest) (Pruned, error) {
	return ask[Pruned](ctx, c, http.MethodPost, "/v1/prune", values("before", r.Before, "dry_run", flagText(r.DryRun)), nil, 0)
}

// Reload makes the daemon take a changed configuration.
func (c *Client) Reload(ctx context.Context) error {
	_, err := ask[struct{}](ctx, c, http.MethodPost, "/v1/reload", nil, nil, 0)
	return err
}

func get[T any](ctx context.Context, c *Client, path string, v url.Values) (T, error) {
	return ask[T](ctx, c, http.MethodGet, path, v, nil, 0)
}

// ask sends one request and reads its answer.
func ask[T any](ctx context.Context, c *Client, method, path string, v url.Values, body io.Reader, size int64) (T, error) {
	var result T
	response, err := c.send(ctx, method, path, v, body, size)
	if err != nil {
		return result, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return result, fmt.Errorf("the answer of fraudguard on %s broke off: %w", c.path, err)
	}
	switch {
	case len(text) > maxAnswer:
		return result, fmt.Errorf("the answer of fraudguard on %s is larger than %d MiB: ask for less with --limit", c.path, maxAnswer>>20)
	case response.StatusCode == http.StatusNoContent:
		return result, nil
	case response.StatusCode != http.StatusOK:
		return result, refusal(response.StatusCode, text)
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return result, fmt.Errorf("fraudguard on %s answers in a way that this version does not understand: %w", c.path, err)
	}
	return result, nil
}

// send sends one request. The answer's body is the caller's to close.
func (c *Client) send(ctx context.Context, method, path string, v url.Values, body io.Reader, size int64) (*http.Response, error) {
	target := "http://fraudguard" + path
	if len(v) > 0 {
		target += "?" + v.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.ContentLength = size
		request.Header.Set("Expect", "100-continue")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.explain(err)
	}
	return response, nil
}

// refusal reads an answer that is an error.
func refusal(status int, text []byte) error {
	var f failure
	if json.Unmarshal(text, &f) != nil || f.Error == "" {
		return Errorf(status, "fraudguard answers %d %s", status, http.StatusText(status))
	}
	return &Error{Status: status, Message: f.Error}
}

// explain takes HTTP's own words off an error.
func (c *Client) explain(err error) error {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return &NotRunningError{Path: c.path, Cause: dial.Err}
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return fmt.Errorf("fraudguard on %s did not answer: %w", c.path, err)
}
