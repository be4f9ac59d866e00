package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

func newCapsListCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:   "list [SUBJECT]",
		Short: "List all caps that are set, or those that count for an extension or a tenant",
		Long: "Without a SUBJECT: all caps that are set, by whom and since when. Of one extension or one tenant: the caps\n" +
			"that count for it, for whom they are set, what is used of them and what is left.\n\n" + subjectHelp,
		Example: "  fraudguard caps list\n  fraudguard caps list acme/101\n  fraudguard caps list acme --json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%s takes one subject, and %d were given", c.CommandPath(), len(args))
			}
			return nil
		},
	}, func(ctx context.Context, s *session, args []string) error {
		var subject *limits.Subject
		single := false
		if len(args) > 0 {
			asked, err := web.ParseSubject(args[0])
			if err != nil {
				return wrongUse(err)
			}
			subject = &asked
			_, single = web.Single(asked)
		}
		caps, err := s.Caps(ctx, subject)
		if err != nil {
			return err
		}
		return s.show(ctx, caps, func(p place, to *page) {
			switch {
			case len(caps) == 0 && subject == nil:
				to.line("No cap is set.")
			case len(caps) == 0:
				to.line("No cap is set for %s.", subject)
			case single:
				writeCapsOf(to, p, caps)
			default:
				writeCaps(to, p, caps)
			}
		})
	})
}

// writeCaps writes caps by whom they are set for.
func writeCaps(to *page, p place, caps []web.Cap) {
	rows := [][]string{{"SUBJECT", "CAP", "VALUE", "SET BY", "SINCE"}}
	for _, c := range caps {
		rows = append(rows, append([]string{c.SetFor, c.Cap, withUnit(c.Value, c.Cap, p.currency)}, setBy(p, c)...))
	}
	to.table(rows...)
}

// writeCapsOf writes the caps that count for one account.
func writeCapsOf(to *page, p place, caps []web.Cap) {
	rows := [][]string{{"CAP", "VALUE", "USED", "LEFT", "SET FOR", "SET BY", "SINCE"}}
	for _, c := range caps {
		row := []string{c.Cap, withUnit(c.Value, c.Cap, p.currency)}
		for _, part := range []*string{c.Used, c.Left} {
			if part == nil {
				row = append(row, "")
			} else {
				row = append(row, withUnit(*part, c.Cap, p.currency))
			}
		}
		rows = append(rows, append(append(row, c.SetFor), setBy(p, c)...))
	}
	to.table(rows...)
}

func setBy(p place, c web.Cap) []string {
	if c.Set == nil {
		return []string{c.Source, ""}
	}
	return []string{c.Source, p.moment(*c.Set)}
}
