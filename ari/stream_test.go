package ari

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ari/aritest"
)

// firstBreak is why the stream could not be connected.
func firstBreak(t *testing.T, client *Client) error {
	t.Helper()
	for event := range client.Events(within(t)) {
		if broken, ok := event.(Disconnected); ok {
			return broken.Err
		}
		t.Fatalf("connected: %+v", event)
	}
	t.Fatal("no event in time")
	return nil
}

// listen returns the stream as a function that yields one event after another.
func listen(t *testing.T, client *Client) (next func() Event) {
	t.Helper()
	pull, stop := iter.Pull(client.Events(within(t)))
	t.Cleanup(stop)
	return func() Event {
		t.Helper()
		event, ok := pull()
		if !ok {
			t.Fatal("the stream ended while an event was awaited")
		}
		return event
	}
}

func expectConnected(t *testing.T, event Event) {
	t.Helper()
	if event != (Gap{Connected: true, Lost: LostUnknown}) {
		t.Fatalf("got %#v, want the mark of a connection", event)
	}
}

// untilConnected skips failed attempts.
func untilConnected(t *testing.T, next func() Event) {
	t.Helper()
	event := next()
	for {
		if _, broken := event.(Disconnected); !broken {
			break
		}
		event = next()
	}
	expectConnected(t, event)
}

func TestEventsOfACall(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	next := listen(t, client)
	expectConnected(t, next())
	server.EnterStasis(aritest.Channel{ID: "1.1", Name: "PJSIP/101-1", State: "Ring"}, "00393331234567", "x")
	start, ok := next().(StasisStart)
	if !ok || start.Channel.ID != "1.1" || start.Channel.Name != "PJSIP/101-1" || !slices.Equal(start.Args, []string{"00393331234567", "x"}) || start.At.IsZero() {
		t.Fatalf("got %+v", start)
	}
	server.Emit("ChannelStateChange", map[string]any{"channel": map[string]any{"id": "1.1", "state": "Up"}})
	if change, ok := next().(ChannelStateChange); !ok || change.Channel.State != "Up" {
		t.Fatalf("got %+v", change)
	}
	server.Emit("PlaybackFinished", map[string]any{"playback": map[string]any{"id": "p1", "target_uri": "channel:1.1", "state": "done"}})
	if played, ok := next().(PlaybackFinished); !ok || played.Playback != "p1" || played.ChannelID != "1.1" || played.State != "done" {
		t.Fatalf("got %+v", played)
	}
	if err := client.Hangup(within(t), "1.1", ReasonRejected); err != nil {
		t.Fatal(err)
	}
	if asked, ok := next().(ChannelHangupRequest); !ok || asked.Cause != 0 || !asked.Soft {
		t.Fatalf("got %+v: the 32 in it is no cause", asked)
	}
	if end, ok := next().(StasisEnd); !ok || end.Channel.ID != "1.1" {
		t.Fatalf("got %+v", end)
	}
	server.Emit("ChannelHangupRequest", map[string]any{"channel": map[string]any{"id": "1.1"}, "cause": 16})
	if asked, ok := next().(ChannelHangupRequest); !ok || asked.Cause != 16 || asked.Soft {
		t.Fatalf("got %+v", asked)
	}
	server.Emit("ChannelDestroyed", map[string]any{"channel": map[string]any{"id": "1.2"}, "cause": 21, "cause_txt": "Call Rejected"})
	if gone, ok := next().(ChannelDestroyed); !ok || gone.Channel.ID != "1.2" || gone.Cause != 21 || gone.CauseText != "Call Rejected" {
		t.Fatalf("got %+v", gone)
	}
}

func TestOddMessagesBreakNothing(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	next := listen(t, client)
	expectConnected(t, next())
	unknown := `{"type":"RESTResponse","channel":"a string","args":{"a":1},"cause":[]}`
	server.EmitRaw(unknown)
	other, ok := next().(Other)
	if !ok || other.Type != "RESTResponse" || string(other.Raw) != unknown {
		t.Fatalf("got %+v", other)
	}
	malformed := []string{"", "{", "null", "[]", `"StasisStart"`, "{}", `{"type":7}`, `{"type":"StasisStart"}`, `{"type":"StasisStart","channel":{}}`,
		`{"type":"StasisStart","channel":{"id":"x"},"args":"no list"}`, `{"type":"PlaybackFinished"}`, "\xff\xfe", strings.Repeat("[", 50_000)}
	for _, text := range malformed {
		server.EmitRaw(text)
	}
	server.Emit("After", nil)
	if after, ok := next().(Other); !ok || after.Type != "After" {
		t.Fatalf("got %+v", after)
	}
	if stats := client.Stats(); stats.Malformed != uint64(len(malformed)) || stats.Lost != 0 || stats.Connections != 1 {
		t.Errorf("stats %+v after %d malformed messages", stats, len(malformed))
	}
}

