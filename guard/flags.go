package guard

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fraudguard/fraudguard/number"
)

// What has to hold with the guard gone is kept as flags in Asterisk's own database, family
// "fraudguard", where the dialplan reads them: blocks, accounts that have used up a cap, and what a
// tenant's calls do that nobody can judge. A flag's value is the Unix time at which it ends, 0 for never.

// Families of flags below the one of fraudguard.
const (
	blockFlags = "block"
	modeFlags  = "fail_mode"
)

// raiseFlags brings a server's own database to what is in force, after it was out of reach: some may
// have been lifted meanwhile.
func (g *Guard) raiseFlags(server string) {
	g.do(LowerAllFlags{Server: server, Key: blockFlags})
	for _, b := range g.Blocks() {
		g.raiseFlag(server, &b)
	}
	g.raiseForGone(server)
}

// raiseForGone tells the dialplan of a server whose calls ask what it has to know with the guard gone:
// the fail modes of single tenants, and who has used up a cap.
func (g *Guard) raiseForGone(server string) {
	s := g.servers[server]
	if !s.rules.Ask {
		for _, family := range [...]string{closedFlags, modeFlags} {
			g.do(LowerAllFlags{Server: server, Key: family})
		}
		return
	}
	g.raiseClosed(server)
	g.do(LowerAllFlags{Server: server, Key: modeFlags})
	for _, tenant := range slices.Sorted(maps.Keys(s.rules.FailModes)) {
		g.do(RaiseFlag{Server: server, Key: modeFlags + "/" + clean(tenant), Value: string(s.rules.FailModes[tenant])})
	}
}

func (g *Guard) raiseFlag(server string, b *Block) {
	if key := g.flagKey(server, b.Target); key != "" {
		g.do(RaiseFlag{Server: server, Key: key, Value: flagValue(b.Until)})
	}
}

func flagValue(until time.Time) string {
	if until.IsZero() {
		return "0"
	}
	return strconv.FormatInt(until.Unix(), 10)
}

// lowerFlags takes away the flags of a block that has ended, but for those that another block has
// too.
func (g *Guard) lowerFlags(b *Block) {
	for _, server := range g.serverNames() {
		key := g.flagKey(server, b.Target)
		if key == "" {
			continue
		}
		all := g.Blocks()
		if i := slices.IndexFunc(all, func(other Block) bool { return g.flagKey(server, other.Target) == key }); i >= 0 {
			g.raiseFlag(server, &all[i])
		} else {
			g.do(LowerFlag{Server: server, Key: key})
		}
	}
}

// flagKey is the key of a block in a server's database; "" where it has none there. A dialplan does
// not know countries, so that the block of one is kept as its calling code, wherever that is not also
// the server's own.
func (g *Guard) flagKey(server string, t Target) string {
	account := t.Account.Tenant + "/" + t.Account.Extension
	switch {
	case t.Everything:
		return blockFlags + "/everything"
	case t.Server == server:
		return blockFlags + "/server"
	case t.Server != "":
		return ""
	case t.Country != "":
		code := number.CallingCode(t.Country)
		if code == "" || code == number.CallingCode(g.rules.Servers[server].Plan.Country) {
			return ""
		}
		return blockFlags + "/prefix/" + code
	case t.Prefix != "":
		return blockFlags + "/prefix/" + t.Prefix
	case t.Number != "" && t.Account.Tenant == "":
		return blockFlags + "/number/" + t.Number
	case t.Number != "":
		return blockFlags + "/pair/" + account + "/" + t.Number
	case t.Account.Extension == "":
		return blockFlags + "/tenant/" + t.Account.Tenant
	}
	return blockFlags + "/extension/" + account
}
