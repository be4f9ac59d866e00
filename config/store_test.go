package config

import (
	"path/filepath"
	"testing"
)

// TestJournal: the journal has its place beside the store, unless the file says another.
func TestJournal(t *testing.T) {
	for _, test := range []struct {
		text, folder string
		most         Size
	}{
		{"", "/var/lib/fraudguard/fraudguard.journal", 1 << 30},
		{`url = "sqlite:/data/guard/x.db"`, "/data/guard/x.journal", 1 << 30},
		{`url = "sqlite:///data/guard/x.db"`, "/data/guard/x.journal", 1 << 30},
		{`journal = "/ssd/waiting"`, "/ssd/waiting", 1 << 30},
		{`journal_most = "1MiB"`, "/var/lib/fraudguard/fraudguard.journal", 1 << 20},
		{`journal_most = "1024GiB"`, "/var/lib/fraudguard/fraudguard.journal", 1 << 40},
	} {
		path := filepath.Join(t.TempDir(), "fraudguard.toml")
		writeFile(t, path, goodServer+"\n[store]\n"+test.text+"\n")
		c, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if c.Store.Journal != test.folder || c.Store.JournalMost != test.most {
			t.Errorf("%s: the journal is %s of %d bytes", test.text, c.Store.Journal, c.Store.JournalMost)
		}
	}
}
