package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/rates"
)

func newRatesListCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:     "list",
		Short:   "List the stored price lists, all editions, and say which ones are in force",
		Example: "  fraudguard rates list\n  fraudguard rates list --json",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		decks, err := s.Decks(ctx)
		if err != nil {
			return err
		}
		return s.show(ctx, decks, func(p place, to *page) {
			if len(decks) == 0 {
				to.line("There is no price list: fraudguard rates import FILE --deck NAME")
				return
			}
			rows := [][]string{{"DECK", "STATE", "RATES", "CURRENCY", "VALID FROM", "SAVED", "FILE"}}
			for _, d := range decks {
				rows = append(rows, []string{rates.EditionName(d.Name, d.Edition), string(d.State), strconv.Itoa(d.Rates), d.Currency, p.from(d.ValidFrom), p.moment(d.Saved), d.File})
			}
			to.table(rows...)
		})
	})
}
