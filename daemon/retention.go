package daemon

import (
	"context"
	"net/http"
	"time"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

const (
	// pruneStep is how many legs one transaction looks at. It is short: a batch of records that waits
	// behind it waits for some milliseconds.
	pruneStep = 100
	// pruneShare leaves that many times as long to others as a step took.
	pruneShare = 4
	// pruneTimeout bounds one step.
	pruneTimeout = 30 * time.Second
	// leastKept is how many days of calls are never pruned: detectors look back for one.
	leastKept = 2
	// retentionLook is how often it is looked whether the schedule's moment has come.
	retentionLook = 15 * time.Second
)

// retain prunes old calls whenever the schedule says so.
func (d *Daemon) retain(ctx context.Context) {
	last := time.Now()
	tick := time.NewTicker(retentionLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			d.retainAt(ctx, last, now)
			last = now
		}
	}
}

// retainAt prunes where a moment of the schedule lies between the last look and now.
func (d *Daemon) retainAt(ctx context.Context, last, now time.Time) {
	c, _ := d.current()
	next := c.Retention.Next(last, c.Zone)
	if next.IsZero() || next.After(now) {
		return
	}
	before, _ := c.Retention.Before(now, c.Zone)
	p := store.Pruning{Before: before, Cut: c.Retention.Numbers == "cut"}
	legs, err := d.prune(ctx, p)
	switch {
	case err != nil && ctx.Err() == nil:
		d.log.Error("old calls could not be pruned; it is tried again at the next time", "before", before, "done", legs, "error", err)
	case err == nil:
		d.log.Info("old calls are pruned", "before", before, "numbers", c.Retention.Numbers, "calls", legs)
	}
}

// prune goes through all that is to be pruned in small steps, which leave most of the time to others.
func (d *Daemon) prune(ctx context.Context, p store.Pruning) (legs int, err error) {
	p.Limit = pruneStep
	for {
		began := time.Now()
		step, cancel := context.WithTimeout(ctx, pruneTimeout)
		done, err := d.store.Prune(step, p)
		cancel()
		if err != nil {
			return legs, err
		}
		legs += done.Legs
		if !done.More {
			return legs, nil
		}
		p.After = done.Next
		if p.DryRun || done.Legs == 0 {
			continue // nobody had to wait
		}
		select {
		case <-ctx.Done():
			return legs, ctx.Err()
		case <-time.After(pruneShare * time.Since(began)):
		}
	}
}

// Prune deletes or cuts old calls, or counts them.
func (b backend) Prune(ctx context.Context, r web.PruneRequest) (web.Pruned, error) {
	c, _ := b.current()
	now := time.Now()
	before, ok := c.Retention.Before(now, c.Zone)
	if r.Before != "" {
		var err error
		if before, err = time.ParseInLocation(time.DateOnly, r.Before, c.Zone); err != nil {
			return web.Pruned{}, web.Errorf(http.StatusBadRequest, "%.20q is no day: write it like 2026-11-21", r.Before)
		}
	} else if !ok {
		return web.Pruned{}, web.Errorf(http.StatusBadRequest, `all calls are kept: set retention.calls, such as "90d", or write --before with a day`)
	}
	year, month, day := now.In(c.Zone).Date()
	if youngest := time.Date(year, month, day-leastKept, 0, 0, 0, 0, c.Zone); before.After(youngest) {
		return web.Pruned{}, web.Errorf(http.StatusBadRequest, "calls are kept for %d days at least: write --before with %s or an earlier day",
			leastKept, youngest.Format(time.DateOnly))
	}
	legs, err := b.prune(ctx, store.Pruning{Before: before, Cut: c.Retention.Numbers == "cut", DryRun: r.DryRun})
	return web.Pruned{Before: web.Moment(before), Numbers: c.Retention.Numbers, DryRun: r.DryRun, Calls: legs}, err
}
