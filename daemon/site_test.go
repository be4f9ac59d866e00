package daemon

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami/amitest"
	"github.com/fraudguard/fraudguard/ari/aritest"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// exchange is one Asterisk with both its interfaces, on which extensions dial.
type exchange struct {
	t     *testing.T
	name  string
	ami   *amitest.Server
	ari   *aritest.Server
	at    string // the address of its manager
	calls int
}

func newExchange(t *testing.T, name string) *exchange {
	t.Helper()
	x := &exchange{t: t, name: name, ami: amitest.New(t), ari: aritest.Start(t)}
	x.at = x.ami.Listen()
	return x
}

// config is the exchange's table in the configuration.
func (x *exchange) config() string {
	return fmt.Sprintf(`
[[server]]
name = %q
ami = %q
ami_user = %q
ami_secret = %q
ari = %q
ari_user = %q
ari_password = %q
trunks = ["PJSIP/carrier"]
country = "IT"
`, x.name, x.at, amitest.User, amitest.Secret, x.ari.URL(), aritest.User, aritest.Password)
}

// dial makes extension 101 dial a number out, and gives the ID of the trunk's channel.
func (x *exchange) dial(number string) string {
	x.t.Helper()
	x.calls++
	phone, id := fmt.Sprintf("1.%d", 2*x.calls), fmt.Sprintf("1.%d", 2*x.calls+1)
	from := []string{"Channel", fmt.Sprintf("PJSIP/101-%08x", x.calls), "Uniqueid", phone, "Linkedid", phone, "ChannelState", "4"}
	to := []string{"DestChannel", "PJSIP/carrier-" + id, "DestUniqueid", id, "DestLinkedid", phone, "DestChannelState", "0"}
	x.ari.Add(aritest.Channel{ID: id})
	x.ami.AddChannel("PJSIP/carrier-"+id, id, "Linkedid", phone, "ChannelState", "0", "Application", "AppDial",
		"CallerIDNum", number, "Duration", "00:00:01")
	x.ami.Emit("DialBegin", append(append([]string{"Privilege", "call,all", "DialString", number + "@carrier"}, from...), to...)...)
	return id
}

// answer makes the carrier answer.
func (x *exchange) answer(id string) {
	x.ami.Emit("Newstate", "Privilege", "call,all", "Channel", "PJSIP/carrier-"+id, "Uniqueid", id, "ChannelState", "6")
}

// end ends the channel, as when somebody hangs up.
func (x *exchange) end(id string) {
	x.t.Helper()
	x.ari.Remove(id)
	x.ami.RemoveChannel(id)
}

// hungUp waits until the channel was hung up by ARI, and tells the end of it as Asterisk does.
func (x *exchange) hungUp(id string) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), 30*time.Second)
	defer cancel()
	x.ari.Wait(ctx, "the hang-up of "+id, func() bool {
		for _, h := range x.ari.Hangups() {
			if h.ID == id {
				return true
			}
		}
		return false
	})
	x.ami.EndChannel(id) // a list of channels meanwhile has the guard ask by AMI too
}

// logged holds the log of a daemon.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// site is a whole daemon on its exchanges, with a store of its own.
type site struct {
	*Daemon
	t      *testing.T
	folder string
	place  place // of the store
	client *web.Client
	log    logged
	stop   func() // ends the daemon in order; more than once is as good as once
}

// settings are the top of a configuration; the tables of caps and others are the rest.
func (s *site) settings(mode, rest string, exchanges ...*exchange) string {
	text := fmt.Sprintf("mode = %q\nsocket = %q\n[store]\n%s", mode, filepath.Join(s.folder, "s"), s.place.settings())
	for _, x := range exchanges {
		text += x.config()
	}
	return text + rest
}

func (s *site) write(text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, "fraudguard.toml"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// newSite makes a daemon that does not run yet; its store can still be changed for another.
func newSite(t *testing.T, mode, rest string, exchanges ...*exchange) *site {
	t.Helper()
	folder, err := os.MkdirTemp("", "fg") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := &site{t: t, folder: folder, place: newPlace(t, folder)}
	s.write(s.settings(mode, rest, exchanges...))
	return s.again()
}

// again makes another daemon with the same configuration and store.
func (s *site) again() *site {
	s.t.Helper()
	n := &site{t: s.t, folder: s.folder, place: s.place}
	var err error
	n.Daemon, err = New(filepath.Join(s.folder, "fraudguard.toml"), "test", slog.New(slog.NewTextHandler(&n.log, nil)))
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// useStore puts another store in the place of the daemon's, before it runs.
func (s *site) useStore(other store.Store) {
	s.store, s.recorder.store, s.notices.store, s.leases.store = other, other, other, other
}

// run runs the daemon until the test ends, and waits until each link stands.
func (s *site) run() *site {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- s.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		s.t.Fatalf("the daemon ended: %v", err)
	}
	s.client = web.NewClient(filepath.Join(s.folder, "s"))
	s.stop = sync.OnceFunc(func() {
		cancel()
		s.client.Close()
		if err := <-ended; err != nil {
			s.t.Errorf("the daemon ended with %v", err)
		}
	})
	s.t.Cleanup(s.stop)
	s.linked()
	return s
}

// linked waits until each link stands and has listed its channels.
func (s *site) linked() {
	s.t.Helper()
	waitFor(s.t, "the links", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, up := range s.servers {
			if up.link.Status().State != "up" {
				return false
			}
		}
		return true
	})
}

func (s *site) status() web.Status {
	s.t.Helper()
	status, err := s.client.Status(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return status
}

// unguarded waits until the status says so, or no more.
func (s *site) unguarded(sentence string, wanted bool) {
	s.t.Helper()
	last := ""
	defer func() {
		if s.t.Failed() {
			s.t.Logf("the status said:\n%s", last)
		}
	}()
	waitFor(s.t, fmt.Sprintf("the sentence %q: %v", sentence, wanted), func() bool {
		last = strings.Join(s.status().NotGuarded, "\n")
		return strings.Contains(last, sentence) == wanted
	})
}

// calls gives all legs by ID.
func (s *site) calls() map[string]web.Call {
	s.t.Helper()
	list, err := s.client.Calls(s.t.Context(), store.CallsQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	calls := make(map[string]web.Call)
	for _, c := range list {
		calls[c.Server+" "+c.ID] = c
	}
	return calls
}

// incidents waits until there are some of a rule.
func (s *site) incidents(rule string) []web.Incident {
	s.t.Helper()
	var found []web.Incident
	waitFor(s.t, "an incident of "+rule, func() bool {
		found = s.recorded(rule)
		return len(found) > 0
	})
	return found
}

// recorded gives the incidents of a rule that are stored now.
func (s *site) recorded(rule string) []web.Incident {
	s.t.Helper()
	found, err := s.client.Incidents(s.t.Context(), store.IncidentsQuery{Rule: rule})
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

const priceList = "prefix,destination,price,connect fee,increment\n44,United Kingdom,0.0600,0,1/1\n4490,Premium,3.6000,0.10,60/60\n"

// importPrices brings a price list in force.
func (s *site) importPrices(list string) {
	s.t.Helper()
	if _, err := s.client.ImportRates(s.t.Context(), web.ImportRequest{Deck: "default", File: "test.csv"}, strings.NewReader(list), int64(len(list))); err != nil {
		s.t.Fatal(err)
	}
}
