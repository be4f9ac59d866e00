package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

func newRatesLookupCommand() *cobra.Command {
	var server string
	c := onDaemon(&cobra.Command{
		Use:   "lookup NUMBER",
		Short: "Show the destination and the price of a number, written with + or as it is dialled",
		Example: "  fraudguard rates lookup +390612345678\n" +
			"  fraudguard rates lookup 900390612345678 --server pbx1",
		Args: arguments("a number"),
	}, func(ctx context.Context, s *session, args []string) error {
		found, err := s.LookupRate(ctx, server, args[0])
		if err != nil {
			return err
		}
		return s.show(ctx, found, func(p place, to *page) { writeLookup(to, p, found) })
	})
	c.Flags().StringVar(&server, "server", "", "the server at which the number is dialled (default: the first of the configuration)")
	return c
}

func writeLookup(to *page, p place, r web.RateLookup) {
	class := r.Class
	if r.International && class != "international" {
		class += ", international"
	}
	to.table(
		[]string{"Dialled", fmt.Sprintf("%s at %s", r.Dialled, r.Server)},
		[]string{"Number", r.Number},
		[]string{"Country", r.Country},
		[]string{"Class", class},
	)
	to.gap()
	switch {
	case r.Deck == "":
		to.line("There is no price list: fraudguard rates import FILE --deck NAME")
	case !r.Priced:
		to.line("Deck %s has no price for it.", r.Deck)
	default:
		from := "always"
		if r.ValidFrom != nil {
			from = p.moment(*r.ValidFrom)
		}
		to.table(
			[]string{"Deck", r.Deck},
			[]string{"Route", r.Route},
			[]string{"Prefix", r.Prefix},
			[]string{"Per minute", fmt.Sprintf("%s %s", r.PerMinute, r.Currency)},
			[]string{"Connect fee", fmt.Sprintf("%s %s", r.Connect, r.Currency)},
			[]string{"Increments", fmt.Sprintf("%d/%d s", r.First, r.Next)},
			[]string{"Valid from", from},
		)
	}
}
