package number

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

var plans = map[string]Plan{
	"IT": {Country: "IT", InternationalPrefixes: []string{"00"}, OutsideLine: "9"},
	"DE": {Country: "DE", InternationalPrefixes: []string{"00"}, OutsideLine: "0", NationalPrefix: "0", AreaCode: "89", Emergency: []string{"19222"}},
	"GB": {Country: "GB", AreaCode: "20"},
	"US": {Country: "US", InternationalPrefixes: []string{"011"}, OutsideLine: "9", AreaCode: "212"},
	"CA": {Country: "CA"},
	"BR": {Country: "BR", AreaCode: "11"},
	"RU": {Country: "RU"},
	"AR": {Country: "AR"},
}

// The class is written as in the config, with + before it for an international destination and
// with ! behind it for a short one.
var examples = []struct{ plan, dialled, digits, country, class string }{
	// Italy: the 0 belongs to the number, and there is no national prefix.
	{"IT", "0612345678", "390612345678", "IT", "national"},
	{"IT", "06 1234-5678", "390612345678", "IT", "national"},
	{"IT", "90612345678", "390612345678", "IT", "national"},
	{"IT", "3331234567", "393331234567", "IT", "national"},
	{"IT", "+39 (06) 1234.5678", "390612345678", "IT", "national"},
	{"IT", "9+390612345678", "390612345678", "IT", "national"},
	{"IT", "9 00390612345678", "390612345678", "IT", "national"},
	{"IT", "sip:+393331234567@carrier.example;user=phone", "393331234567", "IT", "national"},
	{"IT", "tel:+39-333-1234567;phone-context=x", "393331234567", "IT", "national"},
	{"IT", "SIPS:3331234567", "393331234567", "IT", "national"},
	{"IT", "800123456", "39800123456", "IT", "toll-free"},
	{"IT", "899123456", "39899123456", "IT", "premium"},
	{"IT", "89912345699", "3989912345699", "IT", "premium"}, // exchanges ignore what is dialled too much
	{"IT", "0669812345", "390669812345", "VA", "+international"},
	{"IT", "00442079460000", "442079460000", "GB", "+international"},
	{"IT", "+44(0)2079460000", "442079460000", "GB", "+international"},
	{"IT", "+4402079460000", "442079460000", "GB", "+international"},
	{"IT", "004409098790000", "449098790000", "GB", "+premium"},
	{"IT", "+448001111111", "448001111111", "GB", "+international"}, // free only over there
	{"IT", "0018765551234", "18765551234", "JM", "+international"},
	{"IT", "+12125551234", "12125551234", "US", "+international"},
	{"IT", "+18005551234", "18005551234", "US", "+international"},
	{"IT", "+19002345678", "19002345678", "US", "+premium"},
	{"IT", "+881612345678", "881612345678", "", "+satellite"},
	{"IT", "00870773111222", "870773111222", "", "+satellite"},
	{"IT", "0088213123456", "88213123456", "", "+satellite"},
	{"IT", "+883510012345678", "883510012345678", "", "+satellite"},
	{"IT", "+80012345678", "80012345678", "", "+toll-free"},
	{"IT", "+979123456789", "979123456789", "", "+premium"},
	{"IT", "+99912345", "99912345", "", "+unknown"},
	{"IT", "+3701", "3701", "LT", "+unknown"},
	{"IT", "77", "3977", "IT", "unknown"},
	{"IT", "112", "112", "IT", "emergency!"},
	{"IT", "9112", "112", "IT", "emergency!"},
	{"IT", "+112", "112", "IT", "emergency!"},
	{"IT", "sip:118@pbx", "118", "IT", "emergency!"},
	{"IT", "1123456789", "391123456789", "IT", "national"}, // begins with an emergency number, and is none
	{"IT", "1254", "1254", "IT", "premium!"},
	{"IT", "187", "187", "IT", "toll-free!"},
	// Germany, with 0 as the outside line.
	{"DE", "00301234567", "49301234567", "DE", "national"},
	{"DE", "0004412345", "4412345", "GB", "+unknown"},
	{"DE", "01234567", "49891234567", "DE", "national"},
	{"DE", "1234567", "49891234567", "DE", "national"},
	{"DE", "0110", "110", "DE", "emergency!"},
	{"DE", "112", "112", "DE", "emergency!"},
	{"DE", "019222", "19222", "DE", "emergency!"},
	{"DE", "19222", "19222", "DE", "emergency!"},
	{"DE", "192222", "4989192222", "DE", "national"},
	{"DE", "0015112345678", "4915112345678", "DE", "national"},
	{"DE", "009001234567", "499001234567", "DE", "premium"},
	{"DE", "008001234567", "498001234567", "DE", "toll-free"},
	{"DE", "11833", "11833", "DE", "national!"},
	{"DE", "000441481960000", "441481960000", "GG", "+international"},
	{"DE", "+49(0)301234567", "49301234567", "DE", "national"},
	// Britain: islands share the calling code and are other countries.
	{"GB", "02079460000", "442079460000", "GB", "national"},
	{"GB", "79460000", "442079460000", "GB", "national"},
	{"GB", "07912345678", "447912345678", "GB", "national"},
	{"GB", "01481960000", "441481960000", "GG", "+international"},
	{"GB", "07781123456", "447781123456", "GG", "+international"},
	{"GB", "0778112345699", "447781123456", "GG", "+international"},
	{"GB", "08001111111", "448001111111", "GB", "toll-free"},
	{"GB", "09098790000", "449098790000", "GB", "premium"},
	{"GB", "999", "999", "GB", "emergency!"},
	{"GB", "9991", "449991", "GB", "unknown"},
	{"GB", "0018765551234", "18765551234", "JM", "+international"},
	{"GB", "+353 1 6000000", "35316000000", "IE", "+international"},
	// United States: the islands look like long distance.
	{"US", "12125551234", "12125551234", "US", "national"},
	{"US", "2125551234", "12125551234", "US", "national"},
	{"US", "5551234", "12125551234", "US", "national"},
	{"US", "918765551234", "18765551234", "JM", "+international"},
	{"US", "8765551234", "18765551234", "JM", "+international"},
	{"US", "16585551234", "16585551234", "JM", "+international"},
	{"US", "12645551234", "12645551234", "AI", "+international"},
	{"US", "14165551234", "14165551234", "CA", "+international"},
	{"US", "18095551234", "18095551234", "DO", "+international"},
	{"US", "17875551234", "17875551234", "PR", "+international"},
	{"US", "18005551234", "18005551234", "US", "toll-free"},
	{"US", "19002345678", "19002345678", "US", "premium"},
	{"US", "12110001234", "12110001234", "", "+unknown"},
	{"US", "011390612345678", "390612345678", "IT", "+international"},
	{"US", "9011390612345678", "390612345678", "IT", "+international"},
	{"US", "911", "911", "US", "emergency!"},
	{"US", "9911", "911", "US", "emergency!"},
	{"US", "411", "411", "US", "national!"},
	{"CA", "18005551234", "18005551234", "CA", "toll-free"},
	{"CA", "14165551234", "14165551234", "CA", "national"},
	{"CA", "12125551234", "12125551234", "US", "+international"},
	// Brazil: the carrier is selected between prefix and number.
	{"BR", "0 15 11 98765 4321", "5511987654321", "BR", "national"},
	{"BR", "01133334444", "551133334444", "BR", "national"},
	{"BR", "11987654321", "5511987654321", "BR", "national"},
	{"BR", "987654321", "5511987654321", "BR", "national"},
	{"BR", "33334444", "551133334444", "BR", "national"},
	{"BR", "0015442079460000", "442079460000", "GB", "+international"},
	{"BR", "190", "190", "BR", "emergency!"},
	{"BR", "08001234567", "558001234567", "BR", "toll-free"},
	{"BR", "0900123456", "55900123456", "BR", "premium"},
	// A national prefix that leads abroad, and a mobile number that is rewritten.
	{"RU", "87271234567", "77271234567", "KZ", "+international"},
	{"RU", "8001234567", "78001234567", "RU", "toll-free"}, // its own 8, and not the prefix
	{"RU", "84951234567", "74951234567", "RU", "national"},
	{"RU", "810390612345678", "390612345678", "IT", "+international"},
	{"AR", "0111523456789", "5491123456789", "AR", "national"},
}

