package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/web"
	"github.com/fraudguard/fraudguard/web/webtest"
)

// TestRefusals: what makes no sense is told so, and the backend never hears of it.
func TestRefusals(t *testing.T) {
	backend := sample(t)
	path, _ := start(t, backend)
	post := func(body string) string {
		return fmt.Sprintf("POST /v1/blocks HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	put := func(body string) string {
		return fmt.Sprintf("PUT /v1/caps HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	get := func(rest string) string { return "GET /v1/" + rest + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	for _, c := range []struct {
		request string
		status  int
		say     string
	}{
		{get("nothing"), 404, "there is no request GET /v1/nothing"},
		{"PATCH /v1/blocks HTTP/1.1\r\nHost: x\r\n\r\n", 404, "there is no request PATCH"},
		{get("calls?lve=true"), 400, `parameter \"lve\" is unknown`},
		{get("calls?live=yes"), 400, "write true or false"},
		{get("calls?limit=0"), 400, "from 1 to 100000"},
		{get("calls?limit=5&limit=6"), 400, "limit is given 2 times"},
		{get("calls?since=today"), 400, "write a moment"},
		{get("calls?tenant=" + strings.Repeat("a", 201)), 400, "more than 200 bytes"},
		{get("calls?tenant=a%0d%0ab"), 400, "line break"},
		{get("incidents?until=1"), 400, "write a moment"},
		{get("incidents/" + strings.Repeat("a", 201)), 400, "too long"},
		{get("ledger?period=year"), 400, "write day or month"},
		{get("ledger?period=month&key=2026-11-21"), 400, "is no month"},
		{get("ledger?key=2026-02-30"), 400, "is no day"},
		{get("ledger?key=2026-2-3"), 400, "is no day"},
		{get("blocks?all=1"), 400, "write true or false"},
		{"PUT /v1/bill?rounding=60 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, "such as 60/60, 30/6 or 1/1"},
		{get("rates"), 400, "no number"},
		{get("rates?number=abc"), 200, "number.unparseable"},
		{get("rates?number=1&number=2"), 400, "given 2 times"},
		{get("decks/default?edition=0"), 400, "from 1 to"},
		{get("decks/a%2fb"), 400, "is no deck's name"},
		{"PUT /v1/decks/a?map=price HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, "field=header"},
		{"PUT /v1/decks/a?" + strings.Repeat("map=a%3db&", 41) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, "at most 40"},
		{get("incidents/i9"), 404, "not found"},
		{"DELETE /v1/blocks?target=101 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "is no target"},
		{post(`{"target":"101"}`), 400, "is no target"},
		{post(`{"target":"a/1","until":"tomorrow"}`), 400, "unknown field"},
		{post(`{"target":"a/1"}{"target":"a/2"}`), 400, "more than one"},
		{post(`{"target":"a/1","for":-1}`), 400, "ten years"},
		{post(`{"target":"a/1","for":9e9}`), 400, ""},
		{post(`{"target":"a/1","for":9000000000}`), 400, "ten years"},
		{post(`{"target":"a/1","reason":"` + strings.Repeat("x", 201) + `"}`), 400, "at most 200"},
		{post(`target=a/1`), 400, "not the JSON"},
		{post(``), 400, "not the JSON"},
		{post(`{"target":"` + strings.Repeat("a", web.MaxBody) + `"}`), 413, "too large"},
		{post(`{"target":"everything","keep_live":1}`), 400, "not the JSON"},
		{get("caps?subject=a%2F"), 400, "is nobody"},
		{get("caps?subject=a%20b"), 400, "nobody's name"},
		{get("caps?cap=warn_at"), 400, `parameter \"cap\" is unknown`},
		{put(`{"subject":"a/1","cap":"cost_per_day"}`), 400, "is no amount"},
		{put(`{"subject":"a/1","cap":"cost_per_dya","value":"1"}`), 400, "is no cap: write one of"},
		{put(`{"subject":"a/1/2","cap":"cost_per_day","value":"1"}`), 400, "is nobody"},
		{put(`{"cap":"cost_per_day","value":"1"}`), 400, "is nobody"},
		{put(`{"subject":"a/1","cap":"cost_per_day","value":1}`), 400, "not the JSON"},
		{put(`{"subject":"a/1","cap":"cost_per_day","value":"1","who":"root"}`), 400, "unknown field"},
		{put(`{"subject":"a/1","cap":"cost_per_day","value":"1","reason":"` + strings.Repeat("x", 201) + `"}`), 400, "at most 200"},
		{"DELETE /v1/caps?subject=a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "is no cap"},
		{"DELETE /v1/caps?subject=a&cap=warn_at&who=root HTTP/1.1\r\nHost: x\r\n\r\n", 400, "is unknown"},
		{"PUT /v1/decks/a%2fb HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, "is no deck's name"},
		{"PUT /v1/decks/a?first=60 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, "both first and next"},
		{"PUT /v1/decks/a?max_price=-1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, "max_price"},
		{fmt.Sprintf("PUT /v1/decks/a?file=big.csv HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", web.MaxRates+1), 413, "big.csv has 512 MiB"},
		{"GET /v1/status HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 32<<10) + "\r\n\r\n", 431, ""},
		{"nonsense\r\n\r\n", 400, ""},
	} {
		status, body := send(t, path, c.request)
		if status != c.status || !strings.Contains(body, c.say) {
			t.Errorf("%.100q\n got %d %s\nwant %d %s", c.request, status, body, c.status, c.say)
		}
	}
	if asked := backend.Asked(); len(asked) > 0 {
		t.Errorf("the backend was asked %q", asked)
	}
}

// FuzzHandler: whatever is asked, the strict backend finds nothing that should not have passed.
func FuzzHandler(f *testing.F) {
	f.Add("GET", "calls", "live=true&limit=5", "")
	f.Add("GET", "ledger", "period=month&key=2026-11", "")
	f.Add("POST", "blocks", "", `{"target":"a/1","for":60}`)
	f.Add("DELETE", "blocks", "target=%2B390612", "")
	f.Add("PUT", "decks/x", "file=a.csv&first=1&next=1", carrier)
	f.Add("GET", "rates", "number=%2B39061", "")
	f.Add("PUT", "caps", "", `{"subject":"a/1","cap":"minutes_per_day","value":"5"}`)
	f.Add("DELETE", "caps", "subject=a&cap=warn_at", "")
	f.Add("GET", "verify", "from=2026-11-01&to=2026-11-30", "")
	f.Add("POST", "prune", "before=2026-11-01&dry_run=true", "")
	f.Add("POST", "blocks", "", `{"target":"+44*","keep_live":true}`)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if len(body) > web.MaxBody {
			return
		}
		request, err := http.NewRequest(method, "http://x/", strings.NewReader(body))
		if err != nil {
			return
		}
		request.URL = &url.URL{Path: "/v1/" + path, RawQuery: query}
		answer := httptest.NewRecorder()
		web.Handler(sample(t)).ServeHTTP(answer, request)
		if answer.Code >= 500 {
			t.Errorf("%s %q?%q %q: %d %s", method, path, query, body, answer.Code, answer.Body)
		}
	})
}

// TestBadRows: the rows of a faulty file are told, whole, although they come while the client still
// sends, and the old deck stays.
func TestBadRows(t *testing.T) {
	backend := sample(t)
	path, _ := start(t, backend)
	var file bytes.Buffer
	file.WriteString("prefix,route,price\n39,Italy,cheap\n")
	for i := range 400_000 {
		fmt.Fprintf(&file, "%d,R,x\n", 100_000+i)
	}
	c := clientOf(t, path)
	_, err := c.ImportRates(t.Context(), web.ImportRequest{Deck: "default", File: "bad.csv"}, bytes.NewReader(file.Bytes()), int64(file.Len()))
	var refused *web.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity || !strings.Contains(refused.Message, "bad.csv:2: ") || !strings.Contains(refused.Message, "there are more") {
		t.Errorf("%v", err)
	}
	if decks, err := c.Decks(t.Context()); err != nil || len(decks) != 1 {
		t.Errorf("%v, %v", decks, err)
	}
}

// TestOneImportAtATime: the second is refused before it has sent anything.
func TestOneImportAtATime(t *testing.T) {
	begun := make(chan struct{})
	backend := sample(t)
	backend.Begun = begun
	path, _ := start(t, backend)
	reader, writer := io.Pipe()
	first := make(chan error, 1)
	c := clientOf(t, path)
	go func() {
		_, err := c.ImportRates(context.Background(), web.ImportRequest{Deck: "one", File: "one.csv"}, reader, -1)
		first <- err
	}()
	<-begun
	untouched := strings.NewReader(carrier)
	_, err := c.ImportRates(t.Context(), web.ImportRequest{Deck: "two", File: "two.csv"}, untouched, int64(len(carrier)))
	var refused *web.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusConflict || untouched.Len() != len(carrier) {
		t.Errorf("the second import: %v, %d bytes left", err, untouched.Len())
	}
	if _, err := io.WriteString(writer, carrier); err != nil {
		t.Error(err)
	}
	writer.Close()
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// TestSlowClients: who sends too slowly is cut off, changes nothing, and keeps nobody else waiting.
func TestSlowClients(t *testing.T) {
	backend := sample(t)
	path, _ := start(t, backend, func(p *web.Patience) {
		p.Header, p.Body, p.Imports = 200*time.Millisecond, 200*time.Millisecond, time.Second
	})
	header, body, deck := dial(t, path), dial(t, path), dial(t, path)
	for conn, text := range map[net.Conn]string{
		header: "GET /v1/status HTTP/1.1\r\nHo",
		body:   "POST /v1/blocks HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{\"target\"",
		deck:   "PUT /v1/decks/new HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + carrier,
	} {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := clientOf(t, path).Status(t.Context()); err != nil {
		t.Error(err)
	}
	for _, conn := range []net.Conn{body, deck} {
		if status, say := answerOn(t, conn); status != http.StatusRequestTimeout || !strings.Contains(say, "nothing was changed") {
			t.Errorf("%d %s", status, say)
		}
	}
	if n, err := io.Copy(io.Discard, header); err != nil || n > 0 && n < 10 {
		t.Errorf("a slow header: %d bytes, %v", n, err)
	}
	if decks, err := clientOf(t, path).Decks(t.Context()); err != nil || len(decks) != 1 {
		t.Errorf("%v, %v", decks, err)
	}
}

// TestDribble: a price list that comes piece by piece for ever is given up as well.
func TestDribble(t *testing.T) {
	path, _ := start(t, sample(t), func(p *web.Patience) { p.Imports = 300 * time.Millisecond })
	conn := dial(t, path)
	if _, err := io.WriteString(conn, "PUT /v1/decks/new HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	go func() { // ends when the server hangs up
		for {
			if _, err := io.WriteString(conn, "1\r\n1\r\n"); err != nil {
				return
			}
		}
	}()
	if status, say := answerOn(t, conn); status == http.StatusOK {
		t.Errorf("%d %s", status, say)
	}
	conn.Close()
}

// TestCrowd: connections are bounded; further ones wait until one of them ends, or is given up.
func TestCrowd(t *testing.T) {
	for _, given := range []bool{false, true} {
		path, _ := start(t, sample(t), func(p *web.Patience) {
			if p.Header = time.Hour; given {
				p.Header = 300 * time.Millisecond
			}
		})
		first := dial(t, path)
		for range web.MaxConnections - 1 {
			dial(t, path)
		}
		last := dial(t, path)
		if _, err := io.WriteString(last, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if !given {
			_ = last.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			if n, err := last.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("one more than %d connections was served: %d, %v", web.MaxConnections, n, err)
			}
			_ = last.SetReadDeadline(time.Now().Add(20 * time.Second))
			first.Close()
		}
		if status, _ := answerOn(t, last); status != http.StatusOK {
			t.Errorf("%d", status)
		}
	}
}

// slow is a backend that needs longer for a block than a client has for its request.
type slow struct{ *webtest.Backend }

func (s slow) Block(ctx context.Context, r web.BlockRequest) (web.Block, error) {
	select {
	case <-ctx.Done():
		return web.Block{}, context.Cause(ctx)
	case <-time.After(300 * time.Millisecond):
		return s.Backend.Block(ctx, r)
	}
}

// TestSlowBackend: the time that a client has to send does not run on while the backend works.
func TestSlowBackend(t *testing.T) {
	path, _ := start(t, slow{sample(t)}, func(p *web.Patience) { p.Body = 50 * time.Millisecond })
	if _, err := clientOf(t, path).Block(t.Context(), web.BlockRequest{Target: guard.Target{Number: "390612"}}); err != nil {
		t.Error(err)
	}
}

// stuck is a backend whose Reload ends with its context, or a little after it may leave.
type stuck struct {
	*webtest.Backend
	begun chan struct{}
	leave chan struct{}
}

func (s stuck) Reload(ctx context.Context) error {
	close(s.begun)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.leave:
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(100 * time.Millisecond):
		return nil
	}
}

// TestEnd: a request under way is finished, one that does not end is cut off, and the socket goes.
func TestEnd(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		s := stuck{Backend: sample(t), begun: make(chan struct{}), leave: make(chan struct{})}
		path, stop := start(t, s, func(p *web.Patience) {
			if !leaves {
				p.End = 50 * time.Millisecond
			}
		})
		result := make(chan error, 1)
		c := clientOf(t, path)
		go func() { result <- c.Reload(context.Background()) }()
		<-s.begun
		ended := make(chan struct{})
		go func() {
			stop()
			close(ended)
		}()
		for { // until the listener is closed: from then on the server is ending
			conn, err := net.Dial("unix", path)
			if err != nil {
				break
			}
			conn.Close()
		}
		if leaves {
			close(s.leave)
		}
		if err := <-result; (err == nil) != leaves {
			t.Errorf("leaves %v: %v", leaves, err)
		}
		<-ended
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is still there: %v", err)
		}
	}
}

// TestWork: a backend that takes too long is given up.
func TestWork(t *testing.T) {
	s := stuck{Backend: sample(t), begun: make(chan struct{}), leave: make(chan struct{})}
	path, _ := start(t, s, func(p *web.Patience) { p.Work = 50 * time.Millisecond })
	var refused *web.Error
	if err := clientOf(t, path).Reload(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable {
		t.Errorf("%v", err)
	}
}

func TestPeerOfAnotherNetwork(t *testing.T) {
	one, two := net.Pipe()
	defer one.Close()
	defer two.Close()
	if who := web.Peer(one); who != "unknown user" {
		t.Errorf("%q", who)
	}
}
