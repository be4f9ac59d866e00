package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/notify"
)

// counts are what has happened since the daemon began, each counted in one place: where the effects of the
// guard are carried out, and where Asterisk or the other side of a notice has answered. Their labels are
// names from the configuration and words of the program, so that nobody who dials can make more of them.
type counts struct {
	verdicts       *prometheus.CounterVec
	incidents      *prometheus.CounterVec
	urgent         prometheus.Counter
	duration       *prometheus.HistogramVec
	hangUps        *prometheus.CounterVec
	hangUpsFailed  *prometheus.CounterVec
	unconfirmed    *prometheus.CounterVec
	verdictsFailed *prometheus.CounterVec
	limitsFailed   *prometheus.CounterVec
	bypasses       *prometheus.CounterVec
	noticesSent    *prometheus.CounterVec
	noticesFailed  *prometheus.CounterVec

	// verdictOf is the verdict of each live leg as it was counted. It is the loop's own.
	verdictOf map[legKey]string

	mu      sync.Mutex
	servers map[string]*serverCounts
}

type legKey struct{ server, id string }

// serverCounts are those of one server. They are there from its beginning, so that a first event is seen as
// one: Prometheus cannot tell how much a counter grew that was not there before.
type serverCounts struct {
	// verdicts has the labels verdict and rule, incidents the label rule.
	verdicts, incidents *prometheus.CounterVec
	// watched and asked are how long a verdict took, by the way in which a call is admitted.
	watched, asked prometheus.Observer
	// hangUps and hangUpsFailed are by guard.Way.
	hangUps, hangUpsFailed                              [2]prometheus.Counter
	unconfirmed, verdictsFailed, limitsFailed, bypasses prometheus.Counter
}

func newCounts() *counts {
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: metricPrefix + name, Help: help}, labels)
	}
	return &counts{
		verdicts: count("verdicts_total", "Verdicts on legs and on calls that asked, by the rule behind them.", "server", "verdict", "rule"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: metricPrefix + "verdict_duration_seconds",
			Help: "Time from reading that a leg begins to dial, or that a call asks, until its verdict is on the way to Asterisk.",
			// A call that asks waits for 0.25 s where nothing else is set.
			Buckets: []float64{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1},
		}, []string{"server", "admission"}),
		incidents:      count("incidents_total", "Incidents, by rule.", "server", "rule"),
		urgent:         prometheus.NewCounter(prometheus.CounterOpts{Name: metricPrefix + "urgent_incidents_total", Help: "Urgent incidents: protection itself does not work."}),
		hangUps:        count("hangups_total", "Requests to Asterisk to hang up.", "server", "way"),
		hangUpsFailed:  count("hangups_failed_total", "Requests to hang up that Asterisk refused or did not answer.", "server", "way"),
		unconfirmed:    count("hangups_unconfirmed_total", "Times it was told that a channel is still there although its end was asked for.", "server"),
		verdictsFailed: count("verdicts_failed_total", "Verdicts on calls that asked which Asterisk did not take.", "server"),
		limitsFailed:   count("limits_failed_total", "Time limits of legs that Asterisk did not take.", "server"),
		bypasses:       count("bypasses_total", "Incidents of legs that had not asked.", "server"),
		noticesSent:    count("notices_sent_total", "Incidents that a channel of notices has taken.", "channel"),
		noticesFailed:  count("notices_failed_total", "Incidents that a channel of notices did not take, or not for everybody; each attempt counts.", "channel"),
		verdictOf:      make(map[legKey]string),
		servers:        make(map[string]*serverCounts),
	}
}

// byServer are those whose first label is a server's name.
func (c *counts) byServer() []*prometheus.MetricVec {
	return []*prometheus.MetricVec{c.verdicts.MetricVec, c.incidents.MetricVec, c.duration.MetricVec,
		c.hangUps.MetricVec, c.hangUpsFailed.MetricVec, c.unconfirmed.MetricVec, c.verdictsFailed.MetricVec, c.limitsFailed.MetricVec, c.bypasses.MetricVec}
}

func (c *counts) register(with *prometheus.Registry) {
	with.MustRegister(c.urgent, c.noticesSent, c.noticesFailed)
	for _, v := range c.byServer() {
		with.MustRegister(v)
	}
}

// of gives the counts of a server, and begins them.
func (c *counts) of(server string) *serverCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.servers[server]
	if s != nil {
		return s
	}
	name := prometheus.Labels{"server": server}
	s = &serverCounts{
		verdicts: c.verdicts.MustCurryWith(name), incidents: c.incidents.MustCurryWith(name),
		watched: c.duration.WithLabelValues(server, "watch"), asked: c.duration.WithLabelValues(server, "ask"),
		unconfirmed: c.unconfirmed.WithLabelValues(server), verdictsFailed: c.verdictsFailed.WithLabelValues(server),
		limitsFailed: c.limitsFailed.WithLabelValues(server), bypasses: c.bypasses.WithLabelValues(server),
	}
	for _, way := range []guard.Way{guard.ByARI, guard.ByAMI} {
		s.hangUps[way] = c.hangUps.WithLabelValues(server, wayLabel(way))
		s.hangUpsFailed[way] = c.hangUpsFailed.WithLabelValues(server, wayLabel(way))
	}
	s.verdicts.WithLabelValues(guard.Allowed, "")
	c.servers[server] = s
	return s
}

