// Command cmd starts disposable Asterisk servers for trying things by hand,
// and prepares and cleans what they need. Run it as root from the top of the
// checkout:
//
//	go run ./dev/asterisk/cmd up
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(os.Stdout, os.Stderr).ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func command(out, progress io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "asterisk",
		Short:         "Disposable real Asterisk servers on 127.0.0.1",
		Long:          "Disposable real Asterisk servers on free ports of 127.0.0.1, each gone without a trace when this command ends.\nRoot is needed. The cache folder is $FRAUDGUARD_CACHE, or /var/cache/fraudguard-dev.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(upCommand(out, progress), prepareCommand(out, progress), sweepCommand(out))
	return root
}

func prepareCommand(out, progress io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:       "prepare [VERSION...]",
		Short:     "Make the root folders that servers run from, about a minute for each",
		Example:   "  go run ./dev/asterisk/cmd prepare\n  go run ./dev/asterisk/cmd prepare 22",
		ValidArgs: asterisk.Versions(),
		RunE: func(cmd *cobra.Command, versions []string) error {
			if len(versions) == 0 {
				versions = asterisk.Versions()
			}
			for _, version := range versions {
				root, err := asterisk.Prepare(cmd.Context(), version, progress)
				if err != nil {
					return err
				}
				fmt.Fprintln(out, root)
			}
			return nil
		},
	}
}

func sweepCommand(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:     "sweep",
		Short:   "Remove what servers left behind whose starter and supervisor were both killed",
		Example: "  go run ./dev/asterisk/cmd sweep",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			removed, err := asterisk.Sweep()
			for _, folder := range removed {
				fmt.Fprintln(out, folder)
			}
			return err
		},
	}
}
