package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a minimal Debian has no zones of its own

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store/engine"
)

var (
	serverName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)
	tenantName = regexp.MustCompile(`^[A-Za-z0-9._+@-]{1,64}$`)
	deckName   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

	currencyName = regexp.MustCompile(`^[A-Z]{3}$`)
)

// fillServers gives each server the defaults of what it leaves out.
func (c *Config) fillServers() {
	for i := range c.Server {
		s := &c.Server[i]
		if s.InternationalPrefixes == nil {
			s.InternationalPrefixes = []string{"00"}
		}
		if s.FeatureCodes == nil {
			s.FeatureCodes = []string{"*67", "*82", "*31#", "#31#"}
		}
		if s.TenantBy == nil {
			s.TenantBy = []string{"accountcode"}
		}
		if s.Tenant == "" {
			s.Tenant = "default"
		}
		if s.Admission == "" {
			s.Admission = "watch"
		}
		if s.VerdictWithin == 0 {
			s.VerdictWithin = Duration(250 * time.Millisecond)
		}
		if s.FailMode == "" {
			s.FailMode = "domestic"
		}
	}
}

func (c *Config) check(f *faults) {
	oneOf(f, "mode", c.Mode, "enforce", "observe")
	if !currencyName.MatchString(c.Currency) {
		f.add("currency", `%.20q is no currency: write its three letters, such as "EUR"`, c.Currency)
	}
	var err error
	if c.Zone, err = time.LoadLocation(c.Timezone); err != nil || c.Timezone == "Local" {
		f.add("timezone", `%.40q is no time zone: write one such as "Europe/Rome"`, c.Timezone)
	}
	if !path.IsAbs(c.Socket) || len(c.Socket) > 100 {
		f.add("socket", "write an absolute path of at most 100 characters")
	}
	if h := time.Duration(c.Horizon); h < time.Minute || h > 4*time.Hour {
		f.add("horizon", `write a time from "1m" to "4h"`)
	}
	checkMetrics(f, c.Metrics)
	c.checkStore(f)
	c.Store.checkJournal(f)
	c.checkRetention(f)
	if len(c.Server) == 0 {
		f.add("server", "there is no server to guard: write a [[server]] table")
	}
	for i := range c.Server {
		c.checkServer(f, i)
	}
	c.checkRates(f)
	c.checkRules(f)
	c.checkNotify(f)
}

// checkStore asks those who will open it.
func (c *Config) checkStore(f *faults) {
	if err := engine.Check(c.Store.URL); err != nil {
		f.add("store.url", "%v", err)
		return
	}
	if c.Store.Password != "" && !engine.NeedsPassword(c.Store.URL) {
		f.add("store.password", "has no meaning for SQLite: remove it, or write a URL of PostgreSQL")
	}
	if strings.ContainsAny(string(c.Store.Password), "\r\n\x00") {
		f.add("store.password", "has a line break inside: one line is allowed")
	}
}

func (c *Config) checkServer(f *faults, i int) {
	s, at := &c.Server[i], fmt.Sprintf("server.%d.", i)
	if !serverName.MatchString(s.Name) {
		f.add(at+"name", `%.40q is no name: write letters, digits, "-", "_" and ".", at most 32`, s.Name)
	}
	for j := range i {
		if c.Server[j].Name == s.Name {
			f.add(at+"name", "%q names another server already", s.Name)
		}
	}
	checkAddress(f, at+"ami", s.AMI, "127.0.0.1:5038")
	if s.AMICAFile != "" && !s.AMITLS {
		f.add(at+"ami_ca_file", "has no meaning without ami_tls = true")
	}
	if u, err := url.Parse(s.ARI); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		f.add(at+"ari", `write the URL, without user and password, like "http://127.0.0.1:8088/ari"`)
	}
	for _, user := range []struct{ key, name string }{{"ami_user", s.AMIUser}, {"ari_user", s.ARIUser}} {
		if user.name == "" || len(user.name) > 80 || strings.ContainsAny(user.name, "\r\n\x00:") {
			f.add(at+user.key, "write the user's name as in Asterisk's configuration")
		}
	}
	checkSecret(f, at, "ami_secret", s.AMISecret, s.AMISecretFile)
	checkSecret(f, at, "ari_password", s.ARIPassword, s.ARIPasswordFile)
	if len(s.Trunks) == 0 {
		f.add(at+"trunks", `name the channels that your carrier bills, such as ["PJSIP/carrier"]`)
	}
	for _, t := range s.Trunks {
		checkTrunk(f, at+"trunks", t)
	}
	for _, by := range s.TenantBy {
		oneOf(f, at+"tenant_by", by, "variable", "accountcode", "context", "pattern")
	}
	if !tenantName.MatchString(s.Tenant) {
		f.add(at+"tenant", "%.60q is no tenant's name: letters, digits and . _ - + @, at most 64", s.Tenant)
	}
	checkPattern(f, at+"pattern", s)
	checkAdmission(f, at, s)
	c.checkDigits(f, at, s)
}

