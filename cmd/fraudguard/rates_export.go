package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/web"
)

// exportedRate is a rate of a price list, for scripts. Increments, minimum and grace are seconds.
type exportedRate struct {
	Prefix     string       `json:"prefix"`
	Route      string       `json:"route"`
	PerMinute  money.Amount `json:"per_minute"`
	Connect    money.Amount `json:"connect"`
	First      int          `json:"first"`
	Next       int          `json:"next"`
	Minimum    int          `json:"minimum"`
	Grace      int          `json:"grace"`
	Tiers      string       `json:"tiers"`
	Closed     bool         `json:"closed"`
	ValidFrom  *time.Time   `json:"valid_from"`
	ValidUntil *time.Time   `json:"valid_until"`
}

func exported(r rates.Rate) exportedRate {
	return exportedRate{
		Prefix: r.Prefix, Route: r.Route, PerMinute: r.PerMinute, Connect: r.Connect, First: r.First, Next: r.Next,
		Minimum: r.Minimum, Grace: r.Grace, Tiers: r.Tiers.String(), Closed: r.Closed,
		ValidFrom: web.MomentOrNull(r.ValidFrom), ValidUntil: web.MomentOrNull(r.ValidUntil),
	}
}

func newRatesExportCommand() *cobra.Command {
	c := onDaemon(&cobra.Command{
		Use:   "export DECK",
		Short: "Write a stored price list as CSV, as it can be imported again",
		Long: "Write a stored price list as CSV, as it can be imported again. DECK is a deck's name, which means its\n" +
			"edition in force, or a deck and an edition, such as default@3.",
		Example: "  fraudguard rates export default > default.csv\n  fraudguard rates export default@3 > old.csv",
		Args:    arguments("a price list"),
	}, func(ctx context.Context, s *session, args []string) error {
		deck, err := fetchDeck(ctx, s, args[0])
		if err != nil {
			return err
		}
		if s.json {
			all := []exportedRate{}
			for r := range deck.All() {
				all = append(all, exported(r))
			}
			return printJSON(s.out, all)
		}
		return rates.Write(s.out, deck)
	})
	return c
}
