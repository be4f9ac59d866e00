package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// metricsConnections bounds those that read metrics over the network at the same time.
const metricsConnections = 16

// metricsPatience is how long they are waited for: for a whole request, to take the answer, and between two.
type metricsPatience struct{ request, answer, idle, end time.Duration }

var usualMetrics = metricsPatience{request: 5 * time.Second, answer: 10 * time.Second, idle: 5 * time.Second, end: time.Second}

// Metrics gives all metrics in Prometheus' text format. What it gives is not changed afterwards. It is
// called from several goroutines at once.
type Metrics func(ctx context.Context) ([]byte, error)

// ServeMetrics answers GET /metrics on the listener, and nothing else, to whoever asks, until ctx ends.
// Then it closes the listener and returns nil.
func ServeMetrics(ctx context.Context, listener net.Listener, metrics Metrics, log *slog.Logger) error {
	return serveMetrics(ctx, listener, metrics, log, usualMetrics)
}

func serveMetrics(ctx context.Context, listener net.Listener, metrics Metrics, log *slog.Logger, p metricsPatience) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		text, err := metrics(r.Context())
		if err != nil {
			log.Error("the metrics cannot be told", "error", err)
			http.Error(w, "the metrics cannot be told: see the daemon's log", http.StatusInternalServerError)
			return
		}
		writeMetrics(w, text)
	})
	return serveUntil(ctx, listener, metricsConnections, p.end, &http.Server{
		Handler:        mux,
		ReadTimeout:    p.request,
		WriteTimeout:   p.answer,
		IdleTimeout:    p.idle,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	})
}

// metrics answers on the socket as ServeMetrics does elsewhere.
func (s *server) metrics(w http.ResponseWriter, r *http.Request) (any, error) {
	text, err := s.backend.Metrics(r.Context())
	if err != nil {
		return nil, err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.patience.answer))
	writeMetrics(w, text)
	return answered{}, nil
}

func writeMetrics(w http.ResponseWriter, text []byte) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // an error here is a client that went away
}
