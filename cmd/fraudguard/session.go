package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

const (
	defaultSocket = "/run/fraudguard/fraudguard.sock"
	defaultConfig = "/etc/fraudguard/fraudguard.toml"
)

// session is one run of a command that speaks to the daemon.
type session struct {
	*web.Client
	in        io.Reader
	out, errs io.Writer
	json      bool
}

// onDaemon completes a command that speaks to the daemon: it gets --socket and --json, and do when
// it runs.
func onDaemon(c *cobra.Command, do func(ctx context.Context, s *session, args []string) error) *cobra.Command {
	path := os.Getenv("FRAUDGUARD_SOCKET")
	if path == "" {
		path = defaultSocket
	}
	socket := c.Flags().String("socket", path, "the daemon's socket; FRAUDGUARD_SOCKET sets it as well")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		s := &session{Client: web.NewClient(*socket), in: c.InOrStdin(), out: c.OutOrStdout(), errs: c.ErrOrStderr(), json: *asJSON}
		defer s.Close()
		return do(c.Context(), s, args)
	}
	return c
}

func jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, "print JSON for scripts")
}

func configFlag(c *cobra.Command) *string {
	return c.Flags().String("config", defaultConfig, "the configuration file")
}

// place is where people read times and money: in the zone and the currency of the daemon.
type place struct {
	zone     *time.Location
	currency string
}

// place asks the daemon. Where it does not say, times are shown in UTC: what was asked for is done,
// and is told all the same.
func (s *session) place(ctx context.Context) place {
	status, err := s.Status(ctx)
	if err != nil {
		return place{zone: time.UTC}
	}
	return placeOf(status)
}

func placeOf(s web.Status) place {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		// A zone that only the daemon's machine knows.
		zone = time.UTC
	}
	return place{zone: zone, currency: s.Currency}
}

// moment writes a time for people.
func (p place) moment(t time.Time) string { return t.In(p.zone).Format("2006-01-02 15:04:05 MST") }

// cost is the head of a column of money.
func (p place) cost() string {
	if p.currency == "" {
		return "COST"
	}
	return "COST (" + p.currency + ")"
}

// from writes when a price begins to hold.
func (p place) from(t *time.Time) string {
	if t == nil {
		return "always"
	}
	return p.moment(*t)
}

// until writes the end of a block.
func (p place) until(t *time.Time) string {
	if t == nil {
		return "until lifted"
	}
	return p.moment(*t)
}

// show prints JSON for scripts, or what text writes for people.
func (s *session) show(ctx context.Context, answer any, text func(p place, to *page)) error {
	if s.json {
		return printJSON(s.out, answer)
	}
	var to page
	text(s.place(ctx), &to)
	return to.print(s.out)
}

// tellLimit says that there may be more than was asked for.
func (s *session) tellLimit(rows, limit int) {
	if rows == limit {
		fmt.Fprintf(s.errs, "Only the newest %d are shown: --limit shows more.\n", limit)
	}
}
