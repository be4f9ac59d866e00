package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newImportCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "import",
		Short:   "Read records of the past into the ledger",
		Example: "  fraudguard import cdr /var/log/asterisk/cdr-csv/Master.csv",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUse(fmt.Errorf("there is no command %q: write cdr after %q", args[0], c.CommandPath()))
			}
			return c.Help()
		},
	}
	c.AddCommand(newImportCDRCommand())
	return c
}
