package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// Bounds on what a client may send, and on how long it may take.
const (
	maxConnections = 64
	maxHeader      = 16 << 10
	maxBody        = 64 << 10
	maxMessage     = 16 << 10

	// MaxRates is the size of the largest price list that is taken, in bytes.
	MaxRates = 512 << 20
)

// patience is how long the server waits: for a header, for the rest of a body (or, in a price list,
// for its next piece), for a client to take an answer, between requests, for the backend, for the
// backend with a price list or with call records, and for requests under way once it is told to end.
type patience struct {
	header, body, answer, idle, work, imports, records, end time.Duration
}

var usual = patience{
	header: 5 * time.Second, body: 10 * time.Second, answer: 30 * time.Second, idle: 30 * time.Second,
	work: 30 * time.Second, imports: 15 * time.Minute, records: 6 * time.Hour, end: 5 * time.Second,
}

// server answers requests.
type server struct {
	backend  Backend
	log      *slog.Logger
	patience patience
	// importing is held while a price list, call records or a bill are taken in: one is memory enough.
	importing sync.Mutex
	// pruning is held while old calls are pruned.
	pruning sync.Mutex
}

// Serve answers on the listener until ctx ends. Then it takes no more requests, gives those under
// way some seconds, closes the listener, which removes its socket, and returns nil.
func Serve(ctx context.Context, listener net.Listener, backend Backend, log *slog.Logger) error {
	s := &server{backend: backend, log: log, patience: usual}
	return s.serve(ctx, listener)
}

func (s *server) serve(ctx context.Context, listener net.Listener) error {
	return serveUntil(ctx, listener, maxConnections, s.patience.end, &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: s.patience.header,
		IdleTimeout:       s.patience.idle,
		MaxHeaderBytes:    maxHeader,
		ConnContext:       withPeer,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	})
}

// serveUntil serves at most so many connections at once until ctx ends, and lets requests under way end
// within a time.
func serveUntil(ctx context.Context, listener net.Listener, connections int, end time.Duration, h *http.Server) error {
	// Requests live longer than ctx: those under way may end in order.
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	h.BaseContext = func(net.Listener) context.Context { return requests }
	closed := make(chan struct{})
	var ending sync.WaitGroup
	stopped := make(chan struct{})
	ending.Go(func() {
		select {
		case <-ctx.Done():
		case <-stopped:
		}
		close(closed)
		limited, done := context.WithTimeout(context.WithoutCancel(ctx), end)
		defer done()
		if h.Shutdown(limited) != nil {
			cancel()
			h.Close()
		}
	})
	err := h.Serve(&bounded{Listener: listener, places: make(chan struct{}, connections), closed: closed})
	close(stopped)
	ending.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) && ctx.Err() != nil {
		return nil
	}
	return err
}

// task does one kind of request and gives what is to be answered; nil is answered with 204.
type task func(w http.ResponseWriter, r *http.Request) (any, error)

// handler routes the requests.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, t := range map[string]task{
		"GET /metrics":           s.metrics,
		"GET /v1/status":         s.status,
		"GET /v1/calls":          s.calls,
		"GET /v1/ledger":         s.ledger,
		"GET /v1/blocks":         s.blocks,
		"GET /v1/incidents":      s.incidents,
		"GET /v1/incidents/{id}": s.incident,
		"GET /v1/rates":          s.lookupRate,
		"GET /v1/decks":          s.decks,
		"POST /v1/blocks":        s.block,
		"DELETE /v1/blocks":      s.unblock,
		"GET /v1/caps":           s.caps,
		"PUT /v1/caps":           s.setCap,
		"DELETE /v1/caps":        s.unsetCap,
		"POST /v1/reload":        s.reload,
	} {
		mux.Handle(pattern, s.answer(t, s.patience.work))
	}
	mux.Handle("GET /v1/decks/{name}", s.answer(s.deck, s.patience.imports))
	mux.Handle("PUT /v1/decks/{name}", s.answer(s.importRates, s.patience.imports))
	mux.Handle("GET /v1/verify", s.answer(s.verify, s.patience.imports))
	mux.Handle("POST /v1/prune", s.answer(s.prune, s.patience.imports))
	mux.Handle("PUT /v1/records", s.answer(s.importRecords, s.patience.records))
	mux.Handle("PUT /v1/bill", s.answer(s.reconcile, s.patience.imports))
	mux.Handle("/", s.answer(func(_ http.ResponseWriter, r *http.Request) (any, error) {
		return nil, Errorf(http.StatusNotFound, "there is no request %.10s %.100s: is this command of the daemon's version?", r.Method, r.URL.Path)
	}, s.patience.work))
	return mux
}

// answer makes a handler of a task: it bounds the time, names who asked, and writes what came of it.
func (s *server) answer(t task, work time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), work)
		defer cancel()
		control := http.NewResponseController(w)
		// The body that nobody read must not hold the connection for ever.
		defer func() { _ = control.SetReadDeadline(time.Now().Add(s.patience.body)) }()
		result, err := t(w, r.WithContext(ctx))
		if r.Method != http.MethodGet {
			s.log.Info("asked by a person", "who", Who(ctx), "request", r.Method+" "+r.URL.Path, "done", err == nil)
		}
		_ = control.SetWriteDeadline(time.Now().Add(s.patience.answer))
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		switch result.(type) {
		case answered:
		case nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			write(w, http.StatusOK, result)
		}
	})
}

// refuse answers with an error.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, message := http.StatusInternalServerError, err.Error()
	var known *Error
	var rows *rates.ReadError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		status = known.Status
	case errors.As(err, &tooLarge):
		status, message = http.StatusRequestEntityTooLarge, "what was sent is too large"
	case errors.Is(err, store.ErrNotFound):
		status = http.StatusNotFound
	case errors.As(err, &rows):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, os.ErrDeadlineExceeded):
		status, message = http.StatusRequestTimeout, "what was sent stopped coming: nothing was changed"
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
		message = "it took too long and was given up: see the daemon's log"
	}
	if status >= http.StatusInternalServerError {
		s.log.Error("a request failed", "who", Who(r.Context()), "request", r.Method+" "+r.URL.Path, "error", err)
	}
	write(w, status, failure{Error: shorten(message)})
}

// failure is the body of every answer that is an error.
type failure struct {
	Error string `json:"error"`
}

func shorten(message string) string {
	if len(message) > maxMessage {
		return strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	return message
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error here is a client that went away.
	_ = json.NewEncoder(w).Encode(body)
}

// decode reads a request's JSON body strictly, within its bounds of size and time.
func (s *server) decode(w http.ResponseWriter, r *http.Request, into any) error {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.patience.body))
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	// From the body's end on, net/http reads without a deadline, to notice a client that leaves.
	return decodeStrictly(text, into)
}
