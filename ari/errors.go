package ari

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// What an [Error] is about; ask with errors.Is.
var (
	// ErrNotFound: the channel is gone, or has no such variable or label. To a
	// hang-up it means that nothing is left to do.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the channel is not in the Stasis application.
	ErrConflict = errors.New("the channel's state does not allow it")
	// ErrUnauthorized: Asterisk refuses the user, or the user may only read.
	ErrUnauthorized = errors.New("refused by Asterisk")
	// ErrNotARI: something answers, but not the REST interface, or not this part of it.
	ErrNotARI = errors.New("the REST interface does not answer here")
	// ErrTooLarge: the answer was longer than it may be.
	ErrTooLarge = errors.New("the answer is too large")
	// ErrInvalid: the request cannot be sent as it is, and was not.
	ErrInvalid = errors.New("not sent")
	// ErrReplaced: another client has taken the Stasis application.
	ErrReplaced = errors.New("another client has taken the Stasis application: run one guard for each server, or name their applications differently")
	// ErrHalfOpen: the other end of the stream is silent.
	ErrHalfOpen = errors.New("no answer to a ping")
)

// What to change, in the words of Asterisk's own files.
const (
	hintLogin    = "check ari_user and ari_password against the user's section in ari.conf"
	hintReadOnly = "set read_only = no in the user's section in ari.conf, and look at its permit and deny"
	hintNotARI   = "check the port and path of ari, and set enabled = yes in http.conf and in ari.conf; a prefix in http.conf goes before /ari"
	hintModule   = "load Asterisk's modules res_ari_channels.so, res_ari_asterisk.so and res_ari_events.so"
	hintScheme   = "the port does not speak TLS: use http:// or the port of tlsbindaddr in http.conf"
	hintRedirect = "it answers with a redirect, which is not followed: give the final address in ari"
)

// Error is a request that failed. It never holds the password.
type Error struct {
	Action  string // what was asked: `hang up channel "1700000000.1"`
	Address string // the base address
	Status  int    // of the HTTP answer; zero where none came
	Message string // what Asterisk said, shortened
	Hint    string // what to change; may be empty
	Err     error  // one of the errors above, or why no answer came
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ari %s: %s: %v", e.Address, e.Action, e.Err)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d", e.Status)
		if e.Message != "" {
			fmt.Fprintf(&b, " %q", e.Message)
		}
		b.WriteString(")")
	}
	if e.Hint != "" {
		b.WriteString(": " + e.Hint)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// refusal makes an error of an HTTP answer that is not the wanted one.
// Asterisk answers in JSON, and its own "Channel not found" must not be
// mistaken for the 404 of a web server, or of an Asterisk without the module:
// the first means that the call is over, the others that it goes on.
func refusal(status int, contentType string, body []byte) *Error {
	e := &Error{Status: status, Err: errors.New("failed")}
	fromARI := isJSON(contentType)
	if fromARI {
		var answer struct{ Message, Error string }
		if json.Unmarshal(body, &answer) != nil {
			fromARI = false
		}
		e.Message = clip(answer.Message + answer.Error)
	}
	switch {
	case status == http.StatusUnauthorized:
		e.Err, e.Hint = ErrUnauthorized, hintLogin
	case status == http.StatusForbidden:
		e.Err, e.Hint = ErrUnauthorized, hintReadOnly
	case status >= 300 && status < 400:
		e.Err, e.Hint = ErrNotARI, hintRedirect
	case status == http.StatusNotFound && e.Message == "Resource not found":
		e.Err, e.Hint = ErrNotARI, hintModule
	case status == http.StatusNotFound && fromARI:
		e.Err = ErrNotFound
	case status == http.StatusConflict && fromARI:
		e.Err = ErrConflict
	case !fromARI && status < http.StatusInternalServerError:
		e.Err, e.Hint = ErrNotARI, hintNotARI
	}
	return e
}

// failure makes an error of a request that had no HTTP answer.
func failure(err error) *Error {
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return &Error{Err: fmt.Errorf("%w: %w", ErrNotARI, err), Hint: hintScheme}
	case speaksFirst(err) || strings.Contains(err.Error(), "malformed HTTP"):
		return &Error{Err: ErrNotARI, Hint: hintNotARI}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Err: fmt.Errorf("no answer in time: %w", err)}
	}
	return &Error{Err: err}
}

// speaksFirst tells that the server greeted before it was asked, as AMI does.
// net/http has only words for that.
func speaksFirst(err error) bool {
	return strings.Contains(err.Error(), "readLoopPeekFailLocked")
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// clip shortens text from outside for an error or a log.
func clip(text string) string {
	const most = 200
	text = string(bytes.ToValidUTF8([]byte(text[:min(len(text), 4*most)]), []byte("\uFFFD")))
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
