package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/journal"
	"github.com/fraudguard/fraudguard/store"
)

const (
	// batch is from how many records on a transaction is full.
	batch = 500
	// waitingMost bounds the records in memory while neither store nor journal takes them. An answered
	// leg makes six.
	waitingMost = 500_000
	// saveTimeout bounds one transaction.
	saveTimeout = 30 * time.Second
	// slowAfter is from when on a transaction that has not come back is told of.
	slowAfter = 10 * time.Second
	// replayTries is how often the start tries to store what waits in the journal, a second apart.
	replayTries = 3
)

// recorder brings records into the store, in their order and behind the protection: nobody waits
// for it. A batch that failed is repeated until it is stored, which is safe because each record has
// a key. What waits is a queue: its older part is in the journal, where that holds any, and its newer
// one in memory; see keep.go for what goes from here to there.
type recorder struct {
	store   store.Store
	journal *journal.Journal
	log     *slog.Logger
	stored  func(incidents bool) // called after each batch
	// endangered is called, once while the store is away, where the journal does not take records.
	endangered func(error)

	mu      sync.Mutex
	waiting []guard.Record
	groups  []group // what of them belongs together, from the first on
	removed uint64  // how many groups have left memory
	tell    []string
	lost    uint64
	wake    chan struct{}
	// orders counts the groups with blocks or caps in them, of which the last is the one with the number
	// lastOrder-1.
	orders, lastOrder uint64

	keeping sync.Mutex // held while records go into the journal

	err     error     // why the store does not take records
	away    time.Time // since when
	trying  time.Time // since when a batch is with the store; zero while none is
	keepErr error     // why the journal does not take records
	alarmed bool
}

// group is how many records belong together, and since when they wait.
type group struct {
	size int
	at   time.Time
}

func newRecorder(s store.Store, log *slog.Logger, stored func(bool)) *recorder {
	return &recorder{store: s, log: log, stored: stored, endangered: func(error) {}, wake: make(chan struct{}, 1)}
}

