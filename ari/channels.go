package ari

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Reason is told to the other side as the cause of a hang-up. Asterisk 16 and
// 22 take exactly these.
type Reason string

// The reasons, with the cause (Q.850) that Asterisk makes of each.
const (
	ReasonNormal            Reason = "normal"             // 16
	ReasonBusy              Reason = "busy"               // 17
	ReasonCongestion        Reason = "congestion"         // 34
	ReasonNoAnswer          Reason = "no_answer"          // 19
	ReasonTimeout           Reason = "timeout"            // 18
	ReasonRejected          Reason = "rejected"           // 21
	ReasonUnallocated       Reason = "unallocated"        // 1
	ReasonNormalUnspecified Reason = "normal_unspecified" // 31
	ReasonNumberIncomplete  Reason = "number_incomplete"  // 28
	ReasonCodecMismatch     Reason = "codec_mismatch"     // 58
	ReasonInterworking      Reason = "interworking"       // 127
	ReasonFailure           Reason = "failure"            // 38
	ReasonAnsweredElsewhere Reason = "answered_elsewhere" // 26
)

func (r Reason) valid() bool {
	switch r {
	case ReasonNormal, ReasonBusy, ReasonCongestion, ReasonNoAnswer, ReasonTimeout, ReasonRejected,
		ReasonUnallocated, ReasonNormalUnspecified, ReasonNumberIncomplete, ReasonCodecMismatch,
		ReasonInterworking, ReasonFailure, ReasonAnsweredElsewhere:
		return true
	}
	return false
}

// Info is what an Asterisk says about itself.
type Info struct {
	Version  string    // "22.10.1"
	EntityID string    // the machine's own id
	Started  time.Time // zero where Asterisk does not tell
}

// Channel is a channel as Asterisk describes it. Any text in it may come from a caller.
type Channel struct {
	ID          string
	Name        string // "PJSIP/101-00000001"
	State       string // "Down", "Ring", "Ringing", "Up", …
	ProtocolID  string // the SIP Call-ID; may be empty
	Caller      Party
	Connected   Party
	AccountCode string
	Dialplan    Dialplan
	Created     time.Time
}

// Party is one end of a call.
type Party struct{ Name, Number string }

// Dialplan is where a channel is.
type Dialplan struct {
	Context     string
	Extension   string
	Priority    int
	Application string
	Data        string
}

// Destination is where [Client.Continue] sends a channel. What is empty stays
// as it is; all empty goes on behind Stasis().
type Destination struct {
	Context   string
	Extension string
	Priority  int // zero where a label is given, or to stay
	Label     string
}

// Ping asks for a sign of life.
func (c *Client) Ping(ctx context.Context) error {
	var answer struct{ Ping string }
	return c.do(ctx, pingRequest(), &answer, c.limits.answer)
}

func pingRequest() request {
	return request{action: "ping", method: http.MethodGet, path: "/asterisk/ping"}
}

// Info asks for the version.
func (c *Client) Info(ctx context.Context) (Info, error) {
	r := request{action: "ask for the version", method: http.MethodGet, path: "/asterisk/info"}
	var answer struct {
		System struct {
			Version  string
			EntityID string `json:"entity_id"`
		}
		Status struct {
			Started moment `json:"startup_time"`
		}
	}
	if err := c.do(ctx, r, &answer, c.limits.answer); err != nil {
		return Info{}, err
	}
	if answer.System.Version == "" {
		return Info{}, c.explain(r, &Error{Err: fmt.Errorf("%w: the answer has no version", ErrNotARI), Hint: hintNotARI})
	}
	return Info{answer.System.Version, answer.System.EntityID, time.Time(answer.Status.Started)}, nil
}

// GlobalVariable reads a variable that belongs to no channel; one that is not set is empty.
func (c *Client) GlobalVariable(ctx context.Context, name string) (string, error) {
	var answer struct{ Value string }
	err := c.onGlobal(ctx, "read the global variable", http.MethodGet, name, &answer)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return answer.Value, err
}

// SetGlobalVariable sets a variable that belongs to no channel, until Asterisk ends.
func (c *Client) SetGlobalVariable(ctx context.Context, name, value string) error {
	return c.onGlobal(ctx, "set the global variable", http.MethodPost, name, nil, "value", value)
}

func (c *Client) onGlobal(ctx context.Context, action, method, name string, answer any, pairs ...string) error {
	r := request{action: action, about: name, method: method, path: "/asterisk/variable"}
	if name == "" {
		return c.explain(r, &Error{Err: fmt.Errorf("%w: the variable has no name", ErrInvalid)})
	}
	query, err := query(append([]string{"variable", name}, pairs...)...)
	if err != nil {
		return c.explain(r, &Error{Err: fmt.Errorf("%w: %w", ErrInvalid, err)})
	}
	r.query = query
	return c.do(ctx, r, answer, c.limits.answer)
}

// Channels lists all channels, those outside of Stasis too.
func (c *Client) Channels(ctx context.Context) ([]Channel, error) {
	var answer []Channel
	err := c.do(ctx, request{action: "list the channels", method: http.MethodGet, path: "/channels"}, &answer, c.limits.list)
	return answer, err
}

