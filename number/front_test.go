package number

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

// codePlans use what a plan can say of carriers and trunks.
func codePlans() map[string]Plan {
	classes, err := ReadClasses(strings.NewReader("prefix,class\n44,premium\n4420,international\n112,premium\n39112,premium\n391254,satellite\n999,premium\n"), "classes.csv")
	if err != nil {
		panic(err)
	}
	return map[string]Plan{
		"IT all": {
			Country: "IT", InternationalPrefixes: []string{"00"}, OutsideLine: "9", Emergency: []string{"0612345", "33612345678"},
			TrunkPrefixes: []string{"1234#", "1234", "77"}, FeatureCodes: []string{"*31#", "#31#", "*31"}, CarrierCodes: []string{"10XX", "1088X"},
			Rewrites: []Rewrite{
				{regexp.MustCompile(`^\*0(\d+)#$`), "$1"}, {regexp.MustCompile(`0039(\d*)`), "+39$1"},
				{regexp.MustCompile(`^555(\d)`), "0${1}0"}, {regexp.MustCompile(`6660`), "118"}, {regexp.MustCompile(`^667(.*)$`), "$1"}, {regexp.MustCompile(`^668$`), ""},
				{regexp.MustCompile(`^669(\d*)$`), "$1$1$1"},
			},
			Classes: classes,
		},
		"IT E.164": {Country: "IT", E164: true, InternationalPrefixes: []string{"00"}},
		"US codes": {
			Country: "US", InternationalPrefixes: []string{"011"}, OutsideLine: "9", AreaCode: "212",
			FeatureCodes: []string{"*67", "*82"}, CarrierCodes: []string{"1010XXX"},
		},
		"DE codes": {
			Country: "DE", InternationalPrefixes: []string{"00"}, NationalPrefix: "0", AreaCode: "89",
			CarrierCodes: []string{"010XX"}, Emergency: []string{"19222", "30123456"},
		},
		"GB codes": {Country: "GB", FeatureCodes: []string{"141", "1470"}},
		"AU two":   {Country: "AU", InternationalPrefixes: []string{"00", "0011"}, CarrierCodes: []string{"14XX"}},
	}
}

