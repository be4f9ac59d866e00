package guard

// The rules of incidents about the record itself.
const (
	ruleJournalFull    = "store.journal_full"
	ruleJournalDamaged = "store.journal_damaged"
)

func (g *Guard) journalFull(f JournalFull) {
	g.incident(nil, Incident{
		Rule: ruleJournalFull, Urgent: true,
		Seen:     "the store does not take records, nor does the journal: calls are guarded, but what was recorded since is lost if fraudguard ends now",
		Evidence: []Evidence{{"reason", f.Reason}},
		Actions:  []string{"keep the records in memory"},
	})
}

func (g *Guard) journalDamaged(f JournalDamaged) {
	g.incident(nil, Incident{
		Rule: ruleJournalDamaged, Urgent: true,
		Seen:     "a part of the journal was damaged, and records may be missing from the ledger",
		Evidence: []Evidence{{"file", f.File}},
		Actions:  []string{"store what is sound in it", "keep the file"},
	})
}
