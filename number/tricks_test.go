package number

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

// What is dialled to hide a dear number behind a cheap prefix: read as a carrier would read it, or
// refused. Digits and class are as in examples; a fault stands in place of both.
func TestTricks(t *testing.T) {
	all := codePlans()
	for name, p := range plans {
		all[name] = p
	}
	all["AU"] = Plan{Country: "AU", InternationalPrefixes: []string{"0011"}, CarrierCodes: []string{"14XX"}}
	all["AU short"] = Plan{Country: "AU", InternationalPrefixes: []string{"00"}}
	all["US bare"] = Plan{Country: "US"}
	all["ES"], all["FR"], all["HU"], all["CI"] = Plan{Country: "ES"}, Plan{Country: "FR"}, Plan{Country: "HU"}, Plan{Country: "CI"}
	maps.Copy(all, localPlans())
	for _, c := range tricks {
		d, err := all[c.plan].Parse(c.dialled)
		var fault *UnparseableError
		if c.fault != "" {
			if !errors.As(err, &fault) || fault.Fault != c.fault {
				t.Errorf("%s %q: %+v, %v; want %s", c.plan, c.dialled, d, err, c.fault)
			}
		} else if err != nil || d.Digits+" "+d.Country+" "+classText(d) != c.want {
			t.Errorf("%s %q: %s %s %s, %v; want %s", c.plan, c.dialled, d.Digits, d.Country, classText(d), err, c.want)
		}
	}
}

// localPlans have area codes, behind which short codes could hide.
func localPlans() map[string]Plan {
	plans := make(map[string]Plan)
	for country, area := range map[string]string{"GB": "20", "SE": "8", "TR": "212", "HU": "1", "HR": "1", "FR": "1", "CH": "44", "IE": "1"} {
		plans[country+" local"] = Plan{Country: country, InternationalPrefixes: []string{"00"}, AreaCode: area}
	}
	return plans
}

