package guard

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// blockOn gives the block that refuses the leg, if there is one: the widest, which is the one to lift
// first.
func (g *Guard) blockOn(l *leg) *Block {
	if len(g.blocks) == 0 {
		return nil
	}
	tenant := limits.Account{Tenant: l.Account.Tenant}
	for _, t := range [...]Target{
		{Everything: true}, {Server: l.Server}, {Account: tenant}, {Account: l.Account},
		{Country: l.Country}, {Number: l.Number}, {Account: l.Account, Number: l.Number},
	} {
		if b := g.blocks[t]; b != nil && t != (Target{}) {
			return b
		}
	}
	if l.destination.Short {
		return nil // short digits are no beginning of others
	}
	for i := range l.destination.Digits {
		if b := g.blocks[Target{Prefix: l.destination.Digits[:i+1]}]; b != nil {
			return b
		}
	}
	return nil
}

// covers says whether a block on the target refuses the leg.
func (t Target) covers(l *leg) bool {
	switch {
	case t.Everything:
		return true
	case t.Server != "":
		return t.Server == l.Server
	case t.Country != "":
		return t.Country == l.Country
	case t.Prefix != "":
		return !l.destination.Short && strings.HasPrefix(l.destination.Digits, t.Prefix)
	case t.Number != "" && t.Number != l.Number:
		return false
	case t.Account == limits.Account{}:
		return true
	}
	return t.Account.Tenant == l.Account.Tenant && (t.Account.Extension == "" || t.Account.Extension == l.Account.Extension)
}

// block sets a block, or sets it anew where there is one on the same target.
func (g *Guard) block(b Block) {
	if old := g.blocks[b.Target]; old != nil {
		g.unblock(b.Target, b.Source)
	}
	b.ID, b.Since = g.id(), g.now
	g.record(b)
	g.hold(&b)
}

// hold puts a block in force, in the place of what there is on its target.
func (g *Guard) hold(b *Block) {
	g.blocks[b.Target] = b
	g.wakes.add(&wake{at: b.Until, block: b})
	for _, name := range g.serverNames() {
		g.raiseFlag(name, b)
	}
}

// unblock lifts the block on a target.
func (g *Guard) unblock(t Target, who string) {
	b := g.blocks[t]
	if b == nil {
		return
	}
	delete(g.blocks, t)
	b.Lifted, b.LiftedBy = g.now, who
	g.record(*b)
	g.lowerFlags(b)
}

func (g *Guard) blockAsked(f BlockAsked) {
	g.block(Block{Target: f.Target, Reason: f.Reason, Source: f.Who, Until: f.Until})
	actions := []string{"block"}
	if !f.KeepLive {
		actions = append(actions, "hang up its live calls")
	}
	g.incident(nil, Incident{Server: f.Target.Server, Account: f.Target.Account, Number: f.Target.Number, Rule: ruleBlock,
		Seen: f.Who + " blocked " + f.Target.String() + ": " + f.Reason, Actions: actions})
	if !f.KeepLive {
		g.cutAll(ruleBlock, f.Target.String()+" was blocked by "+f.Who, f.Target.covers)
	}
}

// unblockAsked lifts a block, and lets the detectors forget what led to it: the person who lifts it
// knows better.
func (g *Guard) unblockAsked(f UnblockAsked) {
	if g.blocks[f.Target] == nil {
		return
	}
	g.unblock(f.Target, f.Who)
	g.forgive(f.Target)
}

// forgive lets the detectors forget an account that is no longer blocked.
func (g *Guard) forgive(t Target) {
	if t != (Target{Account: t.Account}) {
		return
	}
	for _, d := range g.detectors {
		d.Forget(t.Account)
	}
}

func (g *Guard) serverNames() []string { return slices.Sorted(maps.Keys(g.rules.Servers)) }

func blockEvidence(b *Block) []Evidence {
	until := "until it is lifted"
	if !b.Until.IsZero() {
		until = b.Until.UTC().Format(time.RFC3339)
	}
	return []Evidence{{"block", b.ID}, {"set by", b.Source}, {"since", b.Since.UTC().Format(time.RFC3339)}, {"until", until}}
}
