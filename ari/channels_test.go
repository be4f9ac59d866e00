package ari

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/ari/aritest"
)

func TestInfoAndLists(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	if err := client.Ping(ctx); err != nil {
		t.Error(err)
	}
	info, err := client.Info(ctx)
	started := time.Date(2026, 11, 21, 11, 5, 26, 548e6, time.UTC)
	if err != nil || info.Version != "22.10.1" || info.EntityID != "02:fc:00:00:00:01" || !info.Started.Equal(started) {
		t.Errorf("info %+v, %v", info, err)
	}
	if list, err := client.Channels(ctx); err != nil || len(list) != 0 {
		t.Errorf("channels %+v, %v", list, err)
	}
	server.Add(aritest.Channel{ID: "1.1", Name: "PJSIP/101-00000001", State: "Ringing"})
	want := Channel{
		ID: "1.1", Name: "PJSIP/101-00000001", State: "Ringing",
		Dialplan: Dialplan{Context: "default", Extension: "s", Priority: 1},
	}
	list, err := client.Channels(ctx)
	if err != nil || len(list) != 1 {
		t.Fatalf("channels %+v, %v", list, err)
	}
	one, err := client.Channel(ctx, "1.1")
	if err != nil || !reflect.DeepEqual(one, list[0]) {
		t.Errorf("the channel alone is %+v, in the list %+v, %v", one, list[0], err)
	}
	if one.Created.IsZero() {
		t.Error("the time of creation is not read")
	}
	one.Created = time.Time{}
	if !reflect.DeepEqual(one, want) {
		t.Errorf("channel %+v, want %+v", one, want)
	}
	if _, err := client.Channel(ctx, "1.2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown channel: %v", err)
	}
}

func TestHangupWithEveryReason(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	for _, reason := range []Reason{
		ReasonNormal, ReasonBusy, ReasonCongestion, ReasonNoAnswer, ReasonTimeout, ReasonRejected, ReasonUnallocated,
		ReasonNormalUnspecified, ReasonNumberIncomplete, ReasonCodecMismatch, ReasonInterworking, ReasonFailure, ReasonAnsweredElsewhere,
	} {
		server.Add(aritest.Channel{ID: "1.1"})
		if err := client.Hangup(ctx, "1.1", reason); err != nil {
			t.Errorf("%s: %v", reason, err)
		}
		if hangups := server.Hangups(); hangups[len(hangups)-1] != (aritest.Hangup{ID: "1.1", Reason: string(reason)}) {
			t.Errorf("%s: the server saw %+v", reason, hangups)
		}
		if err := client.Hangup(ctx, "1.1", reason); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: again: %v", reason, err)
		}
	}
	before := len(server.Requests())
	for _, reason := range []Reason{"", "bogus", "normal&reason_code=1", "Normal"} {
		if err := client.Hangup(ctx, "1.1", reason); !errors.Is(err, ErrInvalid) {
			t.Errorf("reason %q: %v", reason, err)
		}
	}
	if len(server.Requests()) != before {
		t.Error("an unknown reason was sent")
	}
}

