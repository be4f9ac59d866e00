package guard

import (
	"maps"
	"slices"
	"time"
)

// changeRules puts other rules in force, for live legs too.
func (g *Guard) changeRules(rules Rules) {
	same, observed := g.rules.Abuse.Equal(rules.Abuse), g.rules.Observe
	if rules.Observe && !observed {
		g.letGo()
	}
	g.rules, g.lane = rules, laneOf(rules.Servers)
	g.book.SetRules(rules.Calendar, g.caps())
	g.reopen()
	if !same {
		g.detectors = rules.Abuse.New()
	}
	for name, s := range g.servers {
		if r, ok := rules.Servers[name]; ok {
			s.rules, s.asking = r, s.asking && r.Ask
			for _, ch := range s.channels {
				ch.kind = r.kindOf(ch.Name)
			}
		} else {
			g.abandon(s)
		}
	}
	for name := range rules.Servers {
		if g.servers[name] == nil {
			g.addServer(name)
		}
	}
	if observed && !rules.Observe {
		g.takeHold()
	} else {
		for _, name := range g.serverNames() {
			g.raiseForGone(name)
		}
	}
	for _, tenant := range g.liveTenants() {
		g.retime(tenant)
	}
}

// letGo takes back what stands in Asterisk, before observe mode: limits and flags.
func (g *Guard) letGo() {
	for _, l := range g.inOrder() {
		if !l.LimitedUntil.IsZero() {
			l.LimitedUntil = time.Time{}
			g.do(LimitTime{Server: l.Server, ID: l.ID})
			g.recordLeg(l)
		}
	}
	for _, name := range g.serverNames() {
		g.freeCallers(g.servers[name], true)
		g.do(LowerAllFlags{Server: name, Key: blockFlags})
		if g.rules.Servers[name].Ask {
			g.do(LowerAllFlags{Server: name, Key: closedFlags})
		}
	}
}

// takeHold does, after observe mode, what was only told of the legs that are live.
func (g *Guard) takeHold() {
	for _, name := range g.serverNames() {
		g.raiseFlags(name)
	}
	for _, l := range g.inOrder() {
		l.noted = false
		if l.Verdict != Allowed {
			g.hangUp(l)
		}
	}
}

// abandon gives up a server that is no longer configured. Its live legs go on under their limits,
// unwatched, and are charged up to those.
func (g *Guard) abandon(s *server) {
	s.up = false
	g.goDark(s)
	for _, l := range s.legs {
		if !l.Ended.IsZero() || !l.missingSince.IsZero() {
			continue
		}
		g.missing(l)
		if l.LimitedUntil.After(g.now) {
			l.missingSince = l.LimitedUntil
			g.schedule(l)
		}
	}
}

// liveTenants are the tenants with live legs, in a fixed order, so that the same facts always give
// the same effects.
func (g *Guard) liveTenants() []string {
	tenants := make(map[string]struct{})
	for _, l := range g.legs {
		tenants[l.Account.Tenant] = struct{}{}
	}
	return slices.Sorted(maps.Keys(tenants))
}
