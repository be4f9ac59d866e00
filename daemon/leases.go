package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/store"
)

const (
	// leaseLength is for how long a server is this guard's without a sign of life.
	leaseLength = 15 * time.Second
	// leaseRenewal is how often it is renewed, and leaseTimeout how long that may take.
	leaseRenewal = 5 * time.Second
	leaseTimeout = 4 * time.Second
	// leaseLook is how often it is looked whether a lease that another has is renewed.
	leaseLook = 250 * time.Millisecond
)

// leases keep the servers for this guard, so that no second one with the same store watches and steers
// them by mistake.
type leases struct {
	store  store.Store
	log    *slog.Logger
	holder holder
	length time.Duration

	mu   sync.Mutex
	held []string
	err  error // why they could not be renewed
}

func newLeases(s store.Store, log *slog.Logger) *leases {
	return &leases{store: s, log: log, holder: thisHolder(), length: leaseLength}
}

// takenError says that another guard has a server.
type takenError struct{ lease store.Lease }

// Error says who has it, and what to do.
func (e *takenError) Error() string {
	return fmt.Sprintf("another fraudguard guards server %s already, with the same store: %s, since %s. End it first, or take the server out of one of the two configurations",
		e.lease.Server, holderWords(e.lease.Holder), e.lease.Since.Format(time.RFC3339))
}

// take takes servers, all or none. Of a guard that has ended on this machine they are free at once, of
// one on another machine when its lease has run out, which is waited for as long as it is not renewed.
func (l *leases) take(ctx context.Context, servers []string) error {
	for i, server := range servers {
		if err := l.takeOne(ctx, server); err != nil {
			l.giveBack(servers[:i])
			return err
		}
	}
	return nil
}

func (l *leases) takeOne(ctx context.Context, server string) error {
	var first store.Lease
	for dead := ""; ; {
		lease, err := l.ask(ctx, server, dead)
		if err != nil && ctx.Err() == nil {
			// A store that can be read and not written, on a full disk for instance, is no reason to
			// guard nothing. The lease is asked for again.
			l.log.Warn("a server is guarded without a lease, because the store does not give one", "server", server, "error", err)
		}
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || lease.Holder == l.holder.String() {
			l.mu.Lock()
			l.held = append(l.held, server)
			l.mu.Unlock()
			return nil
		}
		if other, ok := readHolder(lease.Holder); ok && l.holder.gone(other) && dead == "" {
			dead = lease.Holder
			continue
		}
		if first.Holder == "" {
			first = lease
			l.log.Info("another fraudguard has this server; waiting whether it is still there", "server", server,
				"holder", holderWords(lease.Holder), "until", lease.Until)
		}
		if lease.Holder != first.Holder || lease.Until.After(first.Until) {
			return &takenError{lease}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(leaseLook):
		}
	}
}

// holderOf says which other guard has a server; "" where none has. It is taken for a moment to know that.
func (l *leases) holderOf(ctx context.Context, server string) (string, error) {
	lease, err := l.ask(ctx, server, "")
	if err != nil || lease.Holder != l.holder.String() {
		return lease.Holder, err
	}
	return "", l.store.Release(ctx, server, l.holder.String())
}

func (l *leases) ask(ctx context.Context, server, dead string) (store.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseTimeout)
	defer cancel()
	return l.store.Lease(ctx, store.LeaseRequest{Server: server, Holder: l.holder.String(), Dead: dead, For: l.length})
}

// run renews what is held until ctx ends. Lost hears of each server that another guard has taken.
func (l *leases) run(ctx context.Context, lost func(store.Lease)) {
	tick := time.NewTicker(leaseRenewal)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.renew(ctx, lost)
		}
	}
}

// renew asks once for all that is held. While the store is away nothing is lost: protection goes on.
func (l *leases) renew(ctx context.Context, lost func(store.Lease)) {
	var failed error
	for _, server := range l.servers() {
		lease, err := l.ask(ctx, server, "")
		if err != nil {
			failed = err
			continue
		}
		if lease.Holder != l.holder.String() && l.drop(server) {
			lost(lease)
		}
	}
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if (failed == nil) != (l.err == nil) {
		if failed != nil {
			l.log.Warn("the lease of the servers is not renewed; after a while another fraudguard could take them", "error", failed)
		} else {
			l.log.Info("the lease of the servers is renewed again")
		}
	}
	l.err = failed
}

func (l *leases) servers() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.held)
}

// drop lets go of a server, and says whether it was held.
func (l *leases) drop(server string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.held, server)
	if i >= 0 {
		l.held = slices.Delete(l.held, i, i+1)
	}
	return i >= 0
}

// giveBack lets others have servers at once.
func (l *leases) giveBack(servers []string) {
	ctx, cancel := context.WithTimeout(context.Background(), leaseTimeout)
	defer cancel()
	var errs []error
	for _, server := range servers {
		if l.drop(server) {
			errs = append(errs, l.store.Release(ctx, server, l.holder.String()))
		}
	}
	if err := errors.Join(errs...); err != nil {
		l.log.Warn("the lease of the servers is not given back, and runs out by itself", "error", err)
	}
}

// missing are those of the servers that are not held.
func (l *leases) missing(servers []string) []string {
	held := l.servers()
	return slices.DeleteFunc(slices.Clone(servers), func(s string) bool { return slices.Contains(held, s) })
}
