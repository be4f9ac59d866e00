// Package daemon runs fraudguard: it brings facts from each Asterisk to the guard, carries out what
// the guard asks for, and keeps the record. One goroutine, the loop, owns the guard; everything
// else speaks to it through channels, and nothing that can wait is on the way from a fact to a
// hang-up.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/journal"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/web"
)

// factQueue is how many facts may wait for the guard. A link whose facts do not fit waits, counts
// what it drops, and lists its channels anew.
const factQueue = 4096

// openTimeout bounds the opening and reading of the store at start.
const openTimeout = 2 * time.Minute

// Daemon is a running fraudguard.
type Daemon struct {
	path    string
	version string
	log     *slog.Logger
	started time.Time

	store    store.Store
	recorder *recorder
	notices  *notices
	counts   *counts
	metrics  *metrics
	leases   *leases
	facts    chan guard.Fact
	finds    chan guard.FindLegs
	totals   chan guard.FindTotals
	asks     chan func(*guard.Guard)
	stopped  chan struct{} // closed when the loop has ended
	behind   int           // records in the journal that could not be stored before the guard began

	reload sync.Mutex // one reload at a time

	mu      sync.Mutex
	config  *config.Config
	servers map[string]*server
	// lost are the servers that another guard has taken, and who. They stay lost until this one ends.
	lost  map[string]string
	lists priceLists
	// ledger is what was last found wrong with it.
	ledger differences
}

