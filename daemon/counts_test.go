package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/notify"
)

// counted gives what the counters have, by name and labels: "verdicts_total pbx1 allow"; those at zero
// are left out.
func counted(t *testing.T, c *counts) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	c.register(registry)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]float64)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := strings.TrimPrefix(family.GetName(), metricPrefix)
			for _, l := range []string{"server", "channel", "way", "admission", "verdict", "rule"} {
				for _, label := range m.GetLabel() {
					if label.GetName() == l && label.GetValue() != "" {
						name += " " + label.GetValue()
					}
				}
			}
			value := m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if value != 0 {
				found[name] = value
			}
		}
	}
	return found
}

// TestEffectsAreCountedOnce: a leg is counted when it begins and when its verdict changes, however often it
// is saved; legs of the past and what is told of servers that are not configured make no labels.
func TestEffectsAreCountedOnce(t *testing.T) {
	leg := func(id, verdict, rule string, ended bool) guard.Effect {
		l := guard.Leg{Server: "pbx1", ID: id, Verdict: verdict, Reason: rule, Started: noon, RecordedSeconds: -1}
		if ended {
			l.Ended = noon.Add(time.Minute)
		}
		return guard.Save{Record: l}
	}
	incident := func(server, rule string, urgent bool) guard.Effect {
		return guard.Save{Record: guard.Incident{Server: server, Rule: rule, Urgent: urgent}}
	}
	for _, test := range []struct {
		name    string
		effects []guard.Effect
		want    map[string]float64
	}{
		{"allowed, saved again and again", []guard.Effect{leg("1", "allow", "", false), leg("1", "allow", "", false), leg("1", "allow", "", true), leg("1", "allow", "", true)},
			map[string]float64{"verdicts_total pbx1 allow": 1}},
		{"cut later", []guard.Effect{leg("1", "allow", "", false), leg("1", "cut", "block", false), leg("1", "cut", "block", false), leg("1", "cut", "block", true)},
			map[string]float64{"verdicts_total pbx1 allow": 1, "verdicts_total pbx1 cut block": 1}},
		{"cut and ended at once", []guard.Effect{leg("1", "allow", "", false), leg("1", "cut", "block", true)},
			map[string]float64{"verdicts_total pbx1 allow": 1, "verdicts_total pbx1 cut block": 1}},
		{"refused when it dials", []guard.Effect{leg("1", "deny", "rates.unpriced", false), leg("1", "deny", "rates.unpriced", true), leg("1", "deny", "rates.unpriced", true)},
			map[string]float64{"verdicts_total pbx1 deny rates.unpriced": 1}},
		{"refused when it asks", []guard.Effect{guard.Answer{Server: "pbx1", ID: "1", Reason: "block"}, leg("1/x", "deny", "block", true)},
			map[string]float64{"verdicts_total pbx1 deny block": 1}},
		{"allowed when it asks, and dials", []guard.Effect{guard.Answer{Server: "pbx1", ID: "1", Allow: true}, leg("2", "allow", "", false)},
			map[string]float64{"verdicts_total pbx1 allow": 1}},
		{"imported", []guard.Effect{leg("cdr:1", "allow", "", true)}, map[string]float64{}},
		{"taken up from the last daemon", []guard.Effect{leg("old", "allow", "", false), leg("old", "allow", "", true)}, map[string]float64{}},
		{"taken up and cut", []guard.Effect{leg("old", "cut", "block", false)}, map[string]float64{"verdicts_total pbx1 cut block": 1}},
		{"incidents", []guard.Effect{incident("pbx1", "block", false), incident("pbx1", guard.BypassRule, false), incident("pbx1", guard.UnconfirmedRule, true), incident("", "ledger.differs", true)},
			map[string]float64{"incidents_total pbx1 block": 1, "incidents_total pbx1 admission.bypass": 1, "incidents_total pbx1 hangup.unconfirmed": 1,
				"incidents_total ledger.differs": 1, "bypasses_total pbx1": 1, "hangups_unconfirmed_total pbx1": 1, "urgent_incidents_total": 2}},
		{"a server that nobody configured", []guard.Effect{incident("\xff", guard.BypassRule, false), guard.Answer{Server: "\xff", Reason: "block"},
			guard.Save{Record: guard.Leg{Server: "\xff", ID: "1", Verdict: "allow"}}},
			map[string]float64{"incidents_total admission.bypass": 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounts()
			c.of("pbx1")
			c.resume([]guard.Leg{{Server: "pbx1", ID: "old", Verdict: "allow"}})
			for _, e := range test.effects {
				c.carriedOut([]guard.Effect{e})
			}
			if got := counted(t, c); !maps.Equal(got, test.want) {
				t.Errorf("counted %v, want %v", got, test.want)
			}
		})
	}
}

