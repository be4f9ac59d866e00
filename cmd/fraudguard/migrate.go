package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/store/engine"
)

// migrateTimeout bounds a migration: a step may go through all that there is.
const migrateTimeout = time.Hour

// migrated is what migrate has done or, with DryRun, would do.
type migrated struct {
	Store  string        `json:"store"`
	DryRun bool          `json:"dry_run"`
	Steps  []migrateStep `json:"steps"`
	Grants []string      `json:"grants"`
}

type migrateStep struct {
	Number int64  `json:"number"`
	File   string `json:"file"`
}

func newMigrateCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables of the store up to date",
		Long: "Bring the tables of the store up to date. The daemon does that by itself when it starts, if it may. Where its\n" +
			"role in PostgreSQL may only read and write rows, the owner of the tables runs this instead, with --url for\n" +
			"another user than the configuration's, and --grants for what the daemon's role needs.",
		Example: "  fraudguard migrate --dry-run\n" +
			"  fraudguard migrate --url postgres:///fraudguard?user=postgres --grants fraudguard",
		Args: arguments(),
	}
	path, asJSON := configFlag(c), jsonFlag(c)
	dry := c.Flags().Bool("dry-run", false, "change nothing, and show what would be done")
	grants := c.Flags().String("grants", "", "let this role of PostgreSQL do what the daemon does, and nothing else")
	url := c.Flags().String("url", "", "the store, in place of the configuration's; its password comes from PGPASSFILE")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("grants") && *grants == "" {
			return wrongUse(errors.New("--grants needs the name of a role"))
		}
		at, password := *url, ""
		if at == "" {
			cfg, err := config.Load(*path)
			if err != nil {
				return wrongUse(err)
			}
			at, password = cfg.Store.URL, cfg.Store.Password.Reveal()
		} else if err := engine.Check(at); err != nil {
			return wrongUse(err)
		}
		ctx, cancel := context.WithTimeout(c.Context(), migrateTimeout)
		defer cancel()
		done, err := migrate(ctx, at, password, *grants, *dry)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.OutOrStdout(), done)
		}
		var to page
		writeMigrated(&to, done)
		return to.print(c.OutOrStdout())
	}
	return c
}

func migrate(ctx context.Context, url, password, role string, dry bool) (migrated, error) {
	done := migrated{Store: url, DryRun: dry, Steps: []migrateStep{}, Grants: []string{}}
	if role != "" && !engine.NeedsPassword(url) {
		return done, wrongUse(engine.ErrNoRoles)
	}
	steps, err := engine.Migrate(ctx, url, password, dry)
	if err != nil {
		return done, err
	}
	for _, s := range steps {
		done.Steps = append(done.Steps, migrateStep(s))
	}
	if role == "" {
		return done, nil
	}
	statements, err := engine.Grant(ctx, url, password, role, dry)
	done.Grants = append(done.Grants, statements...)
	return done, err
}

func writeMigrated(to *page, done migrated) {
	switch {
	case len(done.Steps) == 0:
		to.line("%s is up to date.", done.Store)
	case done.DryRun:
		to.line("%s needs these steps:", done.Store)
	default:
		to.line("%s is up to date now, by these steps:", done.Store)
	}
	for _, s := range done.Steps {
		to.line("  %s", s.File)
	}
	if len(done.Grants) == 0 {
		return
	}
	to.gap()
	if done.DryRun {
		to.line("The role would get its rights by:")
	} else {
		to.line("The role has got its rights by:")
	}
	for _, statement := range done.Grants {
		to.line("  %s;", statement)
	}
}
