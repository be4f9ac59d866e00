package ami

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestActionOnTheWire(t *testing.T) {
	got, err := Setvar("PJSIP/carrier-1", "TIMEOUT(absolute)", "6").Encode("x-1")
	want := "Action: Setvar\r\nActionID: x-1\r\nChannel: PJSIP/carrier-1\r\nVariable: TIMEOUT(absolute)\r\nValue: 6\r\n\r\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}

func TestActionsThatAreRefused(t *testing.T) {
	base := NewAction("Setvar")
	for name, tc := range map[string]struct {
		action Action
		says   string
	}{
		"CRLF in a value":   {DBPut("fraudguard", "key", "hush\r\nAction: Originate"), "Val"},
		"LF in a value":     {base.With("Variable", "hush\n"), "Variable"},
		"CR in a value":     {base.With("Variable", "hush\r"), "Variable"},
		"NUL in a value":    {base.With("Variable", "hush\x00"), "Variable"},
		"LF in a name":      {base.With("A\nB", "hush"), `"A\nB"`},
		"colon in a name":   {base.With("A:B", "hush"), `"A:B"`},
		"blank in a name":   {base.With("A B", "hush"), `"A B"`},
		"no name":           {base.With("", "hush"), `""`},
		"no action":         {NewAction(""), "without a name"},
		"LF in the action":  {NewAction("Ping\nAction: x"), "Action"},
		"own ActionID":      {base.With("actionid", "hush"), `"actionid"`},
		"second action":     {base.With("Action", "hush"), `"Action"`},
		"line too long":     {base.With("Value", "hush"+strings.Repeat("x", 1012)), "Value"},
		"too many headers":  {many(121), "121 headers"},
		"global variable":   {Setvar("", "x", "hush"), `""`},
		"hangup of all":     {Hangup("/.*/", 0), `"/.*/"`},
		"hangup of nothing": {Hangup("", 0), `""`},
	} {
		b, err := tc.action.Encode("x-1")
		if err == nil {
			t.Errorf("%s: sent as %q", name, b)
		} else if !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := base.With("Value", strings.Repeat("x", 1015)).Encode("x-1"); err != nil {
		t.Errorf("the longest line that Asterisk takes: %v", err)
	}
}

func many(n int) Action {
	a := NewAction("Setvar")
	for range n {
		a = a.With("Variable", "x")
	}
	return a
}

func TestActionsDoNotShareHeaders(t *testing.T) {
	base := NewAction("X").With("A", "1").With("B", "2").With("C", "3")
	one, two := base.With("D", "one"), base.With("D", "two")
	b1, _ := one.Encode("1")
	b2, _ := two.Encode("1")
	if !bytes.Contains(b1, []byte("D: one")) || !bytes.Contains(b2, []byte("D: two")) {
		t.Errorf("%q, %q", b1, b2)
	}
}

// Whatever a value is, it stays the value of its own header.
func TestNoValueBecomesAHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, value := rapid.String().Draw(t, "name"), rapid.String().Draw(t, "value")
		b, err := NewAction("Setvar").With(name, value).With("Last", "1").Encode("id")
		if err != nil {
			return
		}
		r := NewReader(bytes.NewReader(b), Limits{})
		m, err := r.Read()
		if err != nil || m.Len() != 4 || m.Get(name) != value || m.Get("Last") != "1" || r.src.Buffered() != 0 {
			t.Fatalf("%q reads as %q, %v", b, m, err)
		}
	})
}
