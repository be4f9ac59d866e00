package number

import (
	"regexp"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for name, p := range plans {
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		plan   Plan
		reason string
	}{
		{Plan{}, "country"},
		{Plan{Country: "it"}, "two capital letters"},
		{Plan{Country: "001"}, "country"},
		{Plan{Country: "IT", InternationalPrefixes: []string{"+"}}, "international prefix"},
		{Plan{Country: "IT", InternationalPrefixes: []string{""}}, "international prefix"},
		{Plan{Country: "IT", InternationalPrefixes: make([]string, maxPrefixes+1)}, "at most 20"},
		{Plan{Country: "DE", InternationalPrefixes: []string{"0"}}, "swallow"},
		{Plan{Country: "US", InternationalPrefixes: []string{"011", "1"}}, "swallow"},
		{Plan{Country: "IT", OutsideLine: "*9"}, "outside line"},
		{Plan{Country: "IT", NationalPrefix: "x"}, "national prefix"},
		{Plan{Country: "DE", AreaCode: "089"}, "without the national prefix"},
		{Plan{Country: "DE", AreaCode: "8-9"}, "area code"},
		{Plan{Country: "IT", AreaCode: "06"}, "always dialled"},
		{Plan{Country: "IT", Emergency: []string{"1"}}, "emergency number"},
		{Plan{Country: "IT", Emergency: []string{"1 12"}}, "emergency number"},
		{Plan{Country: "IT", Emergency: make([]string, maxEmergency+1)}, "at most 100"},
		{Plan{Country: "IT", TrunkPrefixes: make([]string, maxPrefixes+1)}, "trunk_prefixes has 21 entries"},
		{Plan{Country: "IT", TrunkPrefixes: []string{""}}, `such as "1234#"`},
		{Plan{Country: "IT", TrunkPrefixes: []string{"1234+"}}, "digits, * and #"},
		{Plan{Country: "IT", FeatureCodes: make([]string, maxPrefixes+1)}, "feature_codes has 21 entries"},
		{Plan{Country: "IT", FeatureCodes: []string{"*"}}, `such as "*67"`},
		{Plan{Country: "IT", FeatureCodes: []string{"*6X"}}, "digits, * and #"},
		{Plan{Country: "IT", FeatureCodes: []string{"12"}}, "at least 3 digits"},
		{Plan{Country: "IT", CarrierCodes: make([]string, maxPrefixes+1)}, "carrier_codes has 21 entries"},
		{Plan{Country: "IT", CarrierCodes: []string{"1XXX"}}, `such as "1010XXX"`},
		{Plan{Country: "IT", CarrierCodes: []string{"10"}}, "3 to 10 in all"},
		{Plan{Country: "IT", CarrierCodes: []string{"10XX1"}}, "an X for each digit that varies"},
		{Plan{Country: "IT", CarrierCodes: []string{"10xx"}}, "an X for each digit that varies"},
		{Plan{Country: "BR", CarrierCodes: []string{"00XX"}, InternationalPrefixes: []string{"0015"}}, "as an international prefix"},
		{Plan{Country: "JP", CarrierCodes: []string{"0010XX"}, InternationalPrefixes: []string{"00"}}, "as an international prefix"},
		{Plan{Country: "IT", Rewrites: make([]Rewrite, maxRewrites+1)}, "at most 50"},
		{Plan{Country: "IT", Rewrites: make([]Rewrite, 1)}, "rule 1 has no match"},
		{rewriting(strings.Repeat("1", maxPattern+1), "1"), "at most 200"},
		{rewriting("1", strings.Repeat("1", maxReplacement+1)), "at most 50"},
		{rewriting("(1)", "1+"), "+ at the beginning"},
		{rewriting("(1)", "*67$1"), "only digits"},
		{rewriting("(1)", "$2"), "1 groups"},
		{rewriting("(1)", "$10"), "write ${10} for that group, or ${1}0"},
		{rewriting("(1)", "${10}"), "1 groups"},
		{rewriting("(1)", "$"), "number of a group"},
		{rewriting("(1)", "${1"), "needs a }"},
		{rewriting("(?P<n>1)", "$n"), "number of a group"},
		{rewriting("(1)", "${}"), "number of a group"},
	} {
		if err := c.plan.Check(); err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%.200v: %v, want %q", c.plan, err, c.reason)
		}
	}
}

func rewriting(match, replace string) Plan {
	return Plan{Country: "IT", Rewrites: []Rewrite{{regexp.MustCompile(match), replace}}}
}

func TestCheckTakesWhatIsRight(t *testing.T) {
	for name, p := range codePlans() {
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, p := range []Plan{
		{Country: "DE", CarrierCodes: []string{"010XX", "0100XX"}, InternationalPrefixes: []string{"00"}},
		{Country: "GB", FeatureCodes: []string{"141", "1470"}},
		{Country: "IT", TrunkPrefixes: []string{"0", "*", strings.Repeat("1", maxTrunkPrefix)}},
		rewriting("^0(1)(2)$", "+39${1}0$2"),
		rewriting("^0", ""),
		rewriting("^", "0$0"),
	} {
		if err := p.Check(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
