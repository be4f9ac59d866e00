package main

import (
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
	"github.com/fraudguard/fraudguard/web/webtest"
)

var now = time.Date(2026, 11, 21, 9, 15, 3, 0, time.UTC)

const carrier = "prefix,route,price,connect,increment\n39,Italy,0.01,0,60/60\n3906,Rome,0.0125,0.05,1/1\n882,Global networks,9.90,0,60/60\n"

func deckOf(t testing.TB) *rates.Deck {
	t.Helper()
	list, err := rates.Read(strings.NewReader(carrier), "carrier.csv", rates.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	deck, err := rates.NewDeck("default", "EUR", list.Rates)
	if err != nil {
		t.Fatal(err)
	}
	return deck
}

// empty is a fresh daemon, of which nobody has asked anything yet.
func empty() *webtest.Backend {
	return &webtest.Backend{
		Now: now, Today: "2026-11-21", Month: "2026-11", Server: "pbx1", InForce: "default",
		Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}},
		How: web.Status{
			Version: testVersion, Mode: "observe", Started: now, Timezone: "Europe/Rome", Currency: "EUR",
			Store: web.StoreStatus{URL: "sqlite:/var/lib/fraudguard/fraudguard.db", Journal: web.JournalStatus{
				Folder: "/var/lib/fraudguard/fraudguard.journal", Damaged: []string{}}},
			NotGuarded: []string{
				"there is no price list: caps on cost cannot act",
				"mode is observe: nothing is stopped",
			},
		},
	}
}

// busy is a daemon on an eventful day.
func busy(t testing.TB) *webtest.Backend {
	t.Helper()
	deck := deckOf(t)
	rate := func(digits string) rates.Rate {
		r, _ := deck.Lookup(digits, now)
		return r
	}
	one, two := limits.Account{Tenant: "default", Extension: "101"}, limits.Account{Tenant: "default", Extension: "102"}
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	b := empty()
	away := ago(200 * time.Second)
	b.How.Store.Waiting, b.How.Store.Error, b.How.Store.AwaySince, b.How.Store.AwaySeconds = 1212, "store: save: the disk is full", &away, 200
	b.How.Store.Journal.Waiting, b.How.Store.Journal.Bytes = 1200, 1_363_149
	b.How.Mode, b.How.NotGuarded = "enforce", []string{"server pbx2 is not guarded: Asterisk refuses the password"}
	b.How.Deck, b.How.LiveLegs, b.How.Blocks = &web.StatusDeck{Name: "default", Edition: 1, Currency: "EUR", Rates: deck.Len()}, 2, 2
	b.How.Servers = []web.Server{
		{Name: "pbx1", State: "up", Since: web.MomentOrNull(ago(time.Hour)), Detail: "Asterisk 22.10", Events: 12345, Reconnects: 1},
		{Name: "pbx2", State: "refused", Since: web.MomentOrNull(ago(time.Minute)), Detail: "wrong password", Dropped: 3},
	}
	b.How.NoticesWaiting = map[string]int{"email": 2, "webhook": 0}
	b.Legs = []guard.Leg{
		{ID: "1763716503.12", Server: "pbx1", Account: one, Number: "882130000001", Rate: rate("882130000001"), Started: now, Verdict: guard.Allowed},
		{ID: "1763716443.10", Server: "pbx1", Account: two, Number: "390612345678", Rate: rate("390612345678"), Started: ago(time.Minute),
			Answered: ago(50 * time.Second), Verdict: guard.Allowed, Cost: 60_417, Price: 60_417, BilledSeconds: 50},
		{ID: "1763712903.8", Server: "pbx1", Account: one, Number: "882130000001", Rate: rate("882130000001"), Started: ago(time.Hour),
			Answered: ago(59 * time.Minute), Ended: ago(57 * time.Minute), Verdict: guard.Cut, Reason: "caps.extension.cost_per_day",
			Cost: 19_800_000, Price: 19_800_000, BilledSeconds: 120},
		{ID: "1763712900.6", Server: "pbx2", Account: two, Number: "88213", Rate: rates.Rate{Route: "unpriced"}, Started: ago(2 * time.Hour),
			Ended: ago(2 * time.Hour), Verdict: guard.Denied, Reason: "rates.unpriced"},
	}
	b.Rows = []limits.Row{
		{Account: one, Key: "2026-11-21", Usage: limits.Usage{Cost: 19_800_000, Price: 19_800_000, BilledSeconds: 120, Calls: 1, Attempts: 2}},
		{Account: two, Key: "2026-11-21", Usage: limits.Usage{Cost: 60_417, Price: 60_417, BilledSeconds: 50, Calls: 1, Attempts: 2}},
		{Account: one, Key: "2026-11-20", Usage: limits.Usage{Cost: 10_000, Price: 10_000, BilledSeconds: 60, Calls: 1, Attempts: 1}},
		{Account: one, Key: "2026-11", Usage: limits.Usage{Cost: 19_810_000, Price: 19_810_000, BilledSeconds: 180, Calls: 2, Attempts: 3}},
	}
	b.Reports = []guard.Incident{
		{ID: "hcw0aa11bb2", At: ago(time.Second), Server: "pbx2", Rule: "link", Seen: "Asterisk pbx2 refuses the password", Urgent: true},
		{ID: "hcvzzz00001", At: ago(57 * time.Minute), Server: "pbx1", Rule: "caps.extension.cost_per_day", Account: one, Number: "882130000001",
			Leg: "1763712903.8", Seen: "default/101 reached its cap of 20.00 a day",
			Evidence: []guard.Evidence{{Name: "limit", Value: "20.00"}, {Name: "spent", Value: "19.80"}, {Name: "next increment", Value: "9.90"}},
			Actions:  []string{"hang up by ARI", "tell"}},
		{ID: "hcvzzz00000", At: ago(2 * time.Hour), Server: "pbx1", Rule: "abuse.repeated_number", Account: two, Number: "88213",
			Seen: "6 attempts in 300 s", Actions: []string{"block for 24h"}, Observed: true},
	}
	b.AddBlock(guard.Block{ID: "b1", Target: guard.Target{Number: "88213"}, Reason: "wangiri", Source: "root", Since: ago(48 * time.Hour),
		Until: ago(24 * time.Hour), Lifted: ago(24 * time.Hour), LiftedBy: "time"})
	b.AddBlock(guard.Block{ID: "b2", Target: guard.Target{Account: two}, Reason: "6 attempts in 300 s", Source: "abuse.repeated_number",
		Since: ago(2 * time.Hour), Until: now.Add(22 * time.Hour)})
	b.AddBlock(guard.Block{ID: "b3", Target: guard.Target{Number: "882130000001"}, Source: "root", Since: ago(time.Minute)})
	subject := limits.Subject{Tenant: "default", Extension: "101"}
	b.Set = []guard.CapState{
		{Kind: limits.CostPerDay, Value: 20_000_000, Used: limits.Unlimited},
		{Subject: limits.Subject{Scope: limits.PerTenant}, Kind: limits.ConcurrentCalls, Value: 5, Used: limits.Unlimited},
		{Subject: limits.Subject{Tenant: "default"}, Kind: limits.WarnAt, Value: 70, Used: limits.Unlimited},
		{Subject: limits.Subject{Tenant: "default"}, Kind: limits.MinutesPerDay, Value: limits.Unlimited, Who: "root", At: ago(time.Hour), Used: limits.Unlimited},
		{Subject: subject, Kind: limits.CostPerDay, Value: 50_000_000, Who: "root", At: ago(time.Minute), Used: 19_800_001},
		{Subject: subject, Kind: limits.CostPerMonth, Value: limits.Unlimited, Used: 19_810_000},
		{Subject: subject, Kind: limits.MinutesPerDay, Value: 600, Used: 121},
		{Subject: subject, Kind: limits.AttemptsPerDay, Value: 2, Used: 7},
		{Subject: subject, Kind: limits.CostPerCall, Value: 1_500_000, Used: limits.Unlimited},
	}
	b.Wrong = []store.Discrepancy{
		{Table: store.TableDay, Key: "2026-11-20", Account: one, Figure: "cost", Total: 10_000, Sum: 12_500},
		{Table: store.TableRoute, Key: "2026-11-21", Account: two, Route: "Rome", Figure: "billed_seconds", Total: 60, Sum: 50},
	}
	b.AddDeck(deck)
	return b
}

