package daemon

import (
	"bytes"
	"context"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"github.com/fraudguard/fraudguard/web"
)

const (
	// metricPrefix begins the name of every metric of fraudguard's own.
	metricPrefix = "fraudguard_"
	// gatherApart is for how long metrics are told again as they were: however often somebody asks, they
	// are gathered once a second.
	gatherApart = time.Second
	// countTimeout bounds how long metrics wait for the loop. Without it they lack what only it knows.
	countTimeout = time.Second
	// metricsAgain is how long an address on which nobody can listen is left alone.
	metricsAgain = 10 * time.Second
)

// metrics are all that Prometheus reads of one daemon.
type metrics struct {
	registry *prometheus.Registry

	mu   sync.Mutex
	text []byte
	at   time.Time // when text was gathered
}

func newMetrics(d *Daemon) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	d.counts.register(m.registry)
	m.registry.MustRegister(gauges{d, allGauges()}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Metrics gives all metrics in Prometheus' text format.
func (b backend) Metrics(context.Context) ([]byte, error) { return b.metrics.tell() }

func (m *metrics) tell() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.at.IsZero() && time.Since(m.at) < gatherApart {
		return m.text, nil
	}
	families, err := m.registry.Gather()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			return nil, err
		}
	}
	m.text, m.at = text.Bytes(), time.Now()
	return m.text, nil
}

// serveMetrics answers on the configured address until ctx ends. An address that is not there, or is
// taken, is no reason to guard nothing: it is tried again.
func (d *Daemon) serveMetrics(ctx context.Context) {
	c, _ := d.current()
	address := c.Metrics
	if address == "" {
		return
	}
	if c.MetricsAreOpen() {
		d.log.Warn("metrics are open to other machines, and have no password", "address", address)
	}
	for failed := false; ctx.Err() == nil; pauseFor(ctx, metricsAgain) {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			d.log.Info("metrics can be read", "address", address)
			err = web.ServeMetrics(ctx, listener, backend{d}.Metrics, d.log)
			_ = listener.Close()
		}
		if err != nil && !failed {
			d.log.Error("metrics cannot be read; it is tried again, and calls are guarded all the same", "address", address, "error", err)
		}
		failed = err != nil
	}
}
