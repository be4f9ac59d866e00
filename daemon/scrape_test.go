package daemon

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/rates"
)

// freePort gives an address of this machine on which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestMetricsOnAnAddress: they are there where the configuration says, and that it is open to others is told.
func TestMetricsOnAnAddress(t *testing.T) {
	for _, test := range []struct {
		host string
		open bool
	}{{"127.0.0.1", false}, {"localhost", false}, {"0.0.0.0", true}} {
		t.Run(test.host, func(t *testing.T) {
			x := newExchange(t, "pbx1")
			_, port, _ := net.SplitHostPort(freePort(t))
			s := newSite(t, "enforce", caps, x)
			s.config.Metrics = net.JoinHostPort(test.host, port)
			s.run()
			waitFor(t, "the address", func() bool { return strings.Contains(s.log.String(), "metrics can be read") })
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			if found := s.metricsOf(client, "http://127.0.0.1:"+port+"/metrics"); found["fraudguard_store_up"] != 1 {
				t.Errorf("got %v", found)
			}
			if told := strings.Contains(s.log.String(), "metrics are open to other machines"); told != test.open {
				t.Errorf("it is told that they are open: %v", told)
			}
		})
	}
}

// TestMetricsAddressTaken: an address on which somebody else listens is told, and calls are guarded.
func TestMetricsAddressTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x)
	s.config.Metrics = taken.Addr().String()
	s.run()
	waitFor(t, "the error", func() bool { return strings.Contains(s.log.String(), "metrics cannot be read") })
	s.importPrices(priceList)
	x.hungUp(x.dial(premium))
}

// TestScrapedByEverybody: thousands of connections that ask, hold their place or send nonsense do not hold up
// a hang-up, and whatever they ask, metrics are gathered once a second.
func TestScrapedByEverybody(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps+"[abuse.repeated_number]\ncalls = 0\n", x)
	s.config.Metrics = freePort(t)
	s.run()
	s.importPrices(priceList)
	waitFor(t, "the address", func() bool { return strings.Contains(s.log.String(), "metrics can be read") })
	var hostile sync.WaitGroup
	defer hostile.Wait()
	stop := make(chan struct{})
	defer close(stop)
	connected := make(chan struct{}, 100_000)
	for i := range 40 {
		hostile.Go(func() {
			for n := i; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				pester(s.config.Metrics, n%4)
				connected <- struct{}{}
			}
		})
	}
	const calls = 100
	slowest := time.Duration(0)
	for n := 0; n < calls || len(connected) < 2000; n++ {
		began := time.Now()
		x.hungUp(x.dial(premium))
		slowest = max(slowest, time.Since(began))
	}
	if slowest > 3*hangUpTimeout { // the machine is busy with both sides
		t.Errorf("the slowest hang-up took %s", slowest)
	}
	t.Logf("%d connections; the slowest hang-up took %s", len(connected), slowest)
}

// pester connects, and asks, asks wrongly, sends half a header, or goes without a word.
func pester(address string, how int) {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(50 * time.Millisecond))
	_, _ = io.WriteString(conn, []string{"GET /metrics HTTP/1.0\r\n\r\n", "POST /v1/reload HTTP/1.0\r\n\r\n", "GET /metrics HTTP/1.1\r\nX: ", ""}[how])
	if how < 3 {
		_, _ = io.Copy(io.Discard, conn)
	}
}

// TestGatheredOnceASecond: what is asked again within a second is answered with the same text.
func TestGatheredOnceASecond(t *testing.T) {
	d := newSite(t, "enforce", caps, newExchange(t, "pbx1")).run()
	first, err := d.metrics.tell()
	if err != nil {
		t.Fatal(err)
	}
	gathered := d.metrics.at
	again, err := d.metrics.tell()
	if took := time.Since(gathered); err != nil || took < gatherApart && &first[0] != &again[0] {
		t.Errorf("gathered again after %s, %v", took, err)
	}
	d.metrics.at = d.metrics.at.Add(-gatherApart)
	if _, err = d.metrics.tell(); err != nil || !d.metrics.at.After(gathered) {
		t.Errorf("not gathered again, %v", err)
	}
}

