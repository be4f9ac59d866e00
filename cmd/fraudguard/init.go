package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/docs"
	"github.com/fraudguard/fraudguard/packaging/dialplan"
)

// initOptions are the flags of init.
type initOptions struct {
	config, server, kind, output string
	force, json                  bool
}

// begun is what init has done, and what is left to do.
type begun struct {
	Written []string `json:"written"`
	Steps   []string `json:"steps"`
}

func newInitCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a first configuration, or the dialplan of ask mode for the one there is",
		Long: "Where the configuration does not exist, init writes the example there, in observe mode.\n" +
			"Where it exists, init writes the dialplan that asks before it dials, and says what remains to be done.\n" +
			"Files that are there already are not overwritten without --force.",
		Example: "  fraudguard init\n  fraudguard init --dialplan freepbx --output /etc/asterisk\n  fraudguard init --server pbx2 --output - | less",
		Args:    arguments(),
	}
	var o initOptions
	path, asJSON := configFlag(c), jsonFlag(c)
	c.Flags().StringVar(&o.server, "server", "", "which [[server]], where there are several")
	c.Flags().StringVar(&o.kind, "dialplan", "plain", "for what: "+strings.Join(dialplan.Kinds(), ", "))
	c.Flags().StringVar(&o.output, "output", ".", `the folder to write the dialplan to, or "-" to print it`)
	c.Flags().BoolVar(&o.force, "force", false, "overwrite files that are there already")
	c.RunE = func(c *cobra.Command, _ []string) error {
		o.config, o.json = *path, *asJSON
		if !slices.Contains(dialplan.Kinds(), o.kind) {
			return wrongUse(fmt.Errorf("--dialplan %.20q: write %s", o.kind, strings.Join(dialplan.Kinds(), ", ")))
		}
		if o.json && o.output == "-" {
			return wrongUse(errors.New(`--json and --output "-" both print: leave one out`))
		}
		done, err := o.begin(c.OutOrStdout())
		if err != nil {
			return err
		}
		if o.json {
			return printJSON(c.OutOrStdout(), done)
		}
		to := c.OutOrStdout()
		if o.output == "-" {
			to = c.ErrOrStderr() // the dialplan itself has gone to standard output
		}
		var text page
		for _, path := range done.Written {
			text.line("%s is written.", path)
		}
		for i, step := range done.Steps {
			text.line("%d. %s", i+1, step)
		}
		return text.print(to)
	}
	return c
}

// begin writes what is missing: the configuration, else the dialplan.
func (o initOptions) begin(out io.Writer) (begun, error) {
	if _, err := os.Lstat(o.config); errors.Is(err, fs.ErrNotExist) {
		if err := writeNew(o.config, docs.ExampleConfiguration, 0o640, false); err != nil {
			return begun{}, err
		}
		return begun{Written: []string{o.config}, Steps: []string{
			"Make " + o.config + " readable for the group of the daemon: chgrp fraudguard " + o.config,
			"Write your trunks, country, currency, timezone and caps into it, and the two secrets into their files.",
			"fraudguard check --config " + o.config,
			"For ask mode, run fraudguard init once more: it writes the dialplan.",
		}}, nil
	}
	cfg, err := config.Load(o.config)
	if err != nil {
		return begun{}, wrongUse(err)
	}
	server, err := o.chosen(cfg)
	if err != nil {
		return begun{}, wrongUse(err)
	}
	files, err := dialplan.Files(o.kind, siteOf(cfg, server))
	if err != nil {
		return begun{}, err
	}
	if o.output == "-" {
		for _, f := range files {
			if _, err := io.WriteString(out, f.Text); err != nil {
				return begun{}, err
			}
		}
		return begun{Written: []string{}, Steps: o.steps(cfg, server)}, nil
	}
	done := begun{Steps: o.steps(cfg, server)}
	for _, f := range files {
		path := filepath.Join(o.output, f.Name)
		if err := writeNew(path, f.Text, 0o644, o.force); err != nil {
			return begun{}, err
		}
		done.Written = append(done.Written, path)
	}
	return done, nil
}

// chosen is the server that the dialplan is for.
func (o initOptions) chosen(c *config.Config) (*config.Server, error) {
	var names []string
	for i := range c.Server {
		if c.Server[i].Name == o.server || o.server == "" && len(c.Server) == 1 {
			return &c.Server[i], nil
		}
		names = append(names, c.Server[i].Name)
	}
	if o.server == "" {
		return nil, fmt.Errorf("there are several servers: name one with --server: %s", strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("there is no server %.40q: name one of %s", o.server, strings.Join(names, ", "))
}

// siteOf is what a dialplan has to know of a server.
func siteOf(c *config.Config, s *config.Server) dialplan.Site {
	site := dialplan.Site{
		Server: s.Name, Plan: s.Plan(c.Numbers.Classes), Tenant: s.Tenant, ByAccountcode: slices.Contains(s.TenantBy, "accountcode"),
		FailMode: s.FailMode, Horizon: time.Duration(c.Horizon), VerdictWithin: time.Duration(s.VerdictWithin),
	}
	for _, tenant := range slices.Sorted(maps.Keys(s.FailModes)) {
		site.FailModes = append(site.FailModes, dialplan.FailMode{Tenant: tenant, Mode: s.FailModes[tenant]})
	}
	return site
}

// steps are what is left to do by hand.
func (o initOptions) steps(c *config.Config, s *config.Server) []string {
	var steps []string
	switch o.kind {
	case "freepbx":
		steps = append(steps, "Both files belong into /etc/asterisk. Add to the end of extensions_custom.conf: #include fraudguard.conf and, in the next line, #include freepbx.conf")
	case "wazo":
		steps = append(steps, "Both files belong into /etc/asterisk/extensions_extra.d. Name fraudguard-wazo as the subroutine of your outgoing calls: wazo.conf says how.")
	default:
		steps = append(steps,
			"fraudguard.conf belongs into /etc/asterisk. Add to extensions.conf: #include fraudguard.conf",
			"Before each Dial to a trunk add: same => n,Gosub(fraudguard,ask,1(${EXTEN}))")
	}
	if s.Admission != "ask" {
		steps = append(steps, `Write admission = "ask" into the [[server]] `+s.Name+", and run fraudguard reload")
	}
	steps = append(steps, `asterisk -rx "dialplan reload"`, "Block a phone of yours and dial out from it, before you rely on it: fraudguard block")
	if len(s.Rewrite) > 0 {
		steps = append(steps, `Know that a dialplan cannot apply the rewrite rules: while the guard is gone, fail mode "domestic" refuses all but emergency calls, and blocks on numbers do not act.`)
	}
	if outline, err := s.Plan(c.Numbers.Classes).Outline(); err == nil && len(outline.Domestic) == 0 {
		steps = append(steps, `Know that the numbers of `+s.Country+` cannot be told from those of its neighbours by their beginning: fail mode "domestic" refuses all but emergency calls.`)
	}
	return steps
}

// writeNew writes a file whole or not at all. One that is there already is refused unless force is set, or
// it says the same.
func writeNew(path, text string, mode fs.FileMode, force bool) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return nil
	} else if err == nil && !force {
		return fmt.Errorf("%s is there already and differs: --force overwrites it", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	made, err := os.CreateTemp(filepath.Dir(path), ".fraudguard-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	_, err = made.WriteString(text)
	err = errors.Join(err, made.Chmod(mode), made.Close())
	if err == nil {
		err = os.Rename(made.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, errors.Join(err, os.Remove(made.Name())))
	}
	return nil
}
