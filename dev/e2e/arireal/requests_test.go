package arireal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ari"
	"github.com/fraudguard/fraudguard/dev/asterisk"
)

func TestRequests(t *testing.T) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			server := start(t, version)
			client := connect(t, configOf(server))
			t.Run("info", func(t *testing.T) { testInfo(t, client, version) })
			t.Run("hang up", func(t *testing.T) { testHangup(t, server, client) })
			t.Run("reasons", func(t *testing.T) { testReasons(t, server, client) })
			t.Run("hostile ids", func(t *testing.T) { testHostileIDs(t, server, client) })
			t.Run("stasis", func(t *testing.T) { testStasis(t, server, client) })
			t.Run("refusals", func(t *testing.T) { testRefusals(t, server) })
			t.Run("not ARI", func(t *testing.T) { testNotARI(t, server) })
		})
	}
}

func testInfo(t *testing.T, client *ari.Client, version string) {
	if err := client.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	info, err := client.Info(t.Context())
	if err != nil || !strings.HasPrefix(info.Version, version+".") || info.Started.IsZero() || time.Since(info.Started) > time.Hour {
		t.Errorf("info %+v, %v", info, err)
	}
	if channels, err := client.Channels(t.Context()); err != nil || len(channels) != 0 {
		t.Errorf("channels %+v, %v", channels, err)
	}
}

// Channels outside of Stasis, as trunk legs are.
func testHangup(t *testing.T, server *asterisk.Server, client *ari.Client) {
	for extension, state := range map[string]string{"ring": "Ringing", "answer": "Up"} {
		originate(t, server, extension, extension, false)
		untilState(t, client, extension, state)
		channels, err := client.Channels(t.Context())
		if err != nil || !slices.ContainsFunc(channels, func(c ari.Channel) bool {
			return c.ID == extension && c.State == state && strings.HasPrefix(c.Name, "Local/"+extension+"@arireal-") && !c.Created.IsZero()
		}) {
			t.Errorf("listed %+v, %v", channels, err)
		}
		if err := client.Hangup(t.Context(), extension, ari.ReasonRejected); err != nil {
			t.Errorf("%s: %v", extension, err)
		}
		untilState(t, client, extension, "")
		if err := client.Hangup(t.Context(), extension, ari.ReasonRejected); !errors.Is(err, ari.ErrNotFound) {
			t.Errorf("%s, gone: %v", extension, err)
		}
	}
	until(t, "no channels", func() bool {
		channels, err := client.Channels(t.Context())
		return err == nil && len(channels) == 0
	})
}

// Each reason becomes the cause that its comment in package ari tells, of a
// ringing and of an answered channel.
func testReasons(t *testing.T, server *asterisk.Server, client *ari.Client) {
	next := listen(t, client)
	for extension, state := range map[string]string{"ring": "Ringing", "answer": "Up"} {
		for reason, cause := range map[ari.Reason]int{
			ari.ReasonNormal: 16, ari.ReasonBusy: 17, ari.ReasonCongestion: 34, ari.ReasonNoAnswer: 19, ari.ReasonTimeout: 18,
			ari.ReasonRejected: 21, ari.ReasonUnallocated: 1, ari.ReasonNormalUnspecified: 31, ari.ReasonNumberIncomplete: 28,
			ari.ReasonCodecMismatch: 58, ari.ReasonInterworking: 127, ari.ReasonFailure: 38, ari.ReasonAnsweredElsewhere: 26,
		} {
			id := fmt.Sprintf("%s-%s", extension, reason)
			originate(t, server, id, extension, true)
			untilState(t, client, id, state)
			if err := client.Hangup(t.Context(), id, reason); err != nil {
				t.Errorf("%s: %v", id, err)
				continue
			}
			gone := await(t, next, func(e ari.ChannelDestroyed) bool { return e.Channel.ID == id })
			if gone.Cause != cause || gone.CauseText == "" || gone.At.IsZero() {
				t.Errorf("%s ended with cause %d %q, want %d", id, gone.Cause, gone.CauseText, cause)
			}
		}
	}
}

func testHostileIDs(t *testing.T, server *asterisk.Server, client *ari.Client) {
	ids := []string{
		"..", "../x", "a/b", "%2f", "a b", "a+b", "a?b=c", "a#b", "a&b", "é日本", "a%00b", "a;b", "a\\b", "a\"b", "a=b", "a%20b", "a\r\nHost: x", "a\tb",
	}
	for _, id := range ids {
		originate(t, server, id, "answer", false)
		untilState(t, client, id, "Up")
	}
	for i, id := range ids {
		if err := client.Hangup(t.Context(), id, ari.ReasonNormal); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		untilState(t, client, id, "")
		for _, other := range ids[i+1:] {
			if _, err := client.Channel(t.Context(), other); err != nil {
				t.Errorf("after the hang-up of %q: %v", id, err)
			}
		}
	}
}

