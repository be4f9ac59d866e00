package dialplan

import (
	"fmt"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/number"
)

// TestGone: no guard at all, and so no heartbeat.
func TestGone(t *testing.T) {
	each(t, "plain", italy(), site, func(t *testing.T, b *bench) {
		t.Run("fail modes", func(t *testing.T) { failModes(t, b) })
		t.Run("flags", func(t *testing.T) { flags(t, b) })
		t.Run("who pays", func(t *testing.T) { whoPays(t, b) })
	})
}

func failModes(t *testing.T, b *bench) {
	const pass, guardGone = "", "guard.gone"
	b.flag(t, "fail_mode/stored", "open")
	b.flag(t, "fail_mode/generous2", "nonsense")
	for _, c := range []struct{ number, domestic, open, closed string }{
		{"0612345678", pass, pass, guardGone},
		{"3331234567", pass, pass, guardGone},
		{"800123456", pass, pass, guardGone},         // toll-free
		{"90612345678", pass, pass, guardGone},       // outside line
		{"*673331234567", pass, pass, guardGone},     // feature codes
		{"9*31#3331234567", pass, pass, guardGone},   //
		{"+390612345678", pass, pass, guardGone},     //
		{"00390612345678", pass, pass, guardGone},    //
		{"899123456", guardGone, pass, guardGone},    // premium
		{"+39899123456", guardGone, pass, guardGone}, //
		{"00442079460000", guardGone, pass, guardGone},
		{"+442079460000", guardGone, pass, guardGone},
		{"900442079460000", guardGone, pass, guardGone},
		{"00881621234567", guardGone, pass, guardGone}, // satellite
		{"0037812345678", guardGone, pass, guardGone},  // San Marino
		{"00", guardGone, pass, guardGone},
		{"1254", guardGone, pass, guardGone},
		{"06123456789012345678", guardGone, pass, guardGone}, // longer than any number there
		{"*55", guardGone, pass, guardGone},
		{"0612345678#", guardGone, pass, guardGone},
	} {
		for tenant, reason := range map[string]string{"": c.domestic, "anybody": c.domestic, "generous": c.open, "stored": c.open,
			"generous2": c.domestic, "strict": c.closed} {
			o := b.call(t, c.number, "FRAUDGUARD_TENANT="+tenant)
			if reason == pass {
				allowed(t, c.number+" of "+tenant, o)
				continue
			}
			refused(t, c.number+" of "+tenant, o, reason)
		}
	}
	b.flag(t, "fail_mode/generous", "closed")
	refused(t, "the AstDB before what was written", b.call(t, "0612345678", "FRAUDGUARD_TENANT=generous"), guardGone)
}

func flags(t *testing.T, b *bench) {
	later, earlier := fmt.Sprint(time.Now().Unix()+3600), fmt.Sprint(time.Now().Unix()-1)
	for _, c := range []struct{ key, reason string }{
		{"block/everything", "block"},
		{"block/server", "block"},
		{"block/tenant/generous", "block"},
		{"block/extension/generous/101", "block"},
		{"block/number/442079460000", "block"},
		{"block/prefix/4", "block"},
		{"block/prefix/442079460", "block"},
		{"block/prefix/442079460000", "block"},
		{"block/pair/generous/101/442079460000", "block"},
		{"closed/tenant/generous", "closed"},
		{"closed/extension/generous/101", "closed"},
	} {
		for _, value := range []string{"0", later, earlier, "", "soon"} {
			b.flag(t, c.key, value)
			what := fmt.Sprintf("%s = %q", c.key, value)
			for _, dialled := range []string{"00442079460000", "9+442079460000"} {
				o := b.call(t, dialled, "FRAUDGUARD_TENANT=generous", "FRAUDGUARD_EXTENSION=101")
				if value == "0" || value == later {
					refused(t, what, o, c.reason)
				} else {
					allowed(t, what, o)
				}
			}
		}
		b.do(t, delFlag(c.key))
	}
	for _, key := range []string{"block/tenant/other", "block/extension/generous/102", "block/number/44207946000", "block/prefix/442079460001",
		"block/prefix/5", "block/pair/generous/102/442079460000", "block/pair/generous/101/44207946000", "closed/tenant/other", "closed/extension/other/101"} {
		b.flag(t, key, "0")
	}
	allowed(t, "others' flags", b.call(t, "00442079460000", "FRAUDGUARD_TENANT=generous", "FRAUDGUARD_EXTENSION=101"))
}

// whoPays: the tenant of a call whose dialplan does not say is that of the account code, else the default one.
func whoPays(t *testing.T, b *bench) {
	b.flag(t, "block/tenant/default", "0")
	refused(t, "default", b.call(t, "0612345678"), "block")
	b.flag(t, "block/extension/acme/7.b_c-d@e", "0")
	refused(t, "odd names", b.call(t, "0612345678", "FRAUDGUARD_TENANT=acme", "FRAUDGUARD_EXTENSION=7.b_c-d@e"), "block")
	// Names cannot reach other keys or an expression.
	for _, name := range []string{`a" | 1 = 1 | "a`, `x,1)`, `$[1]`, `a/b`, `)}`} {
		o := b.call(t, "0612345678", "FRAUDGUARD_TENANT=t"+name, "FRAUDGUARD_EXTENSION="+name)
		if o.back.Len() > 0 && o.back.Get("Result") != "ALLOW" || o.back.Len() == 0 && !o.ran("Playback") {
			t.Errorf("%q: %q", name, o.applications)
		}
	}
}

// TestRewritten: a dialplan cannot apply rewrite rules, and reads no number.
func TestRewritten(t *testing.T) {
	s := italy()
	s.Plan.Rewrites = []number.Rewrite{{}}
	each(t, "plain", s, site, func(t *testing.T, b *bench) {
		refused(t, "domestic", b.call(t, "0612345678"), "guard.gone")
		allowed(t, "open", b.call(t, "0612345678", "FRAUDGUARD_TENANT=generous"))
		allowed(t, "emergency", b.call(t, "112"))
	})
}

// TestCountries: dialplans of other countries load and read their numbers.
func TestCountries(t *testing.T) {
	s := italy()
	s.Plan = number.Plan{Country: "DE", InternationalPrefixes: []string{"00"}, AreaCode: "89", CarrierCodes: []string{"010XX"}}
	each(t, "plain", s, site, func(t *testing.T, b *bench) {
		for _, n := range []string{"0891234567", "1234567", "015112345678", "+49891234567", "08001234567"} {
			allowed(t, n, b.call(t, n))
		}
		for _, n := range []string{"09001234567", "0043123456789", "010330891234567", "+4917"} {
			refused(t, n, b.call(t, n), "guard.gone")
		}
		allowed(t, "110", b.call(t, "110"))
	})
	s.Plan = number.Plan{Country: "US", InternationalPrefixes: []string{"011"}, FeatureCodes: []string{"*67"}}
	each(t, "plain", s, site, func(t *testing.T, b *bench) {
		for _, n := range []string{"12125551234", "2125551234", "*6712125551234", "+18005551234", "911"} {
			allowed(t, n, b.call(t, n))
		}
		for _, n := range []string{"18765551234", "011442079460000", "19005551234", "14165551234"} {
			refused(t, n, b.call(t, n), "guard.gone")
		}
	})
}
