package number

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnparseable is what errors.Is finds in every *UnparseableError.
var ErrUnparseable = errors.New("not a dialled number")

// Fault is why dialled text is no number.
type Fault string

// The faults.
const (
	Empty            Fault = "nothing was dialled"
	TooLong          Fault = "more than 32 digits"
	TooShort         Fault = "nothing follows the prefix"
	Letters          Fault = "letters inside"
	FeatureCode      Fault = "* or # inside"
	ForeignCharacter Fault = "something else than digits, +, and the separators - . ( ) and space inside"
	MisplacedPlus    Fault = "a + that is not at the beginning"
	ZeroCountry      Fault = "a country calling code cannot begin with 0"
	Padded           Fault = "digits before the number that no number there begins with"
	SecondPrefix     Fault = "another international prefix or carrier code behind the first prefix"
	BehindShortCode  Fault = "digits behind a short code, which an exchange would ignore"
	Parameter        Fault = "a parameter that can send the call elsewhere, or that is none"
	BadRewrite       Fault = "a rewrite rule made something else of it than digits with or without a leading +"
)

// UnparseableError says that dialled text is not a number, and why. It is no error of the plan.
type UnparseableError struct {
	// Dialled is the text, cut to 64 bytes. It comes from outside: quote it wherever it is shown.
	Dialled string
	Fault   Fault
}

func (e *UnparseableError) Error() string { return fmt.Sprintf("dialled %q: %s", e.Dialled, e.Fault) }

// Is makes errors.Is(err, ErrUnparseable) true.
func (e *UnparseableError) Is(target error) bool { return target == ErrUnparseable }

const (
	maxDialledText = 256
	maxShownText   = 64
	// maxSymbols are digits, +, * and #, with all that can stand before a number.
	maxSymbols = 2 * maxDialledDigits
)

func shown(dialled string) string { return dialled[:min(len(dialled), maxShownText)] }

// clean takes the scheme, parameters, host and separators off. What is left are digits, +, * and #.
func (r *reading) clean() Fault {
	if len(r.dialled) > maxDialledText {
		return TooLong
	}
	text := r.dialled
	if scheme, rest, found := strings.Cut(text, ":"); found {
		scheme = strings.TrimLeft(scheme, " ")
		if strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips") || strings.EqualFold(scheme, "tel") {
			text = rest
		}
	}
	user, host, _ := strings.Cut(text, "@")
	user, parameters, _ := strings.Cut(user, ";")
	if strings.Contains(host, "@") {
		return ForeignCharacter // whoever looks for the last @ finds another number
	}
	var kept [maxSymbols]byte
	n, onlyPlus := 0, true
	for i := range len(user) {
		c := user[i]
		switch {
		case c >= '0' && c <= '9', c == '+', c == '*', c == '#':
			if n == len(kept) {
				return TooLong
			}
			kept[n] = c
			n++
			onlyPlus = onlyPlus && c == '+'
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return Letters
		case c != '-' && c != ' ' && c != '.' && c != '(' && c != ')':
			return ForeignCharacter
		}
	}
	if onlyPlus {
		return Empty
	}
	r.rest = string(kept[:n])
	if len(user) < len(r.dialled) {
		r.steps.add(r.rest, "scheme, host or parameters taken off")
	} else if n < len(user) {
		r.steps.add(r.rest, "separators taken off")
	}
	r.checkParameters(parameters)
	return ""
}

// checkParameters looks at what stands behind the number and before the host. Most of it says
// nothing of the number. But a carrier can put a phone-context before the digits, and can send a
// call to a routing number (rn) or through another carrier (cic): none of that may have a price
// that is looked up by the digits alone.
func (r *reading) checkParameters(list string) {
	for list != "" {
		var parameter string
		parameter, list, _ = strings.Cut(list, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		switch {
		case name == "" && value == "":
		case !madeOf(name, parameterName, 1, maxShownText),
			strings.EqualFold(name, "rn"), strings.EqualFold(name, "cic"):
			r.misled = true
		case strings.EqualFold(name, "phone-context") && r.rest[0] != '+' && !startsWithLetter(value):
			r.homeContext = true
			r.misled = r.misled || value != "+"+r.home.code
		}
	}
}

const parameterName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.0123456789"

func startsWithLetter(s string) bool {
	return s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
}

// strange says what is wrong with what was left of the dialled text, if it is not digits.
func strange(rest string) Fault {
	for i := range len(rest) {
		switch rest[i] {
		case '*', '#':
			return FeatureCode
		case '+':
			return MisplacedPlus
		}
	}
	return ""
}
