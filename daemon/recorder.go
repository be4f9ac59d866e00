package daemon

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

const (
	// batch is from how many records on a transaction is full.
	batch = 500
	// waitingMost bounds the records in memory while the store is away. A leg makes about five.
	waitingMost = 500_000
	// saveTimeout bounds one transaction.
	saveTimeout = 30 * time.Second
)

// recorder brings records into the store, in their order and behind the protection: nobody waits
// for it. A batch that failed is repeated until it is stored, which is safe because each record has
// a key.
type recorder struct {
	store  store.Store
	log    *slog.Logger
	stored func(incidents bool) // called after each batch

	mu      sync.Mutex
	waiting []guard.Record
	groups  []int // how many of them belong together, from the first on
	tell    []string
	lost    uint64
	// added and kept count the records that came and those of them that are stored.
	added, kept uint64
	err         error
	wake        chan struct{}
}

func newRecorder(s store.Store, log *slog.Logger, stored func(bool)) *recorder {
	return &recorder{store: s, log: log, stored: stored, wake: make(chan struct{}, 1)}
}

// add takes records that are stored together or not at all, such as a leg's end and its charge; it
// never waits.
func (r *recorder) add(records ...guard.Record) {
	r.mu.Lock()
	if len(r.waiting) < waitingMost {
		r.waiting = append(r.waiting, records...)
		r.groups = append(r.groups, len(records))
		r.added += uint64(len(records))
	} else {
		if r.lost/10_000 != (r.lost+uint64(len(records)))/10_000 || r.lost == 0 {
			r.log.Error("the store is away and memory is full: records are lost", "lost", r.lost, "error", r.err)
		}
		r.lost += uint64(len(records))
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// tellBy names the channels to which incidents go from now on.
func (r *recorder) tellBy(channels []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell = channels
}

// state says how many records wait, how many were lost, and why the last batch failed.
func (r *recorder) state() (waiting int, lost uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting), r.lost, r.err
}

// run stores until ctx ends, and then what is left, if the store takes it within saveTimeout.
func (r *recorder) run(ctx context.Context) {
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

// last stores what is left when the daemon ends.
func (r *recorder) last() {
	ctx, cancel := context.WithTimeout(context.Background(), saveTimeout)
	defer cancel()
	for {
		more, err := r.save(ctx)
		if err != nil {
			waiting, _, _ := r.state()
			r.log.Error("the daemon ends before everything was stored", "records", waiting, "error", err)
			return
		}
		if !more {
			return
		}
	}
}

// save stores the oldest records. A record that can never be stored is left out by the store,
// which says so; it is logged and not tried again.
func (r *recorder) save(ctx context.Context) (more bool, err error) {
	r.mu.Lock()
	n, groups := 0, 0
	for groups < len(r.groups) && n < batch {
		n += r.groups[groups]
		groups++
	}
	records, tell := r.waiting[:n:n], r.tell
	r.mu.Unlock()
	if n == 0 {
		return false, nil
	}
	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	err = r.store.Save(limited, records, tell)
	if err != nil && ctx.Err() != nil {
		return true, err // the daemon ends, which is no fault of the store: last tries again
	}
	var refused *store.Refused
	if errors.As(err, &refused) {
		r.log.Error("the store cannot take a record", "error", err)
		err = nil
	}
	r.mu.Lock()
	if err != nil && r.err == nil {
		r.log.Error("the store does not answer; protection goes on, the record waits", "error", err)
	} else if err == nil && r.err != nil {
		r.log.Info("the store answers again", "waiting", len(r.waiting))
	}
	r.err = err
	if err == nil {
		r.waiting, r.groups = r.waiting[n:], r.groups[groups:]
		r.kept += uint64(n)
	}
	more = len(r.waiting) > 0
	r.mu.Unlock()
	if err == nil {
		r.stored(hasIncident(records))
	}
	return more, err
}

func hasIncident(records []guard.Record) bool {
	for _, r := range records {
		if _, ok := r.(guard.Incident); ok {
			return true
		}
	}
	return false
}
