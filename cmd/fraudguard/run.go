package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/daemon"
)

func newRunCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon",
		Long: "Run the daemon until SIGTERM or SIGINT. SIGHUP takes a changed configuration; a faulty one is\n" +
			"refused, and the old one stays in force. One line a decision goes to standard error.",
		Example: "  fraudguard run\n  fraudguard run --config /etc/fraudguard/fraudguard.toml --log json",
		Args:    arguments(),
	}
	path := configFlag(c)
	format := c.Flags().String("log", "text", `form of the log lines: "text" or "json"`)
	c.RunE = func(c *cobra.Command, _ []string) error {
		lines := daemon.NewLogWriter(os.Stderr)
		defer lines.Close()
		var handler slog.Handler
		switch *format {
		case "text":
			handler = slog.NewTextHandler(lines, nil)
		case "json":
			handler = slog.NewJSONHandler(lines, nil)
		default:
			return wrongUse(errors.New(`--log is "text" or "json"`))
		}
		return run(c.Context(), *path, slog.New(handler))
	}
	return c
}

// run is the daemon with the signals that it hears.
func run(ctx context.Context, path string, log *slog.Logger) error {
	d, err := daemon.New(path, programVersion(), log)
	var faulty *daemon.ConfigError
	if errors.As(err, &faulty) {
		return wrongUse(faulty)
	}
	if err != nil {
		return err
	}
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	return d.Run(ctx, func() {
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-hangUps:
					_ = d.Reload(ctx) // it has logged what is wrong
				}
			}
		}()
	})
}
