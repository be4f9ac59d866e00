package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/rates"
)

const (
	swapVerdicts = 200_000
	swapEditions = 3
	// swapGoal is what a verdict promises whatever else happens; the longest shows it.
	swapGoal = "no pause"
)

// measureSwap takes verdicts while nothing else happens, and then while decks of a million prefixes
// are built beside them and put in force one after the other.
func measureSwap(ctx context.Context, b *bench) error {
	prices, err := verdictPrices(1, verdictPrefixes)
	if err != nil {
		return err
	}
	scene := verdictScene{name: "swap"}
	c, err := scene.prepare(prices)
	if err != nil {
		return err
	}
	quiet, _, err := takeVerdicts(ctx, c, scene, nil)
	if err != nil {
		return err
	}
	swaps, failed := make(chan *rates.Prices), make(chan error, 1)
	building, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { failed <- buildEditions(building, swaps) }()
	busy, swapped, err := takeVerdicts(ctx, c, scene, swaps)
	if err != nil {
		return err
	}
	if err := <-failed; err != nil {
		return err
	}
	for _, line := range []struct {
		what, goal string
		at         int
	}{{"p50", "", 50}, {"p99", "", 99}, {"longest", swapGoal, 100}} {
		x, y := percentile(busy, line.at), percentile(quiet, line.at)
		b.add(result{What: "a verdict during swaps, " + line.what, Value: x, Unit: "µs", Ratio: x / y, Beside: "the same without", Goal: line.goal})
	}
	b.add(result{What: "the longest swap", Value: percentile(swapped, 100), Unit: "µs",
		Note: fmt.Sprintf("%d swaps beside %d verdicts; the next verdict waits for it, and is measured with it", len(swapped), len(busy))})
	return nil
}

// buildEditions builds decks of a million prefixes, one after the other.
func buildEditions(ctx context.Context, swaps chan<- *rates.Prices) error {
	defer close(swaps)
	for number := range swapEditions {
		prices, err := verdictPrices(number+2, deckPrefixes)
		if err != nil {
			return err
		}
		select {
		case swaps <- prices:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// takeVerdicts takes at least swapVerdicts, and goes on until there is nothing more to swap in. The verdict that
// comes with a swap has to wait for it, and so is measured with it. Both are in microseconds.
func takeVerdicts(ctx context.Context, c *verdictCaller, scene verdictScene, swaps <-chan *rates.Prices) (took, swapped []float64, err error) {
	runtime.GC()
	for n := 0; n < swapVerdicts || swaps != nil; n++ {
		var waited time.Duration
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case prices, more := <-swaps:
			if !more {
				swaps = nil
				break
			}
			began := time.Now()
			c.guard.Handle(guard.PricesChanged{Seen: c.seen(), Prices: prices})
			waited = time.Since(began)
			swapped = append(swapped, micros(waited))
		default:
		}
		f := c.dial()
		began := time.Now()
		effects := c.guard.Handle(f)
		took = append(took, micros(waited+time.Since(began)))
		if err := scene.check(effects); err != nil {
			return nil, nil, err
		}
		c.hangUp()
	}
	return took, swapped, nil
}
