package number

import (
	"slices"
	"strings"
)

// shortClass says whether the digits are a short code of the country, and of which class.
func (c *country) shortClass(digits string) (Class, bool) {
	switch {
	case !c.shortCode.matches(digits):
		return "", false
	case c.premiumShortCode.matches(digits):
		return Premium, true
	case c.tollFreeShortCode.matches(digits):
		return TollFree, true
	}
	return National, true
}

// hasLength says whether the country has numbers of that many digits.
func (c *country) hasLength(digits int) bool {
	return slices.Contains(c.plausible.lengths, int32(digits))
}

// withoutTrunk takes the country's national prefix off as the data describes it, which includes
// carrier selection codes and the rewriting of some mobile numbers. A number that looks right
// with the prefix and wrong without it keeps it: it was the number's own beginning.
func (c *country) withoutTrunk(digits string) (string, bool) {
	if c.trunk == nil {
		return digits, false
	}
	groups := c.trunk.FindStringSubmatchIndex(digits)
	if groups == nil || groups[1] == 0 {
		return digits, false
	}
	rest := digits[groups[1]:]
	if last := len(groups) - 2; c.transform != "" && last > 0 && groups[last] >= 0 {
		rest = string(c.trunk.ExpandString(nil, c.transform, digits, groups)) + rest
	}
	return c.stripped(digits, rest)
}

// withoutPrefix takes off one literal prefix, with the same caution.
func (c *country) withoutPrefix(digits, prefix string) (string, bool) {
	rest, found := strings.CutPrefix(digits, prefix)
	if !found || prefix == "" {
		return digits, false
	}
	return c.stripped(digits, rest)
}

func (c *country) stripped(digits, rest string) (string, bool) {
	if rest == "" || c.plausible.matches(digits) && !c.plausible.matches(rest) {
		return digits, false
	}
	return rest, true
}

// isPremium says whether a national number reaches a premium service. Exchanges ignore digits
// dialled beyond the end of a number, so a premium number with more behind it is one too, unless
// the whole is a number of another kind.
func (c *country) isPremium(national string) bool {
	return c.premium.begins(national) && (c.premium.matches(national) || !c.ordinary.matches(national))
}

// significant cuts off digits beyond the longest number of the country, as exchanges do.
func (c *country) significant(national string) string {
	if len(c.plausible.lengths) == 0 {
		return national
	}
	return national[:min(len(national), int(slices.Max(c.plausible.lengths)))]
}
