package config

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
)

// design is the example of the design, word for word; the two secrets are files of the test.
const design = `
mode = "enforce"                       # or "observe"
currency = "EUR"
timezone = "Europe/Rome"
socket = "/run/fraudguard/fraudguard.sock"

[store]
url = "sqlite:/var/lib/fraudguard/fraudguard.db"     # or postgres://user@host/db

[[server]]
name = "pbx1"
ami = "127.0.0.1:5038"                 # ami_tls = true for TLS
ami_user = "fraudguard"
ami_secret_file = "/etc/fraudguard/ami.secret"       # or ami_secret
ari = "http://127.0.0.1:8088/ari"
ari_user = "fraudguard"
ari_password_file = "/etc/fraudguard/ari.secret"     # or ari_password
trunks = ["PJSIP/carrier"]             # technology/endpoint, globs allowed
country = "IT"
international_prefixes = ["00"]
outside_line = "9"                     # stripped from dialled digits
tenant_by = ["accountcode"]            # how the tenant is told, first that answers: variable, accountcode, context, pattern
tenant = "default"                     # where nothing else says
admission = "watch"                    # or "ask" (Stasis before Dial)
fail_mode = "domestic"                 # ask mode, guard gone: "open", "closed", "domestic"

[caps.extension]
cost_per_day = "20.00"
[caps.tenant]
cost_per_day = "200.00"
cost_per_month = "2000.00"
[caps.route]
cost_per_minute = "0.50"

[abuse.repeated_number]
calls = 5
within = "5m"
action = "block"
block_for = "24h"                      # "" = until lifted
`

func loadDesign(t *testing.T, changes ...string) *Config {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "ami.secret"), "the AMI's\n")
	writeFile(t, filepath.Join(folder, "ari.secret"), "the ARI's\n")
	path := filepath.Join(folder, "fraudguard.toml")
	text := strings.ReplaceAll(design, "/etc/fraudguard/", folder+"/")
	writeFile(t, path, strings.NewReplacer(changes...).Replace(text))
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDesign: the example that scripts outside the project go by loads as it stands, and the guard
// goes by what it says.
func TestDesign(t *testing.T) {
	c := loadDesign(t)
	s := c.Server[0]
	if s.AMISecret.Reveal() != "the AMI's" || s.ARIPassword.Reveal() != "the ARI's" {
		t.Errorf("secrets %q and %q", s.AMISecret.Reveal(), s.ARIPassword.Reveal())
	}
	if c.Zone.String() != "Europe/Rome" || c.Mode != "enforce" || s.AMITLS || s.FailMode != "domestic" {
		t.Errorf("got %+v", c)
	}
	rules := c.Rules()
	perMinute := money.Amount(500_000)
	want := limits.Caps{RoutePerMinute: &perMinute, Spending: []limits.Cap{
		{Scope: limits.PerExtension, Period: limits.Day, Limit: 20_000_000},
		{Scope: limits.PerTenant, Period: limits.Day, Limit: 200_000_000},
		{Scope: limits.PerTenant, Period: limits.Month, Limit: 2_000_000_000},
	}}
	if !reflect.DeepEqual(rules.Caps, want) {
		t.Errorf("caps %+v, want %+v", rules.Caps, want)
	}
	detector := &abuse.RepeatedNumberSettings{Calls: 5, Within: 5 * time.Minute, Action: abuse.Block, BlockFor: 24 * time.Hour}
	if !reflect.DeepEqual(rules.Abuse.RepeatedNumber, detector) {
		t.Errorf("detector %+v, want %+v", rules.Abuse.RepeatedNumber, detector)
	}
	if rules.Observe || rules.Unpriced != nil || rules.Horizon != 15*time.Minute || len(rules.Servers) != 1 {
		t.Errorf("rules %+v", rules)
	}
	server := rules.Servers["pbx1"]
	if d, err := server.Plan.Parse("90044201234567"); err != nil || d.Digits != "44201234567" {
		t.Errorf("the plan reads 90044201234567 as %+v, %v", d, err)
	}
	if !reflect.DeepEqual(server.Trunks, []string{"PJSIP/carrier"}) || !reflect.DeepEqual(server.TenantBy, []guard.TenantSource{guard.ByAccountCode}) {
		t.Errorf("server %+v", server)
	}
}

// TestRules: what changes in the file changes for the guard.
func TestRules(t *testing.T) {
	c := loadDesign(t, `mode = "enforce"`, `mode = "observe"`, `calls = 5`, `calls = 0`, `cost_per_minute = "0.50"`, ``,
		`[store]`, "[rates]\nunpriced = \"0.75\"\n[store]", `tenant_by = ["accountcode"]`,
		"tenant_by = [\"pattern\", \"context\"]\npattern = '^PJSIP/(?P<tenant>[a-z]+)_(?P<extension>\\d+)-'")
	rules := c.Rules()
	if !rules.Observe || rules.Abuse.RepeatedNumber != nil || rules.Caps.RoutePerMinute != nil {
		t.Errorf("rules %+v", rules)
	}
	if rules.Unpriced == nil || *rules.Unpriced != 750_000 {
		t.Errorf("unpriced is %v", rules.Unpriced)
	}
	s := rules.Servers["pbx1"]
	if s.Pattern == nil || !s.Pattern.MatchString("PJSIP/acme_101-0000001") || len(s.TenantBy) != 2 {
		t.Errorf("server %+v", s)
	}
	if c := loadDesign(t, `block_for = "24h"`, `block_for = ""`); c.Rules().Abuse.RepeatedNumber.BlockFor != 0 {
		t.Error(`block_for = "" is not until lifted`)
	}
}

// TestDefaults: what a file leaves out is as the comments of the structs say.
func TestDefaults(t *testing.T) {
	c, err := parse("test.toml", []byte(goodServer))
	if err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Zone = time.UTC
	want.Server = []Server{{Name: "pbx1", AMI: "127.0.0.1:5038", AMIUser: "a", AMISecret: "b",
		ARI: "http://127.0.0.1:8088/ari", ARIUser: "c", ARIPassword: "d", Trunks: []string{"PJSIP/carrier"}, Country: "IT",
		InternationalPrefixes: []string{"00"}, TenantBy: []string{"accountcode"}, Tenant: "default",
		Admission: "watch", FailMode: "domestic"}}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got %#v\nwant %#v", *c, want)
	}
	if c.Mode != "enforce" || c.Currency != "EUR" || c.Timezone != "UTC" || c.Socket != "/run/fraudguard/fraudguard.sock" ||
		time.Duration(c.Horizon) != 15*time.Minute || c.Store.URL != "sqlite:/var/lib/fraudguard/fraudguard.db" ||
		c.Rates != (Rates{"default", "refuse"}) || c.Notify.Email.TLS != "starttls" {
		t.Errorf("defaults %+v", c)
	}
	if d := c.Rules().Abuse.RepeatedNumber; d == nil || *d != (abuse.RepeatedNumberSettings{Calls: 5, Within: 5 * time.Minute, Action: abuse.Block, BlockFor: 24 * time.Hour}) {
		t.Errorf("detector %+v", d)
	}
	if len(c.Rules().Caps.Spending) != 0 {
		t.Error("a cap that nobody wrote")
	}
}
