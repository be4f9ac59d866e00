// Package arireal holds the ARI client against real Asterisk servers of both
// versions. It needs root and, the first time, the network: see package
// dev/asterisk.
package arireal

import (
	"context"
	"encoding/base64"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/ari"
	"github.com/fraudguard/fraudguard/dev/asterisk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const application = "fraudguard"

// Local channels to these need neither phones nor a carrier.
const dialplan = `[arireal]
exten => ring,1,Ringing()
 same => n,Wait(600)
exten => answer,1,Answer()
 same => n,Wait(600)
exten => ask,1,Stasis(fraudguard,00393331234567,two words)
 same => n,Wait(600)
 same => n(denied),Answer()
 same => n,Wait(600)
`

func start(t testing.TB, version string) *asterisk.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	server, err := asterisk.Start(ctx, asterisk.Options{
		Version: version, Dialplan: dialplan, StasisApp: application,
		ARIUsers: []asterisk.ARIUser{{Name: "reader", ReadOnly: true}},
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

func configOf(server *asterisk.Server) ari.Config {
	return ari.Config{URL: server.ARIURL, User: "guard", Password: server.ARIPassword("guard"), Application: application}
}

func connect(t testing.TB, config ari.Config) *ari.Client {
	t.Helper()
	client, err := ari.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func within(t testing.TB, most time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), most)
	t.Cleanup(cancel)
	return ctx
}

// listen returns the client's stream as a function, connected already.
func listen(t testing.TB, client *ari.Client) (next func() ari.Event) {
	t.Helper()
	pull, stop := iter.Pull(client.Events(within(t, 2*time.Minute)))
	t.Cleanup(stop)
	next = func() ari.Event {
		t.Helper()
		event, ok := pull()
		if !ok {
			t.Fatal("the stream ended while an event was awaited")
		}
		return event
	}
	if first := next(); first != (ari.Gap{Connected: true, Lost: ari.LostUnknown}) {
		t.Fatalf("the stream begins with %+v", first)
	}
	return next
}

// await skips events until one of the type for which the condition holds.
func await[E ari.Event](t testing.TB, next func() ari.Event, condition func(E) bool) E {
	t.Helper()
	for {
		if event, ok := next().(E); ok && condition(event) {
			return event
		}
	}
}

// originate makes a pair of Local channels: one to an extension of the
// dialplan above, the other in the application or, without one, in the
// extension "answer". The guard never originates, so its client cannot.
func originate(t testing.TB, server *asterisk.Server, id, extension string, inApplication bool) {
	t.Helper()
	parameters := url.Values{"endpoint": {"Local/" + extension + "@arireal"}, "channelId": {id}, "otherChannelId": {id + ";other"}}
	if inApplication {
		parameters.Set("app", application)
	} else {
		parameters.Set("context", "arireal")
		parameters.Set("extension", "answer")
		parameters.Set("priority", "1")
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.ARIURL+"/channels?"+parameters.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("guard:"+server.ARIPassword("guard"))))
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("originate %q: %s", id, response.Status)
	}
}

// until asks again until the condition holds: Asterisk acts after it has answered.
func until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	ctx := within(t, 20*time.Second)
	for !condition() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// untilState waits for a state of a channel; "" means that it is gone.
func untilState(t testing.TB, client *ari.Client, id, state string) {
	t.Helper()
	until(t, fmt.Sprintf("channel %q in state %q", id, state), func() bool {
		channel, _ := client.Channel(t.Context(), id)
		return channel.State == state
	})
}
