package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

// running is the value of --day and --month without one: the period that is running.
const running = "running"

func newLedgerCommand() *cobra.Command {
	var q web.LedgerQuery
	var day, month string
	c := onDaemon(&cobra.Command{
		Use:   "ledger [--day [DAY] | --month [MONTH]]",
		Short: "Show what each account spent in a local day or month, live calls included",
		Long: "Show what each account spent in a local day or month, live calls included.\n" +
			"Without a day or month it is the running day.",
		Example: "  fraudguard ledger\n  fraudguard ledger --day 2026-11-21 --tenant default\n  fraudguard ledger --month --json",
		Args:    cobra.MaximumNArgs(1),
	}, func(ctx context.Context, s *session, args []string) error {
		var err error
		if q.Period, q.Key, err = period(day, month, args); err != nil {
			return wrongUse(err)
		}
		rows, err := s.Ledger(ctx, q)
		if err != nil {
			return err
		}
		return s.show(ctx, rows, func(p place, to *page) { writeLedger(to, p, q, rows) })
	})
	f := c.Flags()
	f.StringVar(&q.Tenant, "tenant", "", "only this tenant's")
	f.StringVar(&q.Extension, "extension", "", "only this extension's")
	f.StringVar(&day, "day", "", "a local day, such as 2026-11-21, or the running one")
	f.StringVar(&month, "month", "", "a local month, such as 2026-11, or the running one")
	f.Lookup("day").NoOptDefVal, f.Lookup("month").NoOptDefVal = running, running
	return c
}

// period reads which day or month is meant. "--day 2026-11-21" comes as a flag without a value and
// an argument, "--day=2026-11-21" as a flag with one.
func period(day, month string, args []string) (limits.Period, string, error) {
	p, key := limits.Day, day
	if day != "" && month != "" {
		return p, "", errors.New("write --day or --month, not both")
	}
	if month != "" {
		p, key = limits.Month, month
	}
	if key == running {
		key = ""
	}
	if len(args) == 1 {
		if key != "" {
			return p, "", errors.New("write one day or month, not two")
		}
		key = args[0]
		if day == "" && month == "" && len(key) == len("2026-11") {
			p = limits.Month
		}
	}
	if key == "" {
		return p, "", nil
	}
	return p, key, web.CheckPeriod(p, key)
}

func writeLedger(to *page, p place, q web.LedgerQuery, rows []web.LedgerRow) {
	if len(rows) == 0 {
		when := q.Key
		if when == "" {
			when = "the running " + q.Period.String()
		}
		to.line("Nobody dialled out in %s.", when)
		return
	}
	lines := [][]string{{"PERIOD", "ACCOUNT", p.cost(), "BILLED", "CALLS", "ATTEMPTS"}}
	for _, r := range rows {
		lines = append(lines, []string{
			r.Period, account(r.Tenant, r.Extension), r.Cost.String(),
			strconv.FormatInt(r.BilledSeconds, 10) + " s", strconv.FormatInt(r.Calls, 10), strconv.FormatInt(r.Attempts, 10),
		})
	}
	to.table(lines...)
}
