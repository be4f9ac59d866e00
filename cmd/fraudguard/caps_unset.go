package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

func newCapsUnsetCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:               "unset SUBJECT CAP",
		Short:             "Take back a cap that was set while fraudguard ran; the configuration counts again",
		Long:              subjectHelp,
		Example:           "  fraudguard caps unset acme/101 cost_per_day\n  fraudguard caps unset \"*/*\" attempts_per_day",
		Args:              arguments("a subject (acme/101)", "a cap (cost_per_day)"),
		ValidArgsFunction: completeCap,
	}, func(ctx context.Context, s *session, args []string) error {
		subject, kind, err := web.ParseCap(args[0], args[1])
		if err != nil {
			return wrongUse(err)
		}
		if err := s.UnsetCap(ctx, subject, kind); err != nil {
			return err
		}
		if s.json {
			return printJSON(s.out, struct {
				Subject string `json:"subject"`
				Cap     string `json:"cap"`
			}{subject.String(), kind.String()})
		}
		var to page
		to.line("The cap %s of %s is the configuration's again.", kind, subject)
		return to.print(s.out)
	})
}