var tricks = []struct {
	plan, dialled, want string
	fault               Fault
}{
	// A national prefix behind the calling code is taken off where that gives a number, once.
	{"IT", "+4409098790000", "449098790000 GB +premium", ""},
	{"IT", "+44(0)9098790000", "449098790000 GB +premium", ""},
	{"IT", "+34 0 612345678", "34612345678 ES +international", ""},
	{"IT", "+7 8 495 1234567", "74951234567 RU +international", ""},
	{"IT", "+370 8 61234567", "37061234567 LT +international", ""},
	{"IT", "+36 06 1 2345678", "3612345678 HU +international", ""},
	{"IT", "+1 1 876 555 1234", "", Padded},
	{"IT", "+1 0 876 555 1234", "", Padded},
	{"IT", "+225 0 0712345678", "2250712345678 CI +international", ""},
	{"IT", "+225 00 0712345678", "", Padded},
	{"IT", "+7 8 412 3456789", "", Padded}, // or 8412 345678 with a 9 behind it
	{"IT", "+54 11 15 2345 6789", "5491123456789 AR +international", ""},
	{"IT", "+44 00 9098790000", "", Padded},
	{"IT", "+44 0 0 0 9098790000", "", Padded},
	{"IT", "+44 0 9098790000 99", "", Padded},
	{"IT", "+34 00 612345678", "", Padded},
	{"IT", "+1 1 1 876 555 1234", "", Padded},
	{"IT", "+1 01 876 555 1234", "", Padded},
	{"IT", "+1 011 44 9098790000", "", Padded},
	{"IT", "+7 8 8 495 1234567", "", Padded},
	{"IT", "+36 06 06 1 2345678", "", Padded},
	// Zeros in front of the calling code.
	{"IT", "00 00 44 9098790000", "", ZeroCountry},
	{"IT", "000 44 9098790000", "", ZeroCountry},
	{"IT", "+00 44 9098790000", "", ZeroCountry},
	{"IT", "+0 44 9098790000", "", ZeroCountry},
	{"IT", "9 000 44", "", ZeroCountry},
	{"IT", "++44 9098790000", "", MisplacedPlus},
	{"IT", "00+44 9098790000", "", MisplacedPlus},
	{"IT", "+44+9098790000", "", MisplacedPlus},
	{"IT", "9+9+44", "", MisplacedPlus},
	{"IT", "9+449098790000", "449098790000 GB +premium", ""},
	{"IT", "+9 449098790000", "94490987900 LK +international", ""},
	// The national prefix twice, and the operator's 0 and 01.
	{"US", "1 1 876 555 1234", "", Padded},
	{"US", "0 876 555 1234", "", Padded},
	{"US", "01 44 9098790000", "", Padded},
	{"US", "1 011 44 9098790000", "", SecondPrefix},
	{"RU", "8 8 495 1234567", "74951234567 RU national", ""},
	{"DE codes", "0 00 44 9098790000", "", ZeroCountry},
	{"HU", "06 06 1 2345678", "3612345678 HU national", ""},
	{"HU", "06 00 44 9098790000", "", SecondPrefix},
	// An international prefix or a carrier behind the own calling code, which a carrier takes off
	// or turns into the national prefix.
	{"IT", "+39 00 44 9098790000", "", SecondPrefix},
	{"IT", "0039 00 44 9098790000", "", SecondPrefix},
	{"RU", "+7 8 10 44 9098790000", "", SecondPrefix},
	{"RU", "+7 10 44 9098790000", "", SecondPrefix},
	{"RU", "8 8 10 44 9098790000", "", SecondPrefix},
	{"US", "+1 011 44 9098790000", "", SecondPrefix},
	{"AU", "+61 0011 44 9098790000", "", SecondPrefix},
	{"AU", "+61 011 44 20794600", "", SecondPrefix},
	{"IT all", "+39 1033 00 44 9098790000", "", SecondPrefix},
	{"DE codes", "+49 010 13 00 44 9098790000", "", SecondPrefix},
	{"DE codes", "+49 10 13 00 44 9098790000", "", SecondPrefix},
	{"US codes", "+1 010288 011 44 9098790000", "", SecondPrefix},
	{"AU two", "+61 0 144120794", "", SecondPrefix},
	{"AU", "+61 0 144120794", "", SecondPrefix},
	{"IT all", "9 1033 9 3331234567", "3993331234567 IT unknown", ""}, // one outside line, and none behind a carrier
	{"IT all", "1033 9 3331234567", "3993331234567 IT unknown", ""},
	// Carrier codes that the plan does not know.
	{"US", "1010288 011 44 9098790000", "", Padded},
	{"US", "1010288 1 876 555 1234", "", Padded},
	{"US", "+1 1010288411", "", Padded},
	// Another country's international prefix is nothing but digits.
	{"IT", "011 39 06 1234", "3901139061234 IT national", ""},
	{"AU short", "0011 45 81234567", "", Padded},
	// Digits behind the number.
	{"IT", "+44 9098790000 12345", "449098790000 GB +premium", ""},
	{"IT", "+1 876 555 1234 99", "18765551234 JM +international", ""},
	{"IT", "1254 99", "", BehindShortCode},
	{"IT", "1254 12345", "", BehindShortCode},
	{"IT", "+39 1254 99", "", BehindShortCode},
	{"FR", "118218 1", "", BehindShortCode},
	{"DE codes", "11833 123", "", BehindShortCode}, {"DE codes", "01013 11833 123", "", BehindShortCode},
	{"DE", "11833 1", "", BehindShortCode}, {"GB", "118500 1234", "", BehindShortCode}, {"GB local", "118500 123456", "", BehindShortCode}, {"GB local", "118500 1", "", BehindShortCode},
	{"SE local", "118000 1", "", BehindShortCode}, {"TR local", "11810 12", "", BehindShortCode}, {"HU local", "11800 12", "", BehindShortCode}, {"HU", "11800 123", "", BehindShortCode},
	{"HR local", "11800 12", "", BehindShortCode}, {"FR local", "1048 1234", "", BehindShortCode}, {"FR local", "3240 1234", "", BehindShortCode}, {"CH local", "1899 123", "", BehindShortCode},
	{"GB local", "118500", "118500 GB national!", ""}, {"DE codes", "118", "4989118 DE national", ""},
	// What begins like a short code and is none: behind its prefix, and where codes for text messages begin like local numbers.
	{"GB local", "0118 950 1234", "441189501234 GB national", ""}, {"GB local", "+44 118 950 1234", "441189501234 GB national", ""}, {"GB local", "+44 118 500 1234", "441185001234 GB national", ""},
	{"SE local", "0118 123 45", "4611812345 SE national", ""}, {"SE local", "720 12 34", "4687201234 SE national", ""}, {"HR local", "6001 234", "38516001234 HR national", ""},
	{"IE local", "530 1234", "35315301234 IE national", ""}, {"HU local", "06 1 180 0123", "3611800123 HU national", ""}, {"DE codes", "1183", "49891183 DE national", ""},
	{"FR", "0612345678 99", "33612345678 FR national", ""},
	{"US bare", "242 804 12", "124280412 BS +unknown", ""},
	{"US", "242 804 5123", "12428045123 BS +international", ""}, // begins like a code for text messages
	// Letters, in the middle, in front and behind.
	{"IT", "0800 FLOWERS", "", Letters}, {"IT", "p0612345678", "", Letters}, {"IT", "ww0612345678", "", Letters}, {"IT", "0612345678x123", "", Letters},
	{"IT", "0612345678 ext 5", "", Letters}, {"IT", "0612345678p9", "", Letters}, {"IT", "06O2345678", "", Letters}, {"IT", "112x", "", Letters},
	// SIP and tel.
	{"IT", "tel:+44-9098790000;isub=12", "449098790000 GB +premium", ""},
	{"IT", "sip:+449098790000@host;user=phone", "449098790000 GB +premium", ""},
	{"IT", "sip:+449098790000;phone-context=+39@host;user=phone", "449098790000 GB +premium", ""},
	{"IT", "+449098790000;phone-context=+1", "449098790000 GB +premium", ""},
	{"IT", "tel:0612345678;phone-context=example.com", "390612345678 IT national", ""},
	{"IT", "0612345678;ext=12;isub=9;;", "390612345678 IT national", ""},
	{"IT", "tel:9098790000;phone-context=+44", "", Parameter},
	{"IT", "tel:0612345678;phone-context=+39", "", Parameter},
	{"IT", "tel:0612345678;Phone-Context=+44", "", Parameter},
	{"IT", "tel:0612345678;phone-context=", "", Parameter},
	{"IT", "tel:0612345678;phone-context=%2B44", "", Parameter},
	{"IT", "tel:0612345678;phone%2Dcontext=+44", "", Parameter},
	{"DE codes", "tel:030 1234567;phone-context=+49", "", Parameter},
	{"IT", "tel:9098790000x;rn=1", "", Letters},
	{"IT", "06*2;rn=1", "", Parameter},
	// An emergency number is one, whatever its parameters say and whatever stands in front.
	{"IT", "tel:112;phone-context=+4490987 90", "112 IT emergency!", ""}, {"IT", "112;phone-context=+44", "112 IT emergency!", ""},
	{"IT", "112;rn=1", "112 IT emergency!", ""}, {"IT", "112;cic=10288", "112 IT emergency!", ""}, {"IT", "sip:112;isub=12;foo?@host", "112 IT emergency!", ""},
	{"US", "911;phone-context=+1-212", "911 US emergency!", ""}, {"IT all", "1234#9*31#1033112;rn=1", "112 IT emergency!", ""}, {"IT", "*67112;rn=1", "112 IT emergency!", ""},
	{"IT", "+39112;cic=1", "112 IT emergency!", ""}, {"DE codes", "0112;phone-context=+49", "112 DE emergency!", ""}, {"DE codes", "0112;phone-context=+44", "112 DE emergency!", ""},
	{"IT E.164", "112;rn=1", "112 IT emergency!", ""}, {"IT E.164", "390612345678;rn=1", "", Parameter}, {"IT", "1121;rn=1", "", Parameter},
	{"IT", "+390612345678;npdi;rn=+449098790000", "", Parameter},
	{"IT", "0612345678;RN=+449098790000@host", "", Parameter},
	{"IT", "0612345678;cic=+10288", "", Parameter},
	{"IT", "0612345678;=44", "", Parameter},
	{"IT", "06@1@host", "", ForeignCharacter}, {"IT", "sip:06:secret@host", "", ForeignCharacter}, {"IT", "06:12", "", ForeignCharacter},
	{"IT", "%2B449098790000", "", ForeignCharacter}, {"IT", "06%23", "", ForeignCharacter}, {"IT", "0612345678&PJSIP", "", ForeignCharacter},
	{"IT", "sip:sip:0612345678", "", Letters}, {"IT", "<sip:0612345678>", "", ForeignCharacter}, {"IT", "//0612", "", ForeignCharacter},
	// Digits that are none, and what cannot be seen.
	{"IT", "０６１２３４５６７８", "", ForeignCharacter}, {"IT", "٠٦١٢٣٤", "", ForeignCharacter}, {"IT", "0\x006", "", ForeignCharacter}, {"IT", "06\r\n", "", ForeignCharacter},
	{"IT", "\u202e06", "", ForeignCharacter}, {"IT", "06\u00a012", "", ForeignCharacter}, {"IT", "06\t12", "", ForeignCharacter}, {"IT", "＋44", "", ForeignCharacter}, {"IT", "\xff06", "", ForeignCharacter},
	// Nothing, or too much.
	{"IT", "", "", Empty}, {"IT", " .-()", "", Empty}, {"IT", "+ +", "", Empty}, {"IT", "9", "", TooShort}, {"IT", "9 00", "", TooShort}, {"IT", "+39", "", TooShort},
	{"IT", "+44" + strings.Repeat("1", 31), "", TooLong}, {"IT", strings.Repeat("1", 31), "", TooLong}, {"IT", strings.Repeat("0 ", 200), "", TooLong},
	// Shared calling codes.
	{"IT", "+77271234567", "77271234567 KZ +international", ""}, {"IT", "+74951234567", "74951234567 RU +international", ""},
	{"IT", "+441534123456", "441534123456 JE +international", ""}, {"IT", "+441624123456", "441624123456 IM +international", ""}, {"IT", "+441481960000", "441481960000 GG +international", ""},
	{"GB", "+447700312345", "447700312345 JE +international", ""},
	{"DE", "+390669812345", "390669812345 VA +international", ""}, {"IT", "+4779123456", "4779123456 SJ +international", ""}, {"IT", "+4722123456", "4722123456 NO +international", ""},
	{"IT", "+61891621234", "61891621234 CC +international", ""}, {"IT", "+61891641234", "61891641234 CX +international", ""},
	{"IT", "+262269601234", "262269601234 YT +international", ""}, {"IT", "+262262161234", "262262161234 RE +international", ""},
	{"IT", "+590590201234", "590590201234 GP +international", ""}, {"IT", "+5993181234", "5993181234 BQ +international", ""}, {"IT", "+59994351234", "59994351234 CW +international", ""},
	{"IT", "+212520123456", "212520123456 MA +international", ""},
	{"IT", "+3581812345678", "3581812345678 AX +international", ""}, {"IT", "+358131234567", "358131234567 FI +international", ""},
}
