package daemon

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/journal"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// stuckStore is a store of which no call comes back until it is let go: not even the end of the
// context ends one, as with a disk that hangs.
type stuckStore struct {
	store.Store
	free  chan struct{}
	began chan string // each call's name, as far as there is room
}

func (s *stuckStore) wait(method string) {
	select {
	case s.began <- method:
	default:
	}
	<-s.free
}

func (s *stuckStore) Save(ctx context.Context, records []guard.Record, tell []string) error {
	s.wait("Save")
	return s.Store.Save(ctx, records, tell)
}

func (s *stuckStore) Due(ctx context.Context, channel string, now time.Time, limit int) ([]store.Notice, error) {
	s.wait("Due")
	return s.Store.Due(ctx, channel, now, limit)
}

func (s *stuckStore) OutboxWaiting(ctx context.Context) (map[string]int, error) {
	s.wait("OutboxWaiting")
	return s.Store.OutboxWaiting(ctx)
}

func (s *stuckStore) Calls(ctx context.Context, q store.CallsQuery) ([]guard.Leg, error) {
	s.wait("Calls")
	return s.Store.Calls(ctx, q)
}

// TestNobodyWaitsForTheStore: while no call of the store comes back, verdicts, hang-ups, limits,
// blocks and links go on, what waits is counted, and nothing else grows. Afterwards all is stored.
func TestNobodyWaitsForTheStore(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps+`
[notify.webhook]
url = "http://127.0.0.1:1/"
secret = "0123456789abcdef"
[abuse.repeated_number]
calls = 0
`, x)
	stuck := &stuckStore{Store: s.store, free: make(chan struct{}), began: make(chan string, 100)}
	if _, err := s.store.SaveEdition(t.Context(), deckOf(t, priceList), store.EditionInfo{Name: "default", Currency: "EUR", Timezone: "UTC", Saved: noon}); err != nil {
		t.Fatal(err)
	}
	s.useStore(stuck)
	s.run()
	const calls = 400
	slowest := time.Duration(0)
	for range calls {
		began := time.Now()
		x.hungUp(x.dial(premium))
		slowest = max(slowest, time.Since(began))
	}
	if slowest > hangUpTimeout {
		t.Errorf("the slowest hang-up took %s", slowest)
	}
	if n := len(x.ari.Hangups()); n != calls {
		t.Errorf("%d hang-ups of %d calls", n, calls)
	}
	good := x.dial(cheap)
	waitFor(t, "the limit of the call that is good", func() bool { _, ok := x.ami.Var(good, "TIMEOUT(absolute)"); return ok })
	for began := range stuck.began {
		if began == "Save" {
			break
		}
	}
	x.ami.Cut()
	x.ami.Await("Login")
	x.ami.Await("Login")
	target := guard.Target{Number: cheap[2:]}
	if err := s.handle(t.Context(), guard.BlockAsked{Seen: guard.Seen{At: time.Now()}, Target: target, Who: "a person"}); err != nil {
		t.Fatal(err)
	}
	x.hungUp(good)
	waitFor(t, "the end of the last leg", func() bool {
		live := -1
		if err := s.ask(t.Context(), func(g *guard.Guard) { live = len(g.Live(time.Now())) }); err != nil {
			t.Fatal(err)
		}
		return live == 0
	})
	if r := s.recorder.state(); r.waiting() < 3*calls || r.waiting() > 8*calls || r.lost != 0 {
		t.Errorf("of %d calls the state is %+v", calls, r)
	}
	close(stuck.free)
	waitFor(t, "the record", func() bool { return s.recorder.state().waiting() == 0 })
	verdicts := make(map[string]int)
	for _, c := range s.calls() {
		if c.Ended != nil {
			verdicts[c.Verdict]++
		}
	}
	if verdicts[guard.Denied] != calls || verdicts[guard.Cut] != 1 || len(verdicts) != 2 {
		t.Errorf("stored were %v of %d calls", verdicts, calls+1)
	}
}

// TestMemoryWhileTheStoreIsAway: what the daemon keeps of calls that are over grows by their records
// only, and no further than their bound. No goroutine is left waiting behind any of them.
func TestMemoryWhileTheStoreIsAway(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps+"[abuse.repeated_number]\ncalls = 0\n", x)
	stuck := &stuckStore{Store: s.store, free: make(chan struct{}), began: make(chan string, 1)}
	if _, err := s.store.SaveEdition(t.Context(), deckOf(t, priceList), store.EditionInfo{Name: "default", Currency: "EUR", Timezone: "UTC", Saved: noon}); err != nil {
		t.Fatal(err)
	}
	s.useStore(stuck)
	s.config.Store.JournalMost = 1 << 20
	s.run()
	defer close(stuck.free)
	for range waitingMost { // as after many hours with a full journal
		s.recorder.add(guard.Block{ID: "x", Since: noon})
	}
	before := runtime.NumGoroutine()
	const calls = 20_000
	for i := range calls {
		seen := guard.Seen{Server: "pbx1", At: time.Now()}
		id := fmt.Sprintf("5.%d", i)
		s.facts <- guard.DialBegun{Seen: seen, Dialled: cheap,
			From: guard.Channel{ID: "p" + id, Name: "PJSIP/101-" + id}, To: guard.Channel{ID: id, Name: "PJSIP/carrier-" + id}}
		s.facts <- guard.ChannelEnded{Seen: seen, ID: id}
		s.facts <- guard.ChannelEnded{Seen: seen, ID: "p" + id}
	}
	waitFor(t, "all facts", func() bool { return len(s.facts) == 0 })
	waitFor(t, "a full journal", func() bool { return errors.Is(s.recorder.state().keepErr, journal.ErrFull) })
	if r := s.recorder.state(); r.memory > waitingMost || r.waiting() < waitingMost || r.lost < calls || r.journal.Bytes > 1<<20 || r.journal.Records == 0 {
		t.Errorf("the state is %+v", r)
	}
	if n := runtime.NumGoroutine(); n > before+100 {
		t.Errorf("%d goroutines, before it were %d", n, before)
	}
	s.recorder.mu.Lock()
	s.recorder.remove(len(s.recorder.groups))
	s.recorder.mu.Unlock()
}

func deckOf(t testing.TB, list string) *rates.Deck {
	t.Helper()
	read, err := rates.Read(strings.NewReader(list), "test.csv", rates.ReadOptions{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	deck, err := rates.NewDeck("default", "EUR", read.Rates)
	if err != nil {
		t.Fatal(err)
	}
	return deck
}