// New reads the configuration, opens the store, and takes up what the last daemon left. Run does
// the work; Close is for a daemon that is never run.
func New(path, version string, log *slog.Logger) (*Daemon, error) {
	c, err := config.Load(path)
	if err != nil {
		return nil, &ConfigError{err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	s, err := engine.Open(ctx, c.Store.URL, c.Store.Password.Reveal())
	if err != nil {
		return nil, fmt.Errorf("the store cannot be opened: %w", err)
	}
	if err := checkCurrency(ctx, s, c, path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	d := &Daemon{
		path: path, version: version, log: log, started: time.Now(),
		store:   s,
		facts:   make(chan guard.Fact, factQueue),
		finds:   make(chan guard.FindLegs, findQueue),
		totals:  make(chan guard.FindTotals, totalsQueue),
		asks:    make(chan func(*guard.Guard)),
		stopped: make(chan struct{}),
		config:  c,
		servers: make(map[string]*server),
		lost:    make(map[string]string),
		counts:  newCounts(),
	}
	d.metrics = newMetrics(d)
	d.leases = newLeases(s, log)
	d.notices = newNotices(s, d.counts, log)
	d.recorder = newRecorder(s, log, d.notices.stored)
	return d, nil
}

// ConfigError is a configuration that cannot be used.
type ConfigError struct{ error }

// Unwrap gives the reasons.
func (e *ConfigError) Unwrap() error { return e.error }

// checkCurrency refuses a configuration whose currency is not that of the ledger: its amounts would be
// added to others, and its caps be others than they were.
func checkCurrency(ctx context.Context, s store.Store, c *config.Config, path string) error {
	kept, err := s.Currency(ctx, c.Currency)
	if err == nil && kept != c.Currency {
		err = &ConfigError{fmt.Errorf("%s: currency is %q, but the ledger in %s is kept in %s, and nothing exchanges its amounts: "+
			"write currency = %q, or name a new store in store.url", path, c.Currency, c.Store.URL, kept, kept)}
	}
	return err
}

// Run guards until ctx ends, and then ends in order: the links first, then what is still to be
// recorded. Ready is called once the socket answers.
func (d *Daemon) Run(ctx context.Context, ready func()) error {
	defer d.store.Close()
	channels, err := channelsOf(d.config)
	if err != nil {
		return err
	}
	listener, err := web.Listen(d.config.Socket)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := d.leases.take(ctx, serverNames(d.config)); err != nil {
		return err
	}
	defer func() { d.leases.giveBack(d.leases.servers()) }()
	j, err := journal.Open(d.config.Store.Journal, int64(d.config.Store.JournalMost), d.log)
	if err != nil {
		return err
	}
	defer j.Close()
	d.recorder.journal, d.recorder.endangered = j, d.endangered
	d.recorder.tellBy(namesOf(channels))
	g, err := d.begin(ctx)
	if err != nil {
		return err
	}
	servers, err := d.newServers(d.config)
	if err != nil {
		return err
	}
	var keeping sync.WaitGroup
	keepUntil, endKeeping := context.WithCancel(context.Background())
	keeping.Go(func() { d.leases.run(keepUntil, func(l store.Lease) { d.lose(keepUntil, l) }) })
	defer func() {
		endKeeping()
		keeping.Wait()
	}()
	var recording sync.WaitGroup
	recordUntil, endRecording := context.WithCancel(context.Background())
	recording.Go(func() { d.recorder.run(recordUntil) })
	defer func() {
		endRecording()
		recording.Wait()
	}()
	d.notices.use(channels)
	defer d.notices.end()

	var loop sync.WaitGroup
	loopUntil, endLoop := context.WithCancel(context.Background())
	loop.Go(func() { d.loop(loopUntil, g) })
	loop.Go(func() { d.find(loopUntil) })
	loop.Go(func() { d.readTotals(loopUntil) })
	defer func() {
		d.endServers()
		endLoop()
		loop.Wait()
	}()
	d.startServers(d.config, servers)
	d.tellDamage(ctx, j.State().Bad)
	d.tend(keepUntil, &keeping)
	d.log.Info("guarding", "version", d.version, "mode", d.config.Mode, "servers", len(d.config.Server), "socket", d.config.Socket)
	ready()
	err = web.Serve(ctx, listener, backend{d}, d.log)
	d.log.Info("ending")
	return err
}

// tend starts what goes on beside the calls until ctx ends.
func (d *Daemon) tend(ctx context.Context, keeping *sync.WaitGroup) {
	for _, each := range []func(context.Context){d.checkLedgers, d.retain, d.follow, d.serveMetrics} {
		keeping.Go(func() { each(ctx) })
	}
}

// begin makes the guard from what the store holds, once it holds what waited in the journal. Where the
// store can be read and not written, a guard that knows too little protects better than none.
func (d *Daemon) begin(ctx context.Context) (*guard.Guard, error) {
	if err := d.recorder.replay(ctx); err != nil {
		d.behind = d.recorder.state().journal.Records
		d.log.Error("what waits in the journal cannot be stored: the caps do not count it until fraudguard is started again",
			"records", d.behind, "error", err)
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	rules, now := d.config.Rules(), time.Now()
	state, err := d.store.Load(ctx, rules.Calendar.Window(limits.Day, now).Key, now.Add(-rules.Abuse.Window()))
	if err != nil {
		return nil, fmt.Errorf("the store cannot be read: %w", err)
	}
	state.Live = d.ownLegs(ctx, state.Live)
	d.counts.resume(state.Live)
	prices, lists, err := d.loadPrices(ctx, d.config, nil)
	if err != nil {
		return nil, err
	}
	d.lists = lists
	for _, name := range missingDecks(d.config, lists, now) {
		d.log.Warn("there is no price list: caps on cost cannot act", "deck", name,
			"next", "fraudguard rates import FILE --deck "+name)
	}
	d.log.Info("state loaded", "live_legs", len(state.Live), "totals", len(state.Days), "blocks", len(state.Blocks))
	return guard.New(rules, prices, state, now), nil
}

// newServers makes the servers of the configuration that are not up with the same settings.
func (d *Daemon) newServers(c *config.Config) (map[string]*server, error) {
	fresh := make(map[string]*server)
	for _, settings := range c.Server {
		if old := d.servers[settings.Name]; old != nil && reflect.DeepEqual(old.config, settings) {
			continue
		}
		if _, lost := d.lostTo(settings.Name); lost {
			continue
		}
		s, err := newServer(settings, d.leases.holder.String(), d.facts, d.counts.of(settings.Name), d.log)
		if err != nil {
			return nil, err
		}
		fresh[settings.Name] = s
	}
	return fresh, nil
}

// startServers ends the servers that fresh ones replace and those that are no longer in the
// configuration, and brings the fresh ones up.
func (d *Daemon) startServers(c *config.Config, fresh map[string]*server) {
	wanted := make(map[string]bool)
	for _, settings := range c.Server {
		wanted[settings.Name] = true
	}
	d.mu.Lock()
	var ending []*server
	for name, old := range d.servers {
		if fresh[name] != nil || !wanted[name] {
			ending = append(ending, old)
			delete(d.servers, name)
		}
	}
	d.mu.Unlock()
	for _, s := range ending {
		s.end()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, s := range fresh {
		d.servers[name] = s
		s.start(context.Background())
	}
}

// serverNames are those of the configuration.
func serverNames(c *config.Config) []string {
	var names []string
	for _, s := range c.Server {
		names = append(names, s.Name)
	}
	return names
}

// lose gives up a server that another guard has taken: from now on nothing is asked of it, and nothing
// recorded of its legs, which are that one's to charge.
func (d *Daemon) lose(ctx context.Context, l store.Lease) {
	who := holderWords(l.Holder)
	d.log.Error("another fraudguard has taken a server; this one watches and steers it no more", "server", l.Server, "holder", who)
	d.mu.Lock()
	d.lost[l.Server] = who
	d.mu.Unlock()
	d.reload.Lock()
	defer d.reload.Unlock()
	d.mu.Lock()
	s := d.servers[l.Server]
	delete(d.servers, l.Server)
	d.mu.Unlock()
	if s != nil {
		s.end()
	}
	err := d.handle(ctx, guard.ServerLost{Seen: guard.Seen{Server: l.Server, At: time.Now()}, Holder: who})
	if err != nil && ctx.Err() == nil && !errors.Is(err, errEnding) {
		d.log.Error("the loss of a server is not recorded", "server", l.Server, "error", err)
	}
}

// lostTo says whether a server was lost, and to whom.
func (d *Daemon) lostTo(server string) (who string, lost bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	who, lost = d.lost[server]
	return who, lost
}

func (d *Daemon) endServers() {
	d.mu.Lock()
	servers := d.servers
	d.servers = make(map[string]*server)
	d.mu.Unlock()
	for _, s := range servers {
		s.end()
	}
}

// Reload takes a changed configuration. One that is faulty is refused, and the old one stays.
func (d *Daemon) Reload(ctx context.Context) error {
	d.reload.Lock()
	defer d.reload.Unlock()
	c, err := config.Load(d.path)
	if err == nil && (c.Store != d.config.Store || c.Socket != d.config.Socket) {
		err = errors.New("store.url and socket cannot change while fraudguard runs, nor can what else stands below [store]: restart it")
	}
	if err == nil && c.Metrics != d.config.Metrics {
		err = errors.New("metrics cannot change while fraudguard runs: restart it")
	}
	if err == nil && c.Store != d.config.Store {
		err = errors.New("store.journal and store.journal_most cannot change while fraudguard runs: restart it")
	}
	if err == nil && c.Currency != d.config.Currency {
		err = errors.New("currency cannot change while fraudguard runs, because the running day's ledger is kept in it: restart it with another store")
	}
	if err == nil && c.Timezone != d.config.Timezone {
		err = errors.New("timezone cannot change while fraudguard runs, because the running day's ledger is kept in it: restart it")
	}
	if err == nil {
		err = d.apply(ctx, c)
	}
	if err != nil {
		d.counts.keepOnly(serverNames(d.config))
		d.log.Error("the changed configuration is refused; the old one stays in force", "error", err)
		return err
	}
	d.log.Info("the changed configuration is in force", "mode", c.Mode, "servers", len(c.Server))
	return nil
}

// apply makes all that a configuration needs, and only then puts it in force, so that one that
// fails has changed nothing.
func (d *Daemon) apply(ctx context.Context, c *config.Config) error {
	old, have := d.current()
	if !maps.Equal(old.Rates.Exchange, c.Rates.Exchange) {
		have = priceLists{} // they hold prices at the old exchange
	}
	prices, lists, err := d.loadPrices(ctx, c, have)
	if err != nil {
		return err
	}
	lacked := missingDecks(old, d.lists, time.Now())
	for _, name := range missingDecks(c, lists, time.Now()) {
		if !slices.Contains(lacked, name) {
			return fmt.Errorf("there is no price list %q in force, and without it calls have no price: see fraudguard rates list", name)
		}
	}
	channels, err := channelsOf(c)
	if err != nil {
		return err
	}
	servers, err := d.newServers(c)
	if err != nil {
		return err
	}
	taken := d.leases.missing(slices.Collect(maps.Keys(servers)))
	if err := d.leases.take(ctx, taken); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // from here on it is done whole, whoever has gone meanwhile
	// The guard learns of new servers before their facts come.
	now := guard.Seen{At: time.Now()}
	for _, f := range []guard.Fact{guard.RulesChanged{Seen: now, Rules: c.Rules()}, guard.PricesChanged{Seen: now, Prices: prices}} {
		if err := d.handle(ctx, f); err != nil {
			return err
		}
	}
	d.startServers(c, servers)
	wanted := serverNames(c)
	d.leases.giveBack(slices.DeleteFunc(d.leases.servers(), func(s string) bool { return slices.Contains(wanted, s) }))
	d.counts.keepOnly(wanted)
	d.notices.use(channels)
	d.recorder.tellBy(namesOf(channels))
	d.mu.Lock()
	d.config, d.lists = c, lists
	d.mu.Unlock()
	return nil
}

// current gives the configuration and the price lists that are in use.
func (d *Daemon) current() (*config.Config, priceLists) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config, d.lists
}
