// Command demo plays an evening of toll fraud twice at the same time: on an Asterisk with
// fraudguard beside it, and on one without. Then it tells what was stopped, when, and what it saved
// by the bills of two carriers. It needs root and Debian, and leaves nothing behind. With KEEP=1 it
// stays, so that one can look around.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/site"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := demo(ctx, os.Getenv("KEEP") != "")
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, keep bool) error {
	fmt.Println("Preparing: a disposable Asterisk 22 and fraudguard itself. The first time takes a minute or two.")
	if _, err := asterisk.Prepare(ctx, asterisk.DefaultVersion, os.Stdout); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "fraudguard-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program, err := site.Program(ctx, folder, false)
	if err != nil {
		return err
	}
	guarded, unguarded, err := bothSites(ctx, program)
	if err != nil {
		return err
	}
	defer guarded.Close()
	defer unguarded.Close()
	guard, err := guarded.StartGuard(ctx)
	if err != nil {
		return err
	}
	if err := guarded.ImportPrices(ctx); err != nil {
		return err
	}
	fmt.Printf("\nThe evening begins. It lasts %s, here and on a second Asterisk that nobody guards.\n\n", evening)
	began := time.Now()
	if err := playBoth(ctx, guarded, unguarded); err != nil {
		return err
	}
	r, err := look(ctx, guarded, guard, unguarded, began)
	if err != nil {
		return err
	}
	r.print(os.Stdout)
	if keep {
		explain(guarded, program)
		<-ctx.Done()
		fmt.Println("\nTaking everything down.")
	}
	return r.verdict()
}

// bothSites brings up two sites that differ only in the guard.
func bothSites(ctx context.Context, program string) (guarded, unguarded *site.Site, err error) {
	if guarded, err = site.New(ctx, program, options()); err != nil {
		return nil, nil, err
	}
	if unguarded, err = site.New(ctx, "", options()); err != nil {
		guarded.Close()
		return nil, nil, err
	}
	return guarded, unguarded, nil
}

// playBoth plays the same evening on both sites at once.
func playBoth(ctx context.Context, sites ...*site.Site) error {
	ctx, cancel := context.WithTimeout(ctx, 2*evening)
	defer cancel()
	errs := make([]error, len(sites))
	var playing sync.WaitGroup
	for i, s := range sites {
		playing.Go(func() { errs[i] = play(ctx, s) })
	}
	playing.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// explain says how to look around while the site stays.
func explain(s *site.Site, program string) {
	fmt.Printf(`
Everything stays up until Ctrl-C. In another terminal:

  export FRAUDGUARD_SOCKET=%s
  alias fraudguard=%s

  fraudguard status
  fraudguard calls
  fraudguard ledger --day
  fraudguard incidents
  fraudguard blocks
  fraudguard unblock acme/103

  The price list is %s
  The configuration is %s
  The log is %s/fraudguard.log
`, s.Socket(), program, s.DeckPath(), s.ConfigPath(), s.Folder)
}
