package main

import (
	"fmt"
	"strings"

	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/web"
)

// writePreview shows what was understood of a price list, and what it changes.
func writePreview(to *page, s web.RatesSummary) {
	l := s.Layout
	to.line("%s, %s, divided by %s, header in line %d:", plural(s.Rates, "rate"), plural(l.Rows, "row"), l.Delimiter, l.Header)
	rows := [][]string{{"COLUMN", "IS"}}
	var ignored []string
	for _, c := range l.Columns {
		if c.Field == "" {
			ignored = append(ignored, c.Header)
		} else {
			rows = append(rows, []string{c.Header, strings.ReplaceAll(c.Field, "_", " ")})
		}
	}
	to.table(rows...)
	to.gap()
	facts := [][]string{{"Currency", s.Currency}}
	for _, f := range []struct{ name, value string }{
		{"Decimal sign", l.Decimal}, {"Dates", l.Dates}, {"Not used", strings.Join(ignored, ", ")},
		{"Not in the file", strings.Join(l.Defaults, ", ")},
	} {
		if f.value != "" {
			facts = append(facts, []string{f.name, f.value})
		}
	}
	if l.Skipped > 0 {
		facts = append(facts, []string{"Left out", plural(l.Skipped, "row") + " marked as deleted"})
	}
	if s.Carried > 0 {
		facts = append(facts, []string{"Begin later", plural(s.Carried, "prefix") + ": the old price goes on until then, or else theirs counts at once"})
	}
	if l.Closed > 0 {
		facts = append(facts, []string{"Closed", plural(l.Closed, "rate") + ", to which calls are refused"})
	}
	if l.Free > 0 {
		facts = append(facts, []string{"Free of charge", plural(l.Free, "rate")})
	}
	if l.Notes > 0 {
		facts = append(facts, []string{"Notes", plural(l.Notes, "row") + " with no price"})
	}
	to.table(facts...)
	to.gap()
	writeDifference(to, s.Difference)
}

func writeDifference(to *page, d rates.Difference) {
	to.line("%d added, %d changed, %d removed, %d unchanged.", d.Added, d.Changed, d.Removed, d.Unchanged)
	if len(d.Increases) == 0 {
		return
	}
	to.gap()
	rows := [][]string{{"LARGEST INCREASES", "ROUTE", "FROM", "TO"}}
	for _, c := range d.Increases {
		rows = append(rows, []string{c.Prefix, c.New.Route, c.Old.PerMinute.String(), c.New.PerMinute.String()})
	}
	to.table(rows...)
}

// writeOutcome says what became of the list.
func writeOutcome(to *page, p place, s web.RatesSummary) {
	switch {
	case s.DryRun:
		to.line("Nothing was changed: this was a dry run.")
	case s.InForce:
		to.line("Deck %s, edition %d, is in force from now on.", s.Deck, s.Edition)
	case s.Coming:
		to.line("Deck %s, edition %d, takes over on %s.", s.Deck, s.Edition, p.from(s.ValidFrom))
	default:
		to.line("Deck %s, edition %d, is stored and NOT in force: either the configuration does not name the deck, or an edition that begins later is (see fraudguard rates list).",
			s.Deck, s.Edition)
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "x") {
		word += "e"
	}
	return fmt.Sprintf("%d %ss", n, word)
}
