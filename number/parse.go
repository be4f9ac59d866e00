package number

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse makes a destination of what was dialled: digits, a sip: or tel: address, or E.164 with a
// leading +.
//
// In this order: scheme, host, parameters and separators go; an emergency number is looked for;
// the outside line goes, and again an emergency number is looked for; then the international or
// the national prefix and the area code are understood. It is safe for concurrent use and its work
// is bounded whatever the text is. The error is an *UnparseableError, or says that the plan's
// country is not known.
func (p Plan) Parse(dialled string) (Destination, error) {
	data := theNumbering()
	home, ok := data.countries[p.Country]
	if !ok {
		return Destination{}, fmt.Errorf("country %.20q of the plan is not known", p.Country)
	}
	digits, plus, err := clean(dialled, p.OutsideLine)
	if err != nil {
		return Destination{}, err
	}
	if p.emergency(home, digits) {
		return shortDestination(digits, home, Emergency), nil
	}
	if !plus && p.OutsideLine != "" && strings.HasPrefix(digits, p.OutsideLine) {
		digits = digits[len(p.OutsideLine):]
		if digits == "" {
			return Destination{}, unparseable(dialled, TooShort)
		}
		if p.emergency(home, digits) {
			return shortDestination(digits, home, Emergency), nil
		}
	}
	if !plus {
		digits, plus = p.withoutExit(home, digits)
	}
	if !plus {
		return p.parseNational(data, home, digits), nil
	}
	switch {
	case digits == "":
		return Destination{}, unparseable(dialled, TooShort)
	case digits[0] == '0':
		return Destination{}, unparseable(dialled, ZeroCountry)
	}
	destination, ok := parseInternational(data, home, digits)
	if !ok {
		return Destination{}, unparseable(dialled, TooShort)
	}
	return destination, nil
}

func shortDestination(digits string, home *country, class Class) Destination {
	return Destination{Digits: digits, Country: home.iso, Class: class, Short: true}
}

// withoutExit takes the longest international prefix off and says whether there was one.
func (p Plan) withoutExit(home *country, digits string) (string, bool) {
	longest := 0
	for _, prefix := range p.InternationalPrefixes {
		if len(prefix) > longest && strings.HasPrefix(digits, prefix) {
			longest = len(prefix)
		}
	}
	if len(p.InternationalPrefixes) == 0 && home.exit != nil {
		if found := home.exit.FindStringIndex(digits); found != nil {
			longest = found[1]
		}
	}
	return digits[longest:], longest > 0
}

func (p Plan) parseNational(data *numbering, home *country, digits string) Destination {
	national, stripped := digits, false
	if p.NationalPrefix != "" {
		national, stripped = home.withoutPrefix(digits, p.NationalPrefix)
	} else {
		national, stripped = home.withoutTrunk(digits)
	}
	if !stripped {
		if class, ok := home.shortClass(digits); ok {
			return shortDestination(digits, home, class)
		}
		if p.AreaCode != "" && home.hasLength(len(p.AreaCode)+len(digits)) {
			national = p.AreaCode + digits
		}
	}
	return classify(data, home, home, national)
}

// parseInternational reads digits that begin with a country calling code. It is false where
// nothing follows the code.
func parseInternational(data *numbering, home *country, digits string) (Destination, bool) {
	c, national := data.split(digits)
	if c == nil {
		return Destination{Digits: digits, Class: Unknown, International: true}, true
	}
	if national == "" {
		return Destination{}, false
	}
	// Many write +44 (0)20…; carriers take the 0 off where no number of the country begins so.
	if !c.plausible.matches(national) {
		national, _ = c.withoutPrefix(national, c.nationalPrefix)
	}
	return classify(data, home, c, national), true
}

// classify names the country and the class of a national number behind c's calling code.
func classify(data *numbering, home, c *country, national string) Destination {
	d := Destination{Digits: strconv.Itoa(c.callingCode) + national, International: true, Class: Unknown}
	known := c.significant(national)
	owner := data.owner(c, home, known)
	if owner == nil {
		return d
	}
	d.Country = owner.iso
	d.International = owner != home
	switch {
	case owner.iso == "":
		d.Class = globalClass(owner.callingCode)
	case owner.isPremium(national):
		d.Class = Premium
	case !owner.plausible.matches(known):
	case d.International:
		d.Class = International
	case owner.tollFree.matches(known):
		d.Class = TollFree
	default:
		d.Class = National
	}
	return d
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
