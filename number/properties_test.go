package number

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func plan() *rapid.Generator[Plan] {
	codes := codePlans()
	return rapid.Custom(func(t *rapid.T) Plan {
		name := rapid.SampledFrom([]string{"IT", "DE", "GB", "US", "CA", "BR", "RU", "AR", "IT all", "IT E.164", "US codes", "DE codes"}).Draw(t, "plan")
		if p, ok := codes[name]; ok {
			return p
		}
		return plans[name]
	})
}

// checkDestination holds what everybody who uses a destination relies on.
func checkDestination(t interface{ Fatalf(string, ...any) }, p Plan, dialled string) {
	d, err := p.Parse(dialled)
	explained, steps, explainErr := p.Explain(dialled)
	if explained != d || (err == nil) != (explainErr == nil) || err != nil && err.Error() != explainErr.Error() || len(steps) < 2 || len(steps) > 100 {
		t.Fatalf("%q: %+v, %v, but explained %+v, %v: %+v", dialled, d, err, explained, explainErr, steps)
	}
	if err != nil {
		var fault *UnparseableError
		if !errors.Is(err, ErrUnparseable) || d != (Destination{}) || !errors.As(err, &fault) || fault.Fault == "" {
			t.Fatalf("%q: %+v, %v", dialled, d, err)
		}
		return
	}
	home := p.Country
	switch {
	case !digitsOnly(d.Digits, 1, maxDialledDigits):
		t.Fatalf("%q has digits %q", dialled, d.Digits)
	case !d.Short && (d.Digits[0] == '0' || !strings.HasPrefix(d.Digits, d.CallingCode)):
		t.Fatalf("%q: not E.164: %+v", dialled, d)
	case d.CallingCode == "" && d.Class != Unknown && p.Classes == nil:
		t.Fatalf("%q: no calling code: %+v", dialled, d)
	case d.Short && (d.CallingCode == "" || d.Country != home):
		t.Fatalf("%q: short %+v", dialled, d)
	case d.Class == "":
		t.Fatalf("%q has no class", dialled)
	case d.International == (d.Country == home):
		t.Fatalf("%q: country %q, international %v", dialled, d.Country, d.International)
	case d.Class == Emergency && (!d.Short || len(d.Digits) > maxNumberDigits):
		t.Fatalf("%q: emergency %+v", dialled, d)
	case p.Classes == nil && ((d.Class == National || d.Class == Emergency) && d.International || d.Class == International && !d.International):
		t.Fatalf("%q: %+v", dialled, d)
	}
	checkAgain(t, p, dialled, d)
}

// checkAgain holds that E.164 digits parsed again are themselves: a destination can be stored and
// read back by its digits, and nothing that a carrier would take off is left in them. Rules can
// change any number, so that they do not count here.
func checkAgain(t interface{ Fatalf(string, ...any) }, p Plan, dialled string, d Destination) {
	if d.Short {
		return
	}
	p.Rewrites = nil
	for _, variant := range []string{"+", firstExit(p)} {
		if variant == "" {
			continue
		}
		// The outside line is dialled before an international prefix, lest the prefix begins with it.
		if variant != "+" {
			variant = p.OutsideLine + variant
		}
		if again, err := p.Parse(variant + d.Digits); err != nil || again != d {
			t.Fatalf("%q is %+v; %q in front of its digits makes it %+v, %v", dialled, d, variant, again, err)
		}
	}
}

// firstExit is an international prefix of the plan, the longest because a shorter one and the
// digits behind it can look like it.
func firstExit(p Plan) string {
	longest := ""
	for _, prefix := range p.InternationalPrefixes {
		if len(prefix) > len(longest) {
			longest = prefix
		}
	}
	return longest
}

var dialledText = rapid.OneOf(
	rapid.String(),
	rapid.StringMatching(`[0-9+ ().-]{0,36}`),
	rapid.StringMatching(`(9|0)?(\+|00|011|0|1)?[0-9]{1,20}`),
	rapid.StringMatching(`(1234#)?9?(\*31#|\*67)?(10[0-9]{2}|1010[0-9]{3})?(\+|00|011)?(39|44|1|7)?(0|1|8|00|10)?[0-9]{1,12}`),
)

