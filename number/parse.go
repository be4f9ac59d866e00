package number

import (
	"fmt"
	"slices"
	"strings"
)

// reading is one dialled text on its way to a destination.
type reading struct {
	plan    Plan
	data    *numbering
	home    *country
	dialled string
	// rest is what is left of it.
	rest string
	// homeContext is set where a phone-context says that the digits belong to the plan's country.
	homeContext bool
	// misled is set where a parameter can send the call elsewhere than the digits say.
	misled                         bool
	prefixOff, lineOff, carrierOff bool
	steps                          *trace
}

// Parse makes a destination of what was dialled: digits, a sip: or tel: address, or E.164 with a
// leading +.
//
// In this order: scheme, host, parameters and separators go; then the trunk's prefix; then outside
// line, feature codes and a carrier code; rewrite rules are applied; the international or the
// national prefix and the area code are understood. After every step that takes something off, an
// emergency number is looked for. What a carrier could read in another way than this is refused
// as unparseable, so that no number is taken for one with another price. It is safe for concurrent
// use and its work is bounded whatever the text is. The error is an *UnparseableError, or says
// that the plan's country is not known.
func (p Plan) Parse(dialled string) (Destination, error) { return p.read(dialled, nil) }

func (p Plan) read(dialled string, steps *trace) (Destination, error) {
	data := theNumbering()
	home, ok := data.countries[p.Country]
	if !ok {
		return Destination{}, fmt.Errorf("country %.20q of the plan is not known", p.Country)
	}
	r := reading{plan: p, data: data, home: home, dialled: dialled, rest: shown(dialled), steps: steps}
	steps.add(r.rest, "dialled")
	d, fault := r.destination()
	if fault != "" {
		steps.add(r.rest, "unparseable: ", string(fault))
		return Destination{}, &UnparseableError{Dialled: strings.Clone(shown(dialled)), Fault: fault}
	}
	return d, nil
}

func (r *reading) destination() (Destination, Fault) {
	if fault := r.clean(); fault != "" {
		return Destination{}, fault
	}
	d, fault := r.cleaned()
	if r.misled && d.Class != Emergency {
		return Destination{}, Parameter
	}
	return d, fault
}

// cleaned reads what clean left. Parameters do not stop it: no list of them may stand between a
// caller and help, so that an emergency number is one whatever they say.
func (r *reading) cleaned() (Destination, Fault) {
	emergency, fault := r.front()
	switch {
	case emergency:
		return r.short(r.rest, Emergency), ""
	case fault != "":
		return Destination{}, fault
	}
	digits, plus := strings.CutPrefix(r.rest, "+")
	if fault := strange(digits); fault != "" {
		return Destination{}, fault
	}
	r.misled = r.misled || r.homeContext && !plus
	if !plus {
		if n := r.plan.exit(r.home, digits); n > 0 {
			r.cut(n, "international prefix ")
			digits, plus = r.rest, true
			if r.bareEmergency(digits) {
				return r.short(digits, Emergency), ""
			}
		}
	}
	switch {
	case len(digits) > maxDialledDigits:
		return Destination{}, TooLong
	case plus:
		return r.international(digits)
	case r.plan.E164:
		if class, ok := r.home.shortClass(digits); ok {
			return r.short(digits, class), ""
		}
		return r.international(digits)
	}
	return r.national(digits)
}

func (r *reading) short(digits string, class Class) Destination {
	switch class {
	case Emergency:
		r.steps.add(digits, "emergency number of ", r.home.iso)
	default:
		r.steps.add(digits, "short code of ", r.home.iso, ", class ", string(class))
	}
	return Destination{Digits: digits, CallingCode: r.home.code, Country: r.home.iso, Class: class, Short: true}
}

// international reads digits that begin with a country calling code.
func (r *reading) international(digits string) (Destination, Fault) {
	switch {
	case digits == "":
		return Destination{}, TooShort
	case digits[0] == '0':
		return Destination{}, ZeroCountry
	}
	c, national := r.data.split(digits)
	if c == nil {
		d := Destination{Digits: digits, Class: Unknown, International: true}
		return r.classed(d), ""
	}
	if national == "" {
		return Destination{}, TooShort
	}
	r.steps.add(digits, "country calling code ", c.code)
	return r.behindCode(c, national, false)
}

// behindCode reads a national number, of whatever country. It is prefixed where it was dialled
// with the national prefix, so that this reading has been looked at.
func (r *reading) behindCode(c *country, national string, prefixed bool) (Destination, Fault) {
	if d, ok := r.special(c, national); ok {
		return d, ""
	}
	asWritten := national
	if rest, ok := c.withoutSecondPrefix(national); ok {
		if d, ok := r.special(c, rest); ok {
			return d, ""
		}
		if c.plausible.matches(rest) {
			national = rest
			r.steps.add(national, "national prefix behind the country calling code taken off")
		}
	}
	if c.callingCode == r.home.callingCode {
		if fault := r.hidden(asWritten, national, prefixed); fault != "" {
			return Destination{}, fault
		}
	}
	if c.isPadded(national) {
		return Destination{}, Padded
	}
	return r.classify(c, national)
}

// special finds emergency numbers and short codes behind the calling code or the national prefix
// of the plan's country, where carriers put them through as though dialled alone.
func (r *reading) special(c *country, national string) (Destination, bool) {
	if c.callingCode != r.home.callingCode {
		return Destination{}, false
	}
	if r.home.emergency.matches(national) || r.listed(national) {
		return r.short(national, Emergency), true
	}
	if class, ok := r.home.shortClass(national); ok && !r.home.isNumber(national) {
		return r.short(national, class), true
	}
	return Destination{}, false
}

