package config

import (
	"regexp"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/notify"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

// Plan is how digits are dialled on the server, with the classes that files give to numbers.
func (s *Server) Plan(classes *number.Classes) number.Plan {
	return number.Plan{
		Country:               s.Country,
		InternationalPrefixes: s.InternationalPrefixes,
		OutsideLine:           s.OutsideLine,
		NationalPrefix:        s.NationalPrefix,
		AreaCode:              s.AreaCode,
		Emergency:             s.Emergency,
		FeatureCodes:          s.FeatureCodes,
		CarrierCodes:          s.CarrierCodes,
		Rewrites:              rewrites(s.Rewrite),
		Classes:               classes,
	}
}

// planOf is how digits are written on a trunk of the server.
func (s *Server) planOf(d *Digits, classes *number.Classes) number.Plan {
	p := s.Plan(classes)
	p.TrunkPrefixes, p.E164 = d.TrunkPrefixes, d.E164
	if d.E164 {
		p.OutsideLine = "" // E.164 digits can begin with anything
	}
	for _, text := range []struct {
		to   *string
		from *string
	}{{&p.NationalPrefix, d.NationalPrefix}, {&p.AreaCode, d.AreaCode}, {&p.OutsideLine, d.OutsideLine}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	for _, list := range []struct{ to, from *[]string }{
		{&p.InternationalPrefixes, &d.InternationalPrefixes}, {&p.FeatureCodes, &d.FeatureCodes}, {&p.CarrierCodes, &d.CarrierCodes},
	} {
		if *list.from != nil {
			*list.to = *list.from
		}
	}
	if d.Rewrite != nil {
		p.Rewrites = rewrites(d.Rewrite)
	}
	return p
}

// rewrites compiles what checkRewrites has found good.
func rewrites(all []Rewrite) []number.Rewrite {
	var compiled []number.Rewrite
	for _, r := range all {
		compiled = append(compiled, number.Rewrite{Match: regexp.MustCompile(r.Match), Replace: r.Replace})
	}
	return compiled
}

// Prices are the price lists of a checked configuration, of which these editions are stored.
func (r Rates) Prices(editions []rates.Edition) *rates.Prices {
	if len(editions) == 0 {
		return nil
	}
	return rates.NewPrices(editions, r.Deck, choices(r.Buying), choices(r.Selling))
}

// Decks are the names of all price lists that the configuration wants, the general one first.
func (r Rates) Decks() []string {
	names := []string{r.Deck}
	for _, c := range slices.Concat(r.Buying, r.Selling) {
		if !slices.Contains(names, c.Deck) {
			names = append(names, c.Deck)
		}
	}
	return names
}

func choices(all []Choice) []rates.Choice {
	var out []rates.Choice
	for _, c := range all {
		out = append(out, rates.Choice(c))
	}
	return out
}

// Options are the settings of the webhook.
func (w Webhook) Options() notify.WebhookOptions {
	return notify.WebhookOptions{URL: w.URL, Secret: w.Secret.Reveal()}
}

// Options are the settings of the mails, which tell times in a zone.
func (e Email) Options(zone *time.Location) notify.EmailOptions {
	return notify.EmailOptions{Server: e.Server, TLS: e.TLS, User: e.User, Password: e.Password.Reveal(),
		From: e.From, To: e.To, Zone: zone}
}

// Rules are what the guard has to know of a checked configuration.
func (c *Config) Rules() guard.Rules {
	r := guard.Rules{
		Observe:         c.Mode == "observe",
		Calendar:        limits.NewCalendar(c.Zone),
		Caps:            c.caps(),
		Horizon:         time.Duration(c.Horizon),
		Reprice:         c.Rates.Reprice,
		EmergencyNotice: c.Notify.Emergency,
		Servers:         make(map[string]guard.ServerRules, len(c.Server)),
	}
	if price, err := money.Parse(c.Rates.Unpriced); err == nil {
		r.Unpriced = &price
	}
	if d := c.Abuse.RepeatedNumber; d.Calls > 0 {
		s := &abuse.RepeatedNumberSettings{Calls: d.Calls, Within: time.Duration(d.Within), BlockFor: time.Duration(d.BlockFor)}
		_ = s.Action.UnmarshalText([]byte(d.Action)) // checked when the file was read
		r.Abuse.RepeatedNumber = s
	}
	for i := range c.Server {
		s := &c.Server[i]
		rules := guard.ServerRules{
			Trunks: s.Trunks, Plan: s.Plan(c.Numbers.Classes), Tenant: s.Tenant,
			Ask: s.Admission == "ask", FailMode: guard.FailMode(s.FailMode), FailModes: make(map[string]guard.FailMode, len(s.FailModes)),
		}
		for tenant, mode := range s.FailModes {
			rules.FailModes[tenant] = guard.FailMode(mode)
		}
		for j := range s.Digits {
			d := &s.Digits[j]
			rules.TrunkPlans = append(rules.TrunkPlans, guard.TrunkPlan{Trunk: d.Trunk, Plan: s.planOf(d, c.Numbers.Classes)})
		}
		for _, by := range s.TenantBy {
			rules.TenantBy = append(rules.TenantBy, guard.TenantSource(by))
		}
		if s.Pattern != "" {
			rules.Pattern = regexp.MustCompile(s.Pattern)
		}
		r.Servers[s.Name] = rules
	}
	return r
}
