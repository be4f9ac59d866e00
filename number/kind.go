package number

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// kind is what the data says of one kind of number of a country, such as premium numbers. Its
// patterns are compiled when first needed, which keeps the start short: most countries are never
// called. The library would match every pattern twice and build its text anew each time.
type kind struct {
	lengths   []int32 // none: the patterns alone decide
	whole     func() *regexp.Regexp
	beginning func() *regexp.Regexp
}

// newKind puts several descriptions into one kind. Where the data has no such numbers the kind
// matches nothing.
func newKind(descriptions ...*phonenumbers.PhoneNumberDesc) kind {
	var patterns []string
	var k kind
	for _, d := range descriptions {
		if pattern := d.GetNationalNumberPattern(); pattern != "" && pattern != "NA" {
			patterns = append(patterns, pattern)
			k.lengths = d.GetPossibleLength()
		}
	}
	if len(patterns) > 1 {
		k.lengths = nil
	}
	if len(patterns) == 0 {
		return kind{}
	}
	alternatives := "^(?:" + strings.Join(patterns, "|") + ")"
	k.whole = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(alternatives + "$") })
	k.beginning = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(alternatives) })
	return k
}

// matches says whether a national number is of this kind, length and all.
func (k *kind) matches(national string) bool {
	if k.whole == nil || len(k.lengths) > 0 && !slices.Contains(k.lengths, int32(len(national))) {
		return false
	}
	return k.whole().MatchString(national)
}

// begins says whether a national number begins with one of this kind, or is one.
func (k *kind) begins(national string) bool {
	return k.beginning != nil && k.beginning().MatchString(national)
}
