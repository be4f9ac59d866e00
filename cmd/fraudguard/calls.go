package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

func newCallsCommand() *cobra.Command {
	var q store.CallsQuery
	c := onDaemon(&cobra.Command{
		Use:     "calls",
		Short:   "List paid calls, the newest first, with what each one cost",
		Example: "  fraudguard calls --live\n  fraudguard calls --tenant default --extension 101\n  fraudguard calls --json --limit 50",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		if err := checkLimit(q.Limit); err != nil {
			return err
		}
		calls, err := s.Calls(ctx, q)
		if err != nil {
			return err
		}
		defer s.tellLimit(len(calls), q.Limit)
		return s.show(ctx, calls, func(p place, to *page) {
			if len(calls) == 0 && q.LiveOnly {
				to.line("There is no live call.")
			} else if len(calls) == 0 {
				to.line("There are no calls.")
			} else {
				writeCalls(to, p, calls)
			}
		})
	})
	c.Flags().BoolVar(&q.LiveOnly, "live", false, "only calls that have not ended")
	c.Flags().StringVar(&q.Tenant, "tenant", "", "only this tenant's")
	c.Flags().StringVar(&q.Extension, "extension", "", "only this extension's")
	c.Flags().IntVar(&q.Limit, "limit", store.DefaultLimit, "how many at most")
	return c
}

func writeCalls(to *page, p place, calls []web.Call) {
	rows := [][]string{{"STARTED", "ACCOUNT", "NUMBER", "ROUTE", "STATE", "BILLED", p.cost(), "VERDICT", "REASON", "SERVER", "ID"}}
	for _, c := range calls {
		rows = append(rows, []string{
			p.moment(c.Started), account(c.Tenant, c.Extension), c.Number, c.Route, progressOf(c),
			strconv.FormatInt(c.BilledSeconds, 10) + " s", c.Cost.String(), c.Verdict, c.Reason, c.Server, c.ID,
		})
	}
	to.table(rows...)
}

// progressOf says how far a call has come.
func progressOf(c web.Call) string {
	switch {
	case c.Ended == nil && c.Answered == nil:
		return "ringing"
	case c.Ended == nil:
		return "talking"
	case c.Answered == nil:
		return "unanswered"
	}
	return "ended"
}

// account writes an account, or nothing where there is none.
func account(tenant, extension string) string {
	if tenant == "" && extension == "" {
		return ""
	}
	return tenant + "/" + extension
}
