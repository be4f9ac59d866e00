package daemon

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// listStore is a shared store into which the test imports price lists as another guard does.
type listStore struct {
	*sharedStore
	listed, read   atomic.Int64 // how often the daemon has listed the editions, and read one
	away, holds    atomic.Bool
	begun, release chan struct{} // a reading of an edition that is held
}

func (s *listStore) Editions(ctx context.Context) ([]store.EditionInfo, error) {
	s.listed.Add(1)
	if s.away.Load() {
		return nil, errors.New("no answer")
	}
	return s.sharedStore.Editions(ctx)
}

func (s *listStore) Edition(ctx context.Context, name string, number int) (*rates.Deck, error) {
	s.read.Add(1)
	if s.holds.Load() {
		s.begun <- struct{}{}
		<-s.release
	}
	return s.sharedStore.Edition(ctx, name, number)
}

// save stores an edition with one price for all of +44, and says nothing.
func (s *listStore) save(t *testing.T, name, currency string, price money.Amount, from time.Time) {
	t.Helper()
	deck, err := rates.NewDeck(name, currency, []rates.Rate{{Prefix: "44", Route: "United Kingdom", PerMinute: price, First: 1, Next: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.SaveEdition(t.Context(), deck, store.EditionInfo{ValidFrom: from, Saved: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// followed waits until the daemon has looked at the editions once more, and is done with what it saw.
func (s *listStore) followed(t *testing.T, d *Daemon) {
	t.Helper()
	before := s.listed.Load()
	s.imports <- struct{}{}
	waitFor(t, "the daemon looks at the editions", func() bool { return s.listed.Load() > before })
	d.reload.Lock()
	defer d.reload.Unlock()
}

func newListing(t *testing.T, rest string, x *exchange) (*site, *listStore) {
	t.Helper()
	s := newSite(t, "enforce", rest, x)
	shared := &listStore{sharedStore: &sharedStore{Store: s.store, changes: make(chan error), imports: make(chan struct{})},
		begun: make(chan struct{}), release: make(chan struct{})}
	s.useStore(shared)
	return s, shared
}

// costs waits until a minute to London has a price.
func (s *site) costs(what string, price money.Amount) {
	s.t.Helper()
	waitFor(s.t, what, func() bool { p, _ := s.price(london); return p == price })
}

// TestFollowPrices: a list that another guard has imported counts for the next call, at its moment; a call in
// progress keeps its price, and what this guard imports is not read a second time.
func TestFollowPrices(t *testing.T) {
	x := newExchange(t, "pbx1")
	s, shared := newListing(t, "[caps.route]\ncost_per_minute = \"1.00\"\n", x)
	s.run()
	s.importPrices(priceList)
	live := x.dial(cheap)
	x.answer(live)
	shared.followed(t, s.Daemon)
	if n := shared.read.Load(); n != 0 {
		t.Errorf("the guard's own list was read %d times", n)
	}
	shared.save(t, "default", "EUR", 2_000_000, time.Now())
	shared.imports <- struct{}{}
	s.costs("the other's list", 2_000_000)
	x.hungUp(x.dial(cheap))
	if found := s.incidents("caps.route.cost_per_minute"); len(found) != 1 {
		t.Errorf("the dear call: %+v", found)
	}
	if err := s.ask(t.Context(), func(g *guard.Guard) {
		for _, l := range g.Live(time.Now()) {
			if l.ID == live && l.Deck != "default@1" {
				t.Errorf("the call in progress is priced by %s", l.Deck)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	coming := time.Now().Add(3 * time.Second)
	shared.save(t, "default", "EUR", 30_000, coming)
	shared.followed(t, s.Daemon)
	if p, _ := s.price(london); p != 2_000_000 && time.Now().Before(coming) {
		t.Errorf("before its moment a minute costs %s", p)
	}
	s.costs("the list that was to come", 30_000)
	if time.Now().Before(coming) {
		t.Error("it took over too early")
	}
	if n := shared.read.Load(); n != 2 {
		t.Errorf("two editions were read %d times", n)
	}
	// What was imported while nobody heard counts as well.
	shared.save(t, "default", "EUR", 40_000, time.Now())
	shared.changes <- errors.New("the line is cut")
	s.costs("what was missed", 40_000)
	if !strings.Contains(s.log.String(), "price list of another program taken over") {
		t.Error("it is not told of")
	}
}

// TestFollowPricesSlowly: while a list is read, however long that takes, calls are judged and blocks taken
// over; a burst of news is one more look.
func TestFollowPricesSlowly(t *testing.T) {
	x := newExchange(t, "pbx1")
	s, shared := newListing(t, caps, x)
	s.run()
	s.importPrices(priceList)
	shared.followed(t, s.Daemon)
	shared.holds.Store(true)
	shared.save(t, "default", "EUR", 90_000, time.Now())
	shared.imports <- struct{}{}
	<-shared.begun
	shared.write(t, guard.Block{ID: "elsewhere", Target: guard.Target{Account: accountOf("101")}, Source: "jo", Since: time.Now()})
	waitFor(t, "the block", func() bool { return s.blocked() == "elsewhere" })
	x.hungUp(x.dial(cheap))
	if p, _ := s.price(london); p != 60_000 {
		t.Errorf("before the list is there a minute costs %s", p)
	}
	listed := shared.listed.Load()
	for range 50 {
		shared.imports <- struct{}{}
	}
	shared.holds.Store(false)
	shared.release <- struct{}{}
	s.costs("the list", 90_000)
	waitFor(t, "another look", func() bool { return shared.listed.Load() > listed })
	select {
	case <-time.After(followEvery + 500*time.Millisecond):
	case <-t.Context().Done():
	}
	if n := shared.listed.Load() - listed; n != 1 || shared.read.Load() != 1 {
		t.Errorf("50 times news: %d looks, and %d readings of one list", n, shared.read.Load())
	}
}

// TestFollowPricesThatFail: what cannot be read is tried again, and what nobody can exchange keeps its deck as
// it is, and no other deck.
func TestFollowPricesThatFail(t *testing.T) {
	x := newExchange(t, "pbx1")
	s, shared := newListing(t, "[[rates.buying]]\ntrunk = \"PJSIP/carrier\"\ndeck = \"b\"\n", x)
	s.run()
	s.importPrices(priceList)
	if _, err := s.importList(priceList, web.ImportRequest{Deck: "b"}); err != nil {
		t.Fatal(err)
	}
	shared.away.Store(true)
	shared.save(t, "b", "EUR", 70_000, time.Now())
	shared.imports <- struct{}{}
	waitFor(t, "it is told of", func() bool {
		return strings.Contains(s.log.String(), "cannot be read from the store; it is tried again")
	})
	shared.away.Store(false)
	s.costs("the list, when the store is back", 70_000)

	shared.save(t, "default", "GBP", 80_000, time.Now())
	shared.save(t, "b", "EUR", 90_000, time.Now())
	shared.imports <- struct{}{}
	s.costs("the other deck", 90_000)
	waitFor(t, "it is told of", func() bool { return strings.Contains(s.log.String(), "is not taken over") })
	_, lists := s.current()
	if e, ok := lists.inForce("default", time.Now()); !ok || e.Number != 1 {
		t.Errorf("of the deck that is not exchanged there is %+v", lists)
	}
	if n := shared.read.Load(); n != 2 {
		t.Errorf("of two lists, %d were read", n)
	}
}
