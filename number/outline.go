package number

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Outline is what a dialplan has to know to read numbers by itself while nobody can be asked: less than
// Parse knows, and never more than it allows.
type Outline struct {
	// Emergency has each emergency number in each way in which it can be dialled, in order.
	Emergency []string
	// CallingCode is that of the plan's country, and NationalPrefix what is dialled before an area
	// code; it is "" where there is none.
	CallingCode, NationalPrefix string
	// Domestic has E.164 prefixes, in order, none within another. A number that begins with one of them
	// and has Shortest to Longest digits is National or TollFree to Parse, or none that is in use,
	// whichever digits follow. It is empty for some countries that share the calling code of a larger one.
	Domestic          []string
	Shortest, Longest int
}

const (
	maxEmergencyDigits = 5 // no country has longer ones
	maxShortCode       = 6
	// domesticDigits are how many national digits are looked at where shorter prefixes leave it open
	// whether a number is premium or of another country. What is open then is left out.
	domesticDigits = 7
)

// Outline describes the plan. The error says that the plan's country is not known.
func (p Plan) Outline() (Outline, error) {
	data := theNumbering()
	home, ok := data.countries[p.Country]
	if !ok {
		return Outline{}, fmt.Errorf("country %.20q of the plan is not known", p.Country)
	}
	o := Outline{Emergency: p.emergencyNumbers(home), CallingCode: home.code, NationalPrefix: p.nationalPrefix(home)}
	lengths := home.plausible.lengths
	if len(lengths) == 0 {
		return o, nil
	}
	// A dear short code can look like a short number, which has to be longer to be told from it.
	shortest := max(int(slices.Min(lengths)), home.premiumShortCode.longest()+1)
	o.Shortest, o.Longest = len(home.code)+shortest, len(home.code)+int(slices.Max(lengths))
	for _, national := range domestic(p.Classes, data, home) {
		o.Domestic = append(o.Domestic, home.code+national)
	}
	return o, nil
}

// emergencyNumbers lists what Parse calls an emergency number: the numbers alone, and behind all that it
// takes off or looks behind.
func (p *Plan) emergencyNumbers(home *country) []string {
	bare := slices.Clone(p.Emergency)
	home.emergency.each(maxEmergencyDigits, func(digits string) { bare = append(bare, digits) })
	fronts := []string{"", "+", "+" + home.code}
	for _, prefix := range p.InternationalPrefixes {
		fronts = append(fronts, prefix, prefix+home.code)
	}
	if national := p.nationalPrefix(home); national != "" {
		fronts = append(fronts, national)
	}
	codes := append([]string{""}, p.FeatureCodes...)
	lines := []string{""}
	if p.OutsideLine != "" {
		lines = append(lines, p.OutsideLine)
	}
	var all []string
	for _, line := range lines {
		for _, code := range codes {
			for _, front := range fronts {
				for _, digits := range bare {
					all = append(all, line+code+front+digits, code+line+front+digits)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(dialled string) bool {
		d, err := p.Parse(dialled)
		return err != nil || d.Class != Emergency || strings.ContainsFunc(dialled, func(r rune) bool { return !strings.ContainsRune("0123456789+*#", r) })
	})
}

// each calls do with every number of the kind that has two to longest digits.
func (k *kind) each(longest int, do func(digits string)) {
	if k.whole == nil {
		return
	}
	var grow func(digits string)
	grow = func(digits string) {
		if len(digits) >= minEmergency && k.matches(digits) {
			do(digits)
		}
		if len(digits) == longest {
			return
		}
		for d := '0'; d <= '9'; d++ {
			grow(digits + string(d))
		}
	}
	grow("")
}

// longest is how many digits the longest number of the kind has, as far as the data says; 0 where it has none.
func (k *kind) longest() int {
	switch {
	case k.whole == nil:
		return 0
	case len(k.lengths) == 0:
		return maxShortCode
	}
	return int(slices.Max(k.lengths))
}

// walk looks for the prefixes behind which all numbers are national or toll-free.
type walk struct {
	classes *Classes
	code    string
	leading *regexp.Regexp // what all must begin with, or nil
	found   []string
}

// domestic gives them, without the calling code.
func domestic(classes *Classes, data *numbering, home *country) []string {
	good := home.ordinary.openings()
	main := data.callingCodes[home.callingCode] == home || home.callingCode == northAmerica
	if !main && home.leading == nil {
		return nil // what is not in use there counts as the main country's
	}
	bad := append(home.premium.openings(), home.personal.openings()...)
	if home.callingCode == northAmerica {
		bad = append(bad, foreignAreas(data, home))
	}
	if home.premium.beginning != nil && !home.beginsWithAnyZero() {
		// A 0 behind the calling code is taken off where no number has one.
		bad = append(bad, newOpening("0(?:"+strings.TrimPrefix(home.premium.beginning().String(), "^")+")"))
	}
	before := true // those before it in the list are asked first whether a number is theirs
	for _, other := range data.shared[home.callingCode] {
		switch {
		case other == home:
			before = false
		case home.callingCode == northAmerica:
		case other.leading != nil:
			bad = append(bad, newOpening(strings.TrimPrefix(other.leading.String(), "^")))
		case before:
			bad = append(bad, other.ordinary.openings()...)
			bad = append(bad, other.premium.openings()...)
		default:
			bad = append(bad, other.placed.openings()...)
		}
	}
	w := walk{classes: classes, code: home.code}
	if !main {
		w.leading = home.leading
	}
	w.descend("", good, bad)
	return w.found
}

// beginsWithAnyZero says whether its numbers look right with a 0 in front, whatever follows, as in Italy.
func (c *country) beginsWithAnyZero() bool {
	return slices.ContainsFunc(c.plausible.lengths, func(length int32) bool {
		return c.plausible.matches("0" + strings.Repeat("7", int(length)-1))
	})
}

// foreignAreas opens with the area codes behind +1 that are not of the country.
func foreignAreas(data *numbering, home *country) *opening {
	var codes []string
	for area := 200; area < 1000; area++ {
		if iso := data.areaCodes[area]; iso != home.iso && iso != sharedAreaCode {
			codes = append(codes, fmt.Sprint(area))
		}
	}
	return newOpening(strings.Join(codes, "|"))
}

// descend notes the prefix where all behind it is domestic, and looks deeper where some may be. Of good, an
// ordinary number of the country can begin with it; of bad, a premium one or one of another country.
func (w *walk) descend(national string, good, bad []*opening) {
	class, clear := w.classes.within(w.code + national)
	foreign := class != "" && class != National && class != TollFree
	switch {
	case len(good) == 0, clear && foreign:
		return
	case national != "" && clear && len(bad) == 0 && (w.leading == nil || w.leading.MatchString(national)):
		w.found = append(w.found, national)
		return
	case len(national) == domesticDigits:
		return
	}
	for d := '0'; d <= '9'; d++ {
		w.descend(national+string(d), behind(good, d), behind(bad, d))
	}
}

// within gives the class that files give to the numbers that begin with the digits, or "" where they give
// none. It is not clear where a longer prefix within says otherwise.
func (c *Classes) within(digits string) (class Class, clear bool) {
	class, _ = c.Of(digits)
	if c == nil {
		return class, true
	}
	start, end := codeOf(digits)
	first, _ := slices.BinarySearch(c.starts, start+1)
	return class, first == len(c.starts) || c.starts[first] >= end
}
