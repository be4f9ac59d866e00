package number

import (
	"errors"
	"fmt"
	"strings"
)

const (
	maxPrefixDigits  = 8
	maxPrefixes      = 20
	maxEmergency     = 100
	maxNumberDigits  = 15
	minEmergency     = 2
	maxDialledDigits = 32

	maxTrunkPrefix  = 20
	minFeatureCode  = 2
	minFeatureDigit = 3 // a feature code without * and #
	minCarrierCode  = 3
	maxCarrierCode  = 10
	maxRewrites     = 50
	maxPattern      = 200
	maxReplacement  = 50
)

// Check says in words what is wrong with the plan and what to write instead, or gives nil.
func (p Plan) Check() error {
	home, ok := theNumbering().countries[p.Country]
	if !ok {
		return fmt.Errorf("country %.20q is not known: write the two capital letters of ISO 3166, such as \"IT\"", p.Country)
	}
	for _, check := range []func(*country) error{p.checkInternational, p.checkNational, p.checkEmergency, p.checkCodes, p.checkCarrierCodes, p.checkRewrites} {
		if err := check(home); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) checkInternational(home *country) error {
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
	return nil
}

func (p *Plan) checkNational(home *country) error {
	if p.OutsideLine != "" && !digitsOnly(p.OutsideLine, 1, maxPrefixDigits) {
		return fmt.Errorf("outside line %.20q: write 1 to %d digits, or nothing", p.OutsideLine, maxPrefixDigits)
	}
	if p.NationalPrefix != "" && !digitsOnly(p.NationalPrefix, 1, maxPrefixDigits) {
		return fmt.Errorf("national prefix %.20q: write 1 to %d digits, or nothing for the country's own", p.NationalPrefix, maxPrefixDigits)
	}
	national := p.nationalPrefix(home)
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

func (p *Plan) checkEmergency(*country) error {
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

// checkCodes checks what can stand before a number and is not digits alone.
func (p *Plan) checkCodes(*country) error {
	if len(p.TrunkPrefixes) > maxPrefixes {
		return fmt.Errorf("trunk_prefixes has %d entries: write at most %d", len(p.TrunkPrefixes), maxPrefixes)
	}
	for _, prefix := range p.TrunkPrefixes {
		if !madeOf(prefix, "0123456789*#", 1, maxTrunkPrefix) {
			return fmt.Errorf("trunk prefix %.30q: write 1 to %d digits, * and #, as the dial string of the trunk has them before the number, such as \"1234#\"", prefix, maxTrunkPrefix)
		}
	}
	if len(p.FeatureCodes) > maxPrefixes {
		return fmt.Errorf("feature_codes has %d entries: write at most %d", len(p.FeatureCodes), maxPrefixes)
	}
	for _, code := range p.FeatureCodes {
		if !madeOf(code, "0123456789*#", minFeatureCode, maxPrefixDigits) {
			return fmt.Errorf("feature code %.20q: write %d to %d digits, * and #, such as \"*67\" or \"#31#\"", code, minFeatureCode, maxPrefixDigits)
		}
		if len(code) < minFeatureDigit && digitsOnly(code, 1, maxPrefixDigits) {
			return fmt.Errorf("feature code %q would swallow the beginning of numbers: write one with * or #, or at least %d digits", code, minFeatureDigit)
		}
	}
	return nil
}

func (p *Plan) checkCarrierCodes(*country) error {
	if len(p.CarrierCodes) > maxPrefixes {
		return fmt.Errorf("carrier_codes has %d entries: write at most %d", len(p.CarrierCodes), maxPrefixes)
	}
	for _, code := range p.CarrierCodes {
		digits := strings.TrimRight(code, "X")
		if len(code) < minCarrierCode || len(code) > maxCarrierCode || !digitsOnly(digits, 2, maxCarrierCode) {
			return fmt.Errorf("carrier code %.20q: write at least two digits and an X for each digit that varies, %d to %d in all, such as \"1010XXX\"", code, minCarrierCode, maxCarrierCode)
		}
		for _, prefix := range p.InternationalPrefixes {
			if codeFits(code, prefix) {
				return fmt.Errorf("carrier code %q cannot be told from the international prefix %q: write what is dialled before a country calling code, carrier and all, as an international prefix", code, prefix)
			}
		}
	}
	return nil
}

func (p *Plan) checkRewrites(*country) error {
	if len(p.Rewrites) > maxRewrites {
		return fmt.Errorf("rewrite has %d rules: write at most %d", len(p.Rewrites), maxRewrites)
	}
	for i, r := range p.Rewrites {
		switch {
		case r.Match == nil:
			return fmt.Errorf("rewrite rule %d has no match: write a regular expression, such as \"^0(.*)$\"", i+1)
		case len(r.Match.String()) > maxPattern:
			return fmt.Errorf("rewrite rule %d: the match has %d bytes: write at most %d", i+1, len(r.Match.String()), maxPattern)
		case len(r.Replace) > maxReplacement:
			return fmt.Errorf("rewrite rule %d: the replacement has %d bytes: write at most %d", i+1, len(r.Replace), maxReplacement)
		}
		if err := checkReplacement(r.Replace, r.Match.NumSubexp()); err != nil {
			return fmt.Errorf("rewrite rule %d, replacement %q: %w", i+1, r.Replace, err)
		}
	}
	return nil
}

// checkReplacement also refuses what package regexp would understand in its own way: $10 is the
// tenth group there, and not the first with a 0 behind it.
func checkReplacement(text string, groups int) error {
	rest := strings.TrimPrefix(text, "+")
	for rest != "" {
		if rest[0] != '$' {
			if rest[0] < '0' || rest[0] > '9' {
				return errors.New("write only digits, $1 or ${1} for what the groups of the match found, and + at the beginning")
			}
			rest = rest[1:]
			continue
		}
		group, after := "", ""
		if braced, ok := strings.CutPrefix(rest, "${"); ok {
			var closed bool
			if group, after, closed = strings.Cut(braced, "}"); !closed {
				return errors.New("a { behind a $ needs a }: write ${1}")
			}
		} else {
			after = strings.TrimLeft(rest[1:], "0123456789")
			group = rest[1 : len(rest)-len(after)]
			if len(group) > 1 {
				return fmt.Errorf("$%s is not clear: write ${%s} for that group, or ${%s}%s for group %s with digits behind it", group, group, group[:1], group[1:], group[:1])
			}
		}
		if !digitsOnly(group, 1, 2) {
			return errors.New("behind a $ write the number of a group: $1 or ${1}")
		}
		n := int(group[0] - '0')
		if len(group) == 2 {
			n = n*10 + int(group[1]-'0')
		}
		if n > groups {
			return fmt.Errorf("the match has %d groups in round brackets: write no higher number than that behind $", groups)
		}
		rest = after
	}
	return nil
}

func digitsOnly(s string, shortest, longest int) bool {
	return madeOf(s, "0123456789", shortest, longest)
}

// madeOf says whether a text of that many bytes has none but the allowed ones.
func madeOf(s, allowed string, shortest, longest int) bool {
	if len(s) < shortest || len(s) > longest {
		return false
	}
	for i := range len(s) {
		if strings.IndexByte(allowed, s[i]) < 0 {
			return false
		}
	}
	return true
}
