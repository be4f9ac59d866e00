package storetest

import (
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
)

// Began is when the calls of Call begin, and Payer who pays for them.
var (
	Began = time.Date(2026, 11, 21, 12, 0, 0, 500_000_000, time.UTC)
	Payer = limits.Account{Tenant: "acme", Extension: "101"}
)

// Call is all that is saved of a call of one minute that has ended: 60 seconds at 0.0125, at twice that for the
// tenant, and an incident.
func Call(id string) []guard.Record {
	leg := guard.Leg{
		Server: "pbx1", ID: id, Name: "PJSIP/carrier-" + id, Account: Payer, PaidBy: "phone PJSIP/101-" + id,
		Dialled: "90039061234", Number: "39061234", Country: "IT", International: true, Priced: true,
		Day: "2026-11-21", AnsweredDay: "2026-11-21", Started: Began, Answered: Began.Add(time.Second),
		Ended: Began.Add(time.Minute), LimitedUntil: Began.Add(time.Hour), Verdict: guard.Cut, Reason: "block", Cause: 16,
		RecordedSeconds: 59,
	}
	leg.Rate.Prefix, leg.Rate.Route, leg.Rate.PerMinute, leg.Rate.First, leg.Rate.Next = "3906", "Italy, Rome", 12_500, 60, 60
	leg.Deck, leg.Sold = "carrier@2", &rates.Rate{Prefix: "39", Route: "Italy", PerMinute: 25_000, First: 60, Next: 60}
	return []guard.Record{
		guard.Charge{Server: "pbx1", Leg: id, Day: "2026-11-21", Kind: guard.KindCall, Account: Payer, At: leg.Ended,
			Amount: 12_500, Price: 25_000, BilledSeconds: 60, International: true, Route: leg.Rate.Route},
		leg,
		guard.Incident{ID: "i" + id, At: leg.Ended, Server: "pbx1", Rule: "block", Account: Payer, Number: leg.Number, Leg: id,
			Seen: "tenant acme is blocked", Evidence: []guard.Evidence{{Name: "cap", Value: "<20.00 & no more>"}}, Actions: []string{"hang up"}},
	}
}
