package daemon

import (
	"context"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// keptMargin is by how much records and bills may say another start of a call than its leg has.
const keptMargin = 15 * time.Minute

// keptSince gives the moment from which on all legs are kept, zero where none were pruned. What somebody
// else tells of a call before it cannot be held to the ledger: its leg may be gone, and its charge there.
func (d *Daemon) keptSince(ctx context.Context) (time.Time, error) {
	day, err := d.store.PrunedUntil(ctx)
	if err != nil || day == "" {
		return time.Time{}, err
	}
	c, _ := d.current()
	return endOf(day, c.Zone)
}

// wholeSince is the same for those whose numbers are needed too: the last leg among some whose number
// was cut ends it.
func wholeSince(kept time.Time, legs []guard.Leg, zone *time.Location) (time.Time, error) {
	for i := range legs {
		l := &legs[i]
		if l.Answered.IsZero() || !store.IsCut(l.Number) || l.Started.Before(kept) {
			continue
		}
		var err error
		if kept, err = endOf(l.Day, zone); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

// endOf is the end of a local day, and some time for clocks that differ.
func endOf(day string, zone *time.Location) (time.Time, error) {
	noon, err := time.ParseInLocation(time.DateOnly+" 15", day+" 12", zone)
	return limits.NewCalendar(zone).Window(limits.Day, noon).End.Add(keptMargin), err
}