// Written as in examples.
var codeExamples = []struct{ plan, dialled, digits, country, class string }{
	// What the trunk adds goes first, the longest that fits, and once.
	{"IT all", "1234#0612345678", "390612345678", "IT", "national"},
	{"IT all", "12340612345678", "390612345678", "IT", "national"},
	{"IT all", "7790612345678", "390612345678", "IT", "national"},
	{"IT all", "1234#+4420 79460000", "442079460000", "GB", "+international"},
	{"IT all", "1234#112", "112", "IT", "emergency!"},
	{"IT all", "12-34 # 9 112", "112", "IT", "emergency!"},
	// Feature codes and outside line in any order, then the carrier.
	{"IT all", "*31#3331234567", "393331234567", "IT", "national"},
	{"IT all", "#31#+393331234567", "393331234567", "IT", "national"},
	{"IT all", "*31#93331234567", "393331234567", "IT", "national"},
	{"IT all", "9*31#3331234567", "393331234567", "IT", "national"},
	{"IT all", "9#31#*313331234567", "393331234567", "IT", "national"},
	{"IT all", "1234#9*31#1033004420 79460000", "442079460000", "GB", "+international"},
	{"IT all", "1033*31#3331234567", "393331234567", "IT", "national"},
	{"IT all", "10881 3331234567", "393331234567", "IT", "national"}, // the longest
	{"IT all", "1033", "1033", "IT", "national!"},                    // nothing follows: a short code
	{"US codes", "*67 1 212 555 1234", "12125551234", "US", "national"},
	{"US codes", "9*67*82 1010288 011 44 20 7946 0000", "442079460000", "GB", "+international"},
	{"US codes", "1010288 1 876 555 1234", "18765551234", "JM", "+international"},
	{"DE codes", "01013 030 1234567", "49301234567", "DE", "national"},
	{"DE codes", "01013 00 44 1481 960000", "441481960000", "GG", "+international"},
	{"GB codes", "141 020 7946 0000", "442079460000", "GB", "national"},
	{"GB codes", "1470 07781 123456", "447781123456", "GG", "+international"},
	{"AU two", "0011 45 81234567", "4581234567", "DK", "+international"},
	{"AU two", "00 45 81234567", "4581234567", "DK", "+international"},
	// Emergency numbers pass behind each of them.
	{"IT all", "*31#112", "112", "IT", "emergency!"},
	{"IT all", "9*31#1033112", "112", "IT", "emergency!"},
	{"IT all", "1234#9 10 33 #31# 112", "112", "IT", "emergency!"},
	{"IT all", "*67112", "112", "IT", "emergency!"},  // no code of this plan
	{"IT all", "#30#118", "118", "IT", "emergency!"}, // nor is this
	{"IT all", "*31#+39112", "112", "IT", "emergency!"},
	{"US codes", "*67911", "911", "US", "emergency!"},
	{"US codes", "9*671010288911", "911", "US", "emergency!"},
	{"US codes", "1911", "911", "US", "emergency!"},
	{"DE codes", "0112", "112", "DE", "emergency!"},
	{"IT all", "tel:112;phone-context=+39", "112", "IT", "emergency!"},
	// The own calling code in front of exactly an emergency number.
	{"IT all", "+39112", "112", "IT", "emergency!"},
	{"IT all", "0039112", "112", "IT", "emergency!"},
	{"IT all", "9 0039 118", "118", "IT", "emergency!"},
	{"IT all", "+390612345", "0612345", "IT", "emergency!"}, // listed
	{"IT E.164", "39112", "112", "IT", "emergency!"},
	{"US codes", "+1911", "911", "US", "emergency!"},
	{"DE codes", "+4919222", "19222", "DE", "emergency!"},
	{"DE codes", "+49 (0) 112", "112", "DE", "emergency!"},
	{"DE codes", "30123456", "30123456", "DE", "emergency!"},
	{"DE codes", "+4930123456", "4930123456", "DE", "national"}, // Berlin, and not the listed number in Munich
	{"IT E.164", "00112", "112", "IT", "emergency!"},
	{"IT all", "33612345678", "33612345678", "IT", "emergency!"},
	{"IT all", "+33612345678", "33612345678", "FR", "+international"}, // no number on the list, but one in France
	{"IT all", "100033612345678", "33612345678", "IT", "emergency!"},
	{"IT all", "10000033612345678", "33612345678", "FR", "+international"},
	{"DE codes", "+49227700", "49227700", "DE", "national"}, // also a short code, where dialled alone
	{"DE codes", "227700", "227700", "DE", "national!"},
	{"IT all", "+391131", "391131", "IT", "unknown"},
	{"IT all", "+44112", "44112", "GB", "+premium"}, // another country's, with the class of the file
	{"DE codes", "+44999", "44999", "GB", "+unknown"},
	// Short codes too.
	{"IT all", "+391254", "1254", "IT", "premium!"},
	{"IT all", "1033 1254", "1254", "IT", "premium!"},
	{"DE codes", "+4911833", "11833", "DE", "national!"},
	{"DE codes", "011833", "11833", "DE", "national!"},
	// Rules.
	{"IT all", "*03331234567#", "393331234567", "IT", "national"},
	{"IT all", "00390612345678", "390612345678", "IT", "national"},
	{"IT all", "5552123456", "39020123456", "IT", "national"},
	{"IT all", "6660", "118", "IT", "emergency!"},
	{"IT all", "0666012345", "390666012345", "IT", "national"}, // not at the beginning
	{"IT all", "3331235551", "393331235551", "IT", "national"},
	// E.164 without +, and no national reading.
	{"IT E.164", "390612345678", "390612345678", "IT", "national"},
	{"IT E.164", "442079460000", "442079460000", "GB", "+international"},
	{"IT E.164", "00442079460000", "442079460000", "GB", "+international"},
	{"IT E.164", "+442079460000", "442079460000", "GB", "+international"},
	{"IT E.164", "112", "112", "IT", "emergency!"},
	{"IT E.164", "1254", "1254", "IT", "premium!"},
	{"IT E.164", "12542345678", "12542345678", "US", "+international"},
	// Classes by file: the longest prefix; never emergency numbers and short codes.
	{"IT all", "+441481960000", "441481960000", "GG", "+premium"},
	{"IT all", "+99912345", "99912345", "", "+premium"},
	{"IT all", "1254", "1254", "IT", "premium!"},
	{"IT all", "112", "112", "IT", "emergency!"},
}

