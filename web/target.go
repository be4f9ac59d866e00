package web

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
)

var (
	accountName  = regexp.MustCompile(`^[A-Za-z0-9._+@-]{1,64}$`)
	serverName   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)
	digitString  = regexp.MustCompile(`^[0-9]{3,32}$`)
	prefixString = regexp.MustCompile(`^[0-9]{1,15}$`)
)

// targetHelp says what a target can be.
const targetHelp = "an extension default/101, all of a tenant default/*, a number +390612345678, the numbers that begin so +8821*, " +
	"a country country:CU, a server server:pbx1, one extension's calls to a number default/101:+390612345678, or everything"

// ParseTarget reads what a block refuses, as Target.String writes it.
func ParseTarget(text string) (guard.Target, error) {
	var t guard.Target
	var ok bool
	kind, name, named := strings.Cut(text, ":")
	switch {
	case text == "everything":
		t.Everything, ok = true, true
	case named && kind == "country":
		t.Country, ok = name, name != "" && (number.Plan{Country: name}).Check() == nil
		if !ok {
			return guard.Target{}, fmt.Errorf(`%.40q is no country: write the two capital letters of ISO 3166, such as country:GB`, name)
		}
	case named && kind == "server":
		t.Server, ok = name, serverName.MatchString(name)
	case strings.Contains(text, "/"):
		t, ok = accountTarget(text)
	case strings.HasPrefix(text, "+") && strings.HasSuffix(text, "*"):
		t.Prefix = text[1 : len(text)-1]
		if ok = prefixString.MatchString(t.Prefix); !ok {
			return guard.Target{}, fmt.Errorf(`%.40q is no beginning of numbers: write + and 1 to 15 digits, such as +8821*`, text)
		}
	case strings.HasPrefix(text, "+"):
		t.Number, ok = text[1:], digitString.MatchString(text[1:])
	}
	if !ok {
		return guard.Target{}, fmt.Errorf("%.80q is no target: write %s", text, targetHelp)
	}
	return t, nil
}

// accountTarget reads "acme/101", "acme/*" and "acme/101:+4412345".
func accountTarget(text string) (t guard.Target, ok bool) {
	account, digits, pair := strings.Cut(text, ":+")
	t.Account.Tenant, t.Account.Extension, _ = strings.Cut(account, "/")
	if ok = accountName.MatchString(t.Account.Tenant); t.Account.Extension == "*" && !pair {
		t.Account.Extension = ""
		return t, ok
	}
	t.Number = digits
	return t, ok && accountName.MatchString(t.Account.Extension) && (!pair || digitString.MatchString(digits))
}

// ParseSubject reads whom a cap is for, as limits.Subject.String writes it, with names that an
// account can have.
func ParseSubject(text string) (limits.Subject, error) {
	s, err := limits.ParseSubject(text)
	if err != nil {
		return s, err
	}
	for _, name := range [...]string{s.Tenant, s.Extension} {
		if name != "" && !accountName.MatchString(name) {
			return limits.Subject{}, fmt.Errorf("%.80q is nobody's name: letters, digits and . _ - + @, at most 64", name)
		}
	}
	return s, nil
}
