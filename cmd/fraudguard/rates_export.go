package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/rates"
)

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
			return printJSON(s.out, slices.Collect(deck.All()))
		}
		return rates.Write(s.out, deck)
	})
	return c
}
