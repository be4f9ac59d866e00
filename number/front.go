package number

import "strings"

// front takes off what stands before the number: once the trunk's prefix, then outside line,
// feature codes and a carrier code, in whatever order they come. It stops at an emergency number.
func (r *reading) front() (emergency bool, fault Fault) {
	for {
		if r.emergency() {
			return true, ""
		}
		if !r.takeOff() {
			break
		}
		if r.rest == "" {
			return false, TooShort
		}
	}
	if r.carrierOff && longestCode(r.rest, r.plan.CarrierCodes) > 0 {
		return false, SecondPrefix
	}
	for i := range r.plan.Rewrites {
		rewritten, fault := r.rewrite(&r.plan.Rewrites[i])
		if fault != "" {
			return false, fault
		}
		if rewritten && r.emergency() {
			return true, ""
		}
	}
	return false, ""
}

// takeOff takes the next thing off, and says whether there was one.
func (r *reading) takeOff() bool {
	p := &r.plan
	if !r.prefixOff {
		r.prefixOff = true
		if n := longestPrefix(r.rest, p.TrunkPrefixes); n > 0 {
			r.cut(n, "trunk prefix ")
			return true
		}
	}
	if !r.lineOff && !r.carrierOff && p.OutsideLine != "" && strings.HasPrefix(r.rest, p.OutsideLine) {
		r.lineOff = true
		r.cut(len(p.OutsideLine), "outside line ")
		return true
	}
	if n := longestPrefix(r.rest, p.FeatureCodes); n > 0 {
		r.cut(n, "feature code ")
		return true
	}
	if n := longestCode(r.rest, p.CarrierCodes); n > 0 && !r.carrierOff {
		r.carrierOff = true
		r.cut(n, "carrier code ")
		return true
	}
	return false
}

func (r *reading) cut(n int, what string) {
	off := r.rest[:n]
	r.rest = r.rest[n:]
	r.steps.add(r.rest, what, off, " taken off")
}

// rewrite applies a rule where it fits.
func (r *reading) rewrite(rule *Rewrite) (bool, Fault) {
	if rule.Match == nil {
		return false, ""
	}
	found := rule.Match.FindStringSubmatchIndex(r.rest)
	if found == nil || found[0] != 0 {
		return false, ""
	}
	result := string(rule.Match.ExpandString(nil, rule.Replace, r.rest, found)) + r.rest[found[1]:]
	digits := strings.TrimPrefix(result, "+")
	switch {
	case digits == "":
		return false, TooShort
	case len(digits) > maxDialledDigits:
		return false, TooLong
	case !digitsOnly(digits, 1, maxDialledDigits):
		return false, BadRewrite
	}
	r.rest = result
	r.steps.add(r.rest, "rewritten by the rule ", rule.Match.String())
	return true, ""
}

// emergency says whether what is left is an emergency number, or one behind a +, or behind a code
// such as *67 that the plan does not list: no list may stand between a caller and help.
func (r *reading) emergency() bool {
	rest := r.rest
	if len(rest) > 3 && (rest[0] == '*' || rest[0] == '#') && digitsOnly(rest[1:3], 2, 2) {
		code := 3
		if rest[code] == '#' {
			code++
		}
		if r.plan.emergency(r.home, rest[code:]) {
			r.cut(code, "feature code ")
			return true
		}
	}
	if digits, plus := strings.CutPrefix(rest, "+"); plus {
		if !r.bareEmergency(digits) {
			return false
		}
		r.cut(1, "")
		return true
	}
	return r.plan.emergency(r.home, rest)
}

// bareEmergency says whether the digits behind + or an international prefix are an emergency
// number all the same. A number of some country that looks like one on the plan's list is not.
func (r *reading) bareEmergency(digits string) bool {
	return r.plan.emergency(r.home, digits) && !r.data.isNumber(digits)
}

// longestPrefix is the length of the longest prefix that fits, or 0.
func longestPrefix(text string, prefixes []string) int {
	longest := 0
	for _, prefix := range prefixes {
		if len(prefix) > longest && strings.HasPrefix(text, prefix) {
			longest = len(prefix)
		}
	}
	return longest
}

// longestCode is the length of the longest carrier code that fits and has more behind it, or 0.
func longestCode(text string, codes []string) int {
	longest := 0
	for _, code := range codes {
		if len(code) > longest && len(text) > len(code) && codeFits(code, text) {
			longest = len(code)
		}
	}
	return longest
}

// codeFits says whether text and a carrier code agree as far as both go.
func codeFits(code, text string) bool {
	for i := range min(len(code), len(text)) {
		if c := text[i]; c != code[i] && (code[i] != 'X' || c < '0' || c > '9') {
			return false
		}
	}
	return true
}