// Channel describes one channel.
func (c *Client) Channel(ctx context.Context, id string) (Channel, error) {
	var answer Channel
	err := c.onChannel(ctx, "describe channel", http.MethodGet, id, "", &answer)
	return answer, err
}

// Hangup asks for the end of any channel, in Stasis or not, ringing or
// answered. Success means asked: the channel's end is an event. A channel that
// is gone already is [ErrNotFound].
func (c *Client) Hangup(ctx context.Context, id string, reason Reason) error {
	r := request{action: "hang up channel", about: id, method: http.MethodDelete}
	if err := checkID(id); err != nil {
		return c.explain(r, &Error{Err: err})
	}
	if !reason.valid() {
		return c.explain(r, &Error{Err: fmt.Errorf("%w: the reason %q is none that Asterisk knows", ErrInvalid, clip(string(reason)))})
	}
	r.path, r.query = "/channels/"+segment(id), "reason="+string(reason)
	return c.do(ctx, r, nil, c.limits.answer)
}

// Answer answers a channel that is in Stasis.
func (c *Client) Answer(ctx context.Context, id string) error {
	return c.onChannel(ctx, "answer channel", http.MethodPost, id, "/answer", nil)
}

// Play plays media, for example "sound:ss-noservice", to a channel in Stasis.
// The caller chooses the playback's id, and finds it again in [PlaybackFinished].
func (c *Client) Play(ctx context.Context, id, playback, media string) error {
	if err := checkID(playback); err != nil {
		return c.explain(request{action: "play to channel", about: id}, &Error{Err: err})
	}
	return c.onChannel(ctx, "play to channel", http.MethodPost, id, "/play/"+segment(playback), nil, "media", media)
}

// Continue sends a channel that is in Stasis on in the dialplan. A label or an
// extension that does not exist is [ErrNotFound], and the channel stays.
func (c *Client) Continue(ctx context.Context, id string, to Destination) error {
	priority := ""
	if to.Priority != 0 {
		priority = strconv.Itoa(to.Priority)
	}
	return c.onChannel(ctx, "continue channel", http.MethodPost, id, "/continue", nil,
		"context", to.Context, "extension", to.Extension, "priority", priority, "label", to.Label)
}

// SetVariable sets a variable or function, for example "TIMEOUT(absolute)", of
// a channel that is in Stasis; elsewhere it is [ErrConflict]. Asterisk answers
// first and sets it a moment later, but before a Continue that follows.
func (c *Client) SetVariable(ctx context.Context, id, name, value string) error {
	if name == "" {
		return c.explain(request{action: "set a variable of channel", about: id}, &Error{Err: fmt.Errorf("%w: the variable has no name", ErrInvalid)})
	}
	return c.onChannel(ctx, "set a variable of channel", http.MethodPost, id, "/variable", nil, "variable", name, "value", value)
}

// Variable reads a variable or function of any channel. One that is not set is
// empty or [ErrNotFound], as Asterisk likes.
func (c *Client) Variable(ctx context.Context, id, name string) (string, error) {
	if name == "" {
		return "", c.explain(request{action: "read a variable of channel", about: id}, &Error{Err: fmt.Errorf("%w: the variable has no name", ErrInvalid)})
	}
	var answer struct{ Value string }
	err := c.onChannel(ctx, "read a variable of channel", http.MethodGet, id, "/variable", &answer, "variable", name)
	return answer.Value, err
}

func (c *Client) onChannel(ctx context.Context, action, method, id, below string, answer any, pairs ...string) error {
	r := request{action: action, about: id, method: method}
	if err := checkID(id); err != nil {
		return c.explain(r, &Error{Err: err})
	}
	query, err := query(pairs...)
	if err != nil {
		return c.explain(r, &Error{Err: fmt.Errorf("%w: %w", ErrInvalid, err)})
	}
	r.path, r.query = "/channels/"+segment(id)+below, query
	return c.do(ctx, r, answer, c.limits.answer)
}

// UnmarshalJSON reads Asterisk's description; a channel without an id is an error.
func (c *Channel) UnmarshalJSON(text []byte) error {
	var wire struct {
		ID, Name, State   string
		ProtocolID        string `json:"protocol_id"`
		Caller, Connected Party
		AccountCode       string
		Dialplan          struct {
			Context, Exten string
			Priority       int
			AppName        string `json:"app_name"`
			AppData        string `json:"app_data"`
		}
		CreationTime moment
	}
	if err := json.Unmarshal(text, &wire); err != nil {
		return err
	}
	if wire.ID == "" {
		return fmt.Errorf("a channel without an id")
	}
	d := wire.Dialplan
	*c = Channel{
		ID: wire.ID, Name: wire.Name, State: wire.State, ProtocolID: wire.ProtocolID,
		Caller: wire.Caller, Connected: wire.Connected, AccountCode: wire.AccountCode,
		Dialplan: Dialplan{d.Context, d.Exten, d.Priority, d.AppName, d.AppData},
		Created:  time.Time(wire.CreationTime),
	}
	return nil
}

// moment reads Asterisk's times. What is none stays zero: a time is only told
// further, and not worth losing an event for.
type moment time.Time

func (m *moment) UnmarshalJSON(text []byte) error {
	if at, err := time.Parse(`"2006-01-02T15:04:05.999-0700"`, string(text)); err == nil {
		*m = moment(at)
	}
	return nil
}
