package guard

import "github.com/fraudguard/fraudguard/limits"

// Rules of the incidents about the guard itself.
const (
	// ruleLedger is a ledger that is not the sum of its charges.
	ruleLedger = "ledger.differs"
	// ruleLost is a server that another guard has taken.
	ruleLost = "server.lost"
	// ruleSecond is another guard that keeps another record of the same server.
	ruleSecond = "guard.second"
)

// ledgerDiffers tells of totals that were found wrong.
func (g *Guard) ledgerDiffers(f LedgerDiffers) {
	g.trouble(Incident{Rule: ruleLedger, Seen: f.What, Evidence: f.Evidence})
}

// serverLost gives up a server that another guard has. Its legs are that one's to charge.
func (g *Guard) serverLost(s *server, f ServerLost) {
	g.trouble(Incident{
		Server: s.name, Rule: ruleLost, Actions: []string{"stop watching and steering " + s.name},
		Seen: "another fraudguard has taken " + s.name + ": " + f.Holder, Evidence: []Evidence{{"holder", f.Holder}},
	})
	g.abandon(s)
}

// secondGuard tells of another guard, once in a while.
func (g *Guard) secondGuard(s *server, f SecondGuard) {
	if !g.tell("second " + s.name) {
		return
	}
	g.trouble(Incident{
		Server: s.name, Rule: ruleSecond, Evidence: []Evidence{{"guard", f.Who}},
		Seen: "another fraudguard, which has another store, guards " + s.name + " too: " + f.Who,
	})
}

// trouble records an incident about the guard itself, which is no less true in observe mode.
func (g *Guard) trouble(i Incident) {
	i.ID, i.At, i.Urgent = g.id(), g.now, true
	if i.Server != "" {
		i.Account = limits.Account{Tenant: unknownTenant, Extension: i.Server}
	}
	g.record(i)
}