func TestCodes(t *testing.T) {
	plans := codePlans()
	for _, e := range codeExamples {
		d, err := plans[e.plan].Parse(e.dialled)
		if err != nil || d.Digits != e.digits || d.Country != e.country || classText(d) != e.class {
			t.Errorf("%s %s: %s %s %s, %v; want %s %s %s", e.plan, e.dialled, d.Digits, d.Country, classText(d), err, e.digits, e.country, e.class)
		}
	}
}

func classText(d Destination) string {
	class := string(d.Class)
	if d.International {
		class = "+" + class
	}
	if d.Short {
		class += "!"
	}
	return class
}

func TestCodesThatLeaveNoNumber(t *testing.T) {
	plans := codePlans()
	for _, c := range []struct {
		plan, dialled string
		fault         Fault
	}{
		{"IT all", "1234#", TooShort}, {"IT all", "1234#9", TooShort}, {"IT all", "*31#", TooShort}, {"IT all", "9*31#00", TooShort},
		{"IT all", "1234#1234#3331234567", FeatureCode}, {"IT all", "*68 3331234567", FeatureCode}, {"IT all", "3331234567#", FeatureCode},
		{"IT all", "+*31#3331234567", FeatureCode}, {"IT all", "0*31#3331234567", FeatureCode}, {"IT all", "*67 3331234567", FeatureCode},
		{"IT all", "*31#++39", MisplacedPlus}, {"IT all", "9 9 +39 06", MisplacedPlus}, {"IT all", "9+", TooShort},
		{"IT all", "1033 1055 3331234567", SecondPrefix},
		{"US codes", "1010288 1010321 011 44 20 7946 0000", SecondPrefix},
		{"IT all", "667*1", BadRewrite}, {"IT all", "668", TooShort}, {"IT all", "669" + strings.Repeat("1", 11), TooLong},
		{"IT E.164", "0612345678", ZeroCountry}, {"IT E.164", "000390612345678", ZeroCountry},
		{"IT all", "1234#" + strings.Repeat("1", 33), TooLong}, {"IT all", strings.Repeat("*31#", 17), TooLong},
	} {
		d, err := plans[c.plan].Parse(c.dialled)
		var fault *UnparseableError
		if !errors.As(err, &fault) || fault.Fault != c.fault || d != (Destination{}) {
			t.Errorf("%s %.40q: %+v, %v; want %s", c.plan, c.dialled, d, err, c.fault)
		}
	}
}

// Where the dialplan has taken the outside line off already, a plan without one must leave the
// same digit at the beginning of a number alone.
func TestNoOutsideLine(t *testing.T) {
	for _, c := range []struct{ country, dialled, digits string }{
		{"US", "9175551234", "19175551234"}, {"US", "19175551234", "19175551234"}, {"DE", "09561123456", "499561123456"}, {"IT", "0912345678", "390912345678"},
	} {
		if d, err := (Plan{Country: c.country}).Parse(c.dialled); err != nil || d.Digits != c.digits {
			t.Errorf("%s %s: %+v, %v", c.country, c.dialled, d, err)
		}
	}
}

func TestCallingCode(t *testing.T) {
	for _, c := range []struct{ plan, dialled, code string }{
		{"IT", "112", "39"}, {"IT", "1254", "39"}, {"IT", "0612345678", "39"}, {"GB", "01481960000", "44"}, {"IT", "+18765551234", "1"},
		{"IT", "+881612345678", "881"}, {"IT", "+99912345", ""},
	} {
		if d, err := plans[c.plan].Parse(c.dialled); err != nil || d.CallingCode != c.code {
			t.Errorf("%s %s: %+v, %v", c.plan, c.dialled, d, err)
		}
	}
}

// A rule without a match is an error of the plan, and no reason to fall over.
func TestUncheckedRewrite(t *testing.T) {
	if d, err := (Plan{Country: "IT", Rewrites: make([]Rewrite, 1)}).Parse("0612345678"); err != nil || d.Digits != "390612345678" {
		t.Errorf("%+v, %v", d, err)
	}
}
