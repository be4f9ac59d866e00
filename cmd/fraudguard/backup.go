package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/store/engine"
)

func newBackupCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the store, as it is at one moment, while fraudguard goes on",
		Long: "Write a copy of the store, as it is at one moment, while fraudguard goes on or while it does not run.\n" +
			"The copy is a new file that only you can read; nothing is overwritten. To restore it, stop fraudguard,\n" +
			"put the copy in the place of the store's file, and start fraudguard. A PostgreSQL store is backed up\n" +
			"by PostgreSQL's own programs, and the command says how.",
		Example: "  fraudguard backup /var/backups/fraudguard-monday.db\n" +
			"  fraudguard backup /var/backups/fraudguard.db --config /etc/fraudguard/fraudguard.toml --json",
		Args: arguments("a file"),
	}
	path, asJSON := configFlag(c), jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		settings, err := config.Load(*path)
		if err != nil {
			return wrongUse(err)
		}
		if err := engine.Backup(c.Context(), settings.Store.URL, args[0]); err != nil {
			return err
		}
		info, err := os.Stat(args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.OutOrStdout(), struct {
				File  string `json:"file"`
				Bytes int64  `json:"bytes"`
			}{args[0], info.Size()})
		}
		var to page
		to.line("%s holds the store, %d bytes.", args[0], info.Size())
		return to.print(c.OutOrStdout())
	}
	return c
}