// add takes records that are stored together or not at all, such as a leg's end and its charge; it
// never waits.
func (r *recorder) add(records ...guard.Record) {
	now := time.Now()
	r.mu.Lock()
	if len(r.waiting) < waitingMost {
		r.waiting = append(r.waiting, records...)
		r.groups = append(r.groups, group{len(records), now})
		if slices.ContainsFunc(records, isOrder) {
			r.orders, r.lastOrder = r.orders+1, r.removed+uint64(len(r.groups))
		}
	} else {
		if r.lost/10_000 != (r.lost+uint64(len(records)))/10_000 || r.lost == 0 {
			r.log.Error("the store is away, the journal takes nothing and memory is full: records are lost", "lost", r.lost, "error", r.err)
		}
		r.lost += uint64(len(records))
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// isOrder says whether a record is of a block or a cap, which other programs write too.
func isOrder(r guard.Record) bool {
	switch r.(type) {
	case guard.Block, guard.CapChange:
		return true
	}
	return false
}

// ordered says how many times blocks or caps were to be recorded, and whether the store has them all.
func (r *recorder) ordered() (times uint64, stored bool) {
	r.mu.Lock()
	times, stored = r.orders, r.lastOrder <= r.removed
	r.mu.Unlock()
	// What has left memory without being stored was in the journal before.
	return times, stored && r.journal.State().Records == 0
}

// tellBy names the channels to which incidents go from now on.
func (r *recorder) tellBy(channels []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell = channels
}

// recordState is how the record is.
type recordState struct {
	// memory and journal are what waits.
	memory  int
	journal journal.State
	lost    uint64
	// err is why the store does not take records, away since when; nil and zero while it does.
	err  error
	away time.Time
	// keepErr is why the journal does not take them, while it is needed.
	keepErr error
}

func (s recordState) waiting() int { return s.memory + s.journal.Records }

func (r *recorder) state() recordState {
	var s recordState
	if r.journal != nil {
		s.journal = r.journal.State()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.memory, s.lost, s.err, s.away, s.keepErr = len(r.waiting), r.lost, r.err, r.away, r.keepErr
	if slow := time.Since(r.trying); s.err == nil && !r.trying.IsZero() && slow >= slowAfter {
		s.err, s.away = fmt.Errorf("no answer for %s", slow.Round(time.Second)), r.trying
	}
	return s
}

// behind says whether records wait for longer than they should.
func (r *recorder) behind() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil || r.keepErr != nil || len(r.groups) > 0 && time.Since(r.groups[0].at) >= keepAfter
}

// replay stores what the last daemon left in the journal, before a guard begins with what is in the
// store.
func (r *recorder) replay(ctx context.Context) error {
	waits := r.journal.State().Records
	if waits > 0 {
		r.log.Info("what waits in the journal is stored first", "records", waits)
	}
	for failed := 0; ; {
		more, err := r.save(ctx)
		switch {
		case err == nil && !more:
			return nil
		case err == nil:
			failed = 0
			continue
		}
		if failed++; failed == replayTries || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// run stores until ctx ends, and then what is left, if the store takes it within saveTimeout.
func (r *recorder) run(ctx context.Context) {
	var keeping sync.WaitGroup
	keepUntil, endKeeping := context.WithCancel(context.Background())
	keeping.Go(func() { r.keepWhile(keepUntil) })
	defer func() {
		endKeeping()
		keeping.Wait()
	}()
	pause := time.Duration(0)
	for {
		wake := r.wake
		if pause > 0 {
			wake = nil // new records are no reason to try a store sooner that has just failed
		}
		select {
		case <-ctx.Done():
			r.last()
			return
		case <-wake:
		case <-time.After(orNever(pause)):
		}
		for ctx.Err() == nil {
			more, err := r.save(ctx)
			if err != nil {
				pause = min(max(2*pause, 100*time.Millisecond), 5*time.Second)
				break
			}
			pause = 0
			if !more {
				break
			}
		}
	}
}

func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return time.Hour
	}
	return d
}

// last stores what is left when the daemon ends, or else brings it into the journal.
func (r *recorder) last() {
	ctx, cancel := context.WithTimeout(context.Background(), saveTimeout)
	defer cancel()
	for {
		more, err := r.save(ctx)
		if err != nil {
			r.keep()
			s := r.state()
			r.log.Error("the daemon ends before everything was stored; what is in the journal is stored at the next start",
				"in_journal", s.journal.Records, "lost", s.memory, "error", err)
			return
		}
		if !more {
			return
		}
	}
}

// next gives the oldest records, those in the journal first. The number is that of the first group,
// where they are from memory.
func (r *recorder) next() (records []guard.Record, fromJournal bool, first uint64, groups int, err error) {
	r.mu.Lock()
	first = r.removed
	r.mu.Unlock()
	if records, err = r.journal.Read(batch); err != nil || len(records) > 0 {
		return records, true, 0, 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if first != r.removed {
		return nil, false, 0, 0, errMoved
	}
	n := 0
	for groups < len(r.groups) && n < batch {
		n += r.groups[groups].size
		groups++
	}
	return r.waiting[:n:n], false, first, groups, nil
}

// errMoved says that the oldest records have gone into the journal while they were looked for.
var errMoved = errors.New("moved")

// save stores the oldest records. A record that can never be stored is left out by the store,
// which says so; it is logged and not tried again.
func (r *recorder) save(ctx context.Context) (more bool, err error) {
	records, fromJournal, first, groups, err := r.next()
	if errors.Is(err, errMoved) {
		return true, nil
	}
	if err == nil && len(records) == 0 {
		return false, nil
	}
	began := time.Now()
	if err == nil {
		err = r.give(ctx, records, began)
	}
	if err != nil && ctx.Err() != nil {
		return true, err // the daemon ends, which is no fault of the store: last tries again
	}
	if err == nil && fromJournal {
		if err := r.journal.Taken(); err != nil {
			r.log.Error("the journal cannot let go of what is stored; it will be stored again, which changes nothing", "error", err)
		}
	}
	r.mu.Lock()
	if err != nil && r.err == nil {
		r.log.Error("the store does not answer; protection goes on, the record waits", "error", err)
		r.away = began
	} else if err == nil && r.err != nil {
		r.log.Info("the store answers again", "waiting", len(r.waiting))
	}
	if r.err = err; err == nil {
		r.away, r.keepErr, r.alarmed = time.Time{}, nil, false
	}
	// What has gone into the journal meanwhile is behind what is older there, and is stored once more
	// from there. So is all that came after it, or an older record would be stored last.
	if err == nil && !fromJournal && first == r.removed {
		r.remove(groups)
	}
	more = len(r.waiting) > 0
	r.mu.Unlock()
	if err == nil {
		r.stored(hasIncident(records))
	}
	return more || r.journal.State().Records > 0, err
}

// give brings records to the store.
func (r *recorder) give(ctx context.Context, records []guard.Record, began time.Time) error {
	r.mu.Lock()
	tell := r.tell
	r.trying = began
	r.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	err := r.store.Save(limited, records, tell)
	r.mu.Lock()
	r.trying = time.Time{}
	r.mu.Unlock()
	var refused *store.Refused
	if errors.As(err, &refused) {
		r.log.Error("the store cannot take a record", "error", err)
		return nil
	}
	return err
}

// remove takes the oldest groups out of memory; the caller holds the lock.
func (r *recorder) remove(groups int) {
	n := 0
	for _, g := range r.groups[:groups] {
		n += g.size
	}
	r.waiting, r.groups = r.waiting[n:], r.groups[groups:]
	r.removed += uint64(groups)
}

func hasIncident(records []guard.Record) bool {
	for _, r := range records {
		if _, ok := r.(guard.Incident); ok {
			return true
		}
	}
	return false
}
