package number

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func outlineOf(t testing.TB, p Plan) Outline {
	t.Helper()
	o, err := p.Outline()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestOutlineOfCountries looks for a few numbers that anybody there would know.
func TestOutlineOfCountries(t *testing.T) {
	for _, c := range []struct {
		country            string
		domestic, foreign  []string
		emergency, unknown []string
	}{
		{"IT", []string{"390612345678", "393331234567", "39800123456"}, []string{"39899123456", "39892123", "37812345678", "44207946000"},
			[]string{"112", "113", "118", "+39112", "0039112", "+112"}, []string{"1254", "39112", "1120"}},
		{"DE", []string{"49891234567", "491511234567", "498001234567"}, []string{"499001234567"}, []string{"110", "112"}, []string{"118"}},
		{"US", []string{"12125551234", "18005551234"}, []string{"19005551234", "18765551234", "14165551234", "12645551234"},
			[]string{"911", "1911", "*67911"}, []string{"411"}},
		{"GB", []string{"442079460000", "447400123456", "448001234567"}, []string{"449011234567", "447781123456", "447624123456", "441534123456", "447012345678"},
			[]string{"999", "112", "+44999"}, []string{"118118"}},
	} {
		o := outlineOf(t, Plan{Country: c.country, InternationalPrefixes: []string{"00"}, FeatureCodes: []string{"*67"}})
		for _, number := range c.domestic {
			if !o.isDomestic(number) {
				t.Errorf("%s: %s is not domestic", c.country, number)
			}
		}
		for _, number := range c.foreign {
			if o.isDomestic(number) {
				t.Errorf("%s: %s is domestic", c.country, number)
			}
		}
		for _, number := range c.emergency {
			if !slices.Contains(o.Emergency, number) {
				t.Errorf("%s: %s is no emergency number", c.country, number)
			}
		}
		for _, number := range c.unknown {
			if slices.Contains(o.Emergency, number) {
				t.Errorf("%s: %s is an emergency number", c.country, number)
			}
		}
	}
}

func (o Outline) isDomestic(e164 string) bool {
	return len(e164) >= o.Shortest && len(e164) <= o.Longest &&
		slices.ContainsFunc(o.Domestic, func(prefix string) bool { return strings.HasPrefix(e164, prefix) })
}

// TestOutlineNeverAllowsMore is the promise that the dialplan rests on: what an outline calls domestic is
// neither premium nor another country's to Parse. Parse may call it unknown, or no number.
func TestOutlineNeverAllowsMore(t *testing.T) {
	countries := slices.Sorted(maps.Keys(theNumbering().countries))
	large := []string{"IT", "DE", "US", "GB", "FR", "ES"}
	outlines := make(map[string]Outline)
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{Country: rapid.SampledFrom(append(large, rapid.SampledFrom(countries).Draw(t, "any country"))).Draw(t, "country"), InternationalPrefixes: []string{"00"}}
		o, ok := outlines[p.Country]
		if !ok {
			o, _ = p.Outline()
			outlines[p.Country] = o
		}
		if len(o.Domestic) == 0 {
			t.Skip("nothing is domestic")
		}
		prefix := rapid.SampledFrom(o.Domestic).Draw(t, "prefix")
		behind := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), max(0, o.Shortest-len(prefix)), max(0, o.Longest-len(prefix)), -1).Draw(t, "behind")
		if !o.isDomestic(prefix + behind) {
			t.Skip("too long")
		}
		if d, err := p.Parse("+" + prefix + behind); err == nil && (d.Class != National && d.Class != TollFree && d.Class != Unknown || d.International && d.Class != Unknown) {
			t.Fatalf("in %s +%s%s is %+v", p.Country, prefix, behind, d)
		}
	})
}

func TestOutlineHeedsClassFiles(t *testing.T) {
	classes, err := ReadClasses(strings.NewReader("39333,premium\n3933312,national\n39899,national\n3906123456,satellite\n"), "classes.csv")
	if err != nil {
		t.Fatal(err)
	}
	o := outlineOf(t, Plan{Country: "IT", Classes: classes})
	for number, want := range map[string]bool{
		"393331234567": true, "393339999999": false, "393401234567": true,
		"390612345678": false, "390698765432": true,
	} {
		if o.isDomestic(number) != want {
			t.Errorf("%s: domestic %v", number, !want)
		}
	}
}

func TestOutlineOfNowhere(t *testing.T) {
	if _, err := (Plan{Country: "XX"}).Outline(); err == nil {
		t.Error("a country that does not exist has an outline")
	}
}

// TestOutlineIsSmall bounds what goes into a dialplan.
func TestOutlineIsSmall(t *testing.T) {
	largest := 0
	// GA and US have the most, of all countries.
	for _, country := range []string{"AR", "BR", "CN", "DE", "FR", "GA", "GB", "IN", "IT", "RU", "US"} {
		o := outlineOf(t, Plan{Country: country, InternationalPrefixes: []string{"00"}, OutsideLine: "9", FeatureCodes: []string{"*67", "*82", "*31#", "#31#"}})
		largest = max(largest, len(o.Domestic))
		if len(o.Domestic) > 3000 || len(o.Emergency) > 8000 {
			t.Errorf("%s has %d domestic prefixes and %d ways to an emergency number", country, len(o.Domestic), len(o.Emergency))
		}
	}
	t.Logf("at most %d domestic prefixes", largest)
}
