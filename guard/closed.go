package guard

import (
	"maps"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// closedFlags are those of the accounts that have used up a cap for a day or month: with the guard
// gone, the dialplan refuses their calls. While it is there, it asks the caps themselves.
const closedFlags = "closed"

// closeOrOpen sees to the flags of an account and of its tenant, after something was spent or a cap
// has changed. A flag ends by itself with the day or month.
func (g *Guard) closeOrOpen(a limits.Account) {
	if !g.asks() {
		return
	}
	for _, account := range [...]limits.Account{a, {Tenant: a.Tenant}} {
		_, until, closed := g.book.Closed(account, g.now)
		if !closed {
			until = time.Time{}
		}
		if g.closed[account].Equal(until) {
			continue
		}
		if closed {
			g.closed[account] = until
		} else {
			delete(g.closed, account)
		}
		for _, server := range g.serverNames() {
			g.flagClosed(server, account, until)
		}
	}
}

// asks says whether the calls of any server ask.
func (g *Guard) asks() bool {
	for _, s := range g.rules.Servers {
		if s.Ask {
			return true
		}
	}
	return false
}

// flagClosed raises or lowers the flag of an account on a server whose calls ask.
func (g *Guard) flagClosed(server string, a limits.Account, until time.Time) {
	if !g.rules.Servers[server].Ask {
		return
	}
	key := closedFlags + "/tenant/" + a.Tenant
	if a.Extension != "" {
		key = closedFlags + "/extension/" + a.String()
	}
	if until.IsZero() {
		g.do(LowerFlag{Server: server, Key: key})
	} else {
		g.do(RaiseFlag{Server: server, Key: key, Value: flagValue(until)})
	}
}

// reopen looks at the accounts that are closed and at all that have spent anything, because caps have
// changed.
func (g *Guard) reopen() {
	for _, a := range slices.SortedFunc(maps.Keys(g.closed), compareAccounts) {
		g.closeOrOpen(a)
	}
	for _, row := range g.book.Rows(limits.Month, g.now) {
		g.closeOrOpen(row.Account)
	}
}

// raiseClosed brings a server's flags to the accounts that are closed now.
func (g *Guard) raiseClosed(server string) {
	g.do(LowerAllFlags{Server: server, Key: closedFlags})
	for _, a := range slices.SortedFunc(maps.Keys(g.closed), compareAccounts) {
		if until := g.closed[a]; until.After(g.now) {
			g.flagClosed(server, a, until)
		} else {
			delete(g.closed, a)
		}
	}
}
