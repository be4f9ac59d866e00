package payers

import (
	"fmt"
	"strings"

	"github.com/fraudguard/fraudguard/dev/sip"
)

// shape is one way in which paid legs come about.
//
// In its texts {A}, {B} and {C} are the extensions of its tenant, who have phones; {one} to {four}
// are numbers abroad as they are dialled; {tenant} is its tenant; and {lot} are two digits that no
// other shape has.
type shape struct {
	name string
	// dialplan is added to Asterisk's, and files to its other configuration files. The phones dial in
	// [tenant-{tenant}], where any number goes to the trunk.
	dialplan string
	files    map[string]string
	// answers say how the carrier treats the numbers; others are answered at once.
	answers map[string]sip.Behaviour
	// phones say what the phones are and do, if more than answer at once.
	phones map[string]sip.PhoneOptions
	// play makes the call. What is live after it goes on for a while; then the carrier hangs up.
	play func(*play)
	// pays says who pays for the legs to each number that may be called: an account, or "A", "B", "C"
	// for {tenant}/{A} and so on.
	pays map[string]string
	// unpaid are the numbers of those which the carrier must not have billed.
	unpaid []string
}

// nobody is the account of whom nobody can be blamed for.
const nobody = "unknown/pbx1"

// names are what the placeholders of a shape stand for.
type names struct {
	*strings.Replacer
	id   int
	slug string
}

func namesOf(i int, sh shape) names {
	n := names{id: 10 + i, slug: slug(sh.name)}
	pairs := []string{"{tenant}", n.slug, "{lot}", fmt.Sprint(n.id)}
	for k, name := range []string{"A", "B", "C"} {
		pairs = append(pairs, "{"+name+"}", n.extensions()[k])
	}
	for k, name := range []string{"one", "two", "three", "four"} {
		pairs = append(pairs, "{"+name+"}", fmt.Sprintf("00%s%d", n.digits(), k+1))
	}
	n.Replacer = strings.NewReplacer(pairs...)
	return n
}

// digits is what the numbers of the shape begin with, as E.164.
func (n names) digits() string { return fmt.Sprintf("44207%d0000", n.id) }

func (n names) tenant() string { return n.slug }

func (n names) extensions() []string {
	return []string{fmt.Sprintf("%d1", n.id), fmt.Sprintf("%d2", n.id), fmt.Sprintf("%d3", n.id)}
}

// account is who pays, as the shape wrote it.
func (n names) account(who string) string {
	if len(who) == 1 {
		who = "{tenant}/{" + who + "}"
	}
	return n.Replace(who)
}

// slug makes of a name one that can be a tenant's and a file's.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
}
