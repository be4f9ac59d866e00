package number

import (
	"regexp"
	"slices"
)

// Plan says how digits are dialled at a server, and what its trunk adds to them. It is a plain
// value, safe to share; Check it once before use, which also loads the numbering data.
type Plan struct {
	// Country is the ISO 3166 code of the server's country, such as "IT".
	Country string
	// InternationalPrefixes are dialled before a country calling code, such as "00"; the longest
	// that fits counts. A leading + always counts as well. Without any, the prefixes of the country
	// apply, carrier selection codes included.
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
	// TrunkPrefixes lists what the trunk's dial string puts before the number, such as a carrier's
	// technical prefix "1234#". The longest that fits is taken off, once and before all else.
	TrunkPrefixes []string
	// FeatureCodes can begin a call and are taken off by a carrier or an exchange: "*67", "*31#",
	// "#31#", or "141" in Britain. Without any, a * or # is unparseable.
	FeatureCodes []string
	// CarrierCodes select another carrier for one call; X stands for any digit: "1010XXX", "010XX".
	// They are taken off where more digits follow, once, after the outside line. List them where
	// the carrier heeds them, since the number behind them is what it bills.
	CarrierCodes []string
	// Rewrites are applied to what is left after these, in order, each at most once.
	Rewrites []Rewrite
	// E164 says that digits without an international prefix begin with a country calling code, as
	// on trunks that want E.164 without +. National prefix and area code then mean nothing.
	// Emergency numbers and short codes are known all the same.
	E164 bool
	// Classes overrides the class of numbers by their E.164 prefix; nil overrides none. Emergency
	// numbers and short codes keep their class.
	Classes *Classes
}

// Rewrite changes what is dialled where nothing else in a Plan describes what the carrier makes
// of it. Match sees the digits that are left, with * and #, and with + in front where one was
// dialled. It counts only where it fits at their beginning, as though it began with ^; digits
// behind what it matches stay, so it ends in $ where it means the whole number. Replace is what
// the matched part becomes, with $1 or ${1} for the groups of Match. The whole result may only be
// digits, with + in front or without; all else is unparseable.
type Rewrite struct {
	Match   *regexp.Regexp
	Replace string
}

func (p *Plan) nationalPrefix(home *country) string {
	if p.NationalPrefix != "" {
		return p.NationalPrefix
	}
	return home.nationalPrefix
}

// emergency says whether the digits are an emergency number from end to end. A longer number that
// begins like one is not.
func (p *Plan) emergency(home *country, digits string) bool {
	return slices.Contains(p.Emergency, digits) || home.emergency.matches(digits)
}

// exit is the length of the international prefix that the digits begin with, or 0.
func (p *Plan) exit(home *country, digits string) int {
	if len(p.InternationalPrefixes) > 0 {
		return longestPrefix(digits, p.InternationalPrefixes)
	}
	if home.exit != nil {
		if found := home.exit.FindStringIndex(digits); found != nil {
			return found[1]
		}
	}
	return 0
}