// TestVerdictsAreTimed: where a leg begins and where a call asks, and nowhere else.
func TestVerdictsAreTimed(t *testing.T) {
	seen := guard.Seen{Server: "pbx1", At: time.Now()}
	begun := guard.DialBegun{Seen: seen, To: guard.Channel{ID: "1"}}
	leg := guard.Save{Record: guard.Leg{Server: "pbx1", ID: "1", Verdict: guard.Allowed}}
	answer := guard.Answer{Server: "pbx1", ID: "p", Allow: true}
	for _, test := range []struct {
		name    string
		fact    guard.Fact
		effects []guard.Effect
		want    map[string]float64
	}{
		{"a leg begins", begun, []guard.Effect{leg}, map[string]float64{"verdict_duration_seconds pbx1 watch": 1}},
		{"a phone is called", begun, nil, map[string]float64{}},
		{"another leg changes meanwhile", guard.DialBegun{Seen: seen, To: guard.Channel{ID: "2"}}, []guard.Effect{leg}, map[string]float64{}},
		{"a call asks", guard.AdmissionAsked{Seen: seen}, []guard.Effect{answer}, map[string]float64{"verdict_duration_seconds pbx1 ask": 1}},
		{"a leg is answered", guard.ChannelAnswered{Seen: seen}, []guard.Effect{leg}, map[string]float64{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounts()
			c.of("pbx1")
			c.judged(test.fact, test.effects)
			if got := counted(t, c); !maps.Equal(got, test.want) {
				t.Errorf("timed %v, want %v", got, test.want)
			}
		})
	}
}

// TestEndedLegsAreForgotten: what is remembered of legs is bounded by those that live.
func TestEndedLegsAreForgotten(t *testing.T) {
	c := newCounts()
	for i := range 1000 {
		l := guard.Leg{Server: "pbx1", ID: fmt.Sprint(i), Verdict: guard.Allowed}
		c.leg(l)
		l.Ended = noon
		c.leg(l)
		c.leg(l)
	}
	if len(c.verdictOf) != 0 {
		t.Errorf("%d legs are remembered", len(c.verdictOf))
	}
}

