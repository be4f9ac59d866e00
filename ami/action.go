package ami

import (
	"fmt"
	"strings"
)

// What Asterisk takes as one action, seen on 16.28 and 22.10: a longer line is answered with a parse error, and of
// more headers the rest is ignored.
const (
	maxActionLine    = 1022
	maxActionHeaders = 120
)

// Action is an order to Asterisk: a name and headers in order. Values are sent as they are, so nothing in them can
// become a header or an action of its own: Encode refuses CR, LF and NUL.
type Action struct {
	name    string
	headers []header
	err     error
}

type header struct{ name, value string }

// NewAction starts an action of that name, such as "Ping".
func NewAction(name string) Action { return Action{name: name} }

// Name is the name of the action.
func (a Action) Name() string { return a.name }

// With returns the action with one more header. The action it is called on does not change.
func (a Action) With(name, value string) Action {
	a.headers = append(a.headers[:len(a.headers):len(a.headers)], header{name, value})
	return a
}

// Encode returns the action as it goes over the wire under that ActionID, or an error that names the field which
// cannot be sent. Values never appear in the error: one of them may be a secret.
func (a Action) Encode(id string) ([]byte, error) {
	if a.err != nil {
		return nil, a.err
	}
	if len(a.headers) > maxActionHeaders {
		return nil, fmt.Errorf("ami: action %q has %d headers: Asterisk reads no more than %d", a.name, len(a.headers), maxActionHeaders)
	}
	b := make([]byte, 0, 256)
	b, err := a.appendHeader(b, "Action", a.name)
	if err == nil {
		b, err = a.appendHeader(b, "ActionID", id)
	}
	for _, h := range a.headers {
		if err == nil && (strings.EqualFold(h.name, "Action") || strings.EqualFold(h.name, "ActionID")) {
			err = fmt.Errorf("ami: action %q: header %q is set by the session: leave it out", a.name, h.name)
		}
		if err == nil {
			b, err = a.appendHeader(b, h.name, h.value)
		}
	}
	if err != nil {
		return nil, err
	}
	return append(b, "\r\n"...), nil
}

func (a Action) appendHeader(b []byte, name, value string) ([]byte, error) {
	switch {
	case name == "" || strings.ContainsAny(name, ":\r\n\x00 \t"):
		return nil, fmt.Errorf("ami: action %q: %q is not a header name: use letters, digits and dashes", a.name, name)
	case strings.ContainsAny(value, "\r\n\x00"):
		return nil, fmt.Errorf("ami: action %q: the value of %s has a line break or NUL in it: remove it", a.name, name)
	case name == "Action" && value == "":
		return nil, fmt.Errorf("ami: action without a name")
	case len(name)+len(": ")+len(value) > maxActionLine:
		return nil, fmt.Errorf("ami: action %q: %s is %d bytes long with its name: Asterisk takes no more than %d",
			a.name, name, len(name)+len(": ")+len(value), maxActionLine)
	}
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...), nil
}

// Setvar sets a variable or writes a function, such as "TIMEOUT(absolute)", on one channel. Without a channel Asterisk
// would set a global variable, so an empty one is refused.
func Setvar(channel, name, value string) Action {
	a := NewAction("Setvar").With("Channel", channel).With("Variable", name).With("Value", value)
	a.err = checkChannel("Setvar", channel)
	return a
}

// Hangup asks Asterisk to end one channel with that Q.850 cause (0: none given). The answer means asked; the Hangup
// event means done. Asterisk takes a name in slashes as a pattern over all channels, so such a name is refused.
func Hangup(channel string, cause int) Action {
	a := NewAction("Hangup").With("Channel", channel)
	if cause > 0 {
		a = a.With("Cause", fmt.Sprint(cause))
	}
	a.err = checkChannel("Hangup", channel)
	return a
}

func checkChannel(action, channel string) error {
	if channel == "" || channel[0] == '/' {
		return fmt.Errorf("ami: action %q: %q is not the name of one channel", action, channel)
	}
	return nil
}

// DBPut writes one value of the AstDB, which the dialplan reads as DB(family/key).
func DBPut(family, key, value string) Action {
	return NewAction("DBPut").With("Family", family).With("Key", key).With("Val", value)
}

// DBDel removes one value of the AstDB. Asterisk answers with an error if there is none.
func DBDel(family, key string) Action {
	return NewAction("DBDel").With("Family", family).With("Key", key)
}

// DBGet is a list action: its one item, DBGetResponse, has the value in Val. Asterisk answers with an error if there
// is none.
func DBGet(family, key string) Action {
	return NewAction("DBGet").With("Family", family).With("Key", key)
}
