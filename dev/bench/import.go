package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fraudguard/fraudguard/rates"
)

const importRounds = 3

// priceListText writes a deck as carriers send it, with a date and increments in each row. It is all in
// Italy, where any digits can follow the country code.
func priceListText(all []rates.Rate) []byte {
	var text bytes.Buffer
	text.WriteString("Destination,Code,Rate,Connect Fee,Increment,Effective Date\n")
	for i := range all {
		r := &all[i]
		fmt.Fprintf(&text, "\"%s\",39%s,%s,0.00,%d/%d,2026-11-01\n", r.Route, r.Prefix, r.PerMinute, r.First, r.Next)
	}
	return text.Bytes()
}

// measureImport reads a price list beside encoding/csv, which only cuts it into cells.
func measureImport(ctx context.Context, b *bench) error {
	text := priceListText(deckRates(deckPrefixes))
	var ours, plain, whole []float64
	for range importRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		began := time.Now()
		if err := readPlainly(text); err != nil {
			return err
		}
		plain = append(plain, time.Since(began).Seconds())
		began = time.Now()
		list, err := rates.Read(bytes.NewReader(text), "bench.csv", rates.ReadOptions{})
		if err != nil {
			return err
		}
		ours = append(ours, time.Since(began).Seconds())
		if _, err := rates.NewDeck("default", "EUR", list.Rates); err != nil {
			return err
		}
		whole = append(whole, time.Since(began).Seconds())
	}
	b.add(result{What: "a million rows read and checked", Value: median(ours), Unit: "s", Ratio: median(ratios(ours, plain)), Beside: "encoding/csv", Goal: "<= 4",
		Note: fmt.Sprintf("%.0f rows/s", deckPrefixes/median(ours))})
	b.add(result{What: "encoding/csv, the same bytes", Value: median(plain), Unit: "s", Note: fmt.Sprintf("%.0f rows/s", deckPrefixes/median(plain))})
	b.add(result{What: "read, and made into a deck", Value: median(whole), Unit: "s"})
	return nil
}

func readPlainly(text []byte) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