func TestExamples(t *testing.T) {
	for _, e := range examples {
		d, err := plans[e.plan].Parse(e.dialled)
		class := classText(d)
		if err != nil || d.Digits != e.digits || d.Country != e.country || class != e.class {
			t.Errorf("%s %s: %s %s %s, %v; want %s %s %s", e.plan, e.dialled, d.Digits, d.Country, class, err, e.digits, e.country, e.class)
		}
	}
}

func TestUnparseable(t *testing.T) {
	for _, c := range []struct {
		dialled string
		fault   Fault
	}{
		{"", Empty}, {"   ", Empty}, {"+", Empty}, {"sip:@host", Empty}, {";x", Empty}, {"--", Empty},
		{"9", TooShort}, {"00", TooShort}, {"900", TooShort}, {"0039", TooShort}, {"+1", TooShort},
		{"0800FLOWERS", Letters}, {"sip:alice@host", Letters}, {"fax:123", Letters}, {"0x10", Letters},
		{"*123", FeatureCode}, {"*67123", FeatureCode}, {"123#", FeatureCode}, {"12*3", FeatureCode},
		{"12+3", MisplacedPlus}, {"++39", MisplacedPlus}, {"0+39", MisplacedPlus},
		{"12/3", ForeignCharacter}, {"%2B39", ForeignCharacter}, {"1\r\n2", ForeignCharacter}, {"1\x002", ForeignCharacter},
		{"٠٣٩", ForeignCharacter}, {"１２３", ForeignCharacter}, {"12,3", ForeignCharacter}, {"1&2", ForeignCharacter}, {"1:2", ForeignCharacter},
		{"+0039", ZeroCountry}, {"000390612345", ZeroCountry},
		{strings.Repeat("1", 33), TooLong}, {strings.Repeat(" ", 257), TooLong}, {strings.Repeat("1", 1<<20), TooLong},
	} {
		d, err := plans["IT"].Parse(c.dialled)
		var fault *UnparseableError
		if !errors.As(err, &fault) || !errors.Is(err, ErrUnparseable) || fault.Fault != c.fault || d != (Destination{}) {
			t.Errorf("%.40q: %+v, %v; want %s", c.dialled, d, err, c.fault)
			continue
		}
		if len(fault.Dialled) > maxShownText || !strings.HasPrefix(c.dialled, fault.Dialled) {
			t.Errorf("%.40q is shown as %q", c.dialled, fault.Dialled)
		}
	}
}

func TestUnknownHomeIsNoFaultOfTheCaller(t *testing.T) {
	if _, err := (Plan{Country: "XX"}).Parse("123"); err == nil || errors.Is(err, ErrUnparseable) {
		t.Errorf("%v", err)
	}
}

func TestParseFromManyGoroutines(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, e := range examples {
				if d, err := plans[e.plan].Parse(e.dialled); err != nil || d.Digits != e.digits {
					t.Errorf("%s %s: %+v, %v", e.plan, e.dialled, d, err)
				}
			}
		})
	}
	all.Wait()
}
