package dialplan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/number"
)

func TestMerged(t *testing.T) {
	for _, c := range []struct{ prefixes, patterns string }{
		{"", ""},
		{"1", "1"},
		{"391 392 3940 3941 395", "39[12] 394[01] 395"},
		{"1201 1202 1301 1302", "120[12] 130[12]"},
		{"39 391", "39 391"},
	} {
		if got := merged(strings.Fields(c.prefixes)); !slices.Equal(got, strings.Fields(c.patterns)) {
			t.Errorf("%s: %q, not %q", c.prefixes, got, c.patterns)
		}
	}
}

func TestFiles(t *testing.T) {
	site := Site{Server: "pbx1", Plan: number.Plan{Country: "IT"}, Tenant: "default", FailMode: "open", Horizon: time.Minute, VerdictWithin: time.Second}
	for kind, names := range map[string][]string{"plain": {Main}, "freepbx": {Main, "freepbx.conf"}, "wazo": {Main, "wazo.conf"}} {
		files, err := Files(kind, site)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, names) {
			t.Errorf("%s: %q", kind, got)
		}
	}
	if _, err := Files("other", site); err == nil {
		t.Error("a kind that does not exist was written")
	}
	site.Plan.Country = "XX"
	if _, err := Files("plain", site); err == nil {
		t.Error("a country that does not exist was written")
	}
}

// TestNothingIncludes: no context of ours is reached from another by dialling.
func TestNothingIncludes(t *testing.T) {
	for _, kind := range Kinds() {
		files, err := Files(kind, Site{Plan: number.Plan{Country: "IT"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			for line := range strings.Lines(f.Text) {
				if strings.HasPrefix(strings.TrimSpace(line), "include") || strings.HasPrefix(line, "switch") {
					t.Errorf("%s: %s", f.Name, line)
				}
			}
		}
	}
}
