package number

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// country is the numbering data of one country or global network.
type country struct {
	iso         string // "" for a global network
	callingCode int
	code        string // the calling code as it is dialled
	// plausible are all its numbers by their looks alone, ordinary those in use except premium ones.
	plausible, premium, tollFree, personal, ordinary kind
	// placed are fixed and mobile numbers, which no other country of the same calling code has.
	placed                              kind
	emergency, shortCode                kind
	premiumShortCode, tollFreeShortCode kind
	// exit and trunk find the international and the national prefix at the beginning of digits,
	// leading what tells its numbers among those of the same calling code; nil where there is none.
	exit, trunk, leading *regexp.Regexp
	// transform, where not empty, rebuilds a number that trunk matched with its last group.
	transform      string
	nationalPrefix string
	// keepsZero is set where a national number can begin with 0 even behind the calling code.
	keepsZero bool
}

// numbering is all numbering data, laid out for Parse. It never changes once built.
type numbering struct {
	countries map[string]*country
	// callingCodes has the main country of each calling code, or the global network.
	callingCodes [1000]*country
	// shared has all countries of the calling codes that several have.
	shared map[int][]*country
	// areaCodes has the country of each area code behind +1; sharedAreaCode for those that belong
	// to all of its countries, such as 800 and 900, and "" for those nobody has.
	areaCodes [1000]string
}

const (
	northAmerica   = 1
	sharedAreaCode = "+1"
)

// theNumbering is built at the first use from the data within the program.
var theNumbering = sync.OnceValue(loadNumbering)

func loadNumbering() *numbering {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic("number: the numbering data within the program is broken: " + err.Error())
	}
	short, err := phonenumbers.ShortNumberMetadataCollection()
	if err != nil {
		panic("number: the short number data within the program is broken: " + err.Error())
	}
	n := &numbering{countries: make(map[string]*country), shared: make(map[int][]*country)}
	patterns := make(map[string]*regexp.Regexp)
	for _, description := range all.GetMetadata() {
		c := newCountry(description, patterns)
		if c.iso == "" {
			n.callingCodes[c.callingCode] = c
			continue
		}
		n.countries[c.iso] = c
	}
	for _, description := range short.GetMetadata() {
		if c, ok := n.countries[description.GetId()]; ok {
			c.emergency, c.shortCode = newKind(description.GetEmergency()), newKind(description.GetShortCode())
			c.premiumShortCode, c.tollFreeShortCode = newKind(description.GetPremiumRate()), newKind(description.GetTollFree())
		}
	}
	n.loadCallingCodes()
	n.loadAreaCodes()
	return n
}

func newCountry(d *phonenumbers.PhoneMetadata, patterns map[string]*regexp.Regexp) *country {
	c := &country{
		iso: d.GetId(), callingCode: int(d.GetCountryCode()), code: strconv.Itoa(int(d.GetCountryCode())), nationalPrefix: d.GetNationalPrefix(),
		plausible: newKind(d.GetGeneralDesc()), premium: newKind(d.GetPremiumRate()), tollFree: newKind(d.GetTollFree()),
		personal: newKind(d.GetPersonalNumber()), placed: newKind(d.GetFixedLine(), d.GetMobile()),
		ordinary: newKind(d.GetFixedLine(), d.GetMobile(), d.GetTollFree(), d.GetSharedCost(), d.GetVoip(),
			d.GetPersonalNumber(), d.GetUan(), d.GetPager(), d.GetVoicemail()),
		exit: beginning(d.GetInternationalPrefix(), patterns), trunk: beginning(d.GetNationalPrefixForParsing(), patterns),
		leading: beginning(d.GetLeadingDigits(), patterns),
		// "$2" becomes "${2}", because "$15" would mean the fifteenth group and not the first and a 5.
		transform: regexp.MustCompile(`\$(\d)`).ReplaceAllString(d.GetNationalPrefixTransformRule(), "$${$1}"),
	}
	for _, kind := range []*phonenumbers.PhoneNumberDesc{d.GetFixedLine(), d.GetMobile(), d.GetTollFree(), d.GetPremiumRate()} {
		c.keepsZero = c.keepsZero || strings.HasPrefix(kind.GetExampleNumber(), "0")
	}
	if c.iso == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
		c.iso = ""
	}
	return c
}

// loadCallingCodes gives each calling code its countries, the main one first.
func (n *numbering) loadCallingCodes() {
	for code := range phonenumbers.GetSupportedCallingCodes() {
		var sharing []*country
		for _, iso := range phonenumbers.GetRegionCodesForCountryCode(code) {
			if c, ok := n.countries[iso]; ok {
				sharing = append(sharing, c)
			}
		}
		if len(sharing) > 0 {
			n.callingCodes[code] = sharing[0]
		}
		if len(sharing) > 1 {
			n.shared[code] = sharing
		}
	}
}

// beginning compiles a pattern of the data to match at the beginning. Most countries share a few.
func beginning(pattern string, patterns map[string]*regexp.Regexp) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	if patterns[pattern] == nil {
		patterns[pattern] = regexp.MustCompile("^(?:" + pattern + ")")
	}
	return patterns[pattern]
}

// loadAreaCodes asks the data for a plausible number behind each area code of +1.
func (n *numbering) loadAreaCodes() {
	main := n.callingCodes[northAmerica]
	for area := 200; area < 1000; area++ {
		sample := strconv.Itoa(area) + "2345678"
		if main.tollFree.matches(sample) || main.premium.matches(sample) || main.personal.matches(sample) {
			n.areaCodes[area] = sharedAreaCode
		} else if c := n.sharing(northAmerica, sample); c != nil {
			n.areaCodes[area] = c.iso
		}
	}
}

// split takes the country calling code off, or gives nil where no country has it.
func (n *numbering) split(digits string) (*country, string) {
	code := 0
	for i := range min(3, len(digits)) {
		code = code*10 + int(digits[i]-'0')
		if c := n.callingCodes[code]; c != nil {
			return c, digits[i+1:]
		}
	}
	return nil, digits
}

// isNumber says whether the digits are a number of some country, calling code and all.
func (n *numbering) isNumber(digits string) bool {
	c, national := n.split(digits)
	return c != nil && national != "" && c.plausible.matches(national)
}

// owner is the country within c's calling code that a national number belongs to, or nil where an
// area code behind +1 is nobody's.
func (n *numbering) owner(c, home *country, national string) *country {
	if c.callingCode == northAmerica {
		return n.americanOwner(home, national)
	}
	if owner := n.sharing(c.callingCode, national); owner != nil {
		return owner
	}
	return c
}

// sharing is the country that a number behind a shared calling code belongs to, or nil.
func (n *numbering) sharing(callingCode int, national string) *country {
	for _, c := range n.shared[callingCode] {
		if c.leading != nil && c.leading.MatchString(national) ||
			c.leading == nil && (c.ordinary.matches(national) || c.premium.matches(national)) {
			return c
		}
	}
	return nil
}

func (n *numbering) americanOwner(home *country, national string) *country {
	if len(national) < 3 {
		return nil
	}
	area, err := strconv.Atoi(national[:3])
	if err != nil {
		return nil
	}
	iso := n.areaCodes[area]
	if iso != sharedAreaCode {
		return n.countries[iso]
	}
	if home.callingCode == northAmerica {
		return home
	}
	return n.callingCodes[northAmerica]
}
