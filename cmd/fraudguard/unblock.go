package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

func newUnblockCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:     "unblock TARGET",
		Short:   "Lift the block on an extension, a tenant, a number, a country and so on",
		Long:    targetHelp,
		Example: "  fraudguard unblock default/101\n  fraudguard unblock \"+8821*\"\n  fraudguard unblock everything",
		Args:    arguments("a target, as fraudguard blocks writes it"),
	}, func(ctx context.Context, s *session, args []string) error {
		target, err := web.ParseTarget(args[0])
		if err != nil {
			return wrongUse(err)
		}
		if err := s.Unblock(ctx, target); err != nil {
			return err
		}
		if s.json {
			return printJSON(s.out, struct {
				Target string `json:"target"`
			}{target.String()})
		}
		var to page
		to.line("%s is no longer blocked.", target)
		return to.print(s.out)
	})
}