// wayLabel is a way as the configuration writes it.
func wayLabel(w guard.Way) string { return strings.ToLower(w.String()) }

// keepOnly lets go of the counts of servers that are no longer configured.
func (c *counts) keepOnly(servers []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.servers {
		if slices.Contains(servers, name) {
			continue
		}
		delete(c.servers, name)
		for _, v := range c.byServer() {
			v.DeletePartialMatch(prometheus.Labels{"server": name})
		}
	}
}

// known gives the counts of a server that is configured, nil of any other.
func (c *counts) known(server string) *serverCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.servers[server]
}

// resume takes up legs whose verdict an earlier daemon has counted.
func (c *counts) resume(live []guard.Leg) {
	for _, l := range live {
		c.verdictOf[legKey{l.Server, l.ID}] = l.Verdict
	}
}

// carriedOut counts effects, once they are under way.
func (c *counts) carriedOut(effects []guard.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case guard.Answer:
			// A call that may go on is counted as the leg that it makes.
			if s := c.known(e.Server); s != nil && !e.Allow {
				s.verdicts.WithLabelValues(guard.Denied, e.Reason).Inc()
			}
		case guard.Save:
			switch r := e.Record.(type) {
			case guard.Leg:
				c.leg(r)
			case guard.Incident:
				c.incident(r)
			}
		}
	}
}

// leg counts the verdict of a leg when it begins, and when it changes. A leg that has ended before it was
// live is no new one: a call that was refused when it asked, which was counted then, or one of the past.
func (c *counts) leg(l guard.Leg) {
	key := legKey{l.Server, l.ID}
	counted, live := c.verdictOf[key]
	if !l.Ended.IsZero() {
		delete(c.verdictOf, key)
	} else {
		c.verdictOf[key] = l.Verdict
	}
	if counted == l.Verdict || !live && !l.Ended.IsZero() {
		return
	}
	if s := c.known(l.Server); s != nil {
		s.verdicts.WithLabelValues(l.Verdict, l.Reason).Inc()
	}
}

func (c *counts) incident(i guard.Incident) {
	if i.Urgent {
		c.urgent.Inc()
	}
	s := c.known(i.Server)
	if s == nil {
		c.incidents.WithLabelValues("", i.Rule).Inc()
		return
	}
	s.incidents.WithLabelValues(i.Rule).Inc()
	switch i.Rule {
	case guard.BypassRule:
		s.bypasses.Inc()
	case guard.UnconfirmedRule:
		s.unconfirmed.Inc()
	}
}

// judged notes how long a verdict took, where a fact wanted one and the effects have one.
func (c *counts) judged(f guard.Fact, effects []guard.Effect) {
	switch f := f.(type) {
	case guard.AdmissionAsked:
		if s := c.known(f.Server); s != nil && slices.ContainsFunc(effects, isAnswer) {
			s.asked.Observe(time.Since(f.At).Seconds())
		}
	case guard.DialBegun:
		begun := func(e guard.Effect) bool {
			saved, _ := e.(guard.Save)
			leg, ok := saved.Record.(guard.Leg)
			return ok && leg.ID == f.To.ID
		}
		if s := c.known(f.Server); s != nil && slices.ContainsFunc(effects, begun) {
			s.watched.Observe(time.Since(f.At).Seconds())
		}
	}
}

func isAnswer(e guard.Effect) bool {
	_, ok := e.(guard.Answer)
	return ok
}

// countedChannel is a channel of notices whose successes and failures are counted.
type countedChannel struct {
	notify.Channel
	sent, failed prometheus.Counter
}

// counting makes each channel a counted one.
func (c *counts) counting(channels []notify.Channel) []notify.Channel {
	counted := make([]notify.Channel, len(channels))
	for i, one := range channels {
		counted[i] = countedChannel{one, c.noticesSent.WithLabelValues(one.Name()), c.noticesFailed.WithLabelValues(one.Name())}
	}
	return counted
}

// Send tells incidents, and counts what became of that. A failure is none where the daemon ends meanwhile.
func (c countedChannel) Send(ctx context.Context, group []guard.Incident) error {
	err := c.Channel.Send(ctx, group)
	var failure *notify.Failure
	if err == nil || errors.As(err, &failure) && failure.Taken {
		c.sent.Add(float64(len(group)))
	}
	if err != nil && ctx.Err() == nil {
		c.failed.Add(float64(len(group)))
	}
	return err
}
