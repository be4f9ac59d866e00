package web_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/web"
	"github.com/fraudguard/fraudguard/web/webtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 21, 9, 15, 3, 123456789, time.UTC)

// socketIn names a socket in a folder with a short path: sockets have no room for a long one.
func socketIn(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// start serves the backend on a real socket until the test ends.
func start(t testing.TB, backend web.Backend, change ...func(*web.Patience)) (path string, stop func()) {
	t.Helper()
	path = socketIn(t)
	listener, err := web.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- web.ServeWith(ctx, listener, backend, slog.New(slog.DiscardHandler), change...) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
	}
	t.Cleanup(stop)
	return path, stop
}

func clientOf(t testing.TB, path string) *web.Client {
	t.Helper()
	c := web.NewClient(path)
	t.Cleanup(c.Close)
	return c
}

// dial opens a bare connection, for what a good client never does.
func dial(t testing.TB, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// send writes a request as it is and reads the answer.
func send(t testing.TB, path, request string) (status int, body string) {
	t.Helper()
	conn := dial(t, path)
	// The server may answer and hang up before all is sent.
	_, _ = io.Copy(conn, strings.NewReader(request))
	return answerOn(t, conn)
}

func answerOn(t testing.TB, conn net.Conn) (status int, body string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("the answer broke off: %v", err)
	}
	return response.StatusCode, string(text)
}

func me(t testing.TB) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}

const carrier = "prefix,route,price,increment\n39,Italy,0.01,60/60\n3906,Rome,0.0125,1/1\n"

// sample is a backend with something of everything.
func sample(t testing.TB) *webtest.Backend {
	t.Helper()
	list, err := rates.Read(strings.NewReader(carrier), "carrier.csv", rates.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	deck, err := rates.NewDeck("default", "EUR", list.Rates)
	if err != nil {
		t.Fatal(err)
	}
	acme := limits.Account{Tenant: "acme", Extension: "101"}
	b := &webtest.Backend{
		Now: now, Today: "2026-11-21", Month: "2026-11", Server: "pbx1", InForce: "default",
		Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}},
		How: web.Status{
			Version: "1", Mode: "enforce", Started: web.Moment(now), Timezone: "Europe/Rome", Currency: "EUR",
			Servers: []web.Server{{Name: "pbx1", State: "up", Since: web.MomentOrNull(now), Events: 7}},
			Deck:    &web.StatusDeck{Name: "default", Edition: 1, Currency: "EUR", Rates: deck.Len()}, Store: web.StoreStatus{URL: "sqlite:/x"},
		},
		Legs: []guard.Leg{
			{ID: "2.1", Server: "pbx1", Account: acme, Number: "390612345678", Rate: list.Rates[1], Started: now, Verdict: guard.Allowed},
			{ID: "1.1", Server: "pbx1", Account: limits.Account{Tenant: "acme", Extension: "102"}, Number: "39021", Rate: list.Rates[0],
				Started: now.Add(-time.Hour), Answered: now.Add(-59 * time.Minute), Ended: now.Add(-58 * time.Minute),
				Verdict: guard.Cut, Reason: "caps.extension.cost_per_day", Cost: 12_500, Price: 12_500, BilledSeconds: 60},
		},
		Rows: []limits.Row{
			{Account: acme, Key: "2026-11-21", Usage: limits.Usage{Cost: 12_500, Price: 12_500, BilledSeconds: 60, Calls: 1, Attempts: 2}},
			{Account: acme, Key: "2026-11", Usage: limits.Usage{Cost: 20_000_000, Price: 20_000_000, BilledSeconds: 600, Calls: 3, Attempts: 4}},
		},
		Reports: []guard.Incident{
			{ID: "i2", At: now, Rule: "link", Seen: "the link broke", Urgent: true},
			{ID: "i1", At: now.Add(-time.Minute), Server: "pbx1", Rule: "abuse.repeated_number", Account: acme, Number: "88213", Leg: "1.1",
				Seen: "again", Evidence: []guard.Evidence{{Name: "calls", Value: "6"}}, Actions: []string{"block"}},
		},
	}
	b.AddDeck(deck)
	return b
}
