package daemon

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
)

const (
	// findQueue bounds the records that wait for the store to be asked about their legs.
	findQueue = 1024
	// sameName is how far apart the clocks of Asterisk and of this machine may be: within this time a
	// leg of the same channel's name is taken for that of a record that came as an event.
	sameName = 15 * time.Hour
)

// findLegs asks for the legs of a record, behind all else. It never waits.
func (d *Daemon) findLegs(e guard.FindLegs) {
	select {
	case d.finds <- e:
	default:
		d.log.Warn("a call record waits for an import: too many are being looked up", "server", e.Server, "channel", e.Record.Destination)
	}
}

// find asks the store for the legs that records belong to.
func (d *Daemon) find(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-d.finds:
			if err := d.findOnce(ctx, e); err != nil && ctx.Err() == nil {
				d.log.Warn("a call record waits for an import: its leg cannot be looked up", "server", e.Server, "channel", e.Record.Destination, "error", err)
			}
		}
	}
}

func (d *Daemon) findOnce(ctx context.Context, e guard.FindLegs) error {
	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	if err := d.recorder.settled(limited); err != nil {
		return err
	}
	records := []guard.CallRecord{e.Record}
	known, err := d.store.Calls(limited, store.CallsQuery{
		Server: e.Server, Names: channelNames(records), Limit: mostLegs,
		Since: e.Record.Started.Add(-sameName - longestCall), Until: e.Record.Ended.Add(sameName),
	})
	if err != nil {
		return err
	}
	fact := guard.RecordsRead{Seen: guard.Seen{Server: e.Server, At: time.Now()}, Records: records, Known: known, Tolerance: usualTolerance, Told: true}
	select {
	case d.facts <- fact:
	case <-ctx.Done():
	}
	return nil
}

// settled waits until all records that were added before it are stored; an error is the store's.
func (r *recorder) settled(ctx context.Context) error {
	r.mu.Lock()
	until := r.removed + uint64(len(r.groups))
	r.mu.Unlock()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		r.mu.Lock()
		left, err := r.removed, r.err
		r.mu.Unlock()
		switch {
		case left >= until && r.journal.State().Records == 0:
			return nil
		case err != nil:
			return fmt.Errorf("the store does not answer: %w", err)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func channelNames(records []guard.CallRecord) []string {
	var names []string
	for _, r := range records {
		names = append(names, r.Channel)
		if r.Destination != "" {
			names = append(names, r.Destination)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
