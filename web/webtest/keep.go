package webtest

import (
	"context"
	"fmt"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// Verify gives Ledger as what was found, of all the rows.
func (b *Backend) Verify(ctx context.Context, q web.VerifyQuery) (web.Proof, error) {
	if q.From != "" && q.To != "" && q.From > q.To {
		return web.Proof{}, fmt.Errorf("the server let through %+v", q)
	}
	if q.From == "" {
		q.From = b.Month + "-01"
	}
	if q.To == "" {
		q.To = b.Today
	}
	proof := store.Proof{Discrepancies: b.Wrong, Pruned: 7}
	for _, r := range b.Rows {
		if len(r.Key) == len(b.Month) {
			proof.Months++
		} else {
			proof.Days++
		}
	}
	return web.ProofOf(q, proof), b.enter(ctx, "")
}

// Prune says that all ended Legs were old.
func (b *Backend) Prune(ctx context.Context, r web.PruneRequest) (web.Pruned, error) {
	if r.Who != web.Who(ctx) {
		return web.Pruned{}, fmt.Errorf("the server let through %+v", r)
	}
	if err := b.enter(ctx, "prune before %q, dry run %v", r.Before, r.DryRun); err != nil {
		return web.Pruned{}, err
	}
	pruned := web.Pruned{Before: web.Moment(b.Now.AddDate(0, 0, -90)), Numbers: "delete", DryRun: r.DryRun}
	for _, l := range b.Legs {
		if !l.Ended.IsZero() {
			pruned.Calls++
		}
	}
	return pruned, nil
}
