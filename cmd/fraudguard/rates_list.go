package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
)

func newRatesListCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:     "list",
		Short:   "List the stored price lists and say which one is in force",
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
			rows := [][]string{{"DECK", "RATES", "CURRENCY", "SAVED", "IN FORCE"}}
			for _, d := range decks {
				inForce := "no"
				if d.InForce {
					inForce = "yes"
				}
				rows = append(rows, []string{d.Name, strconv.Itoa(d.Rates), d.Currency, p.moment(d.Saved), inForce})
			}
			to.table(rows...)
		})
	})
}