// hostile is a daemon all of whose texts attack the terminal that shows them.
func hostile(t testing.TB) *webtest.Backend {
	t.Helper()
	const attack = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u2066\u200b\u009b31m\r\ncalls: 0\tall fine\x7f\xff\U000e0041"
	account := limits.Account{Tenant: "t" + attack, Extension: "e" + attack}
	b := busy(t)
	b.How.NotGuarded = []string{attack}
	b.How.Version, b.How.Mode, b.How.Timezone, b.How.Currency = attack, attack, attack, attack
	b.How.Store = web.StoreStatus{URL: attack, Waiting: 1, Error: attack,
		Journal: web.JournalStatus{Folder: attack, Waiting: 1, Error: attack, Damaged: []string{attack}}}
	b.How.NoticesWaiting = map[string]int{attack: 1}
	b.How.Deck.Name = attack
	b.How.Servers[0].Name, b.How.Servers[0].State, b.How.Servers[0].Detail = attack, attack, attack
	for i := range b.Legs {
		l := &b.Legs[i]
		l.ID, l.Server, l.Account, l.Number, l.Rate.Route, l.Verdict, l.Reason = attack, attack, account, attack, attack, attack, attack
	}
	for i := range b.Rows {
		b.Rows[i].Account = account
	}
	for i := range b.Reports {
		r := &b.Reports[i]
		r.Server, r.Rule, r.Account, r.Number, r.Leg, r.Seen = attack, attack, account, attack, attack, attack
		r.Evidence, r.Actions = []guard.Evidence{{Name: attack, Value: attack}}, []string{attack}
	}
	for i := range b.Set {
		b.Set[i].Who = attack
	}
	for i := range b.Wrong {
		b.Wrong[i].Account, b.Wrong[i].Route, b.Wrong[i].Figure, b.Wrong[i].Key = account, attack, attack, attack
	}
	b.AddBlock(guard.Block{ID: attack, Target: guard.Target{Account: account}, Reason: attack, Source: attack, Since: now, Lifted: now, LiftedBy: attack})
	b.Server = attack
	return b
}
