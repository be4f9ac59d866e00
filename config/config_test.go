package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
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
	want := limits.Caps{Values: map[limits.Subject]limits.Values{
		{Scope: limits.PerExtension}: {limits.CostPerDay: 20_000_000, limits.RouteCostPerMinute: 500_000},
		{Scope: limits.PerTenant}:    {limits.CostPerDay: 200_000_000, limits.CostPerMonth: 2_000_000_000},
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
	if !rules.Observe || rules.Abuse.RepeatedNumber != nil {
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
	want.Zone, want.Store.Journal = time.UTC, "/var/lib/fraudguard/fraudguard.journal"
	want.Server = []Server{{Name: "pbx1", AMI: "127.0.0.1:5038", AMIUser: "a", AMISecret: "b",
		ARI: "http://127.0.0.1:8088/ari", ARIUser: "c", ARIPassword: "d", Trunks: []string{"PJSIP/carrier"}, Country: "IT",
		InternationalPrefixes: []string{"00"}, FeatureCodes: []string{"*67", "*82", "*31#", "#31#"}, TenantBy: []string{"accountcode"}, Tenant: "default",
		Admission: "watch", VerdictWithin: Duration(250 * time.Millisecond), FailMode: "domestic"}}
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got %#v\nwant %#v", *c, want)
	}
	if c.Mode != "enforce" || c.Currency != "EUR" || c.Timezone != "UTC" || c.Socket != "/run/fraudguard/fraudguard.sock" ||
		time.Duration(c.Horizon) != 15*time.Minute || c.Store.URL != "sqlite:/var/lib/fraudguard/fraudguard.db" ||
		c.Rates.Deck != "default" || c.Rates.Unpriced != "refuse" || c.Caps.Count != "cost" || c.Notify.Email.TLS != "starttls" {
		t.Errorf("defaults %+v", c)
	}
	if d := c.Rules().Abuse.RepeatedNumber; d == nil || *d != (abuse.RepeatedNumberSettings{Calls: 5, Within: 5 * time.Minute, Action: abuse.Block, BlockFor: 24 * time.Hour}) {
		t.Errorf("detector %+v", d)
	}
	if len(c.Rules().Caps.Values) != 0 {
		t.Error("a cap that nobody wrote")
	}
}

// TestCaps: caps of all kinds, for everybody and for some.
func TestCaps(t *testing.T) {
	var each strings.Builder
	for _, kind := range limits.Kinds() {
		value := "7"
		if kind.Unit() == limits.InMoney {
			value = `"7"`
		}
		fmt.Fprintf(&each, "%s = %s\n", kind, value)
	}
	everything := each.String()
	most := strings.Replace(everything, "route_cost_per_minute = \"7\"\n", "", 1)
	text := goodServer + "\n[caps.extension]\n" + most + "[caps.tenant]\n" + everything + "[caps.route]\ncost_per_minute = \"7\"\n" +
		"[caps.tenants.acme]\n" + everything + "[caps.tenants.acme.extension]\n" + everything + "[caps.extensions.\"acme/101\"]\n" + everything +
		"[caps.extensions]\n\"a.b@c/1-2\" = {minutes_per_day = \"600\", cost_per_day = \"none\", warn_at = \"none\", concurrent_calls = 0}\n" +
		"[caps.tenants.evil.extension]\nattempts_per_day = 3\n"
	c, err := parse("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := map[limits.Subject]limits.Values{
		{Tenant: "a.b@c", Extension: "1-2"}: {limits.MinutesPerDay: 36_000, limits.CostPerDay: limits.Unlimited, limits.WarnAt: limits.Unlimited, limits.ConcurrentCalls: 0},
		{Tenant: "evil"}:                    {limits.AttemptsPerDay: 3},
	}
	for _, subject := range []string{"*/*", "*", "acme", "acme/*", "acme/101"} {
		s, err := limits.ParseSubject(subject)
		if err != nil {
			t.Fatal(err)
		}
		want[s] = make(limits.Values)
		for _, kind := range limits.Kinds() {
			if want[s][kind], err = kind.Parse("7"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := c.Rules().Caps.Values; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if c.Rules().EmergencyNotice {
		t.Error("emergency calls are told of, and nobody asked for it")
	}
	if c, err = parse("test.toml", []byte(goodServer+"\n[notify]\nemergency = true\n")); err != nil || !c.Rules().EmergencyNotice {
		t.Errorf("emergency calls are not told of: %v", err)
	}
}

// TestPrices: which price list a call is priced by, and in which currency.
func TestPrices(t *testing.T) {
	c := loadDesign(t, "[store]", `[rates]
deck = "a"
reprice = true
exchange = { USD = "0.92", IDR = "0.000056" }
[[rates.buying]]
server = "pbx1"
trunk = "PJSIP/b-*"
deck = "b"
[[rates.selling]]
tenant = "acme"
deck = "retail"
[caps]
count = "price"
[store]`)
	if got := c.Rates.Decks(); !reflect.DeepEqual(got, []string{"a", "b", "retail"}) {
		t.Errorf("decks %q", got)
	}
	rules := c.Rules()
	if !rules.Reprice || rules.Caps.Count != limits.Price || c.Rates.Exchange["USD"] != 920_000 || c.Rates.Exchange["IDR"] != 56 {
		t.Errorf("rules %+v, exchange %v", rules, c.Rates.Exchange)
	}
	var editions []rates.Edition
	for _, name := range c.Rates.Decks() {
		deck, err := rates.NewDeck(name, "EUR", []rates.Rate{{Prefix: "39", First: 1, Next: 1}})
		if err != nil {
			t.Fatal(err)
		}
		editions = append(editions, rates.Edition{Number: 1, Deck: deck})
	}
	prices := c.Rates.Prices(editions)
	for call, want := range map[rates.Call]string{
		{Server: "pbx1", Trunk: "PJSIP/b-1"}: "b", {Server: "pbx2", Trunk: "PJSIP/b-1"}: "a", {Server: "pbx1", Trunk: "PJSIP/carrier"}: "a",
	} {
		if e, ok := prices.Buying(call, time.Now()); !ok || e.Deck.Name() != want {
			t.Errorf("%+v is priced by %+v", call, e)
		}
	}
	if e, wanted, ok := prices.Selling(rates.Call{Tenant: "acme"}, time.Now()); !wanted || !ok || e.Deck.Name() != "retail" {
		t.Errorf("acme pays by %+v", e)
	}
	if c.Rates.Prices(nil) != nil {
		t.Error("there are prices without a price list")
	}
}

// TestDigits: how numbers are dialled, on the server and on a trunk that has them otherwise.
func TestDigits(t *testing.T) {
	folder := t.TempDir()
	classes := filepath.Join(folder, "classes.csv")
	more := filepath.Join(folder, "more.csv")
	writeFile(t, classes, "prefix,class\n4470,premium\n")
	writeFile(t, more, "44701,international\n")
	c := loadDesign(t, "[caps.extension]", `[[server.digits]]
trunk = "PJSIP/bare"
e164 = true
trunk_prefixes = ["1234"]
[[server.digits]]
trunk = "PJSIP/odd-*"
rewrite = [{match = '^77(\d+)$', replace = '0044$1'}]
[numbers]
class_files = ["`+classes+`", "`+more+`"]
[caps.extension]`)
	server := c.Rules().Servers["pbx1"]
	if len(server.TrunkPlans) != 2 || server.TrunkPlans[0].Trunk != "PJSIP/bare" || server.TrunkPlans[1].Trunk != "PJSIP/odd-*" {
		t.Fatalf("%+v", server.TrunkPlans)
	}
	for _, test := range []struct {
		plan            number.Plan
		dialled, digits string
		class           number.Class
	}{
		{server.Plan, "*6790044207946000", "44207946000", number.Unknown},
		{server.Plan, "900442079460000", "442079460000", number.International},
		{server.Plan, "900447012345678", "447012345678", number.International},
		{server.Plan, "900447022345678", "447022345678", number.Premium},
		{server.TrunkPlans[0].Plan, "1234442079460000", "442079460000", number.International},
		{server.TrunkPlans[0].Plan, "9603301234", "9603301234", number.International},
		{server.TrunkPlans[0].Plan, "442079460000", "442079460000", number.International},
		{server.TrunkPlans[1].Plan, "772079460000", "442079460000", number.International},
		{server.TrunkPlans[1].Plan, "900442079460000", "442079460000", number.International},
	} {
		if d, err := test.plan.Parse(test.dialled); err != nil || d.Digits != test.digits || d.Class != test.class {
			t.Errorf("%s is %+v, %v; want %s, %s", test.dialled, d, err, test.digits, test.class)
		}
	}
}
