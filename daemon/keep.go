package daemon

import (
	"context"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

const (
	// keepEvery is how often is looked whether something has to go into the journal: all that waits
	// while the store is away goes there in one append, which is one fsync.
	keepEvery = 250 * time.Millisecond
	// keepAfter is how long a record may wait in memory while the store is not known to be away. With
	// keepEvery it makes a second.
	keepAfter = 750 * time.Millisecond
	// keepPause is how long a journal that does not take records is left alone.
	keepPause = time.Second
	// keepAtOnce bounds the records of one append.
	keepAtOnce = 5000
)

// keepWhile brings records from memory into the journal while the store does not take them, or not
// fast enough, so that a guard that is killed has lost those of about the last second at most. It is
// a goroutine of its own, because a store can also hang.
func (r *recorder) keepWhile(ctx context.Context) {
	every := time.NewTicker(keepEvery)
	defer every.Stop()
	var notBefore time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if now := time.Now(); r.mustKeep(now) && !now.Before(notBefore) {
			if !r.keep() {
				notBefore = time.Now().Add(keepPause)
			}
		}
	}
}

func (r *recorder) mustKeep(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.groups) > 0 && (r.err != nil || now.Sub(r.groups[0].at) >= keepAfter)
}

// keep brings what waits in memory at this moment into the journal, and says whether it took all.
func (r *recorder) keep() bool {
	r.keeping.Lock()
	defer r.keeping.Unlock()
	r.mu.Lock()
	until := r.removed + uint64(len(r.groups))
	r.mu.Unlock()
	for {
		first, groups := r.oldest(until)
		if len(groups) == 0 {
			return true
		}
		kept, err := r.journal.Append(groups)
		r.kept(first+uint64(kept), err)
		if err != nil {
			return false
		}
	}
}

// oldest gives the first groups in memory, as the store would take them, and the number of the first.
func (r *recorder) oldest(until uint64) (first uint64, groups [][]guard.Record) {
	r.mu.Lock()
	records, sizes, first := r.waiting, r.groups, r.removed
	r.mu.Unlock()
	n := 0
	for i, g := range sizes {
		if first+uint64(i) >= until || n >= keepAtOnce {
			break
		}
		// As the store would cut and clean them: so they have bounds, and can be read again.
		fit, refused := store.Prepare(records[n : n+g.size])
		if refused != nil {
			r.log.Error("the store cannot take a record", "error", refused)
		}
		groups = append(groups, fit)
		n += g.size
	}
	return first, groups
}

// kept notes that the groups before a number are in the journal, and tells if it does not take more.
// Those that were stored meanwhile are no longer in memory.
func (r *recorder) kept(until uint64, err error) {
	r.mu.Lock()
	if until > r.removed {
		r.remove(int(until - r.removed))
	}
	if err == nil && r.keepErr != nil {
		r.log.Info("the journal takes records again")
	}
	if err != nil && r.keepErr == nil {
		r.log.Error("the store does not take records, nor does the journal: they wait in memory, and are lost if fraudguard ends now",
			"error", err, "waiting", len(r.waiting))
	}
	r.keepErr = err
	alarm := err != nil && !r.alarmed
	r.alarmed = r.alarmed || alarm
	r.mu.Unlock()
	if alarm {
		r.endangered(err)
	}
}

// endangered makes an incident of it that the journal does not take what the store does not.
func (d *Daemon) endangered(reason error) {
	_ = d.handle(context.Background(), guard.JournalFull{Seen: guard.Seen{At: time.Now()}, Reason: reason.Error()}) // else the daemon ends
}

// tellDamage makes an incident of each part of the journal that was damaged.
func (d *Daemon) tellDamage(ctx context.Context, files []string) {
	for _, file := range files {
		_ = d.handle(ctx, guard.JournalDamaged{Seen: guard.Seen{At: time.Now()}, File: file}) // else the daemon ends
	}
}
