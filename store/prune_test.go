package store_test

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/store"
)

func TestCutNumber(t *testing.T) {
	for _, c := range []struct{ number, prefix, want string }{
		{"390612345678", "3906", "3906xxxxxxxx"},
		{"390612345678", "", "390xxxxxxxxx"},
		{"390612345678", "390612345678", "39061234xxxx"},
		{"112", "", "xxx"},
		{"", "39", ""},
		{"12345", "", "1xxxx"},
		{"привет мир", "", "приxxxxxxx"},
	} {
		if got := store.CutNumber(c.number, c.prefix); got != c.want {
			t.Errorf("%q with prefix %q: %q, want %q", c.number, c.prefix, got, c.want)
		}
	}
	if got := store.CutDialled("00390612345678"); got != "003xxxxxxxxxxx" {
		t.Error(got)
	}
}

// TestCutAgain: what is cut has its length, hides its end, and stays as it is.
func TestCutAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number, prefix := rapid.String().Draw(t, "number"), rapid.StringMatching(`[0-9]{0,15}`).Draw(t, "prefix")
		once := store.CutNumber(number, prefix)
		if utf8.RuneCountInString(once) != utf8.RuneCountInString(number) || store.CutNumber(once, prefix) != once {
			t.Errorf("%q with prefix %q: %q, then %q", number, prefix, once, store.CutNumber(once, prefix))
		}
	})
}
