package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

func newCapsSetCommand() *cobra.Command {
	var r web.CapRequest
	c := onDaemon(&cobra.Command{
		Use:   "set SUBJECT CAP VALUE",
		Short: "Set a cap over that of the configuration, live calls included, until it is taken back",
		Long: "The cap holds at once, for live calls too, and through restarts and reloads. Who set it is recorded.\n\n" + subjectHelp +
			"\n\nA CAP is a key of the configuration's caps, such as cost_per_day; money is written 50.00, minutes and counts are\n" +
			"whole numbers, 0 refuses everything that the cap is about, and none lifts a cap that a wider subject has.",
		Example: "  fraudguard caps set acme/101 cost_per_day 50.00 --reason \"fair in Milan\"\n" +
			"  fraudguard caps set \"acme/*\" international_minutes_per_day 60\n" +
			"  fraudguard caps set acme concurrent_calls none",
		Args:              arguments("a subject (acme/101)", "a cap (cost_per_day)", "a value (50.00)"),
		ValidArgsFunction: completeCap,
	}, func(ctx context.Context, s *session, args []string) error {
		var err error
		if r.Subject, r.Kind, err = web.ParseCap(args[0], args[1]); err != nil {
			return wrongUse(err)
		}
		if r.Value, err = r.Kind.Parse(args[2]); err != nil {
			return wrongUse(err)
		}
		set, err := s.SetCap(ctx, r)
		if err != nil {
			return err
		}
		return s.show(ctx, set, func(p place, to *page) {
			to.line("The cap %s of %s is %s, until it is taken back: fraudguard caps unset %s %s",
				set.Cap, set.SetFor, withUnit(set.Value, set.Cap, p.currency), quoted(set.SetFor), set.Cap)
		})
	})
	c.Flags().StringVar(&r.Reason, "reason", "", "why, for whoever reads it later")
	return c
}