func checkAdmission(f *faults, at string, s *Server) {
	oneOf(f, at+"admission", s.Admission, "watch", "ask")
	if w := time.Duration(s.VerdictWithin); w < 50*time.Millisecond || w > 5*time.Second {
		f.add(at+"verdict_within", `write a time from "50ms" to "5s"`)
	}
	oneOf(f, at+"fail_mode", s.FailMode, "open", "closed", "domestic")
	for _, tenant := range slices.Sorted(maps.Keys(s.FailModes)) {
		if !tenantName.MatchString(tenant) {
			f.add(at+"fail_modes", "%.60q is no tenant's name: letters, digits and . _ - + @, at most 64", tenant)
		}
		oneOf(f, at+"fail_modes."+tenant, s.FailModes[tenant], "open", "closed", "domestic")
	}
}

func checkTrunk(f *faults, key, trunk string) {
	if _, err := path.Match(trunk, ""); err != nil || strings.Count(trunk, "/") != 1 {
		f.add(key, `%.60q is no trunk: write technology/endpoint, such as "PJSIP/carrier" or "SIP/out-*"`, trunk)
	}
}

// checkDigits checks how numbers are dialled on the server, and on its trunks.
func (c *Config) checkDigits(f *faults, at string, s *Server) {
	good := checkRewrites(f, at+"rewrite", s.Rewrite)
	for i := range s.Digits {
		d, within := &s.Digits[i], fmt.Sprintf("%sdigits.%d.", at, i)
		checkTrunk(f, within+"trunk", d.Trunk)
		good = checkRewrites(f, within+"rewrite", d.Rewrite) && good
	}
	if !good {
		return
	}
	if err := s.Plan(nil).Check(); err != nil {
		f.add(at+"country", "%v", err)
		return
	}
	for i := range s.Digits {
		if err := s.planOf(&s.Digits[i], nil).Check(); err != nil {
			f.add(fmt.Sprintf("%sdigits.%d", at, i), "%v", err)
		}
	}
}

func checkRewrites(f *faults, key string, all []Rewrite) bool {
	good := true
	for _, r := range all {
		if _, err := regexp.Compile(r.Match); err != nil || r.Match == "" {
			f.add(key, "%.60q is no regular expression: %v", r.Match, cmp.Or(err, errors.New("it is empty")))
			good = false
		}
	}
	return good
}

// checkSecret checks what was read; why a file or variable gave nothing has been noted then.
func checkSecret(f *faults, at, key string, value Secret, file string) {
	if value == "" && file == "" && !f.has(at+key) {
		f.add(at+key, "is missing: write %s_file with the path of a file that holds it", key)
	}
	if strings.ContainsAny(string(value), "\r\n\x00") {
		f.add(at+key, "has a line break inside: one line is allowed")
	}
}

func checkPattern(f *faults, key string, s *Server) {
	if s.Pattern == "" {
		if slices.Contains(s.TenantBy, "pattern") {
			f.add(key, `is missing, and tenant_by names "pattern"`)
		}
		return
	}
	re, err := regexp.Compile(s.Pattern)
	if err != nil {
		f.add(key, "%v", err)
	} else if re.SubexpIndex("tenant") < 0 && re.SubexpIndex("extension") < 0 {
		f.add(key, `has neither a group (?P<tenant>…) nor (?P<extension>…)`)
	}
}

