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
)

func unparseable(dialled string, fault Fault) error {
	return &UnparseableError{Dialled: strings.Clone(dialled[:min(len(dialled), maxShownText)]), Fault: fault}
}

// clean takes the scheme, parameters, host and separators off. What is left are the digits, and
// whether a + stood before them. A + right after the outside line counts too, for phones that
// dial the line before a number from their address book; the line is then already taken off.
func clean(dialled, outsideLine string) (digits string, plus bool, err error) {
	if len(dialled) > maxDialledText {
		return "", false, unparseable(dialled, TooLong)
	}
	text := dialled
	if scheme, rest, found := strings.Cut(text, ":"); found {
		switch strings.ToLower(strings.TrimLeft(scheme, " ")) {
		case "sip", "sips", "tel":
			text = rest
		}
	}
	if end := strings.IndexAny(text, ";@"); end >= 0 {
		text = text[:end]
	}
	var kept [maxDialledDigits]byte
	n := 0
	for _, c := range []byte(text) {
		switch {
		case c >= '0' && c <= '9':
			if n == len(kept) {
				return "", false, unparseable(dialled, TooLong)
			}
			kept[n] = c
			n++
		case c == '+' && !plus && (n == 0 || string(kept[:n]) == outsideLine):
			plus, n = true, 0
		case c != '-' && c != ' ' && c != '.' && c != '(' && c != ')':
			return "", false, unparseable(dialled, faultOf(c))
		}
	}
	if n == 0 {
		return "", false, unparseable(dialled, Empty)
	}
	return string(kept[:n]), plus, nil
}

func faultOf(c byte) Fault {
	switch {
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return Letters
	case c == '*' || c == '#':
		return FeatureCode
	case c == '+':
		return MisplacedPlus
	}
	return ForeignCharacter
}