// BenchmarkCounting takes refused legs from their beginning to their end through the guard and its effects, in
// turns bare, counted, and counted while metrics are read a thousand times a second. It reports how much
// longer the median block of legs takes than a bare one.
func BenchmarkCounting(b *testing.B) {
	const block = 200
	d, g := benchDaemon(b)
	legs := 0
	timed := func(take func([]guard.Fact)) time.Duration {
		began := time.Now()
		for range block {
			legs++
			take(refusedCall(legs))
			select {
			case ask := <-d.asks:
				ask(g)
			default:
			}
		}
		took := time.Since(began)
		d.recorder.mu.Lock()
		d.recorder.remove(len(d.recorder.groups))
		d.recorder.mu.Unlock()
		return took
	}
	bare := func(facts []guard.Fact) {
		for _, f := range facts {
			d.beginEffects(g.Handle(f))
		}
	}
	counted := func(facts []guard.Fact) {
		for _, f := range facts {
			d.take(g, f)
		}
	}
	var took [3][]time.Duration
	for range max(b.N/block, 10) {
		took[0] = append(took[0], timed(bare))
		took[1] = append(took[1], timed(counted))
		end := readWithoutPause(b, d, g)
		took[2] = append(took[2], timed(counted))
		end()
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2])
	}
	b.ReportMetric(median(took[0])/block, "ns/leg-bare")
	b.ReportMetric(median(took[1])/median(took[0]), "counted/bare")
	b.ReportMetric(median(took[2])/median(took[0]), "read/bare")
	b.ReportMetric(0, "ns/op")
}

// readWithoutPause reads metrics each millisecond until end is called, in which the loop answers what is still asked.
func readWithoutPause(b *testing.B, d *Daemon, g *guard.Guard) (end func()) {
	ctx, cancel := context.WithCancel(b.Context())
	var reading sync.WaitGroup
	reading.Go(func() {
		for ; ctx.Err() == nil; pauseFor(ctx, time.Millisecond) {
			if _, err := d.metrics.tell(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	return func() {
		cancel()
		read := make(chan struct{})
		go func() {
			reading.Wait()
			close(read)
		}()
		for {
			select {
			case ask := <-d.asks:
				ask(g)
			case <-read:
				return
			}
		}
	}
}

// benchDaemon is as much of a daemon as carries effects out, and its guard.
func benchDaemon(b *testing.B) (*Daemon, *guard.Guard) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "fraudguard.toml")
	text := "[[server]]\nname = \"pbx1\"\nami = \"127.0.0.1:1\"\nami_user = \"u\"\nami_secret = \"s\"\nari = \"http://127.0.0.1:1/ari\"\n" +
		"ari_user = \"u\"\nari_password = \"s\"\ntrunks = [\"PJSIP/carrier\"]\ncountry = \"IT\"\n" + caps + "[abuse.repeated_number]\ncalls = 0\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	edition := rates.Edition{Number: 1, Deck: deckOf(b, priceList)}
	d := &Daemon{
		version: "test", log: quiet, config: c, lists: priceLists{"default@1": edition}, counts: newCounts(), asks: make(chan func(*guard.Guard)),
		servers: make(map[string]*server), recorder: newRecorder(nil, quiet, nil),
	}
	d.counts.of("pbx1")
	d.metrics = newMetrics(d)
	return d, guard.New(c.Rules(), c.Rates.Prices([]rates.Edition{edition}), guard.State{}, time.Now())
}

// refusedCall are the facts of a call that is too dear.
func refusedCall(i int) []guard.Fact {
	seen := guard.Seen{Server: "pbx1", At: time.Now()}
	id := strconv.Itoa(i)
	return []guard.Fact{
		guard.DialBegun{Seen: seen, Dialled: premium,
			From: guard.Channel{ID: "p" + id, Name: "PJSIP/101-" + id}, To: guard.Channel{ID: id, Name: "PJSIP/carrier-" + id}},
		guard.ChannelEnded{Seen: seen, ID: id},
		guard.ChannelEnded{Seen: seen, ID: "p" + id},
	}
}
