package daemon

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// metricsOf reads the metrics as Prometheus does, by their series: `fraudguard_link_up{server="pbx1",way="ami"}`.
func (s *site) metricsOf(client *http.Client, url string) map[string]float64 {
	s.t.Helper()
	response, err := client.Get(url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("%d %v: %s", response.StatusCode, err, text)
	}
	found := make(map[string]float64)
	for line := range strings.Lines(string(text)) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if !strings.Contains(line, "{") {
			series, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		} else {
			series += "}"
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		if found[series], err = strconv.ParseFloat(value, 64); err != nil {
			s.t.Fatalf("%q is no sample: %v", line, err)
		}
	}
	return found
}

// scrape reads the metrics on the socket.
func (s *site) scrape() map[string]float64 {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(s.folder, "s"))
	}}}
	return s.metricsOf(client, "http://fraudguard/metrics")
}

// await scrapes until the series have these values, which a second or two can take.
func (s *site) await(want map[string]float64) map[string]float64 {
	s.t.Helper()
	var last map[string]float64
	defer func() {
		if s.t.Failed() {
			for _, name := range slices.Sorted(maps.Keys(want)) {
				s.t.Logf("%s is %v, wanted %v", name, last[name], want[name])
			}
		}
	}()
	waitFor(s.t, "the metrics", func() bool {
		last = s.scrape()
		for name, value := range want {
			if got, there := last[name]; !there || got != value {
				return false
			}
		}
		return true
	})
	return last
}

// described are the names and labels of all that a registry can tell of fraudguard's own.
func described(t *testing.T, registry *prometheus.Registry) map[string]string {
	t.Helper()
	descs := make(chan *prometheus.Desc)
	go func() {
		registry.Describe(descs)
		close(descs)
	}()
	form := regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([\w,]*)\}`)
	found := make(map[string]string)
	for d := range descs {
		parts := form.FindStringSubmatch(d.String())
		if parts == nil {
			t.Fatalf("what is %s?", d)
		}
		if strings.HasPrefix(parts[1], metricPrefix) {
			found[parts[1]] = parts[2]
		}
	}
	if len(found) < 20 {
		t.Fatalf("only %v were found", found)
	}
	return found
}

// complete is a site in which everything that can be told has happened.
func complete(t *testing.T) *site {
	t.Helper()
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", "", x)
	settings := s.settings("enforce", caps+"[notify.webhook]\nurl = \"http://127.0.0.1:1/\"\nsecret = \"0123456789abcdef\"\n", x)
	s.write(strings.Replace(settings, "country =", "admission = \"ask\"\ncountry =", 1))
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	s = s.again().run()
	s.importPrices(priceList)
	x.hungUp(x.dial(premium))
	waitFor(t, "the incident", func() bool { return len(s.incidents("caps.route.cost_per_minute")) > 0 })
	return s
}

// TestMetricsAreAsTheyShouldBe: names and help are as Prometheus wants them, all that is described can be
// told, and what the program and Go tell of themselves is there.
func TestMetricsAreAsTheyShouldBe(t *testing.T) {
	s := complete(t)
	problems, err := testutil.GatherAndLint(s.metrics.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	families, err := s.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	gathered := make(map[string]bool)
	for _, family := range families {
		gathered[family.GetName()] = true
	}
	for name := range described(t, s.metrics.registry) {
		if !gathered[name] {
			t.Errorf("%s is described and never told", name)
		}
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes", "process_open_fds"} {
		if !gathered[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestMetricsInTheManual compares the manual's table with what the daemon tells, both ways.
func TestMetricsInTheManual(t *testing.T) {
	text, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Metrics\n")
	section, _, _ = strings.Cut(section, "\n## ")
	told := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `(fraudguard_\\w+)` \\|([^|]*)\\| [^|]{10,} \\|$").FindAllStringSubmatch(section, -1) {
		told[row[1]] = strings.NewReplacer("`", "", " ", "").Replace(row[2])
	}
	exist := described(t, newMetrics(&Daemon{counts: newCounts()}).registry)
	for name, labels := range exist {
		if got, ok := told[name]; !ok || got != labels {
			t.Errorf("%s has the labels %q; the manual says %q", name, labels, got)
		}
	}
	for name := range told {
		if _, ok := exist[name]; !ok {
			t.Errorf("the manual tells of %s, which does not exist", name)
		}
	}
}