func testStasis(t *testing.T, server *asterisk.Server, client *ari.Client) {
	next := listen(t, client)
	originate(t, server, "asks", "ask", false)
	// The far half of the Local pair runs the extension.
	entered := await(t, next, func(e ari.StasisStart) bool { return true })
	id := entered.Channel.ID
	if !slices.Equal(entered.Args, []string{"00393331234567", "two words"}) {
		t.Errorf("arguments %q", entered.Args)
	}
	for name, value := range map[string]string{
		"TIMEOUT(absolute)": "600", "FRAUDGUARD_REASON": "cap & more = 100% #+;", "FRAUDGUARD_RESULT": "DENY", "CDR(userfield)": "é cap",
	} {
		if err := client.SetVariable(t.Context(), id, name, value); err != nil {
			t.Errorf("set %s: %v", name, err)
		}
		until(t, name, func() bool {
			got, err := client.Variable(t.Context(), id, name)
			// The timeout reads as the seconds that are left.
			return err == nil && (got == value || name == "TIMEOUT(absolute)" && strings.HasPrefix(got, "59"))
		})
	}
	if err := client.Answer(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := client.Play(t.Context(), id, "play/1", "sound:beep"); err != nil {
		t.Error(err)
	}
	played := await(t, next, func(e ari.PlaybackFinished) bool { return true })
	if played.Playback != "play/1" || played.ChannelID != id || played.State != "done" {
		t.Errorf("played %+v", played)
	}
	if err := client.Continue(t.Context(), id, ari.Destination{Label: "nowhere"}); !errors.Is(err, ari.ErrNotFound) {
		t.Errorf("a missing label: %v", err)
	}
	// What is set right before the channel goes on is set when it goes on.
	if err := client.SetVariable(t.Context(), id, "FRAUDGUARD_LIMIT", "60"); err != nil {
		t.Error(err)
	}
	if err := client.Continue(t.Context(), id, ari.Destination{Label: "denied"}); err != nil {
		t.Error(err)
	}
	await(t, next, func(e ari.StasisEnd) bool { return e.Channel.ID == id })
	if limit, err := client.Variable(t.Context(), id, "FRAUDGUARD_LIMIT"); err != nil || limit != "60" {
		t.Errorf("the limit is %q, %v", limit, err)
	}
	if err := client.SetVariable(t.Context(), id, "X", "1"); !errors.Is(err, ari.ErrConflict) {
		t.Errorf("set a variable outside of Stasis: %v", err)
	}
	if err := client.Hangup(t.Context(), id, ari.ReasonNormal); err != nil {
		t.Error(err)
	}
	untilState(t, client, id, "")
}

func testRefusals(t *testing.T, server *asterisk.Server) {
	config := configOf(server)
	config.Password = "wr0ngpassw0rd"
	wrong := connect(t, config)
	config = configOf(server)
	config.User, config.Password = "reader", server.ARIPassword("reader")
	reader := connect(t, config)
	if _, err := reader.Channels(t.Context()); err != nil {
		t.Errorf("the read-only user may not read: %v", err)
	}
	for hint, err := range map[string]error{
		"ari_password":   wrong.Ping(t.Context()),
		"read_only = no": reader.Hangup(t.Context(), "x", ari.ReasonNormal),
		"ari_user":       firstBreak(t, wrong),
	} {
		if !errors.Is(err, ari.ErrUnauthorized) || !strings.Contains(err.Error(), hint) || strings.Contains(err.Error(), "wr0ng") {
			t.Errorf("%s: %v", hint, err)
		}
	}
}

func firstBreak(t *testing.T, client *ari.Client) error {
	for event := range client.Events(within(t, 20*time.Second)) {
		if broken, ok := event.(ari.Disconnected); ok {
			return broken.Err
		}
		t.Fatalf("connected: %+v", event)
	}
	return nil
}

func testNotARI(t *testing.T, server *asterisk.Server) {
	base, _ := strings.CutSuffix(server.ARIURL, "/ari")
	for what, address := range map[string]string{
		"no path":    base,
		"wrong path": base + "/asterisk/ari",
		"AMI's port": "http://" + server.AMIAddr + "/ari",
		"https":      strings.Replace(server.ARIURL, "http:", "https:", 1),
	} {
		config := configOf(server)
		config.URL = address
		client := connect(t, config)
		for _, err := range []error{client.Ping(t.Context()), client.Hangup(t.Context(), "x", ari.ReasonNormal), firstBreak(t, client)} {
			if !errors.Is(err, ari.ErrNotARI) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}
