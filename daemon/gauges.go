package daemon

import (
	"context"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/guard"
)

// gauges show how the daemon is at the moment at which they are gathered.
type gauges struct {
	daemon *Daemon
	all    []gauge
}

// gauge is one of them: what it is called, and how it is told by what was read.
type gauge struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	tell func(reading, tell)
}

// tell takes one value, with the values of the gauge's labels.
type tell func(value float64, labels ...string)

// reading is the daemon's condition with what the loop knows; counted is false where that does not answer.
type reading struct {
	condition
	version      string
	counted      bool
	live, blocks int
}

// Describe names all gauges.
func (g gauges) Describe(to chan<- *prometheus.Desc) {
	for _, one := range g.all {
		to <- one.desc
	}
}

// Collect reads the daemon once, and tells every gauge by that.
func (g gauges) Collect(to chan<- prometheus.Metric) {
	r := reading{condition: g.daemon.condition(), version: g.daemon.version}
	ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
	defer cancel()
	var live, blocks int
	if g.daemon.ask(ctx, func(g *guard.Guard) { live, blocks = g.Counts() }) == nil {
		r.counted, r.live, r.blocks = true, live, blocks
	}
	for _, one := range g.all {
		one.tell(r, func(value float64, labels ...string) {
			metric, err := prometheus.NewConstMetric(one.desc, one.kind, value, labels...)
			if err != nil {
				metric = prometheus.NewInvalidMetric(one.desc, err)
			}
			to <- metric
		})
	}
}

// level goes up and down, total only up.
const level, total = prometheus.GaugeValue, prometheus.CounterValue

// allGauges is the table of them. A new one is an entry here, and a row in docs/operating.md.
func allGauges() []gauge { return append(daemonGauges(), serverGauges()...) }

// several has as many values as tell is called.
func several(kind prometheus.ValueType, name, help string, labels []string, say func(reading, tell)) gauge {
	return gauge{prometheus.NewDesc(metricPrefix+name, help, labels, nil), kind, say}
}

// single has one value.
func single(kind prometheus.ValueType, name, help string, of func(reading) float64) gauge {
	return several(kind, name, help, nil, func(r reading, to tell) { to(of(r)) })
}

// optional has one value, or none where it is not known.
func optional(kind prometheus.ValueType, name, help string, of func(reading) (value float64, known bool)) gauge {
	return several(kind, name, help, nil, func(r reading, to tell) {
		if value, known := of(r); known {
			to(value)
		}
	})
}

// each has one value for each server that is watched.
func each(kind prometheus.ValueType, name, help string, of func(serverCondition) float64) gauge {
	return several(kind, name, help, []string{"server"}, func(r reading, to tell) {
		for _, s := range r.servers {
			if s.watched {
				to(of(s), s.name)
			}
		}
	})
}

// daemonGauges are those of the daemon as a whole.
func daemonGauges() []gauge {
	return []gauge{
		several(level, "build_info", "1, with the version of the program and of Go.", []string{"version", "goversion"},
			func(r reading, to tell) { to(1, r.version, runtime.Version()) }),
		single(level, "not_guarded", "Sentences that the status begins with because something is not guarded.",
			func(r reading) float64 { return float64(len(r.notGuarded(textOf(r.record.err)))) }),
		single(level, "store_up", "1 while the store takes records, 0 while it is away.",
			func(r reading) float64 { return oneIf(r.record.err == nil) }),
		single(level, "store_away_seconds", "How long the store has been away; 0 while it is not.",
			func(r reading) float64 { return r.awayFor().Seconds() }),
		several(level, "records_waiting", "Records, charges among them, that wait for the store.", []string{"place"},
			func(r reading, to tell) {
				to(float64(r.record.memory), "memory")
				to(float64(r.record.journal.Records), "journal")
			}),
		single(total, "records_lost_total", "Records that were lost because neither store nor journal took them until memory was full.",
			func(r reading) float64 { return float64(r.record.lost) }),
		single(level, "journal_bytes", "Size of the journal.",
			func(r reading) float64 { return float64(r.record.journal.Bytes) }),
		single(level, "journal_up", "0 while the journal does not take what waits, else 1.",
			func(r reading) float64 { return oneIf(r.record.keepErr == nil) }),
		single(level, "journal_damaged_files", "Parts of the journal that were found damaged since the start.",
			func(r reading) float64 { return float64(len(r.record.journal.Bad)) }),
		single(level, "ledger_wrong_totals", "Figures of the ledger that are not the sums of their charges, as far as was looked.",
			func(r reading) float64 { return float64(r.wrongTotals) }),
		single(level, "facts_waiting", "Facts that wait for the guard.",
			func(r reading) float64 { return float64(r.facts) }),
		optional(level, "live_legs", "Legs that have not ended.",
			func(r reading) (float64, bool) { return float64(r.live), r.counted }),
		optional(level, "blocks", "Blocks in force.",
			func(r reading) (float64, bool) { return float64(r.blocks), r.counted }),
		optional(level, "deck_prefixes", "Prefixes of the general price list in force.", reading.prefixes),
		optional(level, "deck_age_seconds", "For how long the general price list has been in force.", reading.deckAge),
	}
}

// serverGauges are those of each server.
func serverGauges() []gauge {
	return []gauge{
		several(level, "server_lost", "1 where another fraudguard has taken the server, else 0.", []string{"server"},
			func(r reading, to tell) {
				for _, s := range r.servers {
					to(oneIf(s.lost), s.name)
				}
			}),
		each(level, "server_second_guard", "1 where another fraudguard with another store guards the same Asterisk, else 0.",
			func(s serverCondition) float64 { return oneIf(s.second != "") }),
		several(level, "link_up", "1 while Asterisk can be reached in this way, else 0.", []string{"server", "way"}, reading.links),
		several(level, "asking_up", "1 while calls can ask, else 0; only where they are to.", []string{"server"}, reading.asking),
		each(total, "events_total", "Events that Asterisk's manager has told.",
			func(s serverCondition) float64 { return float64(s.link.Events) }),
		each(total, "events_dropped_total", "Events that were lost because fraudguard was too slow.",
			func(s serverCondition) float64 { return float64(s.link.Dropped) }),
		each(total, "reconnects_total", "Links to Asterisk's manager after the first one.",
			func(s serverCondition) float64 { return float64(s.reconnects()) }),
	}
}

func (r reading) prefixes() (float64, bool) {
	e, ok := r.deck()
	if !ok {
		return 0, false
	}
	return float64(e.Deck.Len()), true
}

func (r reading) deckAge() (float64, bool) {
	e, ok := r.deck()
	return r.at.Sub(e.ValidFrom).Seconds(), ok
}

func (r reading) links(to tell) {
	for _, s := range r.servers {
		if s.watched {
			to(oneIf(s.link.State == ami.Up), s.name, wayLabel(guard.ByAMI))
			to(oneIf(s.ari.well()), s.name, wayLabel(guard.ByARI))
		}
	}
}

func (r reading) asking(to tell) {
	for _, s := range r.servers {
		if s.asks {
			to(oneIf(s.asking.well()), s.name)
		}
	}
}

func oneIf(so bool) float64 {
	if so {
		return 1
	}
	return 0
}