// hidden finds what else can be behind the calling code of the plan's country, where the digits
// are no number in use there. A carrier takes its own calling code off, or puts the national
// prefix in its place, and reads what follows as though it was dialled at home: +7 10… becomes
// 8 10…, which leads abroad. And exchanges ignore what is dialled behind a premium short code;
// those of North America are for text messages alone.
func (r *reading) hidden(asWritten, national string, prefixed bool) Fault {
	prefix := r.plan.nationalPrefix(r.home)
	elsewhere := r.leadsElsewhere(asWritten) || prefix != "" && !prefixed && r.leadsElsewhere(prefix+asWritten) ||
		national != asWritten && (r.leadsElsewhere(national) || prefix != "" && r.leadsElsewhere(prefix+national))
	switch {
	case elsewhere && !r.inUse(national):
		return SecondPrefix
	case r.home.callingCode != northAmerica && r.home.premiumShortCode.begins(national) && !r.inUse(r.home.significant(national)):
		return BehindShortCode
	}
	return ""
}

// inUse says whether a number with the calling code of the plan's country is one in use.
func (r *reading) inUse(national string) bool {
	owner := r.data.owner(r.data.callingCodes[r.home.callingCode], r.home, national)
	return owner != nil && owner.isNumber(national)
}

func (r *reading) leadsElsewhere(digits string) bool {
	return r.plan.exit(r.home, digits) > 0 || longestCode(digits, r.plan.CarrierCodes) > 0
}

// listed says whether a national number is on the plan's list of emergency numbers. The list says
// how they are dialled: the local number 30123456 in Munich is not the national number 30 123456.
func (r *reading) listed(national string) bool {
	if !slices.Contains(r.plan.Emergency, national) {
		return false
	}
	asDialled, _ := r.withoutNationalPrefix(national)
	return asDialled == r.withAreaCode(national) && asDialled == national || !r.home.isNumber(national)
}

func (r *reading) withoutNationalPrefix(digits string) (string, bool) {
	if r.plan.NationalPrefix != "" {
		return r.home.withoutPrefix(digits, r.plan.NationalPrefix)
	}
	return r.home.withoutTrunk(digits)
}

func (r *reading) withAreaCode(digits string) string {
	if r.plan.AreaCode != "" && r.home.hasLength(len(r.plan.AreaCode)+len(digits)) {
		return r.plan.AreaCode + digits
	}
	return digits
}

// endsAtShortCode says whether an exchange would take the beginning of digits, dialled without the
// national prefix, for a short code and ignore the rest: those of directory enquiries always, and
// premium ones in place of a local number. The data lists those for text messages among these, and
// local numbers can begin like one. Such a number stays where it is in use, but not with a 0 or 1 in
// front, which local numbers do not have, nor where all numbers are dialled whole, being of one length.
func (r *reading) endsAtShortCode(digits, national string) bool {
	switch {
	case r.home.callingCode == northAmerica:
		return false
	case r.home.beginsWithEnquiries(digits):
		return true
	case national == digits || !r.home.premiumShortCode.begins(digits):
		return false
	}
	return digits[0] <= '1' || len(r.home.plausible.lengths) == 1 || !r.inUse(national)
}

// national reads digits as they are dialled within the plan's country.
func (r *reading) national(digits string) (Destination, Fault) {
	national, stripped := r.withoutNationalPrefix(digits)
	if stripped {
		r.steps.add(national, "national prefix taken off")
	} else {
		if class, ok := r.home.shortClass(digits); ok {
			return r.short(digits, class), ""
		}
		national = r.withAreaCode(digits)
		if r.endsAtShortCode(digits, national) {
			return Destination{}, BehindShortCode
		}
		if national != digits {
			r.steps.add(national, "area code ", r.plan.AreaCode, " put in front")
		}
	}
	prefix := r.plan.nationalPrefix(r.home)
	prefixed := len(digits) == len(prefix)+len(national) && strings.HasPrefix(digits, prefix) && strings.HasSuffix(digits, national)
	return r.behindCode(r.data.callingCodes[r.home.callingCode], national, prefixed)
}

// classify names the country and the class of a national number behind c's calling code.
func (r *reading) classify(c *country, national string) (Destination, Fault) {
	d := Destination{CallingCode: c.code, International: true, Class: Unknown}
	known := c.significant(national)
	if owner := r.data.owner(c, r.home, known); owner != nil {
		d.Country, d.International = owner.iso, owner != r.home
		d.Class = owner.classOf(known, d.International)
	}
	if d.Class == Unknown {
		known = national
	}
	if len(c.code)+len(known) > maxDialledDigits {
		return Destination{}, TooLong
	}
	if len(known) < len(national) {
		r.steps.add(known, "digits beyond the longest number of ", d.Country, " left out")
	}
	d.Digits = c.code + known
	return r.classed(d), ""
}

// classed gives a number the class that the plan's files say.
func (r *reading) classed(d Destination) Destination {
	where := d.Country
	if where == "" {
		where = "no country"
	}
	r.steps.add(d.Digits, "number of ", where, ", class ", string(d.Class))
	if class, ok := r.plan.Classes.Of(d.Digits); ok {
		d.Class = class
		r.steps.add(d.Digits, "class by prefix file: ", string(class))
	}
	return d
}
