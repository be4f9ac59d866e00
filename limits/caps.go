package limits

import (
	"fmt"
	"strings"
)

// Scope says whose usage a cap counts.
type Scope int

// The scopes of a cap.
const (
	PerExtension Scope = iota
	PerTenant
)

// Subject is whom a cap is set for. For an extension the nearest subject that has a value counts: the
// extension itself, then the extensions of its tenant, then all extensions. The same for a tenant,
// whose caps count besides.
type Subject struct {
	Scope Scope
	// Tenant is empty for all tenants, Extension for all extensions.
	Tenant, Extension string
}

// ParseSubject reads a subject as String writes it.
func ParseSubject(text string) (Subject, error) {
	tenant, extension, slash := strings.Cut(text, "/")
	s := Subject{Tenant: tenant, Extension: extension}
	if !slash {
		s.Scope = PerTenant
	}
	if s.Tenant == "*" {
		s.Tenant = ""
	}
	if s.Extension == "*" {
		s.Extension = ""
	}
	if tenant == "" || slash && extension == "" || s.Tenant == "" && s.Extension != "" ||
		strings.Contains(s.Extension, "/") || len(text) > 200 {
		return Subject{}, fmt.Errorf(`%.80q is nobody: write "acme/101" for an extension, "acme/*" for each extension of a tenant, `+
			`"*/*" for each extension, "acme" for a tenant, or "*" for each tenant`, text)
	}
	return s, nil
}

// String is "acme/101", "acme/*", "*/*", "acme" or "*".
func (s Subject) String() string {
	tenant, extension := s.Tenant, s.Extension
	if tenant == "" {
		tenant = "*"
	}
	if s.Scope == PerTenant {
		return tenant
	}
	if extension == "" {
		extension = "*"
	}
	return tenant + "/" + extension
}

// Values are the caps of one subject.
type Values map[Kind]Value

// Caps are all caps in force.
type Caps struct {
	// Count is the money that the caps on cost count.
	Count Money
	// Values has the caps of each subject that has any.
	Values map[Subject]Values
}

// With gives the caps with others on top: what those say of a subject and kind counts.
func (c Caps) With(others map[Subject]Values) Caps {
	joined := Caps{Count: c.Count, Values: make(map[Subject]Values, len(c.Values)+len(others))}
	for _, layer := range [...]map[Subject]Values{c.Values, others} {
		for subject, values := range layer {
			have := joined.Values[subject]
			if have == nil {
				have = make(Values, len(values))
				joined.Values[subject] = have
			}
			for kind, value := range values {
				have[kind] = value
			}
		}
	}
	return joined
}

// Value gives what counts for an account (which has no extension for a whole tenant), and for whom
// it was set; false where nothing is set, or Unlimited.
func (c Caps) Value(a Account, k Kind) (Value, Subject, bool) {
	v, s, set := c.nearest(a, k)
	return v, s, set && v != Unlimited
}

func (c Caps) nearest(a Account, k Kind) (v Value, s Subject, set bool) {
	scope := PerExtension
	if a.Extension == "" {
		scope = PerTenant
	}
	for _, s := range [...]Subject{{scope, a.Tenant, a.Extension}, {scope, a.Tenant, ""}, {scope, "", ""}} {
		if v, ok := c.Values[s][k]; ok {
			return v, s, true
		}
	}
	return 0, Subject{}, false
}

// Cap is what counts for one account.
type Cap struct {
	Kind    Kind
	Account Account
	Limit   Value
	// Warn is the usage at which a warning is given; Unlimited is none.
	Warn Value
}

// RouteCap is the rule name of the cap on a route's price per minute, whoever it is set for.
const RouteCap = "caps.route.cost_per_minute"

// Rule is the name that incidents and reasons have for the cap: its key in the configuration.
func (c *Cap) Rule() string {
	switch {
	case c.Kind == RouteCostPerMinute:
		return RouteCap
	case c.Account.Extension == "":
		return "caps.tenant." + c.Kind.String()
	}
	return "caps.extension." + c.Kind.String()
}

// Of gives the caps of an account, in the order of their kinds.
func (c Caps) Of(a Account) []Cap {
	var caps []Cap
	part, _, set := c.nearest(a, WarnAt)
	if !set {
		part = DefaultWarnAt
	}
	for _, k := range Kinds() {
		if k == WarnAt {
			continue
		}
		if v, _, ok := c.Value(a, k); ok {
			cap := Cap{Kind: k, Account: a, Limit: v, Warn: Unlimited}
			if part != Unlimited {
				cap.Warn = v/100*part + (v%100*part+99)/100
			}
			caps = append(caps, cap)
		}
	}
	return caps
}
