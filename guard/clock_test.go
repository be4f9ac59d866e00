package guard

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

// TestClockSteps: the guard is killed while a leg lives, the clock is set, and the guard comes back with
// nothing but what was saved. How long the leg has lived cannot be known then: it is charged no less than
// it can have lived, and ends as any other.
func TestClockSteps(t *testing.T) {
	const lived, dark, after = 5 * time.Minute, 20 * time.Second, 30 * time.Second
	for name, c := range map[string]struct {
		step, most time.Duration // most is what it is charged for at most
	}{
		"right":           {0, 6 * time.Minute},
		"an hour forward": {time.Hour, 66 * time.Minute},
		"an hour back":    {-time.Hour, 16 * time.Minute}, // up to Asterisk's own limit, and what was seen
		"minutes back":    {-6 * time.Minute, 16 * time.Minute},
		"a minute back":   {-time.Minute, 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			prices := rates.NewPrices([]rates.Edition{edition(t, "default", 1, time.Time{}, "44", 600_000)}, "default", nil, nil)
			first := New(Rules{Calendar: limits.NewCalendar(time.UTC), Horizon: 15 * time.Minute, Servers: map[string]ServerRules{"pbx": {
				Trunks: []string{"PJSIP/carrier"}, Tenant: "acme", Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}}}}}, prices, State{}, evening)
			seen, to := Seen{Server: "pbx", At: evening}, Channel{ID: "2", LinkedID: "1", Name: "PJSIP/carrier-2"}
			first.Handle(ServerUp{seen})
			first.Handle(DialBegun{Seen: seen, From: Channel{ID: "1", LinkedID: "1", Name: "PJSIP/101-1", State: StateRinging}, To: to, Dialled: "00442012345678"})
			first.Handle(ChannelAnswered{Seen: seen, Channel: to})
			live := first.Live(evening)
			back := evening.Add(lived + dark + c.step)
			g := New(first.rules, prices, State{Live: live}, back)
			g.Handle(ServerUp{Seen{Server: "pbx", At: back}})
			g.Handle(ChannelsListed{Seen: Seen{Server: "pbx", At: back}, Channels: []ListedChannel{{
				Channel: Channel{ID: live[0].ID, LinkedID: "1", Name: live[0].Name, State: StateUp}, Created: back.Add(-lived - dark), Outgoing: true, Dialled: "00442012345678"}}})
			if now := g.Live(back); len(now) != 1 || now[0].Cost == 0 {
				t.Errorf("the leg that lives is %+v", now)
			}
			var charged time.Duration
			var cost money.Amount
			for _, e := range g.Handle(ChannelEnded{Seen: Seen{Server: "pbx", At: back.Add(after)}, ID: live[0].ID, Cause: 16}) {
				if s, ok := e.(Save); ok {
					if charge, ok := s.Record.(Charge); ok {
						charged += time.Duration(charge.BilledSeconds) * time.Second
						cost += charge.Amount
					}
				}
			}
			least := lived + dark + after
			if c.step == -time.Minute {
				least += c.step // the clock hides a minute, and nothing tells
			}
			if charged < least || charged > c.most {
				t.Errorf("charged for %s, at %s: it lived for %s, and at most %s is known", charged, cost, lived+dark+after, c.most)
			}
		})
	}
}
