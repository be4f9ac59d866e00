package guard

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// blockOn gives the block that refuses the leg, if there is one.
func (g *Guard) blockOn(l *leg) *Block {
	if b := g.blocks[Target{Account: l.Account}]; b != nil {
		return b
	}
	return g.blocks[Target{Number: l.Number}]
}

// block sets a block, or sets it anew where there is one on the same target.
func (g *Guard) block(b Block) {
	if old := g.blocks[b.Target]; old != nil {
		g.unblock(b.Target, b.Source)
	}
	b.ID, b.Since = g.id(), g.now
	g.blocks[b.Target] = &b
	g.wakes.add(&wake{at: b.Until, block: &b})
	g.record(b)
	for _, name := range g.serverNames() {
		g.raiseFlag(name, &b)
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
	g.lowerFlags(t)
}

func (g *Guard) lowerFlags(t Target) {
	for _, name := range g.serverNames() {
		g.do(LowerFlag{Server: name, Key: flagKey(t)})
	}
}

func (g *Guard) blockAsked(f BlockAsked) {
	g.block(Block{Target: f.Target, Reason: f.Reason, Source: f.Who, Until: f.Until})
	g.incident(nil, Incident{Account: f.Target.Account, Number: f.Target.Number, Rule: ruleBlock,
		Seen: f.Who + " blocked " + f.Target.String() + ": " + f.Reason, Actions: []string{"block", "hang up its live calls"}})
	g.cutAll(ruleBlock, f.Target.String()+" was blocked by "+f.Who, func(l *leg) bool {
		return f.Target.Number != "" && l.Number == f.Target.Number || f.Target.Number == "" && l.Account == f.Target.Account
	})
}

// unblockAsked lifts a block, and lets the detectors forget what led to it: the person who lifts it
// knows better.
func (g *Guard) unblockAsked(f UnblockAsked) {
	if g.blocks[f.Target] == nil {
		return
	}
	g.unblock(f.Target, f.Who)
	if f.Target.Number == "" {
		for _, d := range g.detectors {
			d.Forget(f.Target.Account)
		}
	}
}

func (g *Guard) serverNames() []string { return slices.Sorted(maps.Keys(g.rules.Servers)) }

// raiseFlags brings a server's own database to the blocks in force, after it was out of reach: some
// may have been lifted meanwhile.
func (g *Guard) raiseFlags(server string) {
	g.do(LowerAllFlags{Server: server, Key: "block"})
	for _, b := range g.Blocks() {
		g.raiseFlag(server, &b)
	}
}

func (g *Guard) raiseFlag(server string, b *Block) {
	until := "0"
	if !b.Until.IsZero() {
		until = strconv.FormatInt(b.Until.Unix(), 10)
	}
	g.do(RaiseFlag{Server: server, Key: flagKey(b.Target), Value: until})
}

// flagKey is the key of a block in Asterisk's database, family "fraudguard"; its value is the Unix
// time at which the block ends, or 0.
func flagKey(t Target) string {
	if t.Number != "" {
		return "block/number/" + t.Number
	}
	return "block/extension/" + t.Account.Tenant + "/" + t.Account.Extension
}

func blockEvidence(b *Block) []Evidence {
	until := "until it is lifted"
	if !b.Until.IsZero() {
		until = b.Until.UTC().Format(time.RFC3339)
	}
	return []Evidence{{"block", b.ID}, {"set by", b.Source}, {"since", b.Since.UTC().Format(time.RFC3339)}, {"until", until}}
}