// checkRates checks how prices are found.
func (c *Config) checkRates(f *faults) {
	checkDeck(f, "rates.deck", c.Rates.Deck)
	if c.Rates.Unpriced != "refuse" {
		if p, err := money.Parse(c.Rates.Unpriced); err != nil || p < 0 {
			f.add("rates.unpriced", `write "refuse", or a price per minute such as "0.50"`)
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(c.Rates.Exchange)) {
		if key := "rates.exchange." + currency; !currencyName.MatchString(currency) {
			f.add(key, `%.20q is no currency: write its three letters, such as USD = "0.92"`, currency)
		} else if currency == c.Currency {
			f.add(key, "is the currency of the ledger, and worth one of itself: remove it")
		} else if unit := c.Rates.Exchange[currency]; unit <= 0 {
			f.add(key, `write what one %s is worth in %s, such as "0.92"`, currency, c.Currency)
		}
	}
	for _, choices := range []struct {
		key string
		all []Choice
	}{{"rates.buying", c.Rates.Buying}, {"rates.selling", c.Rates.Selling}} {
		for i := range choices.all {
			c.checkChoice(f, fmt.Sprintf("%s.%d.", choices.key, i), &choices.all[i])
		}
	}
}

func checkDeck(f *faults, key, name string) {
	if !deckName.MatchString(name) {
		f.add(key, "%.60q is no deck's name: letters, digits and . _ -", name)
	}
}

func (c *Config) checkChoice(f *faults, at string, choice *Choice) {
	checkDeck(f, at+"deck", choice.Deck)
	if choice.Trunk != "" {
		checkTrunk(f, at+"trunk", choice.Trunk)
	}
	if choice.Tenant != "" && !tenantName.MatchString(choice.Tenant) {
		f.add(at+"tenant", "%.60q is no tenant's name: letters, digits and . _ - + @, at most 64", choice.Tenant)
	}
	if choice.Server != "" && !slices.ContainsFunc(c.Server, func(s Server) bool { return s.Name == choice.Server }) {
		f.add(at+"server", "there is no server %.40q", choice.Server)
	}
}

func (c *Config) checkRules(f *faults) {
	oneOf(f, "caps.count", c.Caps.Count, "cost", "price")
	if c.Caps.Count == "price" && len(c.Rates.Selling) == 0 {
		f.add("caps.count", `"price" has no meaning without a [[rates.selling]] table`)
	}
	c.readCaps(f)
	r := c.Abuse.RepeatedNumber
	if r.Calls < 0 || r.Calls > 10_000 {
		f.add("abuse.repeated_number.calls", "write a number from 1 to 10000, or 0 to turn the detector off")
	}
	if w := time.Duration(r.Within); w < time.Second || w > 24*time.Hour {
		f.add("abuse.repeated_number.within", `write a time from "1s" to "24h"`)
	}
	oneOf(f, "abuse.repeated_number.action", r.Action, "alert", "deny", "hangup", "block")
}

// checkNotify asks those who will send: their sentences begin with the key.
func (c *Config) checkNotify(f *faults) {
	if w := c.Notify.Webhook; w.URL != "" {
		f.addSentence(w.Options().Check())
	}
	if e := c.Notify.Email; e.Server != "" {
		f.addSentence(e.Options(c.Zone).Check())
	}
}

func checkAddress(f *faults, key, address, example string) {
	host, port, err := net.SplitHostPort(address)
	n, perr := strconv.Atoi(port)
	if err != nil || host == "" || perr != nil || n < 1 || n > 65535 {
		f.add(key, "%.60q is no address: write host:port, such as %q", address, example)
	}
}

// checkMetrics wants an address that needs no name server: metrics are read just when much is broken.
func checkMetrics(f *faults, address string) {
	if address == "" {
		return
	}
	host, port, err := net.SplitHostPort(address)
	n, perr := strconv.Atoi(port)
	if err != nil || host != "localhost" && net.ParseIP(host) == nil || perr != nil || n < 1 || n > 65535 {
		f.add("metrics", `%.60q is no address to listen on: write an IP address or localhost, and a port, such as "127.0.0.1:9469", or "" for none`, address)
	}
}

// IsLocal says whether a host is this machine itself, so that nobody on the way can read along.
func IsLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// MetricsAreOpen says whether other machines may read the metrics.
func (c *Config) MetricsAreOpen() bool {
	host, _, err := net.SplitHostPort(c.Metrics)
	return err == nil && !IsLocal(host)
}

func oneOf(f *faults, key, value string, words ...string) {
	if !slices.Contains(words, value) {
		f.add(key, `%.40q is not allowed: write "%s"`, value, strings.Join(words, `", "`))
	}
}
