package arireal

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ari"
	"github.com/fraudguard/fraudguard/dev/asterisk"
)

func TestStreamLivesThroughARestart(t *testing.T) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			server := start(t, version)
			client := connect(t, configOf(server))
			next := listen(t, client)
			if err := server.Kill(); err != nil {
				t.Fatal(err)
			}
			await(t, next, func(e ari.Disconnected) bool { return true })
			if err := client.Ping(t.Context()); err == nil {
				t.Error("a killed Asterisk answers")
			}
			if err := server.Restart(within(t, time.Minute)); err != nil {
				t.Fatal(err)
			}
			await(t, next, func(e ari.Gap) bool { return e.Connected })
			originate(t, server, "asks", "ask", false)
			entered := await(t, next, func(e ari.StasisStart) bool { return true })
			if err := client.Hangup(t.Context(), entered.Channel.ID, ari.ReasonCongestion); err != nil {
				t.Error(err)
			}
			asked := await(t, next, func(e ari.ChannelHangupRequest) bool { return e.Channel.ID == entered.Channel.ID })
			if !asked.Soft || asked.Cause != 0 {
				t.Errorf("asked %+v", asked)
			}
			await(t, next, func(e ari.StasisEnd) bool { return e.Channel.ID == entered.Channel.ID })
		})
	}
}

// Asterisk must answer pings on the stream, and Warm must outlive its
// keep-alive time of 15 s, while nothing else happens.
func TestAQuietLinkStaysUp(t *testing.T) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			server := start(t, version)
			client := connect(t, configOf(server))
			ctx, cancel := context.WithTimeout(t.Context(), 18*time.Second)
			defer cancel()
			var warming sync.WaitGroup
			warming.Go(func() { client.Warm(ctx) })
			connected := 0
			for event := range client.Events(ctx) {
				if _, ok := event.(ari.Gap); !ok {
					t.Errorf("got %+v", event)
				}
				connected++
			}
			warming.Wait()
			if connected != 1 {
				t.Errorf("connected %d times", connected)
			}
			if err := client.Hangup(t.Context(), "x", ari.ReasonNormal); !errors.Is(err, ari.ErrNotFound) {
				t.Error(err)
			}
		})
	}
}

// The last that asks for an application has it.
func TestAnotherGuardTakesTheApplication(t *testing.T) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			server := start(t, version)
			first := listen(t, connect(t, configOf(server)))
			second := listen(t, connect(t, configOf(server)))
			broken := await(t, first, func(e ari.Disconnected) bool { return true })
			if !errors.Is(broken.Err, ari.ErrReplaced) || broken.Retry < 10*time.Second {
				t.Errorf("got %+v", broken)
			}
			originate(t, server, "asks", "ask", false)
			await(t, second, func(e ari.StasisStart) bool { return true })
		})
	}
}

// An Asterisk that lost a module answers 404 to everything about channels.
// Taken for "gone", that would let every refused call go on.
func TestMissingModuleIsNotAGoneChannel(t *testing.T) {
	for _, version := range asterisk.Versions() {
		t.Run(version, func(t *testing.T) {
			server := start(t, version)
			client := connect(t, configOf(server))
			originate(t, server, "stays", "answer", false)
			untilState(t, client, "stays", "Up")
			if out, err := server.Console(t.Context(), "module unload res_ari_channels.so"); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			err := client.Hangup(t.Context(), "stays", ari.ReasonNormal)
			if !errors.Is(err, ari.ErrNotARI) || errors.Is(err, ari.ErrNotFound) || !strings.Contains(err.Error(), "res_ari_channels.so") {
				t.Errorf("%v", err)
			}
		})
	}
}
