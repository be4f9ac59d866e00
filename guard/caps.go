package guard

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// Rules of the incidents that tell who changed a cap.
const (
	ruleCapSet   = "caps.set"
	ruleCapUnset = "caps.unset"
)

// capKey names a cap.
type capKey struct {
	limits.Subject
	limits.Kind
}

// caps are those in force: what people have set lies over what the rules say.
func (g *Guard) caps() limits.Caps {
	over := make(map[limits.Subject]limits.Values)
	for key, o := range g.overrides {
		if over[key.Subject] == nil {
			over[key.Subject] = make(limits.Values)
		}
		over[key.Subject][key.Kind] = o.Value
	}
	return g.rules.Caps.With(over)
}

// takeOverrides puts the caps in force that people had set before a restart.
func (g *Guard) takeOverrides(all []Override) {
	for _, o := range all {
		g.overrides[capKey{o.Subject, o.Kind}] = o
	}
	g.book.SetRules(g.rules.Calendar, g.caps())
}

func (g *Guard) capSet(f CapSet) {
	key := capKey{f.Subject, f.Kind}
	o := Override{Subject: f.Subject, Kind: f.Kind, Value: f.Value, Who: f.Who, At: g.capMoment(key)}
	value := f.Kind.Format(f.Value)
	seen := fmt.Sprintf("%s set the cap %s of %s to %s", f.Who, f.Kind, f.Subject, value)
	if f.Reason != "" {
		seen += ": " + f.Reason
	}
	before := g.capText(key)
	g.overrides[key] = o
	g.capChanged(CapChange{Override: o}, Incident{Rule: ruleCapSet, Seen: seen, Actions: []string{"set the cap"},
		Evidence: []Evidence{{"before", before}, {"now", value}}})
}

// capUnset brings back what the configuration says.
func (g *Guard) capUnset(f CapUnset) {
	key := capKey{f.Subject, f.Kind}
	if _, set := g.overrides[key]; !set {
		return
	}
	o := Override{Subject: f.Subject, Kind: f.Kind, Who: f.Who, At: g.capMoment(key)}
	before := g.capText(key)
	delete(g.overrides, key)
	g.capChanged(CapChange{Override: o, Unset: true}, Incident{Rule: ruleCapUnset, Actions: []string{"take the cap back"},
		Seen:     fmt.Sprintf("%s took back the cap %s of %s; the configuration counts again", f.Who, f.Kind, f.Subject),
		Evidence: []Evidence{{"before", before}, {"now", g.capText(key)}}})
}

// capMoment is when a cap changes: never before it did the last time, though the clock may have been
// set back.
func (g *Guard) capMoment(key capKey) time.Time {
	if last := g.overrides[key].At; last.After(g.now) {
		return last
	}
	return g.now
}

// capText is the value of a cap for exactly this subject.
func (g *Guard) capText(key capKey) string {
	value, set := g.rules.Caps.Values[key.Subject][key.Kind]
	if o, over := g.overrides[key]; over {
		value, set = o.Value, true
	}
	if !set {
		return "not set"
	}
	return key.Kind.Format(value)
}

// capChanged makes a change felt by the live calls, and tells of it. It is done in observe mode too,
// which touches nothing at Asterisk.
func (g *Guard) capChanged(c CapChange, i Incident) {
	i.ID, i.At = g.id(), g.now
	i.Account = limits.Account{Tenant: c.Subject.Tenant, Extension: c.Subject.Extension}
	i.Evidence = append([]Evidence{{"subject", c.Subject.String()}, {"cap", c.Kind.String()}}, i.Evidence...)
	g.record(c)
	g.record(i)
	g.feelCaps([]limits.Subject{c.Subject})
}

// feelCaps puts the caps in force as they are now, after those of some subjects have changed.
func (g *Guard) feelCaps(changed []limits.Subject) {
	g.book.SetRules(g.rules.Calendar, g.caps())
	g.reopen()
	for _, s := range changed {
		if s.Tenant != "" {
			g.closeOrOpen(limits.Account{Tenant: s.Tenant, Extension: s.Extension})
		}
	}
	for _, tenant := range g.liveTenants() {
		g.retime(tenant)
	}
}

// CapState is a cap as people see it.
type CapState struct {
	// Subject is whom the cap was set for.
	Subject limits.Subject
	Kind    limits.Kind
	Value   limits.Value
	// Who set it, and when; empty and zero where it is the configuration's.
	Who string
	At  time.Time
	// Used is what the account has used that was asked about, ringing calls included; it is limits'
	// Unlimited where the kind adds nothing up, or nobody was asked about.
	Used limits.Value
}

// Caps gives all caps that are set, in the order of their subjects and kinds.
func (g *Guard) Caps() []CapState {
	var all []CapState
	for subject, values := range g.caps().Values {
		for kind := range values {
			all = append(all, g.capState(capKey{subject, kind}, values[kind]))
		}
	}
	slices.SortFunc(all, func(a, b CapState) int {
		return cmp.Or(cmp.Compare(a.Subject.Tenant, b.Subject.Tenant), cmp.Compare(a.Subject.Extension, b.Subject.Extension),
			cmp.Compare(a.Subject.Scope, b.Subject.Scope), cmp.Compare(a.Kind, b.Kind))
	})
	return all
}

// CapsOf gives the caps that count for an account, which has no extension for a whole tenant: those
// of its nearest subjects, also where they say that there is none.
func (g *Guard) CapsOf(a limits.Account, now time.Time) []CapState {
	var all []CapState
	caps := g.caps()
	for _, kind := range limits.Kinds() {
		value, subject, limited := caps.Value(a, kind)
		if !limited && value != limits.Unlimited {
			continue // nobody says anything
		}
		state := g.capState(capKey{subject, kind}, value)
		// Each route has its own minutes: there is no one figure.
		if by := kind.By(); kind != limits.RouteMinutesPerDay && (by == limits.ByWindow || by == limits.ByCount) {
			used, held := g.book.Used(a, kind, "", now)
			state.Used = used + held
		}
		all = append(all, state)
	}
	return all
}

func (g *Guard) capState(key capKey, value limits.Value) CapState {
	o := g.overrides[key]
	return CapState{Subject: key.Subject, Kind: key.Kind, Value: value, Who: o.Who, At: o.At, Used: limits.Unlimited}
}
