package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web"
)

func newPruneCommand() *cobra.Command {
	var r web.PruneRequest
	var yes bool
	c := onDaemon(&cobra.Command{
		Use:   "prune [--before DAY] [--dry-run]",
		Short: "Delete old calls or cut their numbers now, as the configuration does by its schedule",
		Long: "Delete old calls or cut their numbers now, as [retention] in the configuration does by its schedule.\n" +
			"Charges, the ledger, incidents and blocks stay, and live calls. It is done in small steps beside the\n" +
			"running calls; what is broken off is done so far, and can be gone on with.",
		Example: "  fraudguard prune --dry-run\n  fraudguard prune --before 2026-06-01\n  fraudguard prune --yes --json",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		if r.Before != "" {
			if err := web.CheckPeriod(limits.Day, r.Before); err != nil {
				return wrongUse(err)
			}
		}
		if !r.DryRun && !yes {
			if err := sureOfPruning(ctx, s, r); err != nil {
				return err
			}
		}
		pruned, err := s.Prune(ctx, r)
		if err != nil {
			return err
		}
		return s.show(ctx, pruned, func(p place, to *page) { to.line("%s", pruningSentence(p, pruned)) })
	})
	c.Flags().StringVar(&r.Before, "before", "", "calls that began before this local day (default: as retention.calls says)")
	c.Flags().BoolVar(&r.DryRun, "dry-run", false, "count, and change nothing")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

func pruningSentence(p place, d web.Pruned) string {
	what := "were deleted"
	switch {
	case d.DryRun && d.Numbers == "cut":
		what = "would have their numbers cut"
	case d.DryRun:
		what = "would be deleted"
	case d.Numbers == "cut":
		what = "had their numbers cut"
	}
	return fmt.Sprintf("%d calls from before %s %s.", d.Calls, p.moment(d.Before), what)
}

// sureOfPruning shows the person at the terminal what would be done; without one there is nobody to ask.
func sureOfPruning(ctx context.Context, s *session, r web.PruneRequest) error {
	if s.json || !isTerminal(s.in) {
		return wrongUse(errors.New("what is pruned does not come back: look with --dry-run first, and add --yes to prune without being asked"))
	}
	r.DryRun = true
	would, err := s.Prune(ctx, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.errs, "%s Go on? [y/N] ", printable(pruningSentence(s.place(ctx), would)))
	if !saidYes(ctx, s.in) {
		return errors.New("nothing was pruned")
	}
	return nil
}
