package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

func newBlockCommand() *cobra.Command {
	var r web.BlockRequest
	c := onDaemon(&cobra.Command{
		Use:   "block TARGET",
		Short: "Refuse an extension's paid calls, or everybody's calls to a number, and end the live ones",
		Example: "  fraudguard block default/101\n" +
			"  fraudguard block default/101 --for 24h --reason \"password stolen\"\n" +
			"  fraudguard block +390612345678",
		Args: arguments("a target (tenant/extension, or a number with +)"),
	}, func(ctx context.Context, s *session, args []string) error {
		var err error
		if r.Target, err = web.ParseTarget(args[0]); err != nil {
			return wrongUse(err)
		}
		if r.For < 0 || r.For > 0 && r.For < time.Second {
			return wrongUse(errors.New("--for: write a time of at least a second, such as 24h, or leave it out to block until it is lifted"))
		}
		block, err := s.Block(ctx, r)
		if err != nil {
			return err
		}
		return s.show(ctx, block, func(p place, to *page) {
			if block.Until == nil {
				to.line("%s is blocked until it is lifted: fraudguard unblock %s", block.Target, block.Target)
			} else {
				to.line("%s is blocked until %s.", block.Target, p.moment(*block.Until))
			}
		})
	})
	c.Flags().DurationVar(&r.For, "for", 0, "how long, such as 90m or 24h (default: until lifted)")
	c.Flags().StringVar(&r.Reason, "reason", "", "why, for whoever reads it later")
	return c
}
