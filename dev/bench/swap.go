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
	quiet, err := takeVerdicts(ctx, c, scene, nil)
	if err != nil {
		return err
	}
	swaps, failed := make(chan *rates.Prices), make(chan error, 1)
	building, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { failed <- buildEditions(building, swaps) }()
	busy, err := takeVerdicts(ctx, c, scene, swaps)
	if err != nil {
		return err
	}
	if err := <-failed; err != nil {
		return err
	}
	for _, at := range []int{50, 99} {
		x, y := percentile(busy, at), percentile(quiet, at)
		b.add(result{What: fmt.Sprintf("a verdict during swaps, p%d", at), Value: x, Unit: "µs", Ratio: x / y, Beside: "the same without"})
	}
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

// takeVerdicts takes at least swapVerdicts, and goes on until there is nothing more to swap in.
func takeVerdicts(ctx context.Context, c *verdictCaller, scene verdictScene, swaps <-chan *rates.Prices) ([]float64, error) {
	runtime.GC()
	var took []float64
	for n := 0; n < swapVerdicts || swaps != nil; n++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case prices, more := <-swaps:
			if !more {
				swaps = nil
				break
			}
			c.guard.Handle(guard.PricesChanged{Seen: c.seen(), Prices: prices})
		default:
		}
		f := c.dial()
		began := time.Now()
		effects := c.guard.Handle(f)
		took = append(took, micros(time.Since(began)))
		if err := scene.check(effects); err != nil {
			return nil, err
		}
		c.hangUp()
	}
	return took, nil
}
