package notify

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// shownInMail is how many incidents a mail describes; of the others it tells the number.
const shownInMail = 20

const subjectLimit = 120

// The deeds that a person wants to know first, the gravest first. Incidents state their actions as
// orders ("block the extension until lifted").
const (
	deedUrgent   = "URGENT"
	deedBlocked  = "blocked"
	deedHungUp   = "hung up"
	deedRefused  = "refused"
	deedTold     = "seen"
	deedObserved = "observed"
)

var (
	orders  = []struct{ order, deed string }{{"block", deedBlocked}, {"hang up", deedHungUp}, {"refuse", deedRefused}}
	gravity = []string{deedUrgent, deedBlocked, deedHungUp, deedRefused, deedTold, deedObserved}
)

// deed is the gravest thing that was done in an incident.
func deed(i guard.Incident) string {
	if i.Observed {
		return deedObserved
	}
	for _, o := range orders {
		if slices.ContainsFunc(i.Actions, func(a string) bool { return strings.HasPrefix(a, o.order) }) {
			return o.deed
		}
	}
	return deedTold
}

func grave(i guard.Incident) int {
	if i.Urgent {
		return 0
	}
	return slices.Index(gravity, deed(i))
}

// letter is what a mail says.
type letter struct {
	subject, body string
	urgent        bool
}

// write makes one letter of a group, the gravest incident first. Times are told in the zone.
func write(group []guard.Incident, zone *time.Location) letter {
	sorted := make([]guard.Incident, len(group))
	for n, i := range group {
		sorted[n] = presentable(i)
	}
	slices.SortStableFunc(sorted, func(a, b guard.Incident) int {
		return cmp.Or(cmp.Compare(grave(a), grave(b)), a.At.Compare(b.At))
	})
	worst, rest := sorted[0], len(sorted)-1
	subject := "[fraudguard] " + headline(worst)
	if rest > 0 {
		subject = clean(subject, subjectLimit-20) + fmt.Sprintf(" (+%d more)", rest)
	}

	var body strings.Builder
	fmt.Fprintf(&body, "%s\n", headline(worst))
	if rest > 0 {
		fmt.Fprintf(&body, "%d incidents, the gravest first.\n", len(sorted))
	}
	for _, i := range sorted[:min(len(sorted), shownInMail)] {
		body.WriteString("\n")
		describe(&body, i, zone)
	}
	if hidden := len(sorted) - shownInMail; hidden > 0 {
		fmt.Fprintf(&body, "\nand %d more, see: fraudguard incidents\n", hidden)
	}
	return letter{subject: clean(subject, subjectLimit), body: body.String(), urgent: worst.Urgent}
}

// headline tells a presentable incident in a few words: "blocked acme/101: repeated_number".
func headline(i guard.Incident) string {
	what := deed(i)
	if i.Urgent {
		what = deedUrgent
	}
	if who := account(i); who != "" {
		return what + " " + who + ": " + i.Rule
	}
	return what + ": " + i.Rule
}

// account names who pays; "" where the incident is about nobody in particular.
func account(i guard.Incident) string {
	switch {
	case i.Account.Tenant == "" && i.Account.Extension == "":
		return ""
	case i.Account.Extension == "":
		return i.Account.Tenant
	}
	return i.Account.String()
}

// describe writes a presentable incident as short lines that fit a telephone's screen.
func describe(w *strings.Builder, i guard.Incident, zone *time.Location) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
	when := i.At.In(zone).Format("Mon 2 Jan 2006 15:04:05 MST")
	if i.Server != "" {
		when += ", " + i.Server
	}
	fmt.Fprintf(w, "%s\n", when)
	line("Seen", i.Seen)
	line("Rule", i.Rule)
	line("Account", account(i))
	line("Number", i.Number)
	if i.Observed {
		line("Would have done", strings.Join(i.Actions, ", "))
	} else {
		line("Done", strings.Join(i.Actions, ", "))
	}
	figures := make([]string, len(i.Evidence))
	for n, e := range i.Evidence {
		figures[n] = e.Name + " " + e.Value
	}
	line("Figures", strings.Join(figures, "; "))
	if typeable.MatchString(i.ID) {
		line("Why", "fraudguard explain "+i.ID)
	}
	if deed(i) == deedBlocked {
		line("To lift it", unblock(i))
	}
}

// typeable is what may be put into a command that a person copies into a shell. An account's name
// comes from a telephone exchange's settings and, in places, from callers.
var typeable = regexp.MustCompile(`^[0-9A-Za-z_][0-9A-Za-z_.@+-]*$`)

// unblock is the command that lifts the block on an incident's account, or that lists the blocks
// where the account has no name that is safe to type.
func unblock(i guard.Incident) string {
	if typeable.MatchString(i.Account.Tenant) && typeable.MatchString(i.Account.Extension) {
		return "fraudguard unblock " + i.Account.String()
	}
	return "fraudguard blocks"
}
