package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzParse: no text makes the reader panic. A configuration that is accepted passes its check once
// more, can be made into rules, and is the same when it is read again.
func FuzzParse(f *testing.F) {
	f.Add(goodServer)
	f.Add(strings.NewReplacer("ami_secret_file", "ami_secret", "ari_password_file", "ari_password").Replace(design))
	f.Add(goodServer + "\nrates.unpriced = \"0.10\"\nabuse.repeated_number.block_for = \"\"\n")
	f.Add("[server]\nname = \"a\"\n[[server]]\n")
	f.Add("server = [{}, {pattern = \"(?P<tenant>.)\"}]\nsocket.x = 1\n")
	f.Add("[-]\nx = 1\n[Caps.Extension]\ncost_per_day = 1e3\n")
	f.Add(goodServer + "\n[caps.tenants.acme]\ncost_per_day = \"1\"\nextension = {minutes_per_day = 5}\n[caps.extensions]\n\"a/1\" = {warn_at = \"none\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "_file") || strings.Contains(text, "${") {
			t.Skip("nothing outside of the text is read here")
		}
		c, err := parse("fuzz.toml", []byte(text))
		if (c == nil) == (err == nil) {
			t.Fatalf("a configuration %v and an error %v", c != nil, err)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.toml:") {
				t.Errorf("the error does not begin with the file: %v", err)
			}
			return
		}
		again := &faults{path: "fuzz.toml", lines: linesOf([]byte(text))}
		c.check(again)
		if len(again.all) > 0 {
			t.Errorf("accepted, and then not: %v", again.all)
		}
		rules := c.Rules()
		if len(rules.Servers) != len(c.Server) || rules.Horizon < time.Minute || rules.Calendar.Window(0, time.Unix(0, 0)).Key == "" {
			t.Errorf("rules %+v", rules)
		}
		if other, err := parse("fuzz.toml", []byte(text)); err != nil || !reflect.DeepEqual(c, other) {
			t.Errorf("read once more it is another one: %v", err)
		}
	})
}