// TestAlerts: each metric that the examples for Prometheus name exists, and so do its labels.
func TestAlerts(t *testing.T) {
	exist := described(t, newMetrics(&Daemon{counts: newCounts()}).registry)
	series := regexp.MustCompile(`\b(fraudguard_[a-z_]+)(?:\{([^}]*)\})?`)
	text, err := os.ReadFile("../packaging/prometheus/fraudguard.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	looked, alerts := 0, 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "- alert: ") {
			alerts++
		}
		if _, line, _ = strings.Cut(line, "expr: "); line == "" {
			continue
		}
		for _, found := range series.FindAllStringSubmatch(line, -1) {
			looked++
			labels, ok := exist[regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(found[1], "")]
			if !ok {
				t.Errorf("there is no %s", found[1])
			}
			for _, wanted := range regexp.MustCompile(`(\w+)[=!]~?"`).FindAllStringSubmatch(found[2], -1) {
				if !slices.Contains(strings.Split(labels, ","), wanted[1]) {
					t.Errorf("%s has no label %s", found[1], wanted[1])
				}
			}
		}
	}
	if alerts < 5 || looked < alerts-1 {
		t.Errorf("only %d alerts with %d metrics were found", alerts, looked)
	}
}

// TestMetricsOfTheStoreAway: for how long the store has been away and how much waits is told while it is,
// in the same figures as the status has, and goes when it is back.
func TestMetricsOfTheStoreAway(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x)
	var away atomic.Bool
	s.useStore(storetest.Faulty(s.store, func(method string) storetest.Fault {
		if method == "Save" && away.Load() {
			return storetest.Fails
		}
		return storetest.None
	}))
	s.run()
	s.importPrices(priceList)
	well := map[string]float64{
		"fraudguard_store_up": 1, "fraudguard_store_away_seconds": 0, "fraudguard_not_guarded": 0, "fraudguard_journal_up": 1,
		`fraudguard_records_waiting{place="memory"}`: 0, `fraudguard_records_waiting{place="journal"}`: 0,
		`fraudguard_link_up{server="pbx1",way="ami"}`: 1, `fraudguard_link_up{server="pbx1",way="ari"}`: 1, "fraudguard_deck_prefixes": 2,
	}
	s.await(well)
	away.Store(true)
	began := time.Now()
	x.hungUp(x.dial(premium))
	waits := func(m map[string]float64) float64 {
		return m[`fraudguard_records_waiting{place="memory"}`] + m[`fraudguard_records_waiting{place="journal"}`]
	}
	s.await(map[string]float64{"fraudguard_store_up": 0, "fraudguard_not_guarded": 1, `fraudguard_records_waiting{place="memory"}`: 0})
	var found map[string]float64
	waitFor(t, "a second without the store", func() bool {
		found = s.scrape()
		return found["fraudguard_store_away_seconds"] >= 1
	})
	if seconds := found["fraudguard_store_away_seconds"]; seconds > time.Since(began).Seconds() {
		t.Errorf("the store is away for %v s, since at most %s", seconds, time.Since(began))
	}
	if waits(found) < 2 {
		t.Errorf("%v records wait", waits(found))
	}
	waitFor(t, "what the status says", func() bool {
		found = s.scrape()
		st := s.status().Store
		return float64(st.Waiting) == waits(found) && st.Journal.Bytes > 0 && float64(st.Journal.Bytes) == found["fraudguard_journal_bytes"]
	})
	away.Store(false)
	s.await(well)
}

// TestMetricsWhileAllHangs: the metrics come when neither the store nor the loop answers, and lack only
// what the loop knows.
func TestMetricsWhileAllHangs(t *testing.T) {
	s := newSite(t, "enforce", caps, newExchange(t, "pbx1"))
	stuck := &stuckStore{Store: s.store, free: make(chan struct{}), began: make(chan string, 1)}
	s.useStore(stuck)
	s.run()
	defer close(stuck.free)
	held, free := make(chan struct{}), make(chan struct{})
	defer close(free)
	go func() {
		_ = s.ask(t.Context(), func(*guard.Guard) { close(held); <-free })
	}()
	<-held
	began := time.Now()
	found := s.scrape()
	if took := time.Since(began); took > 10*countTimeout {
		t.Errorf("it took %s", took)
	}
	for name, there := range map[string]bool{
		"fraudguard_live_legs": false, "fraudguard_blocks": false, "fraudguard_store_up": true, "fraudguard_not_guarded": true,
		fmt.Sprintf("fraudguard_build_info{goversion=%q,version=\"test\"}", runtime.Version()): true,
	} {
		if _, found := found[name]; found != there {
			t.Errorf("%s is there: %v", name, found)
		}
	}
}