func TestMessageTooLarge(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	next := listen(t, client)
	expectConnected(t, next())
	server.EmitRaw(`{"type":"` + strings.Repeat("x", int(client.limits.message)) + `"}`)
	if broken, ok := next().(Disconnected); !ok || !strings.Contains(broken.Err.Error(), "read limit") {
		t.Fatalf("got %+v", broken)
	}
	expectConnected(t, next())
}

func TestReconnect(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	next := listen(t, client)
	expectConnected(t, next())
	for range 3 {
		server.Cut()
		if broken, ok := next().(Disconnected); !ok || broken.Err == nil || broken.Retry <= 0 {
			t.Fatalf("got %+v", broken)
		}
		untilConnected(t, next)
		server.Emit("After", nil)
		if after, ok := next().(Other); !ok || after.Type != "After" {
			t.Fatalf("got %+v", after)
		}
	}
	server.Stop()
	for range 3 { // attempts while nobody listens
		if broken, ok := next().(Disconnected); !ok {
			t.Fatalf("got %+v", broken)
		}
	}
	server.Restart()
	untilConnected(t, next)
	if stats := client.Stats(); stats.Connections != 5 {
		t.Errorf("stats %+v", stats)
	}
}

func TestStreamRefused(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server, func(c *Config) { c.Password = "wr0ngpassw0rd" })
	for event := range client.Events(within(t)) {
		broken, ok := event.(Disconnected)
		if !ok || !errors.Is(broken.Err, ErrUnauthorized) || !strings.Contains(broken.Err.Error(), "ari_password") {
			t.Errorf("got %+v", event)
		}
		if broken.Retry < client.timing.refused/2 {
			t.Errorf("tries again after %s: a ban would follow", broken.Retry)
		}
		if strings.Contains(broken.Err.Error(), "wr0ng") {
			t.Error("the error tells the password")
		}
		break
	}
	for _, status := range []int{500, 503} {
		server.Answer(status, 1)
		client := newClient(t, server)
		next := listen(t, client)
		var told *Error
		if broken, ok := next().(Disconnected); !ok || !errors.As(broken.Err, &told) || told.Status != status {
			t.Errorf("got %+v", broken)
		}
		untilConnected(t, next)
	}
}

