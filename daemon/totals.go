package daemon

import (
	"context"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

const (
	// totalsQueue bounds the days whose totals are asked for: one each time that the clock was set.
	totalsQueue = 64
	// totalsPause is how long to wait for a store that does not answer.
	totalsPause = time.Second
)

// findTotals asks for the totals of a day, behind all else. It never waits.
func (d *Daemon) findTotals(e guard.FindTotals) {
	d.log.Warn("the clock was set; what was spent on this day before is read from the store", "day", e.Day)
	select {
	case d.totals <- e:
	default:
		d.log.Error("the clock is set again and again: the caps do not count what was spent on this day before, until fraudguard is started again", "day", e.Day)
	}
}

// readTotals asks the store until it answers: until then the caps lack what it has.
func (d *Daemon) readTotals(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-d.totals:
			for told := false; ctx.Err() == nil; pauseFor(ctx, totalsPause) {
				err := d.readTotalsOnce(ctx, e.Day)
				if err == nil {
					break
				}
				if !told && ctx.Err() == nil {
					d.log.Error("the caps do not count what was spent on this day before the clock was set, until the store can be read", "day", e.Day, "error", err)
				}
				told = true
			}
		}
	}
}

func (d *Daemon) readTotalsOnce(ctx context.Context, day string) error {
	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	if err := d.recorder.settled(limited); err != nil {
		return err
	}
	state, err := d.store.Load(limited, day, time.Now())
	if err != nil {
		return err
	}
	select {
	case d.facts <- guard.TotalsRead{Seen: guard.Seen{At: time.Now()}, Day: day, Days: state.Days, Routes: state.Routes}:
	case <-ctx.Done():
	}
	return nil
}
