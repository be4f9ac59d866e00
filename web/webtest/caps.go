package webtest

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

// Caps filters Set: of an account it gives those that are set for just it, which are told with what
// is used.
func (b *Backend) Caps(ctx context.Context, subject *limits.Subject) ([]web.Cap, error) {
	if err := b.enter(ctx, ""); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var caps []web.Cap
	for _, c := range b.Set {
		if subject == nil || c.Subject == *subject {
			if subject == nil {
				c.Used = limits.Unlimited
			}
			caps = append(caps, web.CapOf(c, c.Subject))
		}
	}
	return caps, nil
}

// SetCap sets a cap.
func (b *Backend) SetCap(ctx context.Context, r web.CapRequest) (web.Cap, error) {
	if err := r.Kind.Check(r.Value); err != nil || r.Who != web.Who(ctx) {
		return web.Cap{}, fmt.Errorf("the server let through %+v: %v", r, err)
	}
	if err := b.enter(ctx, "cap %s of %s = %s: %s", r.Kind, r.Subject, r.Kind.Format(r.Value), r.Reason); err != nil {
		return web.Cap{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	set := guard.CapState{Subject: r.Subject, Kind: r.Kind, Value: r.Value, Who: r.Who, At: b.Now, Used: limits.Unlimited}
	b.Set = slices.DeleteFunc(b.Set, func(c guard.CapState) bool { return c.Subject == r.Subject && c.Kind == r.Kind })
	b.Set = append(b.Set, set)
	return web.CapOf(set, r.Subject), nil
}

// UnsetCap takes a cap back.
func (b *Backend) UnsetCap(ctx context.Context, subject limits.Subject, kind limits.Kind, who string) error {
	if who != web.Who(ctx) {
		return fmt.Errorf("the server let through %q", who)
	}
	if err := b.enter(ctx, "no cap %s of %s", kind, subject); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.Set)
	b.Set = slices.DeleteFunc(b.Set, func(c guard.CapState) bool { return c.Subject == subject && c.Kind == kind && c.Who != "" })
	if len(b.Set) == before {
		return web.Errorf(http.StatusNotFound, "nobody has set the cap %s of %s", kind, subject)
	}
	return nil
}