func TestStreamHandshakeTimesOut(t *testing.T) {
	server := aritest.Start(t)
	defer server.Stall()()
	client := newClient(t, server, func(c *Config) { c.Timeout = 30 * time.Millisecond })
	if err := firstBreak(t, client); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestHalfOpen(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	client.timing.ping, client.timing.pong = time.Millisecond, 50*time.Millisecond
	next := listen(t, client)
	expectConnected(t, next())
	server.Mute(true)
	if broken, ok := next().(Disconnected); !ok || !errors.Is(broken.Err, ErrHalfOpen) {
		t.Fatalf("got %+v", broken)
	}
	server.Mute(false)
	untilConnected(t, next)
}

func TestReplaced(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	next := listen(t, client)
	expectConnected(t, next())
	expectConnected(t, listen(t, newClient(t, server))())
	if other, ok := next().(Other); !ok || other.Type != "ApplicationReplaced" {
		t.Fatalf("got %+v", other)
	}
	broken, ok := next().(Disconnected)
	if !ok || !errors.Is(broken.Err, ErrReplaced) || broken.Retry < client.timing.refused/2 {
		t.Fatalf("got %+v: two guards would take turns", broken)
	}
}

func TestOverflowIsTold(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	client.limits.queued = 10
	next := listen(t, client)
	expectConnected(t, next())
	const sent = 500
	for i := range sent {
		server.Emit(fmt.Sprint(i), nil)
	}
	server.Emit("last", nil)
	// Once 490 were lost, the reader has read the rest too or puts it behind.
	server.Wait(within(t), "the overflow", func() bool { return client.Stats().Lost >= sent-10 || poke(server) })
	seen, expected := 0, 0
	for expected < sent {
		switch event := next().(type) {
		case Other:
			if event.Type != fmt.Sprint(expected) {
				t.Fatalf("got %s, want %d", event.Type, expected)
			}
			seen, expected = seen+1, expected+1
		case Gap:
			if event.Connected || event.Lost <= 0 {
				t.Fatalf("got %+v", event)
			}
			expected += event.Lost
		default:
			t.Fatalf("got %+v", event)
		}
	}
	if lost := client.Stats().Lost; lost < sent-10 || seen < 10 {
		t.Errorf("saw %d, lost %d", seen, lost)
	}
	server.Cut()
	for {
		if _, ok := next().(Disconnected); ok {
			break
		}
	}
	untilConnected(t, next)
}

// poke makes the server change, so that a condition on the client is looked at again.
func poke(server *aritest.Server) bool {
	server.Mute(false)
	return false
}

// A consumer that does not look must not hold the application.
func TestStuckConsumerDoesNotReconnect(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	next := listen(t, client)
	expectConnected(t, next())
	server.Cut()
	server.Wait(within(t), "the end of the stream", func() bool { return !server.Connected() })
	other := newClient(t, server) // its time passes while the first could reconnect
	for range 200 {
		if err := other.Ping(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if sessions := server.Sessions(); sessions != 1 {
		t.Errorf("connected %d times", sessions)
	}
	if broken, ok := next().(Disconnected); !ok {
		t.Fatalf("got %+v", broken)
	}
	untilConnected(t, next)
}

func TestEventsEndWithTheContext(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	ctx, cancel := context.WithCancel(t.Context())
	var listening sync.WaitGroup
	listening.Go(func() {
		for range client.Events(ctx) {
		}
	})
	server.Wait(within(t), "the stream", server.Connected)
	cancel()
	listening.Wait()
	server.Wait(within(t), "the end of the stream", func() bool { return !server.Connected() })

	// A cancelled one ends before anything is asked.
	before := len(server.Requests())
	for event := range client.Events(ctx) {
		t.Errorf("got %+v", event)
	}
	if after := len(server.Requests()); after != before {
		t.Errorf("%d requests after the end", after-before)
	}
}

func TestEventsEndWithTheLoop(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	for event := range client.Events(within(t)) {
		expectConnected(t, event)
		break
	}
	server.Wait(within(t), "the end of the stream", func() bool { return !server.Connected() })
	// And can begin again.
	for event := range client.Events(within(t)) {
		expectConnected(t, event)
		break
	}
}

func TestDecodedTimesMayBeMissing(t *testing.T) {
	for _, when := range []string{`"yesterday"`, `7`, `null`, `{}`} {
		event, err := decode([]byte(`{"type":"StasisEnd","timestamp":` + when + `,"channel":{"id":"1.1","creationtime":` + when + `}}`))
		if want := (StasisEnd{Channel: Channel{ID: "1.1"}}); err != nil || !reflect.DeepEqual(event, want) {
			t.Errorf("%s: %+v, %v", when, event, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"type":"StasisStart","timestamp":"2026-11-21T11:10:22.396+0000","args":["a"],"channel":{"id":"1.1","name":"PJSIP/101-1","state":"Ring","caller":{"name":"","number":"101"},"dialplan":{"context":"c","exten":"e","priority":1}},"application":"fraudguard"}`,
		`{"type":"ChannelDestroyed","cause":21,"cause_txt":"Call Rejected","channel":{"id":"1.1"}}`,
		`{"type":"ChannelHangupRequest","soft":true,"channel":{"id":"1.1"}}`,
		`{"type":"PlaybackFinished","playback":{"id":"p","target_uri":"bridge:b","state":"done"}}`,
		`{"type":"Dial","x":1}`, `{"type":""}`, `[]`, "", "\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		event, err := decode(message)
		if (event == nil) == (err == nil) {
			t.Fatalf("event %v with error %v", event, err)
		}
		switch event := event.(type) {
		case Other:
			if event.Type == "" || string(event.Raw) != string(message) {
				t.Fatalf("%+v", event)
			}
		case PlaybackFinished:
			if event.Playback == "" {
				t.Fatal("a playback without an id")
			}
		case StasisStart, StasisEnd, ChannelDestroyed, ChannelHangupRequest, ChannelStateChange:
			if reflect.ValueOf(event).FieldByName("Channel").FieldByName("ID").String() == "" {
				t.Fatalf("%T without a channel", event)
			}
		}
	})
}
