package config

import (
	"path"
	"strings"
)

// fill gives the journal its place where the file says none.
func (s *Store) fill() {
	if s.Journal != "" {
		return
	}
	s.Journal = "/var/lib/fraudguard/fraudguard.journal"
	if file, ok := strings.CutPrefix(s.URL, "sqlite:"); ok && path.IsAbs(file) {
		file = path.Clean(file)
		s.Journal = strings.TrimSuffix(file, path.Ext(file)) + ".journal" // another file's is another one
	}
}

func (s *Store) checkJournal(f *faults) {
	if !path.IsAbs(s.Journal) || strings.ContainsRune(s.Journal, 0) {
		f.add("store.journal", `write the absolute path of a folder on a local disk, such as "/var/lib/fraudguard/fraudguard.journal"`)
	}
	if s.JournalMost < 1<<20 || s.JournalMost > 1<<40 {
		f.add("store.journal_most", `write a size from "1MiB" to "1024GiB"`)
	}
}
