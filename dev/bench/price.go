package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

const (
	priceCalls  = 200_000 // in one round
	priceRounds = 5
)

// measurePrice cleans and classifies dialled numbers beside the numbering library's own reading, and
// prices calls beside a bare multiplication.
func measurePrice(ctx context.Context, b *bench) error {
	plan := number.Plan{
		Country: "IT", InternationalPrefixes: []string{"00"}, OutsideLine: "9", FeatureCodes: []string{"*67", "*82", "*31#", "#31#"},
	}
	if err := plan.Check(); err != nil {
		return err
	}
	dialled := []string{"900442079460000", "+390612345678", "90612345678", "0033123456789", "+12125550123", "*670049301234567", "3331234567"}
	var ours, theirs []float64
	for range priceRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		began := time.Now()
		for i := range priceCalls {
			if d, err := plan.Parse(dialled[i%len(dialled)]); err != nil || d.Country == "" {
				return fmt.Errorf("%s: %+v, %v", dialled[i%len(dialled)], d, err)
			}
		}
		ours = append(ours, float64(time.Since(began))/priceCalls)
		began = time.Now()
		for i := range priceCalls / 10 {
			n, err := phonenumbers.Parse(dialled[i%len(dialled)], "IT")
			if err != nil {
				return err
			}
			_, _ = phonenumbers.GetNumberType(n), phonenumbers.GetRegionCodeForNumber(n)
		}
		theirs = append(theirs, float64(time.Since(began))/(priceCalls/10))
	}
	b.add(result{What: "clean and classify a dialled number", Value: median(ours), Unit: "ns", Ratio: median(ratios(ours, theirs)), Beside: "nyaruka/phonenumbers"})
	b.add(result{What: "nyaruka/phonenumbers, parse, type and region", Value: median(theirs), Unit: "ns"})
	return measureCosts(ctx, b)
}

func measureCosts(ctx context.Context, b *bench) error {
	tiers, err := rates.ParseTiers("mon-fri 08:00-18:00 0.12 | after 600 0.08", nil)
	if err != nil {
		return err
	}
	plain := rates.Rate{Prefix: "39", PerMinute: money.Unit / 10, First: 30, Next: 6}
	tiered := plain
	tiered.Tiers = tiers
	var bare, ours, withTiers []float64
	for range priceRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		sum := money.Amount(0)
		each := func(cost func(time.Duration) money.Amount) float64 {
			began := time.Now()
			for i := range priceCalls {
				sum += cost(time.Duration(i%3600) * time.Second)
			}
			return float64(time.Since(began)) / priceCalls
		}
		bare = append(bare, each(func(d time.Duration) money.Amount {
			cost, _ := money.PerMinute(plain.PerMinute, int64(d/time.Second))
			return cost
		}))
		ours = append(ours, each(func(d time.Duration) money.Amount { return plain.Cost(verdictStart, d) }))
		withTiers = append(withTiers, each(func(d time.Duration) money.Amount { return tiered.Cost(verdictStart, d) }))
		if sum <= 0 {
			return errors.New("calls cost nothing")
		}
	}
	b.add(result{What: "the cost of a call", Value: median(ours), Unit: "ns", Ratio: median(ratios(ours, bare)), Beside: "a multiplication"})
	b.add(result{What: "the cost of a call with tiers", Value: median(withTiers), Unit: "ns", Ratio: median(ratios(withTiers, bare)), Beside: "a multiplication"})
	return nil
}
