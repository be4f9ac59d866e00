package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// MaxConnections and MaxBody are the server's bounds.
const (
	MaxConnections     = maxConnections
	MetricsConnections = metricsConnections
	MaxBody            = maxBody
)

// Patience lets tests have less of it.
type Patience struct{ Header, Body, Idle, Work, Imports, End time.Duration }

// ServeWith is Serve with another patience.
func ServeWith(ctx context.Context, listener net.Listener, backend Backend, log *slog.Logger, change ...func(*Patience)) error {
	p := Patience{usual.header, usual.body, usual.idle, usual.work, usual.imports, usual.end}
	for _, c := range change {
		c(&p)
	}
	s := &server{backend: backend, log: log, patience: patience{p.Header, p.Body, usual.answer, p.Idle, p.Work, p.Imports, p.Imports, p.End}}
	return s.serve(ctx, listener)
}

// Handler is what Serve serves, without a connection.
func Handler(backend Backend) http.Handler {
	s := &server{backend: backend, log: slog.New(slog.DiscardHandler), patience: usual}
	return s.handler()
}

// Peer names who is at the other end of a connection.
func Peer(conn net.Conn) string { return peer(conn) }

// ServeMetricsWith is ServeMetrics with the same patience for everything.
func ServeMetricsWith(ctx context.Context, listener net.Listener, metrics Metrics, log *slog.Logger, patience time.Duration) error {
	return serveMetrics(ctx, listener, metrics, log, metricsPatience{patience, patience, patience, patience})
}
