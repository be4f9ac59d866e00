package daemon

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

const (
	// followEvery bounds how often it is read what others have written into the store, and followAgainMost how
	// long price lists that could not be read are left alone: one of them can be a million rates.
	followEvery, followAgainMost = time.Second, 30 * time.Second
	// followLook is how often it is looked whether the guard's own blocks and caps have been stored.
	followLook = 50 * time.Millisecond
	// followTimeout bounds one reading.
	followTimeout = 10 * time.Second
	// listenPause and listenPauseMost are how long a store that cannot be listened to is left alone.
	listenPause, listenPauseMost = 200 * time.Millisecond, 5 * time.Second
)

// follow brings the blocks, the caps and the price lists to the guard that other programs write into the
// store. A price list can take seconds to read, for which no block waits.
func (d *Daemon) follow(ctx context.Context) {
	watched, shared := d.store.(store.Watcher)
	if !shared {
		return
	}
	inForce, editions := make(chan struct{}, 1), make(chan struct{}, 1)
	var following sync.WaitGroup
	following.Go(func() { d.listen(ctx, watched, inForce, editions) })
	following.Go(func() {
		keepUp(ctx, inForce, followEvery, func() error { return d.readInForce(ctx, watched) }, func(err error) {
			d.log.Error("what other programs have blocked or set cannot be read from the store; it is tried again each second", "error", err)
		})
	})
	following.Go(func() {
		keepUp(ctx, editions, followAgainMost, func() error { return d.readPrices(ctx) }, func(err error) {
			d.log.Error("price lists that other programs have imported cannot be read from the store; it is tried again", "error", err)
		})
	})
	following.Wait()
}

// keepUp reads after each change, and once for a burst of them. What fails is told once and tried again,
// after pauses that grow up to the longest.
func keepUp(ctx context.Context, changed chan struct{}, longest time.Duration, read func() error, tell func(error)) {
	for failed, pause := "", followEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		err := read()
		if err != nil && ctx.Err() == nil {
			if err.Error() != failed {
				failed = err.Error()
				tell(err)
			}
			note(changed)
			pauseFor(ctx, pause)
			pause = min(2*pause, longest)
			continue
		}
		failed, pause = "", followEvery
		pauseFor(ctx, followEvery)
	}
}

// listen notes each change, and that there may have been one whenever the store was out of hearing.
func (d *Daemon) listen(ctx context.Context, watched store.Watcher, inForce, editions chan<- struct{}) {
	pause, deaf := listenPause, false
	for ctx.Err() == nil {
		err := watched.Watch(ctx, func() {
			if deaf {
				d.log.Info("what other programs write into the store is heard of again")
			}
			pause, deaf = listenPause, false
			note(inForce)
		}, func() { note(editions) })
		if ctx.Err() != nil {
			return
		}
		if !deaf {
			d.log.Warn("what other programs write into the store is not heard of until it answers again", "error", err)
		}
		deaf = true
		pauseFor(ctx, pause)
		pause = min(2*pause, listenPauseMost)
	}
}

func note(changed chan<- struct{}) {
	select {
	case changed <- struct{}{}:
	default: // it is noted already
	}
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// readInForce gives the guard what the store has. That has to hold all that the guard itself has ordered, or
// the guard would take its own new blocks for lifted ones: so it is read when everything is stored, and
// read again where the guard has ordered something meanwhile.
func (d *Daemon) readInForce(ctx context.Context, watched store.Watcher) error {
	for ; ctx.Err() == nil; pauseFor(ctx, followLook) {
		before, stored := d.recorder.ordered()
		if !stored {
			continue
		}
		reading, cancel := context.WithTimeout(ctx, followTimeout)
		blocks, caps, err := watched.InForce(reading)
		cancel()
		if err != nil {
			return err
		}
		taken := false
		err = d.ask(ctx, func(g *guard.Guard) {
			if now, _ := d.recorder.ordered(); now != before {
				return
			}
			taken = true
			was := g.Blocks()
			d.carryOut(g.Handle(guard.StoreRead{Seen: guard.Seen{At: time.Now()}, Blocks: d.soundBlocks(blocks, idsOf(was)), Overrides: d.soundCaps(caps)}))
			d.tellBlocks(was, g.Blocks())
		})
		if taken || errors.Is(err, errEnding) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// soundBlocks leaves out what is no block: SQL can write what no command would. What the guard knows is sound.
func (d *Daemon) soundBlocks(blocks []guard.Block, known map[string]bool) []guard.Block {
	var sound []guard.Block
	for _, b := range blocks {
		if t, err := web.ParseTarget(b.Target.String()); !known[b.ID] && (err != nil || t != b.Target) {
			d.log.Error("a block in the store is on no target or on several, and is not taken over: delete it and set another", "id", b.ID)
			continue
		}
		sound = append(sound, b)
	}
	return sound
}

// soundCaps leaves out values that no command would take.
func (d *Daemon) soundCaps(caps []guard.Override) []guard.Override {
	var sound []guard.Override
	for _, c := range caps {
		if err := c.Kind.Check(c.Value); err != nil {
			d.log.Error("a cap in the store cannot be, and is not taken over", "subject", c.Subject.String(), "kind", c.Kind.String(), "error", err)
			continue
		}
		sound = append(sound, c)
	}
	return sound
}

func idsOf(blocks []guard.Block) map[string]bool {
	all := make(map[string]bool, len(blocks))
	for _, b := range blocks {
		all[b.ID] = true
	}
	return all
}

// tellBlocks logs what has changed by reading the store.
func (d *Daemon) tellBlocks(was, is []guard.Block) {
	before, now := idsOf(was), idsOf(is)
	for _, b := range is {
		if !before[b.ID] {
			d.log.Warn("blocked by another program", "target", b.Target.String(), "by", b.Source, "until", b.Until, "reason", b.Reason, "id", b.ID)
		}
	}
	for _, b := range was {
		if !now[b.ID] {
			d.log.Info("no longer blocked", "target", b.Target.String(), "id", b.ID)
		}
	}
}

// ownLegs leaves out the live legs on servers that another guard has with the same store: they are that one's
// to watch and to charge.
func (d *Daemon) ownLegs(ctx context.Context, legs []guard.Leg) []guard.Leg {
	own := make(map[string]bool)
	for _, name := range serverNames(d.config) {
		own[name] = true
	}
	return slices.DeleteFunc(legs, func(l guard.Leg) bool {
		if _, asked := own[l.Server]; !asked {
			holder, err := d.leases.holderOf(ctx, l.Server)
			if err != nil {
				d.log.Error("who has a server with live calls in the store is not known; they are left alone", "server", l.Server, "error", err)
			}
			own[l.Server] = err == nil && holder == ""
		}
		return !own[l.Server]
	})
}
