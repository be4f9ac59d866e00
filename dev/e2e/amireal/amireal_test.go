// Package amireal holds the AMI client against real Asterisk servers of every version. It needs root and, the first
// time, the network: see package dev/asterisk.
package amireal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/dev/asterisk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A Local channel to "wait" needs neither a phone nor a carrier.
const dialplan = "[amireal]\nexten => wait,1,Answer()\n same => n,Wait(600)\n"

// wanted is a filter for some events of calls.
var wanted = []string{"^Event: (Newchannel|Hangup|Cdr|FullyBooted|SuccessfulAuth)[[:cntrl:]]"}

func TestAsterisk(t *testing.T) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			server := start(t, version)
			t.Run("login", func(t *testing.T) { login(t, server) })
			t.Run("plain login", func(t *testing.T) { plainLogin(t, server) })
			t.Run("wrong secret", func(t *testing.T) { wrongSecret(t, server) })
			t.Run("another port", func(t *testing.T) { anotherPort(t, server) })
			t.Run("longest line", func(t *testing.T) { longestLine(t, server) })
			t.Run("pipelined", func(t *testing.T) { pipelined(t, server) })
			t.Run("filters of the facts", func(t *testing.T) { filtersOfTheFacts(t, server) })
			t.Run("missing permissions", func(t *testing.T) { missingPermissions(t, server) })
			t.Run("life of a link", func(t *testing.T) { life(t, server) })
		})
	}
}

