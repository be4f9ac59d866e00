package guard

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
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
