package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newReloadCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:     "reload",
		Short:   "Make the daemon take a changed configuration; a faulty one is refused and the old one stays",
		Example: "  fraudguard check && fraudguard reload",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		if err := s.Reload(ctx); err != nil {
			return err
		}
		if s.json {
			return printJSON(s.out, struct {
				Reloaded bool `json:"reloaded"`
			}{true})
		}
		var to page
		to.line("The configuration is in force.")
		return to.print(s.out)
	})
}
