package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newRatesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "rates",
		Short:   "Import and compare price lists, and look up prices",
		Example: "  fraudguard rates import carrier.csv --deck default\n  fraudguard rates lookup +390612345678\n  fraudguard rates list\n  fraudguard rates diff default@1 default",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUse(fmt.Errorf("there is no command %q: write import, lookup, list, diff or export after %q", args[0], c.CommandPath()))
			}
			return c.Help()
		},
	}
	c.AddCommand(newRatesImportCommand(), newRatesLookupCommand(), newRatesListCommand(), newRatesDiffCommand(), newRatesExportCommand())
	return c
}
