package ari

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ari/aritest"
)

func silent() *log.Logger { return log.New(io.Discard, "", 0) }

func TestRefusals(t *testing.T) {
	server := aritest.Start(t)
	server.Add(aritest.Channel{ID: "1.1"})
	ctx := within(t)
	wrong := newClient(t, server, func(c *Config) { c.Password = "sup3rsecret" })
	reader := newClient(t, server, func(c *Config) { c.User = aritest.ReadOnlyUser })
	if _, err := reader.Channels(ctx); err != nil {
		t.Errorf("the read-only user may not read: %v", err)
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"wrong password": {wrong.Hangup(ctx, "1.1", ReasonNormal), "ari_password"},
		"read only":      {reader.Hangup(ctx, "1.1", ReasonNormal), "read_only = no"},
	} {
		if !errors.Is(test.err, ErrUnauthorized) || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s: %v", name, test.err)
		}
		for _, secret := range []string{"sup3rsecret", aritest.Password} {
			if strings.Contains(fmt.Sprintf("%+v %#v", test.err, test.err), secret) {
				t.Errorf("%s: the error tells the password", name)
			}
		}
	}
	if !server.Has("1.1") {
		t.Error("hung up all the same")
	}
}

func TestStatuses(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	for status, want := range map[int]error{401: ErrUnauthorized, 403: ErrUnauthorized, 404: ErrNotFound, 409: ErrConflict} {
		server.Answer(status, 1)
		if err := client.Hangup(ctx, "1.1", ReasonNormal); !errors.Is(err, want) {
			t.Errorf("%d: %v", status, err)
		}
	}
	for _, status := range []int{400, 412, 422, 500, 503} {
		server.Answer(status, 1)
		err := client.Hangup(ctx, "1.1", ReasonNormal)
		var told *Error
		if !errors.As(err, &told) || told.Status != status || told.Message != http.StatusText(status) {
			t.Errorf("%d: %v", status, err)
		}
		for _, not := range []error{ErrNotFound, ErrConflict, ErrUnauthorized, ErrNotARI} {
			if errors.Is(err, not) {
				t.Errorf("%d passes for %v", status, not)
			}
		}
	}
}

// A channel must never pass for gone because something else answers.
func TestWhatIsNotARI(t *testing.T) {
	var followed sync.Once
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed.Do(func() { t.Error("the redirect was followed") })
	}))
	defer elsewhere.Close()
	for name, test := range map[string]struct {
		status      int
		contentType string
		body        string
	}{
		"a web server's 404":         {404, "text/html", "<html><body>Not Found</body></html>"},
		"Asterisk without module":    {404, "application/json", `{"message":"Resource not found"}`},
		"404 without a type":         {404, "", "Not Found"},
		"404 that is no JSON":        {404, "application/json", "oops"},
		"a page for everything":      {200, "text/html; charset=utf-8", "<html>Welcome</html>"},
		"200 without a type":         {200, "", ""},
		"a redirect":                 {302, "text/html", ""},
		"a permanent redirect":       {308, "application/json", "{}"},
		"a web server's 409":         {409, "text/plain", "conflict"},
		"a web server's bad request": {400, "text/html", "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = []string{test.contentType}
				if test.status/100 == 3 {
					w.Header().Set("Location", elsewhere.URL)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			client := clientOf(t, server.URL+"/ari")
			for what, err := range map[string]error{
				"hang up": client.Hangup(within(t), "1.1", ReasonNormal),
				"ping":    client.Ping(within(t)),
				"stream":  firstBreak(t, client),
			} {
				// A stream that gets a page with 200 is no ARI either.
				if !errors.Is(err, ErrNotARI) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

func TestJSONThatIsNotTheAnswer(t *testing.T) {
	for _, body := range []string{"{}", "[]", "null", `"x"`, "{", `{"system":{"version":7}}`, strings.Repeat("[", 20_000)} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		client := clientOf(t, server.URL)
		if _, err := client.Info(within(t)); !errors.Is(err, ErrNotARI) {
			t.Errorf("%.20s: %v", body, err)
		}
		server.Close()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`[{"id":""}]`))
	}))
	defer server.Close()
	if list, err := clientOf(t, server.URL).Channels(within(t)); err == nil {
		t.Errorf("a channel without an id is listed: %+v", list)
	}
}

func TestAnotherProtocol(t *testing.T) {
	for _, greetsFirst := range []bool{true, false} {
		for _, greeting := range []string{"Asterisk Call Manager/9.0.0\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\x00\x02\x02\x46"} {
			client := clientOf(t, "http://"+serveGreeting(t, greeting, greetsFirst)+"/ari")
			for _, err := range []error{client.Ping(within(t)), firstBreak(t, client)} {
				if !errors.Is(err, ErrNotARI) || !strings.Contains(err.Error(), "enabled = yes") {
					t.Errorf("%.20q: %v", greeting, err)
				}
			}
		}
	}
}

// serveGreeting answers every connection with a greeting, at once or when asked.
func serveGreeting(t *testing.T, greeting string, first bool) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if !first {
				_, _ = conn.Read(make([]byte, 4096))
			}
			_, _ = io.WriteString(conn, greeting)
			if first {
				_, _ = conn.Read(make([]byte, 4096))
			}
			_ = conn.Close()
		}
	})
	return listener.Addr().String()
}

func TestNobodyListens(t *testing.T) {
	server := aritest.Start(t)
	server.Stop()
	err := newClient(t, server).Ping(within(t))
	if err == nil || !strings.Contains(err.Error(), "refused") || errors.Is(err, ErrUnauthorized) {
		t.Errorf("%v", err)
	}
}

func TestHugeAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/channels/error" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		chunk := []byte(strings.Repeat(" ", 64<<10))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	client := clientOf(t, server.URL)
	client.limits.list = 2 << 20
	_, errInfo := client.Info(within(t))
	_, errList := client.Channels(within(t))
	_, errFailed := client.Channel(within(t), "error")
	for what, err := range map[string]error{"info": errInfo, "list": errList, "failed": errFailed, "hangup": client.Hangup(within(t), "x", ReasonNormal)} {
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	server := aritest.Start(t)
	defer server.Stall()()
	hasty := newClient(t, server, func(c *Config) { c.Timeout = 30 * time.Millisecond })
	if err := hasty.Hangup(t.Context(), "1.1", ReasonNormal); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("own deadline: %v", err)
	}
	patient := newClient(t, server)
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := patient.Ping(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's deadline: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	seen := len(server.Requests())
	var asking sync.WaitGroup
	asking.Go(func() {
		if err := patient.Ping(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
	server.Wait(within(t), "the request", func() bool { return len(server.Requests()) > seen })
	cancel()
	asking.Wait()
}

func TestAnswerThatStops(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"system":`))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	client := clientOf(t, server.URL, func(c *Config) { c.Timeout = 30 * time.Millisecond })
	if _, err := client.Info(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// Asterisk closes idle connections, and may do so while a request is on its
// way. The request must then go out again on a new connection.
func TestIdleConnectionClosed(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	for name, request := range map[string]func() error{
		"hang up":  func() error { return client.Hangup(ctx, "1.1", ReasonNormal) },
		"set":      func() error { return client.SetVariable(ctx, "1.1", "X", "1") },
		"continue": func() error { return client.Continue(ctx, "1.1", Destination{}) },
	} {
		server.Add(aritest.Channel{ID: "1.1", InStasis: true})
		if err := client.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		server.DropNext()
		before := len(server.Requests())
		if err := request(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if sent := len(server.Requests()) - before; sent != 2 {
			t.Errorf("%s: sent %d times, want the dropped one and another", name, sent)
		}
	}

	server.Add(aritest.Channel{ID: "1.1"})
	server.CloseIdle()
	if err := client.Hangup(ctx, "1.1", ReasonNormal); err != nil {
		t.Errorf("after a closed connection: %v", err)
	}
}

// A new connection that breaks is no idle one: the caller learns of it.
func TestNewConnectionClosed(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	server.Add(aritest.Channel{ID: "1.1"})
	server.DropNext()
	if err := client.Hangup(within(t), "1.1", ReasonNormal); err == nil || !server.Has("1.1") {
		t.Errorf("%v, with the channel still there: %v", err, server.Has("1.1"))
	}
	release := server.Stall()
	defer release()
	var asking sync.WaitGroup
	seen := len(server.Requests())
	asking.Go(func() {
		if err := client.Ping(within(t)); err == nil {
			t.Error("no error after a cut connection")
		}
	})
	server.Wait(within(t), "the request", func() bool { return len(server.Requests()) > seen })
	server.Cut()
	asking.Wait()
}

func TestConnectionsAreBounded(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	release := server.Stall()
	var asking sync.WaitGroup
	const calls = 4 * maxConnections
	for i := range calls {
		id := fmt.Sprintf("1.%d", i)
		server.Add(aritest.Channel{ID: id})
		asking.Go(func() {
			if err := client.Hangup(ctx, id, ReasonRejected); err != nil {
				t.Error(err)
			}
		})
	}
	server.Wait(ctx, "full connections", func() bool { return len(server.Requests()) == maxConnections })
	release()
	asking.Wait()
	if open := server.Connections(); open > maxConnections || len(server.Hangups()) != calls {
		t.Errorf("%d connections, %d hang-ups", open, len(server.Hangups()))
	}
}

func TestWarm(t *testing.T) {
	server := aritest.Start(t)
	client := newClient(t, server)
	client.timing.warm, client.timing.warmMax = time.Millisecond, 4*time.Millisecond
	ctx, cancel := context.WithCancel(within(t))
	var warming sync.WaitGroup
	warming.Go(func() { client.Warm(ctx) })
	server.Wait(ctx, "warm connections", func() bool { return server.Connections() == warmConnections })
	server.Wait(ctx, "new connections for those that are closed", func() bool {
		server.CloseIdle()
		return server.Opened() >= 3*warmConnections
	})
	server.Stop()
	server.Restart()
	server.Wait(ctx, "warm connections after a restart", func() bool { return server.Connections() == warmConnections })
	cancel()
	warming.Wait()
}

func TestWarmConnectionsAreUsedAgain(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	for range 5 {
		if !client.warmOnce(ctx) {
			t.Fatal("not warm")
		}
	}
	server.Add(aritest.Channel{ID: "1.1"})
	if err := client.Hangup(ctx, "1.1", ReasonNormal); err != nil || server.Connections() != warmConnections {
		t.Errorf("%v, %d connections", err, server.Connections())
	}
	server.Answer(http.StatusUnauthorized, 1)
	if client.warmOnce(ctx) {
		t.Error("a refusal passes for warm")
	}
}

func TestPasswordIsOnlyInTheHeader(t *testing.T) {
	server := aritest.Start(t)
	client, ctx := newClient(t, server), within(t)
	server.Add(aritest.Channel{ID: "1.1", InStasis: true})
	_ = client.SetVariable(ctx, "1.1", "X", "1")
	for range client.Events(ctx) {
		break
	}
	for _, request := range server.Requests() {
		if strings.Contains(request, "battery") || strings.Contains(request, "api_key") || strings.Contains(request, aritest.User+":") {
			t.Errorf("%s tells the password", request)
		}
	}
	if len(server.Requests()) != 2 {
		t.Errorf("requests %q", server.Requests())
	}
}