func TestWhateverIsDialled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkDestination(t, plan().Draw(t, "plan"), dialledText.Draw(t, "dialled"))
	})
}

// Separators anywhere change nothing.
func TestSeparatorsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plan().Draw(t, "plan")
		symbols := rapid.StringMatching(`(1234#)?9?(\*31#|\*67)?(\+|00|011|0|1)?[0-9]{1,14}`).Draw(t, "symbols")
		padded := ""
		for _, c := range symbols {
			padded += rapid.StringMatching(`[ ().-]{0,3}`).Draw(t, "separators") + string(c)
		}
		padded += rapid.StringMatching(`[ ().-]{0,3}`).Draw(t, "separators")
		want, wantErr := p.Parse(symbols)
		got, err := p.Parse(padded)
		if got != want || faultOf(err) != faultOf(wantErr) {
			t.Fatalf("%q: %+v, %v; %q: %+v, %v", symbols, want, wantErr, padded, got, err)
		}
	})
}

func faultOf(err error) Fault {
	var fault *UnparseableError
	if !errors.As(err, &fault) {
		return ""
	}
	return fault.Fault
}

// +, international prefix, and outside line before either say the same.
func TestPrefixesSayTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plan().Draw(t, "plan")
		p.Rewrites = nil
		digits := rapid.StringMatching(`(39|49|44|1|7|55|54)?[0-9]{3,20}`).Draw(t, "digits")
		want, wantErr := p.Parse("+" + digits)
		variants := []string{p.OutsideLine + "+" + digits}
		if exit := firstExit(p); exit != "" {
			variants = append(variants, p.OutsideLine+exit+digits)
		}
		for _, variant := range variants {
			if got, err := p.Parse(variant); got != want || faultOf(err) != faultOf(wantErr) {
				t.Fatalf("+%s: %+v, %v; %s: %+v, %v", digits, want, wantErr, variant, got, err)
			}
		}
	})
}

// Emergency numbers pass behind every code, in every order that the cleaning allows.
func TestEmergencyBehindCodes(t *testing.T) {
	p := codePlans()["IT all"]
	rapid.Check(t, func(t *rapid.T) {
		front := rapid.SampledFrom([]string{"", "1234#", "77"}).Draw(t, "trunk prefix")
		codes := []string{"9", "*31#", "#31#"}
		for range rapid.IntRange(0, 3).Draw(t, "codes") {
			code := rapid.SampledFrom(codes).Draw(t, "code")
			front += code
			if code == "9" {
				codes = slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return c == "9" })
			}
		}
		front += rapid.SampledFrom([]string{"", "1033", "10881", "1033*31#"}).Draw(t, "carrier")
		front += rapid.SampledFrom([]string{"", "+39", "0039"}).Draw(t, "country")
		number := rapid.SampledFrom([]string{"112", "113", "115", "118", "0612345"}).Draw(t, "number")
		number += rapid.SampledFrom([]string{"", ";rn=1", ";phone-context=+44", ";phone-context=+39", ";isub=1;x?", ";cic=10288@host"}).Draw(t, "parameters")
		if d, err := p.Parse(front + number); err != nil || d.Class != Emergency || d.Digits != strings.Split(number, ";")[0] {
			t.Fatalf("%s %s: %+v, %v", front, number, d, err)
		}
	})
}

func TestEmergencyNumbersOnlyFromEndToEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plan().Draw(t, "plan")
		d, err := p.Parse(rapid.SampledFrom([]string{"112", "911", "999", "118", "110", "190"}).Draw(t, "number") + rapid.StringMatching(`[0-9]{1,12}`).Draw(t, "more"))
		if err == nil && d.Class == Emergency && !digitsOnly(d.Digits, 3, 3) && !slices.Contains(p.Emergency, d.Digits) {
			t.Fatalf("%+v", d)
		}
	})
}
