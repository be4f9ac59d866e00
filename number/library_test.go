package number

import (
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// The library reads its own data in its own way; wherever it knows a number, both have to agree.
func TestAgreesWithTheLibrary(t *testing.T) {
	kinds := map[phonenumbers.PhoneNumberType]Class{
		phonenumbers.FIXED_LINE: International, phonenumbers.MOBILE: International, phonenumbers.VOIP: International,
		phonenumbers.TOLL_FREE: International, phonenumbers.PREMIUM_RATE: Premium, phonenumbers.SHARED_COST: International,
		phonenumbers.PERSONAL_NUMBER: International, phonenumbers.UAN: International,
	}
	checked := 0
	for iso := range phonenumbers.GetSupportedRegions() {
		abroad := Plan{Country: "SM"}
		if iso == "SM" {
			abroad.Country = "IT"
		}
		for kind, class := range kinds {
			example := phonenumbers.GetExampleNumberForType(iso, kind)
			if example == nil {
				continue
			}
			dialled := phonenumbers.Format(example, phonenumbers.E164)
			if dialled == "+13101234" {
				continue // seven digits that only Canadians can dial; behind +1, 310 is Los Angeles
			}
			country := phonenumbers.GetRegionCodeForNumber(example)
			d, err := abroad.Parse(dialled)
			if err != nil || "+"+d.Digits != dialled || d.Country != country || d.Class != class || !d.International {
				t.Errorf("%s (%s): %+v, %v; want %s %s", dialled, iso, d, err, country, class)
			}
			text := phonenumbers.Format(example, phonenumbers.NATIONAL)
			read, err := phonenumbers.Parse(text, country)
			if err != nil {
				t.Fatal(err)
			}
			national, err := Plan{Country: country}.Parse(text)
			if err != nil || "+"+national.Digits != phonenumbers.Format(read, phonenumbers.E164) && !national.Short {
				t.Errorf("%s dialled within %s as %s: %+v, %v", dialled, country, text, national, err)
			}
			checked++
		}
	}
	if checked < 800 {
		t.Errorf("only %d numbers were compared", checked)
	}
}

func TestEmergencyNumbersOfEveryCountry(t *testing.T) {
	for iso := range phonenumbers.GetSupportedRegions() {
		for _, digits := range []string{"112", "911", "999", "110", "118", "000", "119", "17", "15", "1122"} {
			want := phonenumbers.IsEmergencyNumber(digits, iso)
			d, err := Plan{Country: iso}.Parse(digits)
			if got := err == nil && d.Class == Emergency; got != want {
				t.Errorf("%s in %s: emergency %v, want %v", digits, iso, got, want)
			}
		}
	}
}
