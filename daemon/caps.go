package daemon

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

// Caps gives the caps that are set: all, those that count for an account, or those of one subject.
func (b backend) Caps(ctx context.Context, subject *limits.Subject) ([]web.Cap, error) {
	var caps []web.Cap
	err := b.ask(ctx, func(g *guard.Guard) {
		if subject == nil {
			for _, c := range g.Caps() {
				caps = append(caps, web.CapOf(c, c.Subject))
			}
			return
		}
		if account, single := web.Single(*subject); single {
			for _, c := range g.CapsOf(account, time.Now()) {
				caps = append(caps, web.CapOf(c, *subject))
			}
			return
		}
		for _, c := range g.Caps() {
			if c.Subject == *subject {
				caps = append(caps, web.CapOf(c, c.Subject))
			}
		}
	})
	return caps, err
}

// SetCap sets a cap, which live calls feel at once.
func (b backend) SetCap(ctx context.Context, r web.CapRequest) (web.Cap, error) {
	err := b.handle(ctx, guard.CapSet{Seen: guard.Seen{At: time.Now()}, Subject: r.Subject, Kind: r.Kind, Value: r.Value, Reason: r.Reason, Who: r.Who})
	if err != nil {
		return web.Cap{}, err
	}
	set, err := b.setBy(ctx, r.Subject, r.Kind)
	if err == nil && set == nil {
		err = errors.New("the cap was taken back as soon as it was set")
	}
	if err != nil {
		return web.Cap{}, err
	}
	return web.CapOf(*set, r.Subject), nil
}

// UnsetCap takes a cap back that a person has set.
func (b backend) UnsetCap(ctx context.Context, subject limits.Subject, kind limits.Kind, who string) error {
	set, err := b.setBy(ctx, subject, kind)
	if err != nil {
		return err
	}
	if set == nil {
		return web.Errorf(http.StatusNotFound, "nobody has set the cap %s of %s with fraudguard caps set: what the configuration says is changed there, see fraudguard caps list",
			kind, subject)
	}
	return b.handle(ctx, guard.CapUnset{Seen: guard.Seen{At: time.Now()}, Subject: subject, Kind: kind, Who: who})
}

// setBy gives the cap that a person has set for a subject, nil where there is none.
func (b backend) setBy(ctx context.Context, subject limits.Subject, kind limits.Kind) (set *guard.CapState, err error) {
	err = b.ask(ctx, func(g *guard.Guard) {
		for _, c := range g.Caps() {
			if c.Subject == subject && c.Kind == kind && c.Who != "" {
				set = &c
			}
		}
	})
	return set, err
}