func TestStasisOnlyRequests(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	server.Add(aritest.Channel{ID: "out", Variables: map[string]string{"CHANNEL(state)": "Up"}})
	server.Add(aritest.Channel{ID: "in", InStasis: true, State: "Ring", Labels: []string{"denied"}})

	for name, request := range map[string]func(id string) error{
		"answer":   func(id string) error { return client.Answer(ctx, id) },
		"play":     func(id string) error { return client.Play(ctx, id, "p", "sound:beep") },
		"set":      func(id string) error { return client.SetVariable(ctx, id, "X", "1") },
		"continue": func(id string) error { return client.Continue(ctx, id, Destination{}) },
	} {
		if err := request("out"); !errors.Is(err, ErrConflict) {
			t.Errorf("%s outside of Stasis: %v", name, err)
		}
		if err := request("gone"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s on no channel: %v", name, err)
		}
	}
	if value, err := client.Variable(ctx, "out", "CHANNEL(state)"); err != nil || value != "Up" {
		t.Errorf("variable %q, %v", value, err)
	}
	if _, err := client.Variable(ctx, "out", "MISSING"); !errors.Is(err, ErrNotFound) {
		t.Errorf("missing variable: %v", err)
	}

	if err := client.Answer(ctx, "in"); err != nil {
		t.Error(err)
	}
	if err := client.Play(ctx, "in", "p/1", "sound:ss-noservice"); err != nil {
		t.Error(err)
	}
	if plays := server.Plays(); !slices.Equal(plays, []aritest.Play{{Channel: "in", ID: "p/1", Media: "sound:ss-noservice"}}) {
		t.Errorf("plays %+v", plays)
	}
	if err := client.Continue(ctx, "in", Destination{Label: "nowhere"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a missing label: %v", err)
	}
	if err := client.Continue(ctx, "in", Destination{Context: "c", Extension: "e x", Priority: 7, Label: "denied"}); err != nil {
		t.Error(err)
	}
	want := aritest.Continued{ID: "in", Context: "c", Extension: "e x", Priority: "7", Label: "denied"}
	if continued := server.Continued(); !slices.Equal(continued, []aritest.Continued{want}) {
		t.Errorf("continued %+v", continued)
	}
}

func TestVariablesKeepTheirText(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	server.Add(aritest.Channel{ID: "1.1", InStasis: true})
	for name, value := range map[string]string{
		"TIMEOUT(absolute)":     "60",
		"CDR(userfield)":        "denied: cap reached & more=1 #7 100%",
		"FRAUDGUARD_REASON":     "a+b c",
		"empty":                 "",
		"x&api_key=guard:x":     "\r\nHost: evil",
		"../../asterisk?x=%2f":  "ü\u2028;",
		"CURL(http://h/a b#c+)": `"quoted"`,
	} {
		if err := client.SetVariable(ctx, "1.1", name, value); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if got := server.Variable("1.1", name); got != value {
			t.Errorf("%q is %q, want %q", name, got, value)
		}
		if got, err := client.Variable(ctx, "1.1", name); err != nil || got != value {
			t.Errorf("%q reads %q, %v", name, got, err)
		}
	}
}

// TestGlobalVariables: they belong to no channel, and keep their text as well.
func TestGlobalVariables(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	if got, err := client.GlobalVariable(ctx, "FRAUDGUARD_GUARD"); got != "" || err != nil {
		t.Errorf("one that is not set: %q, %v", got, err)
	}
	for name, value := range map[string]string{"FRAUDGUARD_GUARD": "host=a process=1 & more", "x&value=y": "#7 ü", "empty": ""} {
		if err := client.SetGlobalVariable(ctx, name, value); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if got, err := client.GlobalVariable(ctx, name); got != value || err != nil || server.Global(name) != value {
			t.Errorf("%q is %q, %v, want %q", name, got, err, value)
		}
	}
	if _, err := client.GlobalVariable(ctx, ""); err == nil {
		t.Error("without a name, and no error")
	}
}

func TestNotSent(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	long := strings.Repeat("x", maxTarget)
	_, errRead := client.Variable(ctx, "1.1", "")
	for what, err := range map[string]error{
		"empty id":           client.Hangup(ctx, "", ReasonNormal),
		"NUL in id":          client.Hangup(ctx, "1.1\x00.2", ReasonNormal),
		"long id":            client.Hangup(ctx, long, ReasonNormal),
		"empty variable":     client.SetVariable(ctx, "1.1", "", "x"),
		"read no variable":   errRead,
		"NUL in a variable":  client.SetVariable(ctx, "1.1", "A\x00B", "x"),
		"NUL in a value":     client.SetVariable(ctx, "1.1", "A", "x\x00"),
		"long value":         client.SetVariable(ctx, "1.1", "A", long),
		"empty playback":     client.Play(ctx, "1.1", "", "sound:beep"),
		"NUL in a label":     client.Continue(ctx, "1.1", Destination{Label: "\x00"}),
		"empty id, continue": client.Continue(ctx, "", Destination{}),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		} else if len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", what, len(err.Error()))
		}
	}
	if requests := server.Requests(); len(requests) != 0 {
		t.Errorf("sent all the same: %q", requests)
	}
}

func TestHostileIDsHitNobodyElse(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	ids := []string{
		"..", ".", "...", "../", "../../asterisk/info", "a/../b", "%2f", "%2e%2e", "a%2fb", "a/b", "/", "//", "?", "a?reason=busy", "a#b",
		"a b", "a+b", " ", "a\r\nHost: evil", "\r\n\r\n", "\n", "é", "日本", "\u202e", "a;b", "a&b", "a=b", "1700000000.1", "a\x7f", "\xff\xfe",
		"http://evil/", "@", "a:b", "a\\b", "'", "\"", "<>", "*", "{}", "[1]", "|", "^", "`", "~",
	}
	for _, id := range ids {
		server.Add(aritest.Channel{ID: id})
	}
	for i, id := range ids {
		if err := client.Hangup(ctx, id, ReasonRejected); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if hangups := server.Hangups(); len(hangups) != i+1 || hangups[i].ID != id {
			t.Fatalf("%q: hung up %+v", id, hangups[min(i, len(hangups)):])
		}
	}
}

func TestAnyIDArrivesAsItIs(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	rapid.Check(t, func(t *rapid.T) {
		id := string(rapid.SliceOfN(rapid.ByteRange(1, 255), 1, 60).Draw(t, "id"))
		server.Add(aritest.Channel{ID: id})
		if err := client.Hangup(ctx, id, ReasonNormal); err != nil {
			t.Fatal(err)
		}
		if server.Has(id) {
			t.Fatalf("%q is still there", id)
		}
	})
}
