package guard

import (
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

var evening = time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)

// edition is a deck with one price for numbers behind a prefix.
func edition(t *testing.T, name string, number int, from time.Time, prefix string, perMinute money.Amount) rates.Edition {
	t.Helper()
	deck, err := rates.NewDeck(name, "EUR", []rates.Rate{{Prefix: prefix, Route: name, PerMinute: perMinute, First: 60, Next: 60}})
	if err != nil {
		t.Fatal(err)
	}
	return rates.Edition{Number: number, ValidFrom: from, Deck: deck}
}

// repricing is a guard with reprice, at which acme buys by the deck "retail", with one live leg.
func repricing(t *testing.T, editions ...rates.Edition) (*Guard, func(...rates.Edition) *rates.Prices) {
	t.Helper()
	prices := func(editions ...rates.Edition) *rates.Prices {
		return rates.NewPrices(editions, "default", nil, []rates.Choice{{Tenant: "acme", Deck: "retail"}})
	}
	g := New(Rules{
		Calendar: limits.NewCalendar(time.UTC), Horizon: 15 * time.Minute, Reprice: true, Caps: limits.Caps{Count: limits.Price},
		Servers: map[string]ServerRules{"pbx": {Trunks: []string{"PJSIP/carrier"}, Tenant: "acme",
			Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}}}},
	}, prices(editions...), State{}, evening)
	seen := Seen{Server: "pbx", At: evening}
	g.Handle(ServerUp{seen})
	to := Channel{ID: "2", LinkedID: "1", Name: "PJSIP/carrier-2"}
	g.Handle(DialBegun{Seen: seen, From: Channel{ID: "1", LinkedID: "1", Name: "PJSIP/101-1", State: StateRinging}, To: to, Dialled: "0044123456789"})
	g.Handle(ChannelAnswered{Seen: seen, Channel: to})
	return g, prices
}

// costs gives what the live leg costs the carrier and the tenant after a minute.
func costs(t *testing.T, g *Guard) (cost, price money.Amount) {
	t.Helper()
	live := g.Live(evening.Add(time.Minute))
	if len(live) != 1 {
		t.Fatalf("%d live legs", len(live))
	}
	return live[0].Cost, live[0].Price
}

// TestRepriceBoth: each of the two prices of a live leg follows its own list, and stays where the new
// one does not have the number.
func TestRepriceBoth(t *testing.T) {
	buying, selling := edition(t, "default", 1, time.Time{}, "44", 10), edition(t, "retail", 1, time.Time{}, "44", 1000)
	g, prices := repricing(t, buying, selling)
	next := func(want, wantSold money.Amount, editions ...rates.Edition) {
		t.Helper()
		g.Handle(PricesChanged{Seen: Seen{At: evening}, Prices: prices(editions...)})
		if cost, price := costs(t, g); cost != want || price != wantSold {
			t.Errorf("a minute costs %d and is sold for %d, want %d and %d", cost, price, want, wantSold)
		}
	}
	next(10, 1000, buying, selling)
	dearer := edition(t, "retail", 2, evening, "44", 3000)
	next(10, 3000, buying, selling, dearer)
	next(20, 3000, edition(t, "default", 2, evening, "44", 20), selling, dearer)
	next(20, 3000, edition(t, "default", 3, evening, "33", 1), edition(t, "retail", 3, evening, "33", 1))
}

// TestTakeoverWhileDead: a list that took over while no guard was there prices what is still live.
func TestTakeoverWhileDead(t *testing.T) {
	first := edition(t, "default", 1, time.Time{}, "44", 10)
	g, prices := repricing(t, first)
	state := State{Live: g.Live(evening)}
	state.Live[0].Cost, state.Live[0].Price = 0, 0
	again := New(g.rules, prices(first, edition(t, "default", 2, evening.Add(time.Second), "44", 50)), state, evening.Add(2*time.Second))
	at, ok := again.Next()
	if !ok || at.After(evening.Add(2*time.Second)) {
		t.Fatalf("it wants to be woken at %s, %v", at, ok)
	}
	again.Handle(Tick{Seen{At: evening.Add(2 * time.Second)}})
	if cost, _ := costs(t, again); cost != 50 {
		t.Errorf("a minute costs %d", cost)
	}
}

// TestSellingListAlone: a list of what a tenant pays is no list of carriers' prices, and nothing is
// refused for want of one while there is none of those.
func TestSellingListAlone(t *testing.T) {
	g, _ := repricing(t, edition(t, "retail", 1, time.Time{}, "33", 1000))
	g.rules.Caps.Count = limits.Cost
	to := Channel{ID: "4", LinkedID: "3", Name: "PJSIP/carrier-4"}
	g.Handle(DialBegun{Seen: Seen{Server: "pbx", At: evening}, From: Channel{ID: "3", Name: "PJSIP/102-3"}, To: to, Dialled: "0039061234567"})
	for _, l := range g.Live(evening) {
		if l.ID == "4" && l.Verdict != Allowed {
			t.Errorf("%s %s", l.Verdict, l.Reason)
		}
	}
}

// TestClosedCallThatLives: what a carrier does not take is paid for all the same where it lives.
func TestClosedCallThatLives(t *testing.T) {
	deck, err := rates.NewDeck("default", "EUR", []rates.Rate{{Prefix: "44", First: 1, Next: 1, Closed: true}})
	if err != nil {
		t.Fatal(err)
	}
	g, prices := repricing(t)
	unpriced := 2 * money.Unit
	g.rules.Unpriced = &unpriced
	g.Handle(PricesChanged{Seen: Seen{At: evening}, Prices: prices(rates.Edition{Number: 1, Deck: deck})})
	listed := ListedChannel{Channel: Channel{ID: "9", Name: "PJSIP/carrier-9", State: StateUp}, Created: evening, Outgoing: true, Dialled: "0044987654321"}
	g.Handle(ChannelsListed{Seen: Seen{Server: "pbx", At: evening}, Channels: []ListedChannel{listed}})
	for _, l := range g.Live(evening.Add(time.Minute)) {
		if l.ID == "9" && (l.Verdict != Allowed || l.Cost != unpriced) {
			t.Errorf("a call that was under way: %s %s, a minute costs %s", l.Verdict, l.Reason, l.Cost)
		}
	}
}
