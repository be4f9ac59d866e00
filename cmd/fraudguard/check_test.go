package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodConfig = `timezone = "Europe/Rome"
[store]
url = "sqlite:/var/lib/fraudguard/fraudguard.db"
[[server]]
name = "pbx1"
ami = "127.0.0.1:5038"
ami_user = "fraudguard"
ami_secret_file = "DIR/ami.secret"
ari = "http://localhost:8088/ari"
ari_user = "fraudguard"
ari_password_file = "DIR/ari.secret"
trunks = ["PJSIP/carrier", "SIP/out-*"]
country = "IT"
[caps.extension]
cost_per_day = "20.00"
[caps.tenant]
cost_per_day = "200.00"
cost_per_month = "2000.00"
[caps.route]
cost_per_minute = "0.50"
[notify.email]
server = "mail.example.org:587"
from = "pbx@example.org"
to = ["admin@example.org", "night@example.org"]
[notify.webhook]
url = "https://example.org/hook/key-of-the-service"
secret_file = "DIR/hook.secret"
`

// cappedConfig has caps for everybody, and for some.
const cappedConfig = goodConfig + `[caps.tenants.acme]
cost_per_month = "none"
minutes_per_day = 600
warn_at = 70
[caps.tenants.acme.extension]
attempts_per_day = 50
[caps.extensions."acme/101"]
cost_per_day = "5"
route_cost_per_minute = "1.20"
[caps.tenants."4.2"]
concurrent_international = 0
`

const carelessConfig = `mode = "observe"
metrics = "0.0.0.0:9469"
[store]
url = "postgres://fraudguard@db.example.org/fraudguard"
password = "open to all too"
[[server]]
name = "pbx1"
ami = "192.0.2.1:5038"
ami_user = "fraudguard"
ami_secret = "open to all"
ari = "http://192.0.2.1:8088/ari"
ari_user = "fraudguard"
ari_password_file = "DIR/ari.secret"
trunks = ["PJSIP/carrier"]
country = "IT"
[abuse.repeated_number]
calls = 0
`

const badConfig = `mode = "enforced"
[[server]]
name = "pbx1"
ami = "127.0.0.1"
ami_user = "fraudguard"
ami_secret = "hidden"
ari = "http://localhost:8088/ari"
ari_user = "fraudguard"
ari_password_file = "DIR/none"
trunks = []
country = "IT"
`

// TestCheck: what is understood, what is worth a warning, and what is wrong, with file and line.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"good":     {goodConfig, 0o600},
		"capped":   {cappedConfig, 0o600},
		"careless": {carelessConfig, 0o644},
		"bad":      {badConfig, 0o600},
		"unknown":  {"mod = \"enforce\"\n", 0o600},
		"broken":   {"mode = \x1b[2J\n", 0o600},
	} {
		dir := shortDir(t)
		for _, secret := range []string{"ami", "ari", "hook"} {
			path := filepath.Join(dir, secret+".secret")
			write(t, path, "sixteen characters and more\n")
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "fraudguard.toml")
		write(t, path, strings.ReplaceAll(c.text, "DIR", dir))
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		for suffix, args := range map[string][]string{"": {"check", "--config", path}, "_json": {"check", "--config", path, "--json"}} {
			golden(t, "check_"+name+suffix, args, fraudguard(t, "", args...), dir, "DIR")
		}
	}
}
