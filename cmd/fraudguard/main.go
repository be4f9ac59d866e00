// Command fraudguard guards Asterisk against toll fraud. "fraudguard run" is the daemon; the other
// commands ask it on its socket, or look at files. One file holds one command.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

// Exit codes. Scripts use them.
const (
	exitDone   = 0
	exitFailed = 1
	exitWrong  = 2 // wrong use, or a configuration that cannot be used
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks the command to end in order; a second one ends it as usual.
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs one command line and gives the exit code.
func execute(ctx context.Context, args []string, out, errs io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	begun := false
	eachCommand(root, func(c *cobra.Command) {
		if run := c.RunE; run != nil {
			c.RunE = func(c *cobra.Command, args []string) error {
				begun = true
				return run(c, args)
			}
		}
	})
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		if i == 0 {
			line = "fraudguard: " + line
		}
		fmt.Fprintln(errs, printable(line))
	}
	if !begun {
		fmt.Fprintf(errs, "Try: %s --help\n", command.CommandPath())
	}
	if !begun || isWrong(err) {
		return exitWrong
	}
	return exitFailed
}

// wrongUse marks an error that asks for another command line or another configuration.
func wrongUse(err error) error { return &wrongUseError{err} }

type wrongUseError struct{ error }

// Unwrap gives the reason.
func (e *wrongUseError) Unwrap() error { return e.error }

func isWrong(err error) bool {
	var wrong *wrongUseError
	var refused *web.Error
	return errors.As(err, &wrong) || errors.As(err, &refused) && refused.Status == http.StatusBadRequest
}

// newRootCommand makes the tree of all commands.
func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "fraudguard",
		Short: "Guard Asterisk against toll fraud",
		Long: "fraudguard watches every paid call of Asterisk as it happens, knows what it costs, and stops fraud.\n" +
			"\"fraudguard run\" is the daemon; most other commands ask it on its socket.\n\n" +
			"Exit codes: 0 done, 1 failed, 2 wrong use or configuration.",
		Example: "  fraudguard check\n  fraudguard status\n  fraudguard calls --live\n  fraudguard block default/101 --for 24h",
		Version: programVersion(),
		// Errors are printed by execute, in one way for all.
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("fraudguard {{.Version}}\n")
	root.AddCommand(
		newRunCommand(), newInitCommand(), newCheckCommand(), newReloadCommand(), newMigrateCommand(), newVersionCommand(),
		newStatusCommand(), newCallsCommand(), newLedgerCommand(),
		newIncidentsCommand(), newExplainCommand(),
		newBlockCommand(), newUnblockCommand(), newBlocksCommand(), newCapsCommand(),
		newRatesCommand(), newImportCommand(), newReconcileCommand(),
		newVerifyCommand(), newPruneCommand(), newBackupCommand(),
	)
	return root
}

func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, child := range c.Commands() {
		eachCommand(child, do)
	}
}

// arguments demands exactly the named arguments.
func arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		want := "no arguments"
		if len(names) > 0 {
			want = strings.Join(names, " and ")
		}
		return fmt.Errorf("%s takes %s, and %d arguments were given", c.CommandPath(), want, len(args))
	}
}
