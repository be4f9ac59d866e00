package daemon

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// sharedStore is a store into which the test writes as another program does.
type sharedStore struct {
	store.Store
	changes chan error    // what Watch hears; an error ends it
	imports chan struct{} // what it hears of new editions
	// readings are the readings that have begun, whose answers wait for let.
	readings, let chan struct{}
	held, fails   atomic.Bool
	full          atomic.Bool // takes no records
}

func (s *sharedStore) Save(ctx context.Context, records []guard.Record, tell []string) error {
	if s.full.Load() {
		return errors.New("the disk is full")
	}
	return s.Store.Save(ctx, records, tell)
}

func (s *sharedStore) Watch(ctx context.Context, inForce, editions func()) error {
	inForce()
	editions()
	for {
		select {
		case err := <-s.changes:
			if err != nil {
				return err
			}
			inForce()
		case <-s.imports:
			editions()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *sharedStore) InForce(ctx context.Context) ([]guard.Block, []guard.Override, error) {
	if s.fails.Load() {
		return nil, nil, errors.New("no answer")
	}
	now := time.Now()
	state, err := s.Load(ctx, now.UTC().Format(time.DateOnly), now)
	if s.held.Load() {
		s.readings <- struct{}{}
		<-s.let
	}
	return state.Blocks, state.Overrides, err
}

// write is what another program does.
func (s *sharedStore) write(t *testing.T, records ...guard.Record) {
	t.Helper()
	if err := s.Save(t.Context(), records, nil); err != nil {
		t.Fatal(err)
	}
	s.changes <- nil
}

func newSharing(t *testing.T, x ...*exchange) (*site, *sharedStore) {
	t.Helper()
	s := newSite(t, "enforce", caps, x...)
	shared := &sharedStore{Store: s.store, changes: make(chan error), imports: make(chan struct{}), readings: make(chan struct{}), let: make(chan struct{})}
	s.useStore(shared)
	return s, shared
}

// blocked are the IDs of the blocks that the guard holds.
func (s *site) blocked() string {
	s.t.Helper()
	var ids []string
	if err := s.ask(s.t.Context(), func(g *guard.Guard) {
		for _, b := range g.Blocks() {
			ids = append(ids, b.ID)
		}
	}); err != nil {
		s.t.Fatal(err)
	}
	return strings.Join(ids, " ")
}

// TestFollow: what another program writes into the store holds for a live call, and is recorded once.
func TestFollow(t *testing.T) {
	x := newExchange(t, "pbx1")
	s, shared := newSharing(t, x)
	s.run()
	s.importPrices(priceList)
	id := x.dial(cheap)
	x.answer(id)
	block := guard.Block{ID: "elsewhere", Target: guard.Target{Account: accountOf("101")}, Source: "jo", Since: time.Now()}
	shared.write(t, block)
	x.hungUp(id)
	waitFor(t, "the call's own incident", func() bool { return len(s.incidents("block")) == 1 })
	// What is no block of anything, and a cap that cannot be.
	shared.write(t, guard.Block{ID: "nothing", Since: time.Now()})
	waitFor(t, "it is told of", func() bool { return strings.Contains(s.log.String(), "on no target") })
	if got := s.blocked(); got != "elsewhere" {
		t.Errorf("blocks %q", got)
	}
	// Changes while nobody heard count as well.
	block.Lifted, block.LiftedBy = time.Now(), "jo"
	if err := s.store.Save(t.Context(), []guard.Record{block}, nil); err != nil {
		t.Fatal(err)
	}
	shared.changes <- errors.New("the line is cut")
	waitFor(t, "it is lifted", func() bool { return s.blocked() == "" })
	for _, want := range []string{"not heard of until it answers again", "is heard of again", "blocked by another program", "no longer blocked"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("%q is not in the log", want)
		}
	}
	over := guard.Override{Subject: limits.Subject{Tenant: "default", Extension: "101"}, Kind: limits.ConcurrentCalls, Value: 0, Who: "jo", At: time.Now()}
	shared.write(t, guard.CapChange{Override: over})
	waitFor(t, "the cap", func() bool { return s.caps(nil)["concurrent_calls of default/101"].Source == "jo" })
}

// TestFollowKeepsItsOwn: what the guard has set while the store was being read, and what the store does not
// take yet, is not taken for lifted.
func TestFollowKeepsItsOwn(t *testing.T) {
	s, shared := newSharing(t, newExchange(t, "pbx1"))
	shared.held.Store(true)
	s.run()
	block := func(target guard.Target) {
		t.Helper()
		if err := s.handle(t.Context(), guard.BlockAsked{Seen: guard.Seen{At: time.Now()}, Target: target, Who: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	<-shared.readings // what it will say is older than the block
	block(guard.Target{Prefix: "44"})
	own := s.blocked()
	shared.let <- struct{}{}
	<-shared.readings // it was not taken, and is read again
	if got := s.blocked(); got != own || own == "" {
		t.Fatalf("blocks %q, and own is %q", got, own)
	}
	shared.let <- struct{}{}

	shared.full.Store(true)
	block(guard.Target{Prefix: "49"})
	own = s.blocked()
	shared.changes <- nil
	select {
	case <-shared.readings:
		t.Error("the store was read before it had what the guard has set")
	case <-time.After(followEvery + 4*followLook):
	}
	shared.full.Store(false)
	<-shared.readings
	shared.held.Store(false)
	shared.let <- struct{}{}
	if got := s.blocked(); got != own {
		t.Errorf("blocks %q, and own are %q", got, own)
	}

	shared.fails.Store(true)
	shared.changes <- nil
	waitFor(t, "that is told of", func() bool { return strings.Contains(s.log.String(), "cannot be read from the store") })
	// What could not be read is read again by itself.
	if err := shared.Save(t.Context(), []guard.Record{guard.Block{ID: "elsewhere", Target: guard.Target{Everything: true}, Since: time.Now()}}, nil); err != nil {
		t.Fatal(err)
	}
	shared.fails.Store(false)
	waitFor(t, "the other's block", func() bool { return strings.Contains(s.blocked(), "elsewhere") })
	if !strings.HasSuffix(s.blocked(), own) {
		t.Errorf("own block %q is gone: %q", own, s.blocked())
	}
}

// TestOrdered: blocks and caps count as stored when the store has them, and not while they wait in memory or
// in the journal.
func TestOrdered(t *testing.T) {
	r := newRecorder(openStore(t), quiet, func(bool) {})
	r.journal = openJournal(t, t.TempDir())
	defer func() {
		if err := errors.Join(r.store.Close(), r.journal.Close()); err != nil {
			t.Error(err)
		}
	}()
	is := func(what string, times uint64, stored bool) {
		t.Helper()
		if n, is := r.ordered(); n != times || is != stored {
			t.Errorf("%s: ordered %d times, stored %v", what, n, is)
		}
	}
	is("nothing", 0, true)
	r.add(callRecords(1)...)
	is("a call", 0, true)
	r.add(guard.Block{ID: "b", Target: guard.Target{Everything: true}, Since: time.Now()})
	r.add(callRecords(2)...)
	is("in memory", 1, false)
	r.keep()
	is("in the journal", 1, false)
	for more := true; more; {
		var err error
		if more, err = r.save(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	is("in the store", 1, true)
}

// TestOwnLegs: a guard that starts takes up the legs of its own servers and those of nobody's, not those of
// a server that another guard has.
func TestOwnLegs(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x)
	s.recorder.journal = openJournal(t, t.TempDir())
	defer func() {
		if err := errors.Join(s.store.Close(), s.recorder.journal.Close()); err != nil {
			t.Error(err)
		}
	}()
	if err := leasesOf(s.store, elsewhere).take(t.Context(), []string{"theirs"}); err != nil {
		t.Fatal(err)
	}
	for _, server := range []string{"pbx1", "theirs", "nobodys"} {
		leg := callRecords(1)[0].(guard.Leg)
		leg.Server, leg.Ended = server, time.Time{}
		if err := s.store.Save(t.Context(), []guard.Record{leg}, nil); err != nil {
			t.Fatal(err)
		}
	}
	g, err := s.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var servers []string
	for _, l := range g.Live(time.Now()) {
		servers = append(servers, l.Server)
	}
	if got := strings.Join(servers, " "); got != "nobodys pbx1" {
		t.Errorf("live are legs on %s", got)
	}
	for server, want := range map[string]string{"theirs": elsewhere.String(), "nobodys": ""} {
		if holder, err := s.leases.holderOf(t.Context(), server); holder != want || err != nil {
			t.Errorf("%s is with %q, %v", server, holder, err)
		}
	}
}
