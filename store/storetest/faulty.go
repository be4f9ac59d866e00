package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// Fault is how a call goes wrong.
type Fault int

// The faults.
const (
	// None is a call that goes through.
	None Fault = iota
	// Fails does nothing and says so.
	Fails
	// FailsButDone does what was asked and says that it failed, as when the answer gets lost.
	FailsButDone
	// TimesOut does nothing and says nothing until the context ends.
	TimesOut
)

// ErrFault is the error of a call that was made to fail.
var ErrFault = errors.New("made to fail")

// Faulty gives a store whose writing calls go wrong as the function says; it is asked before each
// call, with the method's name. Reading calls go through.
func Faulty(s store.Store, fault func(method string) Fault) store.Store {
	return &faulty{Store: s, fault: fault}
}

type faulty struct {
	store.Store
	fault func(method string) Fault
}

func (f *faulty) do(ctx context.Context, method string, call func() error) error {
	switch f.fault(method) {
	case Fails:
		return ErrFault
	case FailsButDone:
		return errors.Join(ErrFault, call())
	case TimesOut:
		<-ctx.Done()
		return ctx.Err()
	}
	return call()
}

func (f *faulty) Save(ctx context.Context, records []guard.Record, tell []string) error {
	return f.do(ctx, "Save", func() error { return f.Store.Save(ctx, records, tell) })
}

func (f *faulty) SaveEdition(ctx context.Context, deck *rates.Deck, e store.EditionInfo) (store.EditionInfo, error) {
	var saved store.EditionInfo
	err := f.do(ctx, "SaveEdition", func() (err error) {
		saved, err = f.Store.SaveEdition(ctx, deck, e)
		return err
	})
	if err != nil {
		return store.EditionInfo{}, err
	}
	return saved, nil
}

func (f *faulty) Sent(ctx context.Context, ids []int64, at time.Time) error {
	return f.do(ctx, "Sent", func() error { return f.Store.Sent(ctx, ids, at) })
}

func (f *faulty) Postpone(ctx context.Context, ids []int64, next time.Time, reason string) error {
	return f.do(ctx, "Postpone", func() error { return f.Store.Postpone(ctx, ids, next, reason) })
}

func (f *faulty) Prune(ctx context.Context, p store.Pruning) (store.Pruned, error) {
	var pruned store.Pruned
	err := f.do(ctx, "Prune", func() (err error) {
		pruned, err = f.Store.Prune(ctx, p)
		return err
	})
	if err != nil {
		return store.Pruned{}, err
	}
	return pruned, nil
}

func (f *faulty) Currency(ctx context.Context, currency string) (string, error) {
	var kept string
	err := f.do(ctx, "Currency", func() (err error) {
		kept, err = f.Store.Currency(ctx, currency)
		return err
	})
	if err != nil {
		return "", err
	}
	return kept, nil
}

func (f *faulty) Lease(ctx context.Context, r store.LeaseRequest) (store.Lease, error) {
	var lease store.Lease
	err := f.do(ctx, "Lease", func() (err error) {
		lease, err = f.Store.Lease(ctx, r)
		return err
	})
	if err != nil {
		return store.Lease{}, err
	}
	return lease, nil
}

func (f *faulty) Release(ctx context.Context, server, holder string) error {
	return f.do(ctx, "Release", func() error { return f.Store.Release(ctx, server, holder) })
}

// breaking is a context that ends when it has been looked at a number of times: that is, somewhere
// in the middle of a call that looks at it between its steps, and always at about the same place.
type breaking struct {
	context.Context
	end   context.CancelFunc
	looks atomic.Int64 // what is left of them; the database looks from goroutines of its own too
}

func breakAfter(ctx context.Context, looks int) *breaking {
	ctx, end := context.WithCancel(ctx)
	b := &breaking{Context: ctx, end: end}
	b.looks.Store(int64(looks))
	return b
}

// Err counts a look.
func (b *breaking) Err() error {
	if b.looks.Add(-1) < 0 {
		b.end()
	}
	return b.Context.Err()
}
