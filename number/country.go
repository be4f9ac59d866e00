package number

import (
	"slices"
	"strings"
)

// CallingCode is the country calling code of a country, "44" for "GB"; "" where there is none of
// that name. Several countries can have the same.
func CallingCode(country string) string {
	if c := theNumbering().countries[country]; c != nil {
		return c.code
	}
	return ""
}

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

// beginsWithEnquiries says whether more digits follow on a short code of directory enquiries. These
// begin with 118 all over Europe, and are dear, though the data calls few of them premium.
func (c *country) beginsWithEnquiries(digits string) bool {
	if !strings.HasPrefix(digits, "118") {
		return false
	}
	for length := 4; length < min(len(digits), 7); length++ {
		if c.shortCode.matches(digits[:length]) {
			return true
		}
	}
	return false
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

// withoutSecondPrefix takes a national prefix off behind the calling code, as in +44 (0)20…, where
// the number is none with it, nor begins with one. Behind +1 nobody writes one. Nothing more is
// taken off: what a carrier would make of it is anybody's guess.
func (c *country) withoutSecondPrefix(national string) (string, bool) {
	if c.callingCode == northAmerica {
		return national, false
	}
	rest, ok := c.withoutTrunk(national)
	if !ok {
		rest, ok = strings.CutPrefix(national, "0")
	}
	if !ok || rest == "" || c.plausible.matches(national) {
		return national, false
	}
	if strings.HasSuffix(national, rest) {
		for _, length := range c.plausible.lengths {
			if int(length) < len(national) && c.isNumber(national[:length]) {
				return national, false
			}
		}
	}
	return rest, true
}

// isPadded says whether a national number begins with digits that no number of the country begins
// with, so that a carrier who puts the call through has to take some off.
func (c *country) isPadded(national string) bool {
	keptZero := national[0] == '0' && c.keepsZero
	impossible := national[0] == '0' && !keptZero || national[0] == '1' && c.callingCode == northAmerica
	prefixed := c.nationalPrefix != "" && strings.HasPrefix(national, c.nationalPrefix)
	switch {
	case !impossible && !prefixed && !keptZero, c.plausible.matches(national):
		return false
	case impossible:
		return true
	case len(c.significant(national)) < len(national):
		return !keptZero || !c.isNumber(c.significant(national))
	}
	for rest, ok := national, prefixed; ok; {
		if rest, ok = strings.CutPrefix(rest, c.nationalPrefix); ok && c.plausible.matches(rest) {
			return true
		}
	}
	return false
}

// isNumber says whether a national number is one in use, premium or not.
func (c *country) isNumber(national string) bool {
	return c.ordinary.matches(national) || c.premium.matches(national)
}

// classOf is the class of a national number of this country.
func (c *country) classOf(national string, international bool) Class {
	switch {
	case c.iso == "":
		return globalClass(c.callingCode)
	case c.isPremium(national):
		return Premium
	case !c.plausible.matches(national):
		return Unknown
	case international:
		return International
	case c.tollFree.matches(national):
		return TollFree
	}
	return National
}

// globalClass is the class of a network that no country owns.
func globalClass(callingCode int) Class {
	switch callingCode {
	case 870, 881, 882, 883:
		return Satellite
	case 979:
		return Premium
	case 800:
		return TollFree
	}
	return International
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