func start(t *testing.T, version string) *asterisk.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	server, err := asterisk.Start(ctx, asterisk.Options{
		Version: version, Dialplan: dialplan,
		AMIUsers: []asterisk.AMIUser{{Name: "small", Read: "call", Write: "reporting"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func configOf(server *asterisk.Server, user string) ami.Config {
	return ami.Config{Server: "pbx1", Addr: server.AMIAddr, User: user, Secret: server.AMISecret(user)}
}

func dial(t *testing.T, cfg ami.Config) *ami.Session {
	t.Helper()
	s, err := ami.Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func login(t *testing.T, server *asterisk.Server) {
	s := dial(t, configOf(server, "guard"))
	if s.Version() == "" {
		t.Error("no version in the banner")
	}
	ctx := t.Context()
	// What the login itself shows, which is how a link knows its read classes.
	seen := map[string]bool{}
	for !seen["FullyBooted"] || !seen["SuccessfulAuth"] {
		e, err := s.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		seen[e.Event.Event()] = true
	}
	if _, err := s.Do(ctx, ami.DBPut("fraudguard", "amireal", "x; y \\ z")); err != nil {
		t.Error(err)
	}
	if got, err := s.List(ctx, ami.DBGet("fraudguard", "amireal")); err != nil || len(got) != 1 || got[0].Get("Val") != "x; y \\ z" {
		t.Errorf("read back %v, %v", got, err)
	}
	if _, err := s.Do(ctx, ami.DBDel("fraudguard", "amireal")); err != nil {
		t.Error(err)
	}
	var no *ami.ResponseError
	if _, err := s.Do(ctx, ami.DBDel("fraudguard", "amireal")); !errors.As(err, &no) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Do(ctx, ami.Hangup("PJSIP/nobody-1", 21)); !errors.As(err, &no) || no.Message != "No such channel" {
		t.Errorf("got %v", err)
	}
}

// withoutMD5 makes the challenge unknown to the server, as an Asterisk that offers no MD5 login would have it.
type withoutMD5 struct{ net.Conn }

func (c withoutMD5) Write(b []byte) (int, error) {
	if _, err := c.Conn.Write([]byte(strings.Replace(string(b), "AuthType: MD5", "AuthType: XXX", 1))); err != nil {
		return 0, err
	}
	return len(b), nil
}

func plainLogin(t *testing.T, server *asterisk.Server) {
	cfg := configOf(server, "guard")
	cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return withoutMD5{conn}, err
	}
	if _, err := dial(t, cfg).Do(t.Context(), ami.NewAction("Ping")); err != nil {
		t.Error(err)
	}
}

func wrongSecret(t *testing.T, server *asterisk.Server) {
	cfg := configOf(server, "guard")
	cfg.Secret = "wr0ng"
	_, err := ami.Dial(t.Context(), cfg)
	if !errors.Is(err, ami.ErrRefused) || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("got %v", err)
	}
}

func anotherPort(t *testing.T, server *asterisk.Server) {
	cfg := configOf(server, "guard")
	cfg.Addr = strings.TrimSuffix(strings.TrimPrefix(server.ARIURL, "http://"), "/ari")
	cfg.LoginTimeout = time.Second
	if _, err := ami.Dial(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "check `ami` of server pbx1") {
		t.Errorf("got %v", err)
	}
}

// The longest line that the client sends is one that Asterisk takes whole. (A variable shows it; of a value of the AstDB,
// Asterisk 16 answers only the first 255 bytes.)
func longestLine(t *testing.T, server *asterisk.Server) {
	s := dial(t, configOf(server, "guard"))
	value := strings.Repeat("x", 1022-len("Value: "))
	set := ami.NewAction("Setvar").With("Variable", "AMIREAL")
	if _, err := s.Do(t.Context(), set.With("Value", value)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Do(t.Context(), ami.NewAction("Getvar").With("Variable", "AMIREAL"))
	if err != nil || got.Get("Value") != value {
		t.Errorf("read back %v, %v", got, err)
	}
	if _, err := s.Do(t.Context(), set.With("Value", value+"x")); err == nil {
		t.Error("a longer one was sent")
	}
}

func pipelined(t *testing.T, server *asterisk.Server) {
	s := dial(t, configOf(server, "guard"))
	var work sync.WaitGroup
	for i := range 100 {
		work.Go(func() {
			key := fmt.Sprint("p", i)
			if _, err := s.Do(t.Context(), ami.DBPut("fraudguard", key, key)); err != nil {
				t.Error(err)
			}
			if got, err := s.List(t.Context(), ami.DBGet("fraudguard", key)); err != nil || len(got) != 1 || got[0].Get("Val") != key {
				t.Errorf("%s: %v, %v", key, got, err)
			}
		})
	}
	work.Wait()
	if s.Stray() != 0 {
		t.Errorf("%d stray messages", s.Stray())
	}
}

func filtersOfTheFacts(t *testing.T, server *asterisk.Server) {
	sink := newRecorder()
	l := ami.NewLink(configOf(server, "guard"), ami.Filters(), sink)
	run(t, l)
	sink.await(t, "channels", 1)
	sink.await(t, "SuccessfulAuth", 1) // on a busy machine it comes late
	if st := l.Status(); !st.Filtered || len(st.Missing) > 0 {
		t.Errorf("status %+v", st)
	}
	originate(t, server)
	sink.await(t, "Newchannel", 2)
	hangupAll(t, l)
	sink.await(t, "Hangup", 2)
}

func missingPermissions(t *testing.T, server *asterisk.Server) {
	sink := newRecorder()
	l := ami.NewLink(configOf(server, "small"), wanted, sink)
	run(t, l)
	sink.await(t, "channels", 1)
	patience, end := context.WithTimeout(t.Context(), 30*time.Second)
	defer end()
	all := ""
	for !strings.Contains(all, "does not see") { // the events of the login are waited for
		select {
		case <-patience.Done():
			t.Fatalf("no word of events that are not seen in\n%s", all)
		case <-time.After(100 * time.Millisecond):
		}
		all = strings.Join(l.Status().Missing, "\n")
	}
	for _, want := range []string{
		"may not Setvar", "may not Hangup", "may not DBPut", "may not DBDel", "may not DBDelTree", "may not Filter",
		`does not see "security" events`, `does not see "system" events`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no word of %q in\n%s", want, all)
		}
	}
	if strings.Count(all, "\n") != 7 {
		t.Errorf("more is missing than is:\n%s", all)
	}
}

func life(t *testing.T, server *asterisk.Server) {
	sink := newRecorder()
	l := ami.NewLink(configOf(server, "guard"), wanted, sink)
	run(t, l)
	sink.await(t, "channels", 1)
	originate(t, server)
	sink.await(t, "Newchannel", 2)
	patience, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	for len(slices.Compact(liveChannels(t, l))) != 2 { // a list of channels just being made can lack one, or have it twice
		if patience.Err() != nil {
			t.Fatal("the two halves were never listed")
		}
	}
	for _, name := range liveChannels(t, l)[:1] {
		if _, err := l.Do(t.Context(), ami.Setvar(name, "TIMEOUT(absolute)", "1")); err != nil {
			t.Error(err)
		}
	}
	sink.await(t, "Hangup", 2)
	sink.await(t, "Cdr", 1)
	if st := l.Status(); len(st.Missing)+len(st.Unproven) > 0 || !st.Filtered || !strings.HasPrefix(st.Asterisk, server.Version+".") {
		t.Errorf("status %+v", st)
	}
	for _, line := range sink.told() {
		if !slices.Contains([]string{"up", "channels", "Newchannel", "Hangup", "Cdr", "FullyBooted", "SuccessfulAuth"}, line) {
			t.Errorf("%q came through the filter", line)
		}
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	sink.await(t, "down", 1)
	sink.await(t, "channels", 2)
	if _, err := l.Do(t.Context(), ami.NewAction("Ping")); err != nil {
		t.Error(err)
	}
	if err := server.Suspend(); err != nil { // the link is open, and nobody answers
		t.Fatal(err)
	}
	sink.await(t, "down", 2)
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	sink.await(t, "channels", 3)
}

func originate(t *testing.T, server *asterisk.Server) {
	t.Helper()
	s := dial(t, configOf(server, "admin"))
	_, err := s.Do(t.Context(), ami.NewAction("Originate").With("Channel", "Local/wait@amireal").
		With("Application", "Wait").With("Data", "600").With("Async", "true"))
	if err != nil {
		t.Fatal(err)
	}
}

func hangupAll(t *testing.T, l *ami.Link) {
	t.Helper()
	channels, err := l.List(t.Context(), ami.NewAction("CoreShowChannels"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range channels {
		var gone *ami.ResponseError // the other half of a Local channel goes with the first
		if _, err := l.Do(t.Context(), ami.Hangup(c.Get("Channel"), 16)); err != nil && !errors.As(err, &gone) {
			t.Error(err)
		}
	}
}
