package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/web"
)

const oneMetric = "fraudguard_live_legs 1\n"

// serveMetrics serves metrics on an address of its own until the test ends.
func serveMetrics(t *testing.T, metrics web.Metrics, patience time.Duration) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- web.ServeMetricsWith(ctx, listener, metrics, slog.New(slog.DiscardHandler), patience)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	return listener.Addr().String()
}

func fixed(context.Context) ([]byte, error) { return []byte(oneMetric), nil }

// request writes a request as it is and gives the answer.
func request(t *testing.T, address, text string) (status int, body string) {
	t.Helper()
	conn := dialMetrics(t, address)
	_, _ = io.Copy(conn, strings.NewReader(text)) // it may be answered before all is sent
	return answerOn(t, conn)
}

func dialMetrics(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestMetricsOnly: there is GET /metrics, and nothing else of what the socket has.
func TestMetricsOnly(t *testing.T) {
	address := serveMetrics(t, fixed, time.Minute)
	for _, test := range []struct {
		request string
		status  int
	}{
		{"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", http.StatusOK},
		{"GET /metrics?name[]=up HTTP/1.0\r\n\r\n", http.StatusOK},
		{"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", http.StatusMethodNotAllowed},
		{"DELETE /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", http.StatusMethodNotAllowed},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		{"GET /v1/status HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		{"POST /v1/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		{"GET /debug/pprof/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		{"GET /metrics/../v1/calls HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", http.StatusTemporaryRedirect},
		{"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", http.StatusBadRequest},
	} {
		status, body := request(t, address, test.request)
		if status != test.status || (status == http.StatusOK) != (body == oneMetric) {
			t.Errorf("%.40q is answered %d %q, want %d", test.request, status, body, test.status)
		}
	}
}

// TestMetricsOnTheSocket: the same text, as Prometheus wants it.
func TestMetricsOnTheSocket(t *testing.T) {
	path, _ := start(t, sample(t))
	conn := dial(t, path)
	_, _ = io.WriteString(conn, "GET /metrics HTTP/1.0\r\n\r\n")
	text, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(text), "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n") || !strings.HasSuffix(string(text), "\r\n\r\n"+oneMetric) {
		t.Errorf("got %q, %v", text, err)
	}
	if status, _ := send(t, path, "POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n"); status != http.StatusMethodNotAllowed && status != http.StatusNotFound {
		t.Errorf("POST is answered %d", status)
	}
}

// TestMetricsThatCannotBeTold: the reason stays in the log.
func TestMetricsThatCannotBeTold(t *testing.T) {
	address := serveMetrics(t, func(context.Context) ([]byte, error) { return nil, errors.New("a path of this machine") }, time.Minute)
	if status, body := request(t, address, "GET /metrics HTTP/1.0\r\n\r\n"); status != http.StatusInternalServerError || strings.Contains(body, "path") {
		t.Errorf("answered %d %q", status, body)
	}
}

// TestSlowReadersOfMetrics: who sends slowly, sends without an end, or takes nothing is let go of.
func TestSlowReadersOfMetrics(t *testing.T) {
	large := []byte(strings.Repeat("x", 64<<20))
	address := serveMetrics(t, func(context.Context) ([]byte, error) { return large, nil }, 300*time.Millisecond)
	for name, text := range map[string]string{
		"nothing":           "",
		"half a header":     "GET /metrics HTTP/1.1\r\nHost: a\r\nX-",
		"takes no answer":   "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
		"half a body":       "GET /none HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nxx",
		"idle after a good": "GET /none HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn := dialMetrics(t, address)
			if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, text)
			if name == "takes no answer" {
				awaitClosed(t, conn)
				return
			}
			if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// awaitClosed waits until the other side has closed a connection from which nothing is read.
func awaitClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	for {
		if _, err := conn.Write([]byte("x")); err != nil {
			var slow net.Error
			if errors.As(err, &slow) && slow.Timeout() {
				t.Error("it is still open")
			}
			return
		}
		time.Sleep(10 * time.Millisecond) // nothing tells a writer
	}
}

// TestManyReadersOfMetrics: a bounded number of connections is served at a time, and all that ask are answered in
// the end, behind those that only hold a place.
func TestManyReadersOfMetrics(t *testing.T) {
	var now, most atomic.Int64
	address := serveMetrics(t, func(context.Context) ([]byte, error) {
		for n := now.Add(1); ; {
			if old := most.Load(); n <= old || most.CompareAndSwap(old, n) {
				break
			}
		}
		defer now.Add(-1)
		time.Sleep(5 * time.Millisecond) // so that others come meanwhile
		return []byte(oneMetric), nil
	}, 500*time.Millisecond)
	for range 100 { // they come first, and say nothing
		dialMetrics(t, address)
	}
	var asking sync.WaitGroup
	var answered atomic.Int64
	const clients, each = 50, 40
	for range clients {
		asking.Go(func() {
			for range each {
				if err := askOnce(address); err != nil {
					t.Error(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	asking.Wait()
	if answered.Load() != clients*each || most.Load() > web.MetricsConnections {
		t.Errorf("%d of %d were answered, %d at once", answered.Load(), clients*each, most.Load())
	}
}

func askOnce(address string) error {
	conn, err := net.DialTimeout("tcp", address, 30*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	_, _ = io.WriteString(conn, "GET /metrics HTTP/1.0\r\n\r\n")
	text, err := io.ReadAll(conn)
	if err == nil && !strings.HasSuffix(string(text), oneMetric) {
		err = fmt.Errorf("answered %q", text)
	}
	return err
}
