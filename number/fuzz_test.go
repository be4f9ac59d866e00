package number

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, e := range examples {
		f.Add(e.dialled)
	}
	for _, e := range codeExamples {
		f.Add(e.dialled)
	}
	for _, e := range tricks {
		f.Add(e.dialled)
	}
	for _, s := range []string{"", "+", "sip:", "*67", strings.Repeat("9", 40), "９", "8;phone-context=+7"} {
		f.Add(s)
	}
	all := codePlans()
	for name, p := range plans {
		all[name] = p
	}
	maps.Copy(all, localPlans())
	for _, country := range []string{"GG", "JE", "VA", "KZ", "CX", "FI", "AX", "NO", "SJ", "MA", "RE", "YT", "GP", "CW", "BQ", "JM", "HU", "LT", "JP", "MX", "CN", "SM", "CI", "CO"} {
		all[country] = Plan{Country: country}
	}
	f.Fuzz(func(t *testing.T, dialled string) {
		for _, p := range all {
			checkDestination(t, p, dialled)
		}
	})
}

func FuzzClasses(f *testing.F) {
	for _, s := range []string{"", "44,premium", "prefix,class,note\n44,premium,x\n4420,national\n", "\xef\xbb\xbf+1 , toll-free\r\n#\n", "44,premium\n44,national", strings.Repeat("1", 2000), "PK\x03\x04", "9,unknown\n99,satellite\n999,premium\n98,international"} {
		f.Add(s, "4420")
	}
	f.Fuzz(func(t *testing.T, text, digits string) {
		c, err := ReadClasses(strings.NewReader(text), "classes.csv")
		if err != nil {
			var fault *ClassesError
			if !errors.As(err, &fault) || len(fault.Lines) == 0 || len(fault.Lines) > maxBadLines || !strings.Contains(err.Error(), "classes.csv") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		want, known := plainClasses(text).of(digits)
		if got, ok := c.Of(digits); got != want || ok != known {
			t.Fatalf("%q: %q is %q, %v; want %q, %v", text, digits, got, ok, want, known)
		}
	})
}
