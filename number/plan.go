package number

import (
	"fmt"
	"slices"
	"strings"
)

// Plan says how digits are dialled at a server. It is a plain value, safe to share; Check it once
// before use, which also loads the numbering data.
type Plan struct {
	// Country is the ISO 3166 code of the server's country, such as "IT".
	Country string
	// InternationalPrefixes are dialled before a country calling code, such as "00". A leading +
	// always counts as well. Without any, the prefixes of the country apply, carrier selection
	// codes included.
	InternationalPrefixes []string
	// OutsideLine is what extensions dial to get out, such as "9". It is taken off wherever the
	// dialled digits begin with it, so it must be empty where the guard sees digits that the
	// dialplan has already shortened.
	OutsideLine string
	// NationalPrefix is dialled before an area code. Where it is empty, that of the country
	// applies: "0" in Germany, "1" in the United States, none in Italy.
	NationalPrefix string
	// AreaCode is put before numbers dialled without the national prefix, where that gives a
	// number as long as the country has them. It is written without the national prefix: "89" for
	// Munich.
	AreaCode string
	// Emergency lists emergency numbers besides those of the country, as they are dialled.
	Emergency []string
}

const (
	maxPrefixDigits  = 8
	maxPrefixes      = 20
	maxEmergency     = 100
	maxNumberDigits  = 15
	minEmergency     = 2
	maxDialledDigits = 32
)

// Check says in words what is wrong with the plan and what to write instead, or gives nil.
func (p Plan) Check() error {
	home, ok := theNumbering().countries[p.Country]
	if !ok {
		return fmt.Errorf("country %.20q is not known: write the two capital letters of ISO 3166, such as \"IT\"", p.Country)
	}
	if len(p.InternationalPrefixes) > maxPrefixes {
		return fmt.Errorf("international_prefixes has %d entries: write at most %d", len(p.InternationalPrefixes), maxPrefixes)
	}
	national := p.nationalPrefix(home)
	for _, prefix := range p.InternationalPrefixes {
		if !digitsOnly(prefix, 1, maxPrefixDigits) {
			return fmt.Errorf("international prefix %.20q: write 1 to %d digits, such as \"00\"; a + is always understood", prefix, maxPrefixDigits)
		}
		if national != "" && strings.HasPrefix(national, prefix) {
			return fmt.Errorf("international prefix %q would swallow the national prefix %q: write the longer international prefix", prefix, national)
		}
	}
	if p.OutsideLine != "" && !digitsOnly(p.OutsideLine, 1, maxPrefixDigits) {
		return fmt.Errorf("outside line %.20q: write 1 to %d digits, or nothing", p.OutsideLine, maxPrefixDigits)
	}
	if p.NationalPrefix != "" && !digitsOnly(p.NationalPrefix, 1, maxPrefixDigits) {
		return fmt.Errorf("national prefix %.20q: write 1 to %d digits, or nothing for the country's own", p.NationalPrefix, maxPrefixDigits)
	}
	if err := p.checkAreaCode(national); err != nil {
		return err
	}
	if len(p.Emergency) > maxEmergency {
		return fmt.Errorf("emergency list has %d numbers: write at most %d", len(p.Emergency), maxEmergency)
	}
	for _, e := range p.Emergency {
		if !digitsOnly(e, minEmergency, maxNumberDigits) {
			return fmt.Errorf("emergency number %.20q: write %d to %d digits as they are dialled", e, minEmergency, maxNumberDigits)
		}
	}
	return nil
}

func (p Plan) checkAreaCode(national string) error {
	switch {
	case p.AreaCode == "":
		return nil
	case !digitsOnly(p.AreaCode, 1, maxPrefixDigits):
		return fmt.Errorf("area code %.20q: write 1 to %d digits, or nothing", p.AreaCode, maxPrefixDigits)
	case national == "":
		return fmt.Errorf("area code %q: in %s the area code is always dialled; leave it out", p.AreaCode, p.Country)
	case strings.HasPrefix(p.AreaCode, national):
		return fmt.Errorf("area code %q: write it without the national prefix %q", p.AreaCode, national)
	}
	return nil
}

func (p Plan) nationalPrefix(home *country) string {
	if p.NationalPrefix != "" {
		return p.NationalPrefix
	}
	return home.nationalPrefix
}

// emergency says whether the digits are an emergency number from end to end. A longer number that
// begins like one is not.
func (p Plan) emergency(home *country, digits string) bool {
	return slices.Contains(p.Emergency, digits) || home.emergency.matches(digits)
}

func digitsOnly(s string, shortest, longest int) bool {
	if len(s) < shortest || len(s) > longest {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
