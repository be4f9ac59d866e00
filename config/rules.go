package config

import (
	"regexp"
	"time"

	"github.com/fraudguard/fraudguard/abuse"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/notify"
	"github.com/fraudguard/fraudguard/number"
)

// Plan is how digits are dialled on the server.
func (s *Server) Plan() number.Plan {
	return number.Plan{
		Country:               s.Country,
		InternationalPrefixes: s.InternationalPrefixes,
		OutsideLine:           s.OutsideLine,
		NationalPrefix:        s.NationalPrefix,
		AreaCode:              s.AreaCode,
		Emergency:             s.Emergency,
	}
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
		Observe:  c.Mode == "observe",
		Calendar: limits.NewCalendar(c.Zone),
		Caps:     c.caps(),
		Horizon:  time.Duration(c.Horizon),
		Servers:  make(map[string]guard.ServerRules, len(c.Server)),
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
		rules := guard.ServerRules{Trunks: s.Trunks, Plan: s.Plan(), Tenant: s.Tenant}
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

func (c *Config) caps() limits.Caps {
	caps := limits.Caps{RoutePerMinute: c.Caps.Route.CostPerMinute}
	add := func(scope limits.Scope, period limits.Period, limit *money.Amount) {
		if limit != nil {
			caps.Spending = append(caps.Spending, limits.Cap{Scope: scope, Period: period, Limit: *limit})
		}
	}
	add(limits.PerExtension, limits.Day, c.Caps.Extension.CostPerDay)
	add(limits.PerTenant, limits.Day, c.Caps.Tenant.CostPerDay)
	add(limits.PerTenant, limits.Month, c.Caps.Tenant.CostPerMonth)
	return caps
}
