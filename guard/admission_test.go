package guard

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

// askingGuard is a guard of one server whose calls ask, with what makes the next moment.
func askingGuard(rules ServerRules) (*Guard, func() Seen) {
	rules.Trunks, rules.Plan.Country, rules.Plan.InternationalPrefixes = []string{"PJSIP/carrier"}, "IT", []string{"00"}
	rules.Tenant, rules.Ask = "default", true
	g := New(Rules{Calendar: limits.NewCalendar(time.UTC), Horizon: 15 * time.Minute, Servers: map[string]ServerRules{"pbx": rules}}, nil, State{}, evening)
	now := evening
	seen := func() Seen {
		now = now.Add(time.Millisecond)
		return Seen{Server: "pbx", At: now}
	}
	g.Handle(ServerUp{seen()})
	g.Handle(AskingBegun{seen()})
	return g, seen
}

// TestAskedAfterItsEnd: a caller who hangs up while it asks can be told of as ended first. Nothing of it
// is kept, whether Asterisk says that it is gone or nobody ever speaks of it again.
func TestAskedAfterItsEnd(t *testing.T) {
	phone := Channel{ID: "a", Name: "PJSIP/101-01", State: StateRinging}
	for name, later := range map[string]func(Seen) Fact{
		"gone":    func(s Seen) Fact { return VerdictFailed{Seen: s, ID: "a", Gone: true} },
		"silence": func(s Seen) Fact { s.At = s.At.Add(holdFor); return Tick{s} },
		"a list":  func(s Seen) Fact { s.At = s.At.Add(listGrace); return ChannelsListed{Seen: s} },
	} {
		t.Run(name, func(t *testing.T) {
			g, seen := askingGuard(ServerRules{})
			g.Handle(ChannelCreated{seen(), phone})
			g.Handle(ChannelEnded{Seen: seen(), ID: "a"})
			g.Handle(AdmissionAsked{Seen: seen(), Channel: phone, Number: "0612345678"})
			if len(g.holds) != 1 {
				t.Fatalf("%d holds", len(g.holds))
			}
			g.Handle(later(seen()))
			if n := len(g.servers["pbx"].channels); n != 0 || len(g.holds) != 0 {
				t.Errorf("%d channels and %d holds are kept", n, len(g.holds))
			}
		})
	}
	t.Run("a list, and silence", func(t *testing.T) { // the list may have been written before it asked
		g, seen := askingGuard(ServerRules{})
		g.Handle(ChannelCreated{seen(), phone})
		g.Handle(AdmissionAsked{Seen: seen(), Channel: phone, Number: "0612345678"})
		g.Handle(ChannelsListed{Seen: seen()})
		if len(g.holds) != 1 {
			t.Fatalf("%d holds", len(g.holds))
		}
		late := seen()
		late.At = late.At.Add(holdFor)
		g.Handle(Tick{late})
		if n := len(g.servers["pbx"].channels); n != 0 || len(g.holds) != 0 {
			t.Errorf("%d channels and %d holds are kept", n, len(g.holds))
		}
	})
	t.Run("listed", func(t *testing.T) { // it lives, and how it began was missed
		g, seen := askingGuard(ServerRules{})
		g.Handle(AdmissionAsked{Seen: seen(), Channel: phone, Number: "0612345678"})
		g.Handle(ChannelsListed{Seen: seen(), Channels: []ListedChannel{{Channel: phone}}})
		late := seen()
		late.At = late.At.Add(holdFor)
		g.Handle(Tick{late})
		if len(g.servers["pbx"].channels) != 1 {
			t.Error("a channel that lives was forgotten")
		}
	})
}

// TestAskingIsTakenBack: where calls do not ask any more, they could not have asked when they shall again.
func TestAskingIsTakenBack(t *testing.T) {
	g, seen := askingGuard(ServerRules{})
	ask, watch := g.rules, g.rules
	without := ask.Servers["pbx"]
	without.Ask = false
	watch.Servers = map[string]ServerRules{"pbx": without}
	g.Handle(RulesChanged{seen(), watch})
	phone := Channel{ID: "a", LinkedID: "a", Name: "PJSIP/101-01", State: StateRinging}
	g.Handle(ChannelCreated{seen(), phone})
	g.Handle(RulesChanged{seen(), ask})
	carrier := Channel{ID: "b", LinkedID: "a", Name: "PJSIP/carrier-02"}
	for _, e := range g.Handle(DialBegun{Seen: seen(), From: phone, To: carrier, Dialled: "0612345678"}) {
		if save, ok := e.(Save); ok {
			if i, ok := save.Record.(Incident); ok {
				t.Errorf("told: %+v", i)
			}
		}
	}
}

// TestAskedBeforeSeen: the manager can tell of a channel later than that asks. What it began as is
// heard all the same: the context tells the tenant, the extension what was dialled.
func TestAskedBeforeSeen(t *testing.T) {
	g, seen := askingGuard(ServerRules{Plan: number.Plan{OutsideLine: "9"}, TenantBy: []TenantSource{ByContext}})
	g.Handle(AdmissionAsked{Seen: seen(), Channel: Channel{ID: "a", Name: "PJSIP/101-01", State: StateRinging}, Number: "0612345678"})
	phone := Channel{ID: "a", LinkedID: "a", Name: "PJSIP/101-01", State: StateRinging, Context: "acme", Exten: "90612345678"}
	g.Handle(ChannelCreated{seen(), phone})
	carrier := Channel{ID: "b", LinkedID: "a", Name: "PJSIP/carrier-02"}
	g.Handle(ChannelCreated{seen(), carrier})
	effects := g.Handle(DialBegun{Seen: seen(), From: phone, To: carrier, Dialled: "0612345678"})
	live := g.Live(evening)
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
