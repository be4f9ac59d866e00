package number

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestExplain(t *testing.T) {
	plans := codePlans()
	for _, c := range []struct {
		plan, dialled string
		steps         []Step
	}{
		{"IT all", "sip:1234#9*31#1033-0044-0-1481-960000-99@host", []Step{
			{"dialled", "sip:1234#9*31#1033-0044-0-1481-960000-99@host"},
			{"scheme, host or parameters taken off", "1234#9*31#103300440148196000099"},
			{"trunk prefix 1234# taken off", "9*31#103300440148196000099"},
			{"outside line 9 taken off", "*31#103300440148196000099"},
			{"feature code *31# taken off", "103300440148196000099"},
			{"carrier code 1033 taken off", "00440148196000099"},
			{"international prefix 00 taken off", "440148196000099"},
			{"country calling code 44", "440148196000099"},
			{"unparseable: digits before the number that no number there begins with", "440148196000099"},
		}},
		{"IT all", "+44 (0) 1481 960000", []Step{
			{"dialled", "+44 (0) 1481 960000"},
			{"separators taken off", "+4401481960000"},
			{"country calling code 44", "4401481960000"},
			{"national prefix behind the country calling code taken off", "1481960000"},
			{"number of GG, class international", "441481960000"},
			{"class by prefix file: premium", "441481960000"},
		}},
		{"US codes", "55512345", []Step{{"dialled", "55512345"}, {"number of no country, class unknown", "155512345"}}},
		{"US codes", "5551234", []Step{{"dialled", "5551234"}, {"area code 212 put in front", "2125551234"}, {"number of US, class national", "12125551234"}}},
		{"US codes", "18765551234999", []Step{{"dialled", "18765551234999"}, {"national prefix taken off", "8765551234999"},
			{"digits beyond the longest number of JM left out", "8765551234"}, {"number of JM, class international", "18765551234"}}},
		{"IT all", "0039112", []Step{{"dialled", "0039112"}, {"rewritten by the rule 0039(\\d*)", "+39112"}, {"country calling code 39", "39112"}, {"emergency number of IT", "112"}}},
		{"IT all", "1254", []Step{{"dialled", "1254"}, {"short code of IT, class premium", "1254"}}},
		{"IT all", "*67112", []Step{{"dialled", "*67112"}, {"feature code *67 taken off", "112"}, {"emergency number of IT", "112"}}},
		{"IT all", "06x", []Step{{"dialled", "06x"}, {"unparseable: letters inside", "06x"}}},
	} {
		d, steps, err := plans[c.plan].Explain(c.dialled)
		if !slices.Equal(steps, c.steps) {
			t.Errorf("%s %s: %+v, %v\n%+v, want\n%+v", c.plan, c.dialled, d, err, steps, c.steps)
		}
	}
}

func TestExplainUnknownHome(t *testing.T) {
	if _, steps, err := (Plan{Country: "XX"}).Explain("1"); err == nil || len(steps) != 0 {
		t.Errorf("%v, %v", steps, err)
	}
}

func TestStepAsJSON(t *testing.T) {
	text, err := json.Marshal(Step{"dialled", "112"})
	if err != nil || string(text) != `{"what":"dialled","result":"112"}` {
		t.Errorf("%s, %v", text, err)
	}
}
