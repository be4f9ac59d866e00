package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/web"
)

func newRatesLookupCommand() *cobra.Command {
	var q web.LookupQuery
	c := onDaemon(&cobra.Command{
		Use:   "lookup NUMBER",
		Short: "Show each step from a number, written with + or as it is dialled, to its price",
		Example: "  fraudguard rates lookup +390612345678\n" +
			"  fraudguard rates lookup 900390612345678 --server pbx1\n" +
			"  fraudguard rates lookup 1234390612345678 --trunk PJSIP/carrier-b --tenant acme",
		Args: arguments("a number"),
	}, func(ctx context.Context, s *session, args []string) error {
		q.Number = args[0]
		found, err := s.LookupRate(ctx, q)
		if err != nil {
			return err
		}
		return s.show(ctx, found, func(p place, to *page) { writeLookup(to, p, found) })
	})
	c.Flags().StringVar(&q.Server, "server", "", "the server at which the number is dialled (default: the first of the configuration)")
	c.Flags().StringVar(&q.Trunk, "trunk", "", "the trunk, technology/endpoint, that is told to dial it (default: a phone dials it)")
	c.Flags().StringVar(&q.Tenant, "tenant", "", "the tenant that pays (default: the server's)")
	return c
}

func writeLookup(to *page, p place, r web.RateLookup) {
	by := "by a phone at " + r.Server
	if r.Trunk != "" {
		by = "on " + r.Trunk + " of " + r.Server
	}
	var rows [][]string
	for i, s := range r.Steps {
		if i == 0 {
			s.What += " " + by
		}
		rows = append(rows, []string{s.Result, s.What})
	}
	to.table(rows...)
	to.gap()
	if r.Number != "" {
		class := r.Class
		if r.International && class != "international" {
			class += ", international"
		}
		to.table([]string{"Number", r.Number}, []string{"Country", r.Country}, []string{"Class", class})
		to.gap()
		writePrice(to, p, r.Price, r.Currency)
		if r.Selling != nil {
			to.gap()
			to.line("Tenant %s pays:", r.Tenant)
			writePrice(to, p, *r.Selling, r.Currency)
		}
		to.gap()
	}
	switch {
	case r.Rule != "":
		to.line("REFUSED by %s: %s.", r.Rule, r.Reason)
	case r.Class == "emergency":
		to.line("An emergency call: it always passes.")
	default:
		to.line("No rule refuses every call to it; caps and blocks on accounts were not asked.")
	}
}

func writePrice(to *page, p place, r web.Price, currency string) {
	switch {
	case r.Deck == "" && !r.Priced:
		to.line("There is no price list in force for it: fraudguard rates import FILE --deck NAME")
		return
	case !r.Priced:
		to.line("Deck %s has no price for it.", rates.EditionName(r.Deck, r.Edition))
		return
	}
	rows := [][]string{
		{"Deck", rates.EditionName(r.Deck, r.Edition)},
		{"Route", r.Route},
		{"Prefix", r.Prefix},
		{"Per minute", fmt.Sprintf("%s %s", r.PerMinute, currency)},
		{"Connect fee", fmt.Sprintf("%s %s", r.Connect, currency)},
		{"Increments", fmt.Sprintf("%d/%d s", r.First, r.Next)},
	}
	if r.Minimum > 0 {
		rows = append(rows, []string{"Minimum", fmt.Sprintf("%d s", r.Minimum)})
	}
	if r.Grace > 0 {
		rows = append(rows, []string{"Free", fmt.Sprintf("calls under %d s", r.Grace)})
	}
	if r.Tiers != "" {
		rows = append(rows, []string{"Other prices", r.Tiers})
	}
	rows = append(rows, []string{"Valid from", p.from(r.ValidFrom)})
	if r.ValidUntil != nil {
		rows = append(rows, []string{"Valid until", p.moment(*r.ValidUntil)})
	}
	to.table(rows...)
}
