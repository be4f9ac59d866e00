// Command cmd prepares and cleans what disposable PostgreSQL servers need. Run it as root from the top of
// the checkout:
//
//	go run ./dev/postgres/cmd prepare
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/fraudguard/fraudguard/dev/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "prepare":
		for _, version := range postgres.Versions() {
			root, err := postgres.Prepare(ctx, version, os.Stderr)
			if err != nil {
				return err
			}
			fmt.Println(root)
		}
		return nil
	case len(args) == 1 && args[0] == "sweep":
		removed, err := postgres.Sweep()
		for _, folder := range removed {
			fmt.Println(folder)
		}
		return err
	}
	return errors.New("say prepare, to make the root folders that servers run from, or sweep, to remove what killed ones left behind")
}
