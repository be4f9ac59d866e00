package guard

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

const (
	// cutLead is how long before an increment begins the guard hangs up. The carrier hears the
	// answer earlier and the end later than Asterisk does; half a second is room for both.
	cutLead = 500 * time.Millisecond
	// limitLead is the same for Asterisk's own limit, which is to act only where the guard did not.
	limitLead = 200 * time.Millisecond
	// few legs can all be told at once that they have to end earlier. Where more share a cap, limits
	// have slack.
	few = 16
	// renewLead is how long before it ends a leg a limit with slack is renewed at the latest: some
	// time for the manager, and for the guard if it is busy.
	renewLead = 2 * time.Second
	// closeBy is how near a deadline has to be for its limit to have no slack any more, because
	// that would leave no time to renew it.
	closeBy = 6 * renewLead
	// timedFor is for how long the deadlines of a crowd serve while nothing happens but time.
	timedFor = time.Second
)

// retime works out anew until when each live leg of a tenant may go on, cuts those whose time has
// come, and moves Asterisk's own limits where they have to move.
func (g *Guard) retime(tenant string) {
	deadlines := g.book.Deadlines(tenant, g.now, g.rules.Horizon)
	g.obeyAll(deadlines)
	accounts := map[limits.Account]struct{}{}
	for _, l := range g.legs {
		if l.Account.Tenant == tenant {
			accounts[l.Account] = struct{}{}
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(accounts), compareAccounts) {
		g.warn(a)
	}
	g.warn(limits.Account{Tenant: tenant})
}

func compareAccounts(a, b limits.Account) int { return strings.Compare(a.String(), b.String()) }

// retimeFor does the same after something happened to one leg, for those legs whose time it can
// change.
func (g *Guard) retimeFor(l *leg) {
	g.obeyAll(g.book.Moved(l.book, g.now, g.rules.Horizon))
	g.warn(l.Account)
	g.warn(limits.Account{Tenant: l.Account.Tenant})
}

func (g *Guard) obeyAll(deadlines []limits.Deadline) {
	for _, d := range deadlines {
		if a := g.holds[d.Leg]; a != nil {
			a.limitTo(d, g.now)
		} else if l := g.legs[d.Leg]; l != nil && l.timedByCaps() {
			l.deadline, l.timed, l.crowded = d, g.now, len(deadlines) > few
			g.obey(l)
		}
	}
}

// timedByCaps says whether the leg goes on until its deadline: it does not where it is being ended,
// or has gone, or must never be ended.
func (l *leg) timedByCaps() bool {
	return !l.emergency && l.Verdict == Allowed && l.missingSince.IsZero()
}

// obey ends a leg whose deadline has come, and sees to it that Asterisk would end it in time.
func (g *Guard) obey(l *leg) {
	l.cutAt = time.Time{}
	if l.deadline.Cap != nil {
		l.cutAt = l.deadline.At.Add(-cutLead)
	}
	if !l.cutAt.IsZero() && !g.now.Before(l.cutAt) {
		g.cutForCap(l)
	} else if limit := g.limitOf(l); g.moves(l, limit) {
		g.limitTime(l, limit)
	}
	g.schedule(l)
}

// latest is the last moment at which Asterisk's limit of a leg may stand. In a crowd deadlines
// tremble, and half the lead is room for that.
func (l *leg) latest() time.Time {
	switch {
	case l.deadline.Cap == nil:
		return l.deadline.At
	case l.crowded:
		return l.deadline.At.Add(-limitLead / 2)
	}
	return l.deadline.At.Add(-limitLead)
}

// slack says whether Asterisk's limit of a leg is set earlier than its deadline wants, and renewed
// as it comes near. Where many legs share a cap, each leg that begins brings the deadlines of all
// forward by a little; a limit with slack stands all the same.
func (g *Guard) slack(l *leg) bool {
	return l.crowded && l.deadline.Cap != nil && l.deadline.At.Sub(g.now) > closeBy
}

// limitOf is the moment to which Asterisk's limit of a leg would be set now.
func (g *Guard) limitOf(l *leg) time.Time {
	switch {
	case l.deadline.Cap == nil:
		return l.deadline.At
	case g.slack(l):
		return g.now.Add(l.deadline.At.Sub(g.now) * l.share() / 100)
	}
	return l.deadline.At.Add(-limitLead)
}

// share is how many per cent of the time that is left Asterisk's limit of a leg in a crowd gets: about
// half. It differs from leg to leg, or all those that once were told at the same time would have to
// be told together each time.
func (l *leg) share() time.Duration {
	var sum uint32
	for _, c := range []byte(l.ID) {
		sum = sum*31 + uint32(c)
	}
	return time.Duration(44 + sum%16)
}

// moves says whether Asterisk's limit has to be set again: at once where it has to come earlier;
// where it may come later, only once the standing one has come near, so that the traffic stays
// small.
func (g *Guard) moves(l *leg, limit time.Time) bool {
	if g.now.Before(l.limitAgain) {
		return false
	}
	if l.LimitedUntil.IsZero() || l.latest().Before(l.LimitedUntil) {
		return true
	}
	return g.near(l) && limit.Sub(l.LimitedUntil) >= g.step(l)
}

// near says whether it is time to renew a limit.
func (g *Guard) near(l *leg) bool { return !g.now.Before(g.renewal(l)) }

// renewal is from when on a limit is renewed. One with slack is when a third of the slack is left:
// so it is set again the oftener the nearer the deadline is, but not much more often than the time
// that is left halves.
func (g *Guard) renewal(l *leg) time.Time {
	if !l.crowded || l.deadline.Cap == nil {
		return l.LimitedUntil.Add(-g.rules.Horizon / 2).Add(time.Microsecond)
	}
	return l.LimitedUntil.Add(-max(l.deadline.At.Sub(l.LimitedUntil)/3, renewLead))
}

// step is by how much a limit that is near has to be late before it is moved.
func (g *Guard) step(l *leg) time.Duration {
	return max(l.LimitedUntil.Sub(g.now)/4, 100*time.Millisecond)
}

func (g *Guard) cutForCap(l *leg) {
	c := l.deadline.Cap
	defer g.closeOrOpen(l.Account)
	limit := c.Kind.Format(c.Limit)
	evidence := []Evidence{{"cap", limit}}
	if c.Kind.By() == limits.ByCall {
		g.cut(l, c.Rule(), fmt.Sprintf("the call has used up the cap of %s on %s, which is %s", nameOf(c.Account), c.Kind.What(), limit), evidence)
		return
	}
	used, _ := g.book.Used(c.Account, c.Kind, l.Rate.Route, g.now)
	what := c.Kind.What()
	if c.Kind == limits.RouteMinutesPerDay {
		what += onRoute(l.Rate.Route)
	}
	g.cut(l, c.Rule(), fmt.Sprintf("%s has used up its cap of %s on %s", nameOf(c.Account), limit, what),
		append(evidence, Evidence{"spent", c.Kind.Format(used)}))
}

// onRoute names a route behind what a cap is on; "" is none.
func onRoute(route string) string {
	if route == "" {
		return ""
	}
	return " (" + route + ")"
}

// warn tells of the caps of an account that are mostly used up, and waits for the next ones.
func (g *Guard) warn(a limits.Account) {
	due, next := g.book.Warnings(a, g.now, g.rules.Horizon)
	for _, w := range due {
		limit, used := w.Kind.Format(w.Limit), w.Kind.Format(w.Used)
		evidence := []Evidence{{"cap", limit}, {"used", used}, {"per cent", strconv.FormatInt(w.PerCent(), 10)}}
		g.incident(nil, Incident{
			Account: a, Rule: w.Rule() + "." + limits.WarnAt.String(), Evidence: evidence, Actions: []string{"tell"},
			Seen: fmt.Sprintf("%s has used %s of its cap of %s on %s", nameOf(a), used, limit, w.Kind.What()+onRoute(w.Route)),
		})
	}
	k := g.warnings[a]
	if k == nil && next.IsZero() {
		return
	}
	if k == nil {
		k = &wake{account: &a, place: -1}
		g.warnings[a] = k
	}
	if g.wakes.set(k, next); next.IsZero() {
		delete(g.warnings, a)
	}
}
