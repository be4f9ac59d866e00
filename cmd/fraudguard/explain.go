package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

func newExplainCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:     "explain ID",
		Short:   "Tell all about one incident: what was seen, which rule, which figures, what was done",
		Example: "  fraudguard incidents\n  fraudguard explain hcvx2k0q9f4",
		Args:    arguments("the ID of an incident"),
	}, func(ctx context.Context, s *session, args []string) error {
		incident, err := s.Incident(ctx, args[0])
		if err != nil {
			return err
		}
		return s.show(ctx, incident, func(p place, to *page) { writeStory(to, p, incident) })
	})
}

func writeStory(to *page, p place, i web.Incident) {
	to.line("Incident %s, %s", i.ID, i.At.In(p.zone).Format("Monday 2 January 2006, 15:04:05 MST"))
	if i.Urgent {
		to.line("URGENT: protection itself does not work.")
	}
	to.gap()
	to.line("What was seen")
	to.line("  %s", i.Seen)
	to.gap()
	to.line("Whom and what it concerns")
	facts := [][]string{{"  rule", i.Rule}}
	for _, f := range [][]string{
		{"  server", i.Server}, {"  account", account(i.Tenant, i.Extension)}, {"  number", i.Number}, {"  call", i.Leg},
	} {
		if f[1] != "" {
			facts = append(facts, f)
		}
	}
	to.table(facts...)
	to.gap()
	to.line("On which figures it rests")
	if len(i.Evidence) == 0 {
		to.line("  none besides what was seen")
	} else {
		rows := make([][]string, len(i.Evidence))
		for n, e := range i.Evidence {
			rows[n] = []string{"  " + e.Name, e.Value}
		}
		to.table(rows...)
	}
	to.gap()
	if i.Observed {
		to.line("What would have been done (mode observe: nothing was touched)")
	} else {
		to.line("What was done")
	}
	if len(i.Actions) == 0 {
		to.line("  nothing besides this record")
	}
	for n, action := range i.Actions {
		to.line("  %d. %s", n+1, action)
	}
}
