package web

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
)

var (
	accountName = regexp.MustCompile(`^[A-Za-z0-9._+@-]{1,64}$`)
	digitString = regexp.MustCompile(`^[0-9]{3,32}$`)
)

// ParseTarget reads what a block refuses, as Target.String writes it: "tenant/extension", or a
// number in E.164 form with +.
func ParseTarget(text string) (guard.Target, error) {
	if tenant, extension, ok := strings.Cut(text, "/"); ok {
		if accountName.MatchString(tenant) && accountName.MatchString(extension) {
			return guard.Target{Account: limits.Account{Tenant: tenant, Extension: extension}}, nil
		}
	} else if digits, ok := strings.CutPrefix(text, "+"); ok && digitString.MatchString(digits) {
		return guard.Target{Number: digits}, nil
	}
	return guard.Target{}, fmt.Errorf(`%.80q is no target: write an extension as "tenant/extension", such as default/101, or a number with + and digits only, such as +390612345678`, text)
}
