package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newBlocksCommand() *cobra.Command {
	var all bool
	c := onDaemon(&cobra.Command{
		Use:     "blocks",
		Short:   "List the blocks in force",
		Example: "  fraudguard blocks\n  fraudguard blocks --all --json",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		blocks, err := s.Blocks(ctx, all)
		if err != nil {
			return err
		}
		return s.show(ctx, blocks, func(p place, to *page) {
			if len(blocks) == 0 && all {
				to.line("Nothing was ever blocked.")
				return
			}
			if len(blocks) == 0 {
				to.line("Nothing is blocked.")
				return
			}
			rows := [][]string{{"TARGET", "SINCE", "UNTIL", "SET BY", "REASON"}}
			if all {
				rows[0] = append(rows[0], "LIFTED", "LIFTED BY")
			}
			for _, b := range blocks {
				row := []string{b.Target, p.moment(b.Since), p.until(b.Until), b.Source, b.Reason}
				if all && b.Lifted != nil {
					row = append(row, p.moment(*b.Lifted), b.LiftedBy)
				} else if all {
					row = append(row, "in force", "")
				}
				rows = append(rows, row)
			}
			to.table(rows...)
		})
	})
	c.Flags().BoolVar(&all, "all", false, "also those that have ended")
	return c
}
