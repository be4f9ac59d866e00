package daemon

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

func (s *site) reload() {
	s.t.Helper()
	if err := s.client.Reload(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// TestReloadRules: a cap that is set while a call runs cuts it, observe mode refuses nothing, and
// enforce mode does again.
func TestReloadRules(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", "", x).run()
	s.importPrices(priceList)
	live := x.dial(cheap)
	x.answer(live)
	waitFor(t, "the answer", func() bool { return s.calls()["pbx1 "+live].Answered != nil })
	s.write(s.settings("enforce", "[caps.extension]\ncost_per_day = \"0.001\"\n", x))
	s.reload()
	x.hungUp(live)
	if i := s.incidents("caps.extension.cost_per_day"); i[0].Leg != live {
		t.Errorf("incidents %+v", i)
	}
	s.write(s.settings("observe", caps, x))
	s.reload()
	observed := x.dial(premium)
	if i := s.incidents("caps.route.cost_per_minute"); len(i) != 1 || !i[0].Observed || i[0].Leg != observed {
		t.Errorf("incidents %+v", i)
	}
	if !x.ari.Has(observed) {
		t.Error("observe mode hung up")
	}
	if s.status().Mode != "observe" {
		t.Errorf("the mode is %s", s.status().Mode)
	}
	s.write(s.settings("enforce", caps, x))
	s.reload()
	x.hungUp(x.dial(premium))
}

// TestReloadServers: a server is added and guarded, one is taken away and left alone, and one with
// other settings is linked anew, while the rest keeps its link.
func TestReloadServers(t *testing.T) {
	one, two := newExchange(t, "pbx1"), newExchange(t, "pbx2")
	s := newSite(t, "enforce", caps, one).run()
	s.importPrices(priceList)
	s.write(s.settings("enforce", caps, one, two))
	s.reload()
	s.linked()
	two.hungUp(two.dial(premium))
	one.hungUp(one.dial(premium))
	if one.ami.Logins() != 1 {
		t.Errorf("the server that stayed as it was has %d logins", one.ami.Logins())
	}
	left := one.dial(cheap)
	one.answer(left)
	waitFor(t, "the answer", func() bool { return s.calls()["pbx1 "+left].Answered != nil })
	s.write(s.settings("enforce", caps, two))
	s.reload()
	one.ami.Await("Logoff")
	if st := s.status(); len(st.Servers) != 1 || st.Servers[0].Name != "pbx2" {
		t.Errorf("the status has %+v", st.Servers)
	}
	requests := len(one.ari.Requests())
	two.hungUp(two.dial(premium))
	if n := len(one.ari.Requests()); n != requests {
		t.Errorf("%d requests to the server that was taken away", n-requests)
	}
	s.write(s.settings("enforce", caps, two) + "[abuse.repeated_number]\ncalls = 0\n")
	s.reload()
	s.write(strings.Replace(s.settings("enforce", caps, two), `trunks = ["PJSIP/carrier"]`, `trunks = ["PJSIP/nothing", "PJSIP/carrier"]`, 1))
	s.reload()
	s.linked()
	two.hungUp(two.dial(premium))
	if two.ami.Logins() != 2 {
		t.Errorf("the server that changed has %d logins", two.ami.Logins())
	}
}

// TestReloadRefused: a configuration that is faulty, or cannot be put in force, changes nothing.
func TestReloadRefused(t *testing.T) {
	x, other := newExchange(t, "pbx1"), newExchange(t, "pbx2")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	good := s.settings("observe", "", x, other)
	last := strings.LastIndex(good, "trunks =")
	for _, test := range []struct{ name, text, want string }{
		{"faulty", "mode = \"strict\"\n", "fraudguard.toml:1: "},
		{"another store", strings.Replace(good, "test.db", "other.db", 1), "store.url and socket cannot change"},
		{"another socket", strings.Replace(good, s.folder+"/s", s.folder+"/t", 1), "store.url and socket cannot change"},
		{"another address for metrics", "metrics = \"127.0.0.1:9469\"\n" + good, "metrics cannot change"},
		{"another currency", "currency = \"USD\"\n" + good, "currency cannot change"},
		{"another time zone", "timezone = \"Europe/Rome\"\n" + good, "timezone cannot change"},
		{"a price list that is not there", good + "[rates]\ndeck = \"absent\"\n", `no price list "absent"`},
		{"an authority that is not there", strings.Replace(good, "trunks =", "ami_tls = true\nami_ca_file = \"/absent\"\ntrunks =", 1), "ami_ca_file"},
		{"an authority of a new server that is not there", good[:last] + "ami_tls = true\nami_ca_file = \"/absent\"\n" + good[last:], "ami_ca_file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.write(test.text)
			err := s.client.Reload(t.Context())
			var refused *web.Error
			if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || !strings.Contains(refused.Message, test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if st := s.status(); st.Mode != "enforce" || len(st.Servers) != 1 || st.Deck == nil {
				t.Errorf("the status says %+v", st)
			}
			if s.counts.known("pbx2") != nil {
				t.Error("there are metrics of a server that is not in force")
			}
		})
	}
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	if err := s.client.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("without a file: %v", err)
	}
	x.hungUp(x.dial(premium))
	if x.ami.Logins() != 1 || other.ami.Logins() != 0 {
		t.Errorf("logins %d and %d", x.ami.Logins(), other.ami.Logins())
	}
}

// gate is a store in which the price lists that have been read wait before they are given.
type gate struct {
	store.Store
	shut          atomic.Bool // for the next who comes
	reached, open chan struct{}
}

func (g *gate) Editions(ctx context.Context) ([]store.EditionInfo, error) {
	editions, err := g.Store.Editions(ctx)
	if g.shut.CompareAndSwap(true, false) {
		close(g.reached)
		<-g.open
	}
	return editions, err
}

// TestReloadDuringImport: a price list that is imported while the configuration is read again is in
// force afterwards, and not the one before.
func TestReloadDuringImport(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x)
	g := &gate{Store: s.store, reached: make(chan struct{}), open: make(chan struct{})}
	s.useStore(g)
	s.run()
	s.importPrices(priceList)
	g.shut.Store(true)
	done := make(chan error, 2)
	go func() { done <- s.client.Reload(t.Context()) }()
	<-g.reached
	imported := make(chan struct{})
	go func() {
		defer close(imported)
		dear := strings.Replace(priceList, "0.0600", "0.0700", 1)
		_, err := s.client.ImportRates(t.Context(), web.ImportRequest{Deck: "default", File: "test.csv"}, strings.NewReader(dear), int64(len(dear)))
		done <- err
	}()
	select {
	case <-imported:
	case <-time.After(300 * time.Millisecond): // it waits its turn, as it may
	}
	close(g.open)
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.client.LookupRate(t.Context(), web.LookupQuery{Number: "+442012345678"})
	if err != nil || found.PerMinute == nil || *found.PerMinute != 70_000 || found.Edition != 2 {
		t.Errorf("in force is %+v, %v", found, err)
	}
}

// TestOtherCurrency: a ledger is never gone on with in another currency, and nothing is changed by the
// attempt. What is told leads out of it.
func TestOtherCurrency(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", "", x).run()
	s.stop()
	s.write("currency = \"USD\"\n" + s.settings("enforce", "", x))
	_, err := New(s.path, "test", quiet)
	var faulty *ConfigError
	if !errors.As(err, &faulty) {
		t.Fatalf("it begins in another currency: %T %v", err, err)
	}
	for _, want := range []string{s.path, `currency is "USD"`, "/test.db", " is kept in EUR", `write currency = "EUR"`, "store.url"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	euros := s.place
	s.place = newPlace(t, t.TempDir())
	s.write("currency = \"USD\"\n" + s.settings("enforce", "", x))
	s.again().run().stop()
	s.place = euros
	s.write(s.settings("enforce", "", x))
	s.again().run().stop()
}
