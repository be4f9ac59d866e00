package guard

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

// TestAskedBeforeSeen: the manager can tell of a channel later than that asks. What it began as is
// heard all the same: the context tells the tenant, the extension what was dialled.
func TestAskedBeforeSeen(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	g := New(Rules{
		Calendar: limits.NewCalendar(time.UTC), Horizon: 15 * time.Minute,
		Servers: map[string]ServerRules{"pbx": {
			Trunks: []string{"PJSIP/carrier"}, Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}, OutsideLine: "9"},
			TenantBy: []TenantSource{ByContext}, Tenant: "default", Ask: true,
		}},
	}, nil, State{}, now)
	seen := func() Seen {
		now = now.Add(time.Millisecond)
		return Seen{Server: "pbx", At: now}
	}
	g.Handle(ServerUp{seen()})
	g.Handle(AskingBegun{seen()})
	g.Handle(AdmissionAsked{Seen: seen(), Channel: Channel{ID: "a", Name: "PJSIP/101-01", State: StateRinging}, Number: "0612345678"})
	phone := Channel{ID: "a", LinkedID: "a", Name: "PJSIP/101-01", State: StateRinging, Context: "acme", Exten: "90612345678"}
	g.Handle(ChannelCreated{seen(), phone})
	carrier := Channel{ID: "b", LinkedID: "a", Name: "PJSIP/carrier-02"}
	g.Handle(ChannelCreated{seen(), carrier})
	effects := g.Handle(DialBegun{Seen: seen(), From: phone, To: carrier, Dialled: "0612345678"})
	live := g.Live(now)
	if len(live) != 1 || live[0].Account != (limits.Account{Tenant: "acme", Extension: "101"}) || live[0].Number != "390612345678" {
		t.Errorf("the leg is %+v", live)
	}
	for _, e := range effects {
		if save, ok := e.(Save); ok {
			if i, ok := save.Record.(Incident); ok {
				t.Errorf("told: %+v", i)
			}
		}
	}
	if len(g.holds) != 0 {
		t.Errorf("%d calls are held beside their leg", len(g.holds))
	}
}

// TestAskedOfSeveralTrunks: a call that asks is not refused for what its first trunk costs or does not
// carry, if another trunk carries it; that which dials is what counts.
func TestAskedOfSeveralTrunks(t *testing.T) {
	at := func(deck string, perMinute money.Amount, prefix string) rates.Edition {
		return edition(t, deck, 1, time.Time{}, prefix, perMinute)
	}
	choices := []rates.Choice{{Trunk: "PJSIP/far", Deck: "far"}, {Trunk: "PJSIP/dear", Deck: "dear"}}
	prices := rates.NewPrices([]rates.Edition{at("near", 10_000, "39"), at("far", 20_000, "44"), at("dear", 900_000, "44")}, "near", choices, nil)
	for name, trunks := range map[string][]string{
		"one by one": {"PJSIP/near", "PJSIP/dear", "PJSIP/far"},
		"by pattern": {"PJSIP/*ar"},
	} {
		t.Run(name, func(t *testing.T) {
			subject := limits.Subject{Scope: limits.PerTenant}
			g := New(Rules{
				Calendar: limits.NewCalendar(time.UTC), Horizon: 15 * time.Minute,
				Caps: limits.Caps{Values: map[limits.Subject]limits.Values{subject: {limits.RouteCostPerMinute: 500_000}}},
				Servers: map[string]ServerRules{"pbx": {
					Trunks: trunks, Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}}, Tenant: "acme", Ask: true,
				}},
			}, prices, State{}, evening)
			seen := Seen{Server: "pbx", At: evening}
			g.Handle(ServerUp{seen})
			phone := Channel{ID: "1", LinkedID: "1", Name: "PJSIP/101-1", State: StateRinging}
			for number, rule := range map[string]string{"0044123456789": "", "0612345678": "", "0033123456789": ruleUnpriced} {
				answer, _ := g.Handle(AdmissionAsked{Seen: seen, Channel: phone, Number: number})[0].(Answer)
				if answer.Allow != (rule == "") || answer.Reason != rule {
					t.Errorf("%s is answered with %+v", number, answer)
				}
			}
			g.Handle(AdmissionAsked{Seen: seen, Channel: phone, Number: "0044123456789"})
			dear := Channel{ID: "2", LinkedID: "1", Name: "PJSIP/dear-2"}
			g.Handle(DialBegun{Seen: seen, From: phone, To: dear, Dialled: "0044123456789"})
			if live := g.Live(evening); len(live) != 1 || live[0].Verdict != Denied || live[0].Reason != limits.RouteCap {
				t.Errorf("the dear trunk carries %+v", live)
			}
		})
	}
}