// TestCountsOfADaemon: what calls, Asterisk and people do shows in the metrics; a server that is taken out of
// the configuration takes its figures with it.
func TestCountsOfADaemon(t *testing.T) {
	one, two := newExchange(t, "pbx1"), newExchange(t, "pbx2")
	s := newSite(t, "enforce", caps, one, two).run()
	s.importPrices(priceList)
	s.await(map[string]float64{`fraudguard_verdicts_total{rule="",server="pbx1",verdict="allow"}`: 0, `fraudguard_bypasses_total{server="pbx2"}`: 0})
	live := one.dial(cheap)
	one.answer(live)
	one.hungUp(one.dial(premium))
	two.ari.Answer(http.StatusInternalServerError, 1<<30)
	two.dial(premium)
	two.ami.Await("Hangup")
	s.await(map[string]float64{
		`fraudguard_verdicts_total{rule="",server="pbx1",verdict="allow"}`:                          1,
		`fraudguard_verdicts_total{rule="caps.route.cost_per_minute",server="pbx1",verdict="deny"}`: 1,
		`fraudguard_verdicts_total{rule="caps.route.cost_per_minute",server="pbx2",verdict="deny"}`: 1,
		`fraudguard_incidents_total{rule="caps.route.cost_per_minute",server="pbx1"}`:               1,
		`fraudguard_verdict_duration_seconds_count{admission="watch",server="pbx1"}`:                2,
		`fraudguard_hangups_total{server="pbx1",way="ari"}`:                                         1,
		`fraudguard_hangups_total{server="pbx2",way="ari"}`:                                         1,
		`fraudguard_hangups_total{server="pbx2",way="ami"}`:                                         1,
		`fraudguard_link_up{server="pbx2",way="ari"}`:                                               0,
		`fraudguard_hangups_failed_total{server="pbx2",way="ari"}`:                                  1,
		`fraudguard_hangups_failed_total{server="pbx1",way="ari"}`:                                  0,
		`fraudguard_live_legs`:              1,
		`fraudguard_urgent_incidents_total`: 0,
	})
	if err := s.handle(t.Context(), guard.BlockAsked{Seen: guard.Seen{At: time.Now()}, Target: guard.Target{Number: cheap[2:]}, Who: "a person"}); err != nil {
		t.Fatal(err)
	}
	one.hungUp(live)
	s.await(map[string]float64{
		`fraudguard_verdicts_total{rule="block",server="pbx1",verdict="cut"}`: 1, `fraudguard_blocks`: 1, `fraudguard_live_legs`: 0,
	})
	s.write(s.settings("enforce", caps, one))
	s.reload()
	waitFor(t, "the end of what was told of pbx2", func() bool {
		for series := range s.scrape() {
			if strings.Contains(series, "pbx2") {
				return false
			}
		}
		return true
	})
}

// TestCountsThroughARestart: a leg that lives through it is one verdict of the daemon that gave it.
func TestCountsThroughARestart(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	live := x.dial(cheap)
	x.answer(live)
	waitFor(t, "the answer", func() bool { return s.calls()["pbx1 "+live].Answered != nil })
	s.stop()
	s = s.again().run()
	x.ami.Await("CoreShowChannels")
	x.hungUp(x.dial(premium))
	s.await(map[string]float64{
		`fraudguard_verdicts_total{rule="",server="pbx1",verdict="allow"}`:                          0,
		`fraudguard_verdicts_total{rule="caps.route.cost_per_minute",server="pbx1",verdict="deny"}`: 1, `fraudguard_live_legs`: 1,
	})
}

// talker is a channel of notices that answers as it is told.
type talker struct {
	notify.Channel
	err error
}

func (talker) Name() string                                   { return "email" }
func (c talker) Send(context.Context, []guard.Incident) error { return c.err }

// TestNoticesAreCounted: taken, refused, taken for some; and what ends with the daemon is no failure.
func TestNoticesAreCounted(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for _, test := range []struct {
		name         string
		ctx          context.Context
		err          error
		sent, failed float64
	}{
		{"taken", t.Context(), nil, 2, 0},
		{"refused", t.Context(), errors.New("no"), 0, 2},
		{"taken for some", t.Context(), &notify.Failure{Err: errors.New("one is unknown"), Taken: true}, 2, 2},
		{"the daemon ends", ended, context.Canceled, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCounts()
			channel := c.counting([]notify.Channel{talker{err: test.err}})[0]
			if err := channel.Send(test.ctx, make([]guard.Incident, 2)); !errors.Is(err, test.err) {
				t.Errorf("got %v", err)
			}
			sent, failed := testutil.ToFloat64(c.noticesSent), testutil.ToFloat64(c.noticesFailed)
			if sent != test.sent || failed != test.failed {
				t.Errorf("%v sent and %v failed, want %v and %v", sent, failed, test.sent, test.failed)
			}
		})
	}
}
