package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/bill"
	"github.com/fraudguard/fraudguard/web"
)

func newReconcileCommand() *cobra.Command {
	var f recordsFlags
	var rounding string
	c := onDaemon(&cobra.Command{
		Use:   "reconcile FILE",
		Short: "Compare a carrier's bill with the ledger, leg by leg",
		Long: "Compare a carrier's bill in CSV with the ledger, leg by leg: by number and start, each leg once. Calls that\n" +
			"are longer at the carrier raise an urgent incident carrier.longer: Asterisk believes that they ended sooner.\n" +
			"With --apply the ledger is charged what the carrier bills more, once, however often it is written.\n\n" +
			"With --rounding a length on the bill may be what the carrier makes of the leg, and no more: 60/60 rounds to whole\n" +
			"minutes, 30/6 to 30 seconds and then by 6. Without it the increments of the price list stand for the carrier's.\n" +
			"Where lengths fit, amounts do too within half a unit of the bill's last decimal; the others are dearer or cheaper.\n\n" +
			"Columns are found by their headers, or named: " + strings.Join(bill.Fields(), ", ") + ". Import Asterisk's own call\n" +
			"records first, so that calls of an outage are not taken for unknown ones.",
		Example: "  fraudguard reconcile november.csv --trunk PJSIP/carrier\n" +
			"  fraudguard reconcile november.csv --rounding 60/60\n" +
			"  fraudguard reconcile november.csv --map number=Callee,start=\"Start time\",seconds=Duration,cost=Amount --zone UTC\n" +
			"  fraudguard reconcile november.csv --apply",
		Args: arguments("a file"),
	}, func(ctx context.Context, s *session, args []string) error {
		request, err := f.request(args[0])
		if err != nil {
			return wrongUse(err)
		}
		if rounding != "" {
			if request.Rounding, err = bill.ParseRounding(rounding); err != nil {
				return wrongUse(fmt.Errorf("--rounding %w", err))
			}
		}
		file, size, err := openFile(args[0], "bill", web.MaxBill)
		if err != nil {
			return err
		}
		defer file.Close()
		body := newProgress(file, size, s.errs)
		summary, err := s.Reconcile(ctx, request, body, size)
		body.end()
		if err != nil {
			return err
		}
		return s.show(ctx, summary, func(p place, to *page) { writeBill(to, p, summary) })
	})
	f.add(c, "which column is what: field=header, or field=#3 for the third column")
	c.Flags().StringVar(&f.Trunk, "trunk", "", "the trunk that the bill is for, such as PJSIP/carrier (default: all)")
	c.Flags().StringVar(&rounding, "rounding", "", "how the carrier rounds lengths: its first and each following billing increment in seconds, such as 60/60 or 30/6")
	_ = c.RegisterFlagCompletionFunc("rounding", cobra.FixedCompletions([]string{"60/60", "30/6", "6/6", "1/1"}, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
	c.Flags().BoolVar(&f.Apply, "apply", false, "charge the ledger what the carrier bills more")
	return c
}

func writeBill(to *page, p place, s web.BillSummary) {
	to.line("Columns: %s", strings.Join(s.Columns, ", "))
	to.line("%d calls on the bill, from %s to %s; %d of them as in the ledger of server %s", s.Rows, p.moment(*s.First), p.moment(*s.Last), s.Matched, s.Server)
	if s.Rounding != "" {
		to.line("Lengths on the bill are taken to be rounded up by %s seconds.", s.Rounding)
	}
	to.table([]string{"", p.cost()}, []string{"the carrier bills", s.Billed.String()}, []string{"the ledger has", s.Cost.String()})
	writeNoLongerKept(to, s.NoLongerKept)
	writeDifferences(to, p, "Longer at the carrier", s.Longer)
	writeDifferences(to, p, "Shorter at the carrier", s.Shorter)
	writeDifferences(to, p, "As long and dearer at the carrier", s.Dearer)
	writeDifferences(to, p, "As long and cheaper at the carrier", s.Cheaper)
	writeDifferences(to, p, "On the bill, and in no ledger", s.UnknownHere)
	writeDifferences(to, p, "In the ledger, and on no bill", s.UnknownThere)
	if s.Applied > 0 {
		to.gap()
		to.line("%d corrections were charged: %s %s", s.Applied, s.Correction, p.currency)
	}
}
