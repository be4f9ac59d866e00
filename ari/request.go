package ari

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Asterisk reads a request line of up to 4096 bytes and answers nothing useful to a longer one.
const maxTarget = 4000

// request is one call of the interface. Path and query are escaped already.
type request struct {
	action string // for errors
	about  string // the id that the action is about; may be empty
	method string
	path   string // below the base address: "/channels/1700000000.1"
	query  string
}

// do sends the request and decodes the answer into the value, which is nil
// where no answer is wanted. limit is the most bytes of an answer.
func (c *Client) do(ctx context.Context, r request, answer any, limit int64) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	response, err := c.send(ctx, r)
	if err != nil {
		return c.explain(r, failure(err))
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNoContent && answer == nil {
		return nil
	}
	body, err := readUpTo(response.Body, limit)
	if err != nil {
		return c.explain(r, failure(err))
	}
	if response.StatusCode/100 != 2 {
		return c.explain(r, refusal(response.StatusCode, response.Header.Get("Content-Type"), body))
	}
	// A web server that answers 200 with a page to everything must not pass for a hung-up channel.
	if !isJSON(response.Header.Get("Content-Type")) {
		return c.explain(r, &Error{Status: response.StatusCode, Err: ErrNotARI, Hint: hintNotARI})
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return c.explain(r, &Error{Status: response.StatusCode, Err: fmt.Errorf("%w: %w", ErrNotARI, err), Hint: hintNotARI})
	}
	return nil
}

// send goes to the transport directly: http.Client would follow redirects, and
// building a request from text would parse again what is known already.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	if len(c.path)+len(r.path)+len(r.query) > maxTarget {
		return nil, fmt.Errorf("%w: the request has more than %d bytes, which Asterisk does not read", ErrInvalid, maxTarget)
	}
	out := &http.Request{
		Method: r.method,
		// Opaque is written to the wire as it stands.
		URL:        &url.URL{Scheme: c.scheme, Host: c.host, Opaque: c.path + r.path, RawQuery: r.query},
		Host:       c.host,
		Header:     c.header,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
	}
	return c.requests.RoundTrip(out.WithContext(ctx))
}

func (c *Client) explain(r request, e *Error) error {
	e.Address, e.Action = c.address(), r.action
	if r.about != "" {
		e.Action = fmt.Sprintf("%s %q", r.action, clip(r.about))
	}
	return e
}

func readUpTo(from io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return body, nil
}

// checkID refuses what Asterisk would read as another id: it cuts at a NUL.
func checkID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: the id is empty", ErrInvalid)
	case strings.IndexByte(id, 0) >= 0:
		return fmt.Errorf("%w: the id has a NUL in it", ErrInvalid)
	}
	return nil
}

// segment writes an id as one part of a path. Everything but letters, digits
// and the marks of ordinary ids is escaped: Asterisk reads + as a space, and a
// proxy on the way would follow dots.
func segment(id string) string {
	plain := strings.Trim(id, ".") != ""
	for i := 0; plain && i < len(id); i++ {
		plain = isPlain(id[i])
	}
	if plain {
		return id
	}
	const hex = "0123456789ABCDEF"
	onlyDots := strings.Trim(id, ".") == ""
	var b strings.Builder
	for i := range len(id) {
		if isPlain(id[i]) && !onlyDots {
			b.WriteByte(id[i])
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[id[i]>>4])
		b.WriteByte(hex[id[i]&15])
	}
	return b.String()
}

func isPlain(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '.' || b == '-' || b == '_'
}

// query writes pairs of name and value; a pair without a value is left out.
func query(pairs ...string) (string, error) {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.IndexByte(pairs[i+1], 0) >= 0 {
			return "", errors.New("the " + pairs[i] + " has a NUL in it")
		}
		if pairs[i+1] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i] + "=" + url.QueryEscape(pairs[i+1]))
	}
	return b.String(), nil
}
