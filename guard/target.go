package guard

import "github.com/fraudguard/fraudguard/limits"

// Target is what a block refuses. One of its fields is set; or two, Account and Number, for one
// extension's calls to one number.
type Target struct {
	// Account is an extension; without an extension, all those of its tenant.
	Account limits.Account
	// Number and Prefix are E.164 digits without +: one number, and all numbers that begin so.
	Number, Prefix string
	// Country is the ISO code of the country that is called.
	Country string
	// Server is the Asterisk from which is called.
	Server string
	// Everything is all calls of everybody.
	Everything bool
}

// String gives the target as people write it: "acme/101", "acme/*", "+4412345678", "+4412*",
// "country:GB", "server:pbx1", "everything", or "acme/101:+4412345678".
func (t Target) String() string {
	switch {
	case t.Everything:
		return "everything"
	case t.Prefix != "":
		return "+" + t.Prefix + "*"
	case t.Country != "":
		return "country:" + t.Country
	case t.Server != "":
		return "server:" + t.Server
	case t.Account == limits.Account{}:
		return "+" + t.Number
	}
	who := t.Account.String()
	if t.Account.Extension == "" {
		who += "*"
	}
	if t.Number != "" {
		return who + ":+" + t.Number
	}
	return who
}
