// Package webtest has a web.Backend in memory, for tests of what stands before it. It answers from
// its fields as the daemon answers from its guard and store, and it is strict: what the server
// should never have let through is an error.
package webtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// Backend is a web.Backend in memory. Fill its fields before it is used.
type Backend struct {
	// Now is the moment of all that is done.
	Now time.Time
	// How is the answer to Status.
	How web.Status
	// Legs and Incidents are newest first.
	Legs    []guard.Leg
	Reports []guard.Incident
	// Rows are of any period; Today and Month name the running ones.
	Rows         []limits.Row
	Today, Month string
	// Plan is how digits are dialled at the server named Server.
	Server string
	Plan   number.Plan
	// Wrong is what Verify finds.
	Wrong []store.Discrepancy
	// InForce names the deck in force.
	InForce string
	// Fault is what every method returns, where it is not nil.
	Fault error
	// Begun, where it is not nil, hears of each import before its body is read.
	Begun chan<- struct{}

	// Records and Bill are the answers to those who send call records and bills.
	Records web.RecordsSummary
	Bill    web.BillSummary

	// Set are the caps, in their order; those with a Who were set at run time.
	Set []guard.CapState

	mu     sync.Mutex
	blocks []guard.Block
	decks  []*rates.Deck // editions, oldest first
	asked  []string
}

var _ web.Backend = (*Backend)(nil)

// Asked gives what was asked that changes something, and by whom, in order.
func (b *Backend) Asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// AddBlock puts a block among the blocks.
func (b *Backend) AddBlock(block guard.Block) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocks = append(b.blocks, block)
}

// enter checks what holds for every request.
func (b *Backend) enter(ctx context.Context, format string, args ...any) error {
	if _, bounded := ctx.Deadline(); !bounded {
		return errors.New("the request has no deadline")
	}
	if web.Who(ctx) == "" {
		return errors.New("nobody asked")
	}
	if format != "" {
		b.mu.Lock()
		b.asked = append(b.asked, web.Who(ctx)+": "+fmt.Sprintf(format, args...))
		b.mu.Unlock()
	}
	return b.Fault
}

// Status gives How.
func (b *Backend) Status(ctx context.Context) (web.Status, error) {
	return b.How, b.enter(ctx, "")
}

// Metrics gives one metric.
func (b *Backend) Metrics(ctx context.Context) ([]byte, error) {
	return []byte("fraudguard_live_legs 1\n"), b.enter(ctx, "")
}

// Calls filters Legs.
func (b *Backend) Calls(ctx context.Context, q store.CallsQuery) ([]web.Call, error) {
	var calls []web.Call
	for _, l := range b.Legs {
		if matches(q.Tenant, l.Account.Tenant) && matches(q.Extension, l.Account.Extension) && within(l.Started, q.Since, q.Until) &&
			(!q.LiveOnly || l.Ended.IsZero()) && len(calls) < store.Rows(q.Limit) {
			calls = append(calls, web.CallOf(l))
		}
	}
	return calls, b.enter(ctx, "")
}

// Ledger filters Rows.
func (b *Backend) Ledger(ctx context.Context, q web.LedgerQuery) ([]web.LedgerRow, error) {
	key := q.Key
	if key == "" {
		key = b.Today
		if q.Period == limits.Month {
			key = b.Month
		}
	} else if err := web.CheckPeriod(q.Period, key); err != nil {
		return nil, fmt.Errorf("the server let through a wrong period: %v", err)
	}
	var rows []web.LedgerRow
	for _, r := range b.Rows {
		if r.Key == key && matches(q.Tenant, r.Account.Tenant) && matches(q.Extension, r.Account.Extension) {
			rows = append(rows, web.LedgerRowOf(r))
		}
	}
	return rows, b.enter(ctx, "")
}

// Blocks gives the blocks that were set.
func (b *Backend) Blocks(ctx context.Context, all bool) ([]web.Block, error) {
	if err := b.enter(ctx, ""); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var blocks []web.Block
	for _, block := range b.blocks {
		if all || block.Lifted.IsZero() {
			blocks = append(blocks, web.BlockOf(block))
		}
	}
	return blocks, nil
}

// Block sets a block.
func (b *Backend) Block(ctx context.Context, r web.BlockRequest) (web.Block, error) {
	if again, err := web.ParseTarget(r.Target.String()); err != nil || again != r.Target || r.For < 0 || r.For%time.Second != 0 || r.Who != web.Who(ctx) {
		return web.Block{}, fmt.Errorf("the server let through %+v", r)
	}
	how := "block"
	if r.KeepLive {
		how = "block, keeping what is live,"
	}
	if err := b.enter(ctx, "%s %s for %s: %s", how, r.Target, r.For, r.Reason); err != nil {
		return web.Block{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	block := guard.Block{ID: fmt.Sprintf("b%d", len(b.blocks)+1), Target: r.Target, Reason: r.Reason, Source: r.Who, Since: b.Now}
	if r.For > 0 {
		block.Until = b.Now.Add(r.For)
	}
	b.blocks = append(b.blocks, block)
	return web.BlockOf(block), nil
}

// Unblock lifts a block.
func (b *Backend) Unblock(ctx context.Context, target guard.Target, who string) error {
	if who != web.Who(ctx) {
		return fmt.Errorf("%s is not who asked", who)
	}
	if err := b.enter(ctx, "unblock %s", target); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.blocks {
		if block := &b.blocks[i]; block.Target == target && block.Lifted.IsZero() {
			block.Lifted, block.LiftedBy = b.Now, who
			return nil
		}
	}
	return web.Errorf(http.StatusNotFound, "%s is not blocked", target)
}

// Incidents filters Reports.
func (b *Backend) Incidents(ctx context.Context, q store.IncidentsQuery) ([]web.Incident, error) {
	var incidents []web.Incident
	for _, i := range b.Reports {
		if matches(q.Tenant, i.Account.Tenant) && matches(q.Extension, i.Account.Extension) && matches(q.Rule, i.Rule) &&
			within(i.At, q.Since, q.Until) && len(incidents) < store.Rows(q.Limit) {
			incidents = append(incidents, web.IncidentOf(i))
		}
	}
	return incidents, b.enter(ctx, "")
}

// Incident finds one of Reports.
func (b *Backend) Incident(ctx context.Context, id string) (web.Incident, error) {
	if err := b.enter(ctx, ""); err != nil {
		return web.Incident{}, err
	}
	for _, i := range b.Reports {
		if i.ID == id {
			return web.IncidentOf(i), nil
		}
	}
	return web.Incident{}, fmt.Errorf("incident %s: %w", id, store.ErrNotFound)
}

// ImportRecords reads all that is sent, and gives Records.
func (b *Backend) ImportRecords(ctx context.Context, r web.RecordsRequest, body io.Reader) (web.RecordsSummary, error) {
	n, err := io.Copy(io.Discard, body)
	return b.Records, errors.Join(err, b.enter(ctx, "import %d bytes of records %+v", n, r))
}

// Reconcile reads all that is sent, and gives Bill.
func (b *Backend) Reconcile(ctx context.Context, r web.RecordsRequest, body io.Reader) (web.BillSummary, error) {
	n, err := io.Copy(io.Discard, body)
	return b.Bill, errors.Join(err, b.enter(ctx, "reconcile %d bytes %+v", n, r))
}

// Reload only notes that it was asked.
func (b *Backend) Reload(ctx context.Context) error { return b.enter(ctx, "reload") }

func matches(wanted, have string) bool { return wanted == "" || wanted == have }

func within(at, since, until time.Time) bool {
	return !at.Before(since) && (until.IsZero() || at.Before(until))
}
