package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

const (
	// sampleEvery is how often some days of the ledger are compared with their charges.
	sampleEvery = time.Hour
	// sampleTimeout bounds that.
	sampleTimeout = 5 * time.Minute
	// sampleBack is how many days back the day lies at most that is looked at besides the running one.
	sampleBack = 62
	// mostShown bounds the discrepancies that an incident lists.
	mostShown = 10
	// tellDifferences is how often the same ones are told.
	tellDifferences = 24 * time.Hour
)

// differences is what was found wrong with the ledger.
type differences struct {
	// figures counts those that are off, by the day that was looked at.
	figures map[string]int
	// told is the sentence of the last incident, of the moment at.
	told string
	at   time.Time
}

// checkLedgers compares a sample of the ledger with its charges every hour: the running day, and
// another one, so that in time all of the last two months come up.
func (d *Daemon) checkLedgers(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			c, _ := d.current()
			calendar := limits.NewCalendar(c.Zone)
			back := 1 + int(now.Unix()/int64(sampleEvery/time.Second))%sampleBack
			for _, day := range []time.Time{now, now.AddDate(0, 0, -back)} {
				d.checkLedger(ctx, calendar.Window(limits.Day, day).Key)
			}
		}
	}
}

// checkLedger compares one day, and tells what is off.
func (d *Daemon) checkLedger(ctx context.Context, day string) {
	ctx, cancel := context.WithTimeout(ctx, sampleTimeout)
	defer cancel()
	proof, err := d.store.Verify(ctx, day, day)
	if err != nil {
		if ctx.Err() == nil {
			d.log.Warn("the ledger could not be compared with its charges", "day", day, "error", err)
		}
		return
	}
	d.found(ctx, day, proof)
}

// found takes in what came of comparing a day.
func (d *Daemon) found(ctx context.Context, day string, proof store.Proof) {
	what := ""
	if n := len(proof.Discrepancies); n > 0 {
		what = fmt.Sprintf("%d figures of the ledger of %s and its month are not the sums of their charges", n, day)
	}
	now := time.Now()
	d.mu.Lock()
	if d.ledger.figures == nil {
		d.ledger.figures = make(map[string]int)
	}
	delete(d.ledger.figures, day)
	if what != "" {
		d.ledger.figures[day] = len(proof.Discrepancies)
	}
	tell := what != "" && (d.ledger.told != what || now.Sub(d.ledger.at) >= tellDifferences)
	if tell {
		d.ledger.told, d.ledger.at = what, now
	}
	d.mu.Unlock()
	if !tell {
		return
	}
	fact := guard.LedgerDiffers{Seen: guard.Seen{At: now}, What: what}
	for _, w := range proof.Discrepancies[:min(len(proof.Discrepancies), mostShown)] {
		shape := web.DiscrepancyOf(w)
		fact.Evidence = append(fact.Evidence, guard.Evidence{
			Name:  fmt.Sprintf("%s of %s %s", shape.Figure, shape.Period, w.Account),
			Value: fmt.Sprintf("total %s, sum %s, off by %s", shape.Total, shape.Sum, shape.Off),
		})
	}
	if err := d.handle(ctx, fact); err != nil && ctx.Err() == nil {
		d.log.Error("the ledger differs from its charges, and that is not recorded", "day", day, "error", err)
	}
}

// wrongTotals counts the figures that the samples found wrong, and that were not found right since.
func (d *Daemon) wrongTotals() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, figures := range d.ledger.figures {
		n += figures
	}
	return n
}

// Verify compares the ledger from one day to another with its charges.
func (b backend) Verify(ctx context.Context, q web.VerifyQuery) (web.Proof, error) {
	c, _ := b.current()
	if q.To == "" {
		q.To = limits.NewCalendar(c.Zone).Window(limits.Day, time.Now()).Key
	}
	if q.From == "" {
		now := time.Now().In(c.Zone)
		q.From = time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	proof, err := b.store.Verify(ctx, q.From, q.To)
	if err == nil && len(proof.Discrepancies) == 0 {
		b.mended(q.From, q.To)
	}
	return web.ProofOf(q, proof), err
}

// mended forgets what was wrong with the days of a proof.
func (d *Daemon) mended(from, to string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for day := range d.ledger.figures {
		if from <= day && day <= to {
			delete(d.ledger.figures, day)
		}
	}
}
