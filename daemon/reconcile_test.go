package daemon

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/config"
)

// TestNumbersOfTrunks: a bill is read by the rules of its trunk first, and then by those of all.
func TestNumbersOfTrunks(t *testing.T) {
	c := &config.Config{Zone: time.UTC, Server: []config.Server{{Name: "pbx1", Country: "IT", InternationalPrefixes: []string{"00"},
		Digits: []config.Digits{
			{Trunk: "PJSIP/first-*", TrunkPrefixes: []string{"77#"}, InternationalPrefixes: []string{"90"}},
			{Trunk: "PJSIP/other", TrunkPrefixes: []string{"88#"}},
		}}}}
	for _, w := range []struct{ trunk, written, want string }{
		{"", "77#0612345678", "390612345678"},
		{"", "88#0612345678", "390612345678"},
		{"PJSIP/first-1", "88#0612345678", "390612345678"},
		{"PJSIP/first-1", "90442079460000", "442079460000"},
		{"PJSIP/other", "90442079460000", "3990442079460000"},
		{"PJSIP/none", "90442079460000", "3990442079460000"},
		{"PJSIP/none", "442079460000", "442079460000"},
		{"PJSIP/none", "99#0612345678", "99#0612345678"},
	} {
		if got := numbersOf(c, &c.Server[0], w.trunk).Guess(w.written); got != w.want {
			t.Errorf("%q of trunk %q is %q, not %q", w.written, w.trunk, got, w.want)
		}
	}
}
