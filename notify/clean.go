package notify

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
)

// Bounds on what is told of an incident, in characters and in entries. Whoever calls chooses
// numbers, names and the words of SIP headers, so every field can be hostile.
const (
	nameLimit     = 64
	valueLimit    = 200
	sentenceLimit = 500
	evidenceLimit = 20
	actionsLimit  = 10
)

// clean makes a string safe to show on one line: white space of every kind becomes one space, what
// does not print (controls, bidirectional overrides, invisible marks, broken UTF-8) becomes one
// U+FFFD, and what is longer than limit characters ends in "…". To clean twice changes nothing.
func clean(s string, limit int) string {
	kept := make([]rune, 0, min(len(s), limit+1))
	last := ' '
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsPrint(r):
			r = utf8.RuneError
		}
		if r == last && (r == ' ' || r == utf8.RuneError) {
			continue
		}
		kept, last = append(kept, r), r
		if len(kept) > limit+1 {
			break
		}
	}
	if n := len(kept); n > 0 && kept[n-1] == ' ' {
		kept = kept[:n-1]
	}
	if len(kept) > limit {
		kept = append(kept[:limit-1], '…')
	}
	return string(kept)
}

// redact takes secrets out of what the other side said, which may repeat what it was sent.
func redact(s string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[…]")
		}
	}
	return s
}

// presentable gives the incident with every text cleaned and bounded.
func presentable(i guard.Incident) guard.Incident {
	evidence := make([]guard.Evidence, 0, min(len(i.Evidence), evidenceLimit)+1)
	for n, e := range i.Evidence {
		if n == evidenceLimit {
			evidence = append(evidence, guard.Evidence{Name: "more", Value: strconv.Itoa(len(i.Evidence)-n) + " further figures"})
			break
		}
		evidence = append(evidence, guard.Evidence{Name: clean(e.Name, nameLimit), Value: clean(e.Value, valueLimit)})
	}
	actions := make([]string, 0, min(len(i.Actions), actionsLimit)+1)
	for n, a := range i.Actions {
		if n == actionsLimit {
			actions = append(actions, strconv.Itoa(len(i.Actions)-n)+" further actions")
			break
		}
		actions = append(actions, clean(a, valueLimit))
	}
	return guard.Incident{
		ID: clean(i.ID, nameLimit), At: i.At, Server: clean(i.Server, nameLimit), Rule: clean(i.Rule, nameLimit),
		Account: limits.Account{Tenant: clean(i.Account.Tenant, nameLimit), Extension: clean(i.Account.Extension, nameLimit)},
		Number:  clean(i.Number, nameLimit), Leg: clean(i.Leg, nameLimit),
		Seen: clean(i.Seen, sentenceLimit), Evidence: evidence, Actions: actions,
		Observed: i.Observed, Urgent: i.Urgent,
	}
}
