package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

func newIncidentsCommand() *cobra.Command {
	var q store.IncidentsQuery
	c := onDaemon(&cobra.Command{
		Use:     "incidents",
		Short:   "List what the rules saw and what was done, the newest first",
		Example: "  fraudguard incidents\n  fraudguard incidents --tenant default --rule abuse.repeated_number\n  fraudguard incidents --json --limit 20",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		if err := checkLimit(q.Limit); err != nil {
			return err
		}
		incidents, err := s.Incidents(ctx, q)
		if err != nil {
			return err
		}
		defer s.tellLimit(len(incidents), q.Limit)
		return s.show(ctx, incidents, func(p place, to *page) {
			if len(incidents) == 0 {
				to.line("There are no incidents.")
				return
			}
			rows := [][]string{{"ID", "AT", "RULE", "ACCOUNT", "NUMBER", "DONE", "SEEN"}}
			for _, i := range incidents {
				rows = append(rows, []string{i.ID, p.moment(i.At), i.Rule, account(i.Tenant, i.Extension), i.Number, done(i), i.Seen})
			}
			to.table(rows...)
			to.gap()
			to.line("fraudguard explain ID tells all about one of them.")
		})
	})
	c.Flags().StringVar(&q.Tenant, "tenant", "", "only this tenant's")
	c.Flags().StringVar(&q.Extension, "extension", "", "only this extension's")
	c.Flags().StringVar(&q.Rule, "rule", "", "only this rule's, such as caps.extension.cost_per_day")
	c.Flags().IntVar(&q.Limit, "limit", store.DefaultLimit, "how many at most")
	return c
}

// done says in one cell what was done.
func done(i web.Incident) string {
	actions := strings.Join(i.Actions, ", ")
	if i.Observed {
		return "nothing (observed)"
	}
	if actions == "" {
		return "recorded"
	}
	return actions
}

func checkLimit(limit int) error {
	if limit < 1 {
		return wrongUse(errors.New("--limit: write a number from 1 on"))
	}
	return nil
}
