package ami_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ami/amitest"
)

func config(addr string) ami.Config {
	return ami.Config{Server: "pbx1", Addr: addr, User: amitest.User, Secret: amitest.Secret}
}

// piped is a configuration that reaches the server without a network, for tests in which time matters.
func piped(server *amitest.Server) ami.Config {
	cfg := config("pbx1:5038")
	cfg.DialContext = server.DialContext
	return cfg
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

func nextEvent(t *testing.T, s *ami.Session) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	e, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if e.Dropped > 0 {
		return fmt.Sprintf("gap of %d", e.Dropped)
	}
	return e.Event.Event()
}

func TestLogin(t *testing.T) {
	for name, md5 := range map[string]bool{"MD5": true, "plain": false} {
		t.Run(name, func(t *testing.T) {
			server := amitest.New(t)
			server.MD5 = md5
			server.Segment = 1
			s := dial(t, config(server.Listen()))
			if s.Version() != "11.0.0" {
				t.Errorf("version %q", s.Version())
			}
			server.Await("Login")
			// They came in the same segments as the answer to the login.
			for _, want := range []string{"FullyBooted", "SuccessfulAuth"} {
				if got := nextEvent(t, s); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
}

func TestSecretIsNotSentInClearOverANetwork(t *testing.T) {
	server := amitest.New(t)
	server.MD5 = false
	_, err := ami.Dial(t.Context(), piped(server))
	if err == nil || !strings.Contains(err.Error(), "use TLS") {
		t.Errorf("got %v", err)
	}
	for _, a := range server.Actions() {
		if a.Name == "Login" {
			t.Error("a login was sent")
		}
	}
}

func TestLoginRefused(t *testing.T) {
	server := amitest.New(t)
	cfg := config(server.Listen())
	cfg.Secret = "wr0ng"
	_, err := ami.Dial(t.Context(), cfg)
	if !errors.Is(err, ami.ErrRefused) || !strings.Contains(err.Error(), "ami_secret") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("got %v", err)
	}
	server.Fail("Login", "Login Already In Use")
	if _, err := ami.Dial(t.Context(), config(cfg.Addr)); errors.Is(err, ami.ErrRefused) || !strings.Contains(err.Error(), "allowmultiplelogin") {
		t.Errorf("got %v", err)
	}
}

func TestNotAnAMIPort(t *testing.T) {
	for banner, says := range map[string]string{
		"SSH-2.0-OpenSSH_9.2\r\n":          `127.0.0.1:22 is not an AMI port: it answered "SSH-2.0-OpenSSH_9.2"; check ` + "`ami` of server pbx1",
		"HTTP/1.1 400 Bad Request\r\n\r\n": `it answered "HTTP/1.1 400 Bad Request"`,
		strings.Repeat("x", 100_000):       "is not an AMI port",
		"\x00\x01\x02":                     `it answered "\x00\x01\x02"`,
		"\r\n":                             `it answered ""`,
		"":                                 "did not say that it is an AMI port",
		"Asterisk Call":                    "did not say that it is an AMI port",
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := config("127.0.0.1:22")
			cfg.DialContext = func(context.Context, string, string) (net.Conn, error) {
				client, server := net.Pipe()
				go func() {
					_, _ = server.Write([]byte(banner))
					_, _ = server.Read(make([]byte, 1)) // silence, until the other side gives up
					_ = server.Close()
				}()
				return client, nil
			}
			began := time.Now()
			_, err := ami.Dial(t.Context(), cfg)
			if err == nil || !strings.Contains(err.Error(), says) || time.Since(began) > 10*time.Second {
				t.Errorf("%.20q: %v after %v", banner, err, time.Since(began))
			}
		})
	}
}

func TestSilenceAfterTheBanner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		server.Handle("Challenge", func(amitest.Action, func(string)) {})
		began := time.Now()
		_, err := ami.Dial(t.Context(), piped(server))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestTLS(t *testing.T) {
	cert, pool := selfSigned(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := amitest.New(t)
	server.MD5 = false // over TLS the secret may be sent
	server.Serve(tls.NewListener(inner, &tls.Config{Certificates: []tls.Certificate{cert}}))
	cfg := config(inner.Addr().String())
	cfg.TLS = &tls.Config{RootCAs: pool}
	if _, err := dial(t, cfg).Do(t.Context(), ami.NewAction("Ping")); err != nil {
		t.Error(err)
	}
	cfg.TLS = &tls.Config{}
	if _, err := ami.Dial(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate: %v", err)
	}
	plain := config("127.0.0.1:5038")
	plain.DialContext = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() { _, _ = server.Write([]byte("Asterisk Call Manager/11.0.0\r\n")) }()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		return client, nil
	}
	plain.TLS = &tls.Config{RootCAs: pool}
	if _, err := ami.Dial(t.Context(), plain); err == nil || !strings.Contains(err.Error(), "answers without TLS") {
		t.Errorf("a port without TLS: %v", err)
	}
}

func TestActionsAndTheirAnswers(t *testing.T) {
	server := amitest.New(t)
	s := dial(t, config(server.Listen()))
	server.AddChannel("PJSIP/carrier-1", "1.1")
	ctx := t.Context()
	if _, err := s.Do(ctx, ami.Setvar("PJSIP/carrier-1", "TIMEOUT(absolute)", "6")); err != nil {
		t.Error(err)
	}
	if v, ok := server.Var("PJSIP/carrier-1", "TIMEOUT(absolute)"); v != "6" || !ok {
		t.Errorf("the variable is %q", v)
	}
	var no *ami.ResponseError
	if _, err := s.Do(ctx, ami.Setvar("PJSIP/gone-1", "x", "6")); !errors.As(err, &no) || no.Message != "No such channel" || no.Action != "Setvar" {
		t.Errorf("got %v", err)
	}
	items, err := s.List(ctx, ami.NewAction("CoreShowChannels"))
	if err != nil || len(items) != 1 || items[0].Get("Uniqueid") != "1.1" {
		t.Errorf("listed %v, %v", items, err)
	}
	if _, err := s.Do(ctx, ami.DBPut("fraudguard", "a/b", "x")); err != nil {
		t.Error(err)
	}
	if items, err := s.List(ctx, ami.DBGet("fraudguard", "a/b")); err != nil || len(items) != 1 || items[0].Get("Val") != "x" {
		t.Errorf("the AstDB has %v, %v", items, err)
	}
	if _, err := s.Do(ctx, ami.DBDel("fraudguard", "a/b")); err != nil {
		t.Error(err)
	}
	if _, err := s.List(ctx, ami.DBGet("fraudguard", "a/b")); !errors.As(err, &no) {
		t.Errorf("got %v", err)
	}
	if _, err := s.List(ctx, ami.NewAction("Ping")); err == nil || !strings.Contains(err.Error(), "not answered with a list") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Do(ctx, ami.Hangup("PJSIP/carrier-1", 21)); err != nil || len(server.Channels()) != 0 {
		t.Errorf("%v, left: %v", err, server.Channels())
	}
	if _, err := s.Do(ctx, ami.NewAction("Ping").With("X", "a\r\nAction: Originate")); err == nil {
		t.Error("a line break was sent")
	}
}

func TestPipelinedAnswersOutOfOrder(t *testing.T) {
	const callers = 50
	server := amitest.New(t)
	var mu sync.Mutex
	var waiting []func()
	server.Handle("Getvar", func(a amitest.Action, reply func(string)) {
		mu.Lock()
		defer mu.Unlock()
		waiting = append(waiting, func() {
			reply("Response: Success\r\nActionID: " + a.ID + "\r\nValue: " + a.Get("Variable") + "\r\n\r\n")
		})
		if len(waiting) == callers {
			reply("Response: Success\r\nActionID: nobodys\r\nValue: x\r\n\r\n")
			for i := range waiting {
				waiting[callers-1-i]()
			}
		}
	})
	s := dial(t, config(server.Listen()))
	var work sync.WaitGroup
	for i := range callers {
		work.Go(func() {
			want := fmt.Sprint("v", i)
			m, err := s.Do(t.Context(), ami.NewAction("Getvar").With("Variable", want))
			if err != nil || m.Get("Value") != want {
				t.Errorf("%q, %v, want %s", m.Get("Value"), err, want)
			}
		})
	}
	work.Wait()
	if s.Stray() != 1 {
		t.Errorf("%d stray messages, want the one with an unknown ActionID", s.Stray())
	}
}

// A timed-out action leaves the session usable, and its late answer or list reaches neither another caller nor the
// stream.
func TestTimeoutLeavesTheSessionUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		late := make(chan func(), 2)
		server.Handle("Getvar", func(a amitest.Action, reply func(string)) {
			late <- func() { reply("Response: Success\r\nActionID: " + a.ID + "\r\n\r\n") }
		})
		server.Handle("Status", func(a amitest.Action, reply func(string)) {
			reply("Response: Success\r\nActionID: " + a.ID + "\r\nEventList: start\r\n\r\n")
			late <- func() {
				reply("Event: Status\r\nActionID: " + a.ID + "\r\n\r\nEvent: StatusComplete\r\nActionID: " + a.ID + "\r\nEventList: Complete\r\n\r\n")
			}
		})
		s := dial(t, piped(server))
		nextEvent(t, s)
		nextEvent(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Do(ctx, ami.NewAction("Getvar").With("Variable", "x")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		began := time.Now()
		if _, err := s.List(t.Context(), ami.NewAction("Status")); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		(<-late)()
		(<-late)()
		if _, err := s.Do(t.Context(), ami.NewAction("Ping")); err != nil {
			t.Error(err)
		}
		server.Emit("Marker")
		if got := nextEvent(t, s); got != "Marker" {
			t.Errorf("%s came through the stream", got)
		}
	})
}

func TestHalfOpenLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		s := dial(t, piped(server))
		time.Sleep(time.Minute) // of the bubble's clock: pings keep it up
		select {
		case <-s.Done():
			t.Fatal("ended although the server answers")
		default:
		}
		server.Silence(true)
		began := time.Now()
		<-s.Done()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("noticed after %v", took)
		}
		if _, err := s.Do(t.Context(), ami.NewAction("Ping")); err == nil || !strings.Contains(err.Error(), "ping") {
			t.Errorf("got %v", err)
		}
	})
}

// A server that stops reading must not hold a caller longer than its deadline, nor keep the session for ever.
func TestServerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		stuck := make(chan struct{})
		server.Handle("Getvar", func(amitest.Action, func(string)) { <-stuck })
		defer close(stuck)
		s := dial(t, piped(server))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var work sync.WaitGroup
		for range 200 {
			work.Go(func() {
				if _, err := s.Do(ctx, ami.NewAction("Getvar").With("Variable", "x")); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		began := time.Now()
		work.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("the callers came back after %v", took)
		}
		<-s.Done()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("the session ended after %v", took)
		}
		if _, err := s.Do(t.Context(), ami.NewAction("Ping")); err == nil || !strings.Contains(err.Error(), "sending Getvar") {
			t.Errorf("it ended for another reason: %v", err)
		}
	})
}
