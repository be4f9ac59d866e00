package guard

import (
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

// Lookup is what the guard makes of a number, without a call.
type Lookup struct {
	// Steps lead from what was dialled to the destination, or to Err, which says why it is none.
	Steps       []number.Step
	Destination number.Destination
	Err         error
	// Bought is what the carrier charges, and Sold what the tenant pays; nil is the same.
	Bought Quote
	Sold   *Quote
	// Rule and Seen say which rule refuses every call to the number, and why; they are empty where
	// none does. Caps and blocks on accounts are not asked.
	Rule, Seen string
}

// Lookup says what a number would cost if it was dialled now: on a trunk ("technology/endpoint"), as
// the trunk is told to dial it; with an empty trunk as phones dial it, and priced by the server's
// first trunk. It is false where there is no such server. It changes nothing.
func (g *Guard) Lookup(server, tenant, trunk, dialled string, now time.Time) (Lookup, bool) {
	rules, known := g.rules.Servers[server]
	if !known {
		return Lookup{}, false
	}
	plan := rules.PlanOf(trunk)
	if trunk == "" && len(rules.Trunks) > 0 {
		plan, trunk = rules.Plan, rules.Trunks[0]
	}
	var found Lookup
	found.Destination, found.Steps, found.Err = plan.Explain(dialled)
	if found.Err != nil {
		found.Rule, found.Seen = ruleUnparseable, unreadable(found.Err)
		return found, true
	}
	l := &leg{destination: found.Destination}
	l.Server, l.Account.Tenant, l.Number = server, tenant, found.Destination.Digits
	call := rates.Call{Server: server, Tenant: tenant, Trunk: trunk}
	found.Bought, found.Sold = g.quotes(call, l.destination, now)
	l.buyAt(found.Bought)
	l.sellAt(found.Sold)
	if found.Destination.Class == number.Emergency {
		return found, true
	}
	if r := g.refusalForPrice(l, now); r != nil {
		found.Rule, found.Seen = r.rule, r.seen
	} else if r, ok := g.book.Fits(&limits.Leg{Account: l.Account, Rate: l.Rate, Sold: l.Sold}, now, g.rules.Horizon); !ok {
		found.Rule, found.Seen = r.Rule(), capRefusal(r).seen
	}
	return found, true
}

func unreadable(err error) string {
	return fmt.Sprintf("the dialled number cannot be read: %v", reasonOf(err))
}
