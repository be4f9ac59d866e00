package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

func newVerifyCommand() *cobra.Command {
	var q web.VerifyQuery
	c := onDaemon(&cobra.Command{
		Use:   "verify [--from DAY] [--to DAY]",
		Short: "Prove that the ledger is the sum of its charges, and show what is off and by how much",
		Long: "Prove that the ledger is the sum of its charges, while fraudguard goes on: of each account and day and\n" +
			"route the money and the seconds against the charges, and the calls and attempts against the recorded\n" +
			"calls; of each account and month all figures against those of its days. Of calls that are no longer kept\n" +
			"count the numbers that were noted when they were deleted; their charges are kept and looked at.\n" +
			"Without days it is the running month and the one before. Exit code 1 where something is off.",
		Example: "  fraudguard verify\n  fraudguard verify --from 2026-01-01\n  fraudguard verify --from 2026-11-01 --to 2026-11-30 --json",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		for _, day := range []string{q.From, q.To} {
			if day == "" {
				continue
			}
			if err := web.CheckPeriod(limits.Day, day); err != nil {
				return wrongUse(err)
			}
		}
		proof, err := s.Verify(ctx, q)
		if err != nil {
			return err
		}
		if err := s.show(ctx, proof, func(_ place, to *page) { writeProof(to, proof) }); err != nil {
			return err
		}
		if n := len(proof.Discrepancies); n > 0 {
			return fmt.Errorf("%d figures of the ledger are not the sums of their charges", n)
		}
		return nil
	})
	c.Flags().StringVar(&q.From, "from", "", "the first local day, such as 2026-01-01 (default: the first of the month before this)")
	c.Flags().StringVar(&q.To, "to", "", "the last local day (default: today)")
	return c
}

func writeProof(to *page, p web.Proof) {
	to.line("Compared from %s to %s: %d totals of days, %d of months, %d of routes.", p.From, p.To, p.Days, p.Months, p.Routes)
	if p.PrunedCalls > 0 {
		to.line("%d of the calls are no longer kept: that there were so many rests on what was noted when they were deleted.", p.PrunedCalls)
	}
	if len(p.Discrepancies) == 0 {
		to.line("The ledger is the sum of its charges.")
		return
	}
	to.gap()
	rows := [][]string{{"PERIOD", "ACCOUNT", "ROUTE", "FIGURE", "LEDGER", "SUM", "OFF BY"}}
	for _, d := range p.Discrepancies {
		off := d.Off
		if !strings.HasPrefix(off, "-") {
			off = "+" + off
		}
		rows = append(rows, []string{d.Period, account(d.Tenant, d.Extension), d.Route, d.Figure, d.Total, d.Sum, off})
	}
	to.table(rows...)
	if p.More {
		to.line("There are more: ask for fewer days.")
	}
}
