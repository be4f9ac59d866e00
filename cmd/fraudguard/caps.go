package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/limits"
)

// subjectHelp says whom a cap can be for.
const subjectHelp = "A SUBJECT is an extension acme/101, each extension of a tenant \"acme/*\", each extension \"*/*\",\n" +
	"a tenant acme, or each tenant \"*\". The nearest one that has the cap counts."

func newCapsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "caps",
		Short: "List caps and what is left of them, and set them while fraudguard runs",
		Example: "  fraudguard caps list\n  fraudguard caps list acme/101\n  fraudguard caps set acme/101 cost_per_day 50.00\n" +
			"  fraudguard caps unset acme/101 cost_per_day",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUse(fmt.Errorf("there is no command %q: write list, set or unset after %q", args[0], c.CommandPath()))
			}
			return c.Help()
		},
	}
	c.AddCommand(newCapsListCommand(), newCapsSetCommand(), newCapsUnsetCommand())
	return c
}

// completeCap offers the kinds of caps for the second argument.
func completeCap(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) == 1 {
		for _, kind := range limits.Kinds() {
			names = append(names, kind.String()+"\t"+kind.What())
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// capText writes the value of a cap with its unit.
func capText(kind limits.Kind, value limits.Value, currency string) string {
	return withUnit(kind.Format(value), kind.String(), currency)
}

// withUnit writes a value of the named kind with its unit.
func withUnit(value, name, currency string) string {
	kind, err := limits.KindNamed(name)
	if err != nil || value == kind.Format(limits.Unlimited) {
		return value
	}
	switch kind.Unit() {
	case limits.InMoney:
		return value + " " + currency
	case limits.InMinutes:
		return value + " min"
	case limits.InPercent:
		return value + " %"
	}
	return value
}
