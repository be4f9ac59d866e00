package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/web"
)

// targetHelp says what a block can be on.
const targetHelp = `A TARGET is one of
  acme/101                an extension
  "acme/*"                all extensions of a tenant
  +390612345678           a number, whoever dials it
  "+8821*"                all numbers that begin so
  country:CU              a country
  server:pbx1             all calls from one Asterisk
  acme/101:+390612345678  the calls of one extension to one number
  everything              all calls of everybody
Emergency numbers always pass.`

func newBlockCommand() *cobra.Command {
	var r web.BlockRequest
	var yes bool
	c := onDaemon(&cobra.Command{
		Use:   "block TARGET",
		Short: "Refuse the paid calls of an extension, a tenant, to a number, a country and so on, and end the live ones",
		Long:  targetHelp,
		Example: "  fraudguard block default/101\n" +
			"  fraudguard block default/101 --for 24h --reason \"password stolen\"\n" +
			"  fraudguard block \"+8821*\" --keep-live\n" +
			"  fraudguard block country:CU\n" +
			"  fraudguard block everything --for 1h --yes",
		Args: arguments("a target (default/101, +390612345678, +8821*, country:CU, server:pbx1, everything)"),
	}, func(ctx context.Context, s *session, args []string) error {
		var err error
		if r.Target, err = web.ParseTarget(args[0]); err != nil {
			return wrongUse(err)
		}
		if r.For < 0 || r.For > 0 && r.For < time.Second {
			return wrongUse(errors.New("--for: write a time of at least a second, such as 24h, or leave it out to block until it is lifted"))
		}
		if r.Target.Everything && !yes {
			if err := sureOfEverything(ctx, s, r.KeepLive); err != nil {
				return err
			}
		}
		block, err := s.Block(ctx, r)
		if err != nil {
			return err
		}
		return s.show(ctx, block, func(p place, to *page) {
			if block.Until == nil {
				to.line("%s is blocked until it is lifted: fraudguard unblock %s", block.Target, quoted(block.Target))
			} else {
				to.line("%s is blocked until %s.", block.Target, p.moment(*block.Until))
			}
		})
	})
	c.Flags().DurationVar(&r.For, "for", 0, "how long, such as 90m or 24h (default: until lifted)")
	c.Flags().StringVar(&r.Reason, "reason", "", "why, for whoever reads it later")
	c.Flags().BoolVar(&r.KeepLive, "keep-live", false, "refuse new calls only, and let the live ones go on")
	c.Flags().BoolVar(&yes, "yes", false, "block everything without asking first")
	return c
}

// sureOfEverything asks the person at the terminal; without one there is nobody to ask.
func sureOfEverything(ctx context.Context, s *session, keepLive bool) error {
	if s.json || !isTerminal(s.in) {
		return wrongUse(errors.New("everything is all calls of everybody: add --yes to block it without being asked"))
	}
	what := "refuses every paid call of everybody and ends the live ones"
	if keepLive {
		what = "refuses every new paid call of everybody"
	}
	fmt.Fprintf(s.errs, "This %s. Only emergency calls pass. Go on? [y/N] ", what)
	if !saidYes(ctx, s.in) {
		return errors.New("nothing was blocked")
	}
	return nil
}

// quoted writes a target or a subject as the shell takes it.
func quoted(text string) string {
	if strings.Contains(text, "*") {
		return `"` + text + `"`
	}
	return text
}
