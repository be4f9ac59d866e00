package guard

import (
	"time"

	"github.com/fraudguard/fraudguard/number"
)

func (g *Guard) limitTime(l *leg, until time.Time) {
	if s := g.servers[l.Server]; g.rules.Observe || !s.up {
		return
	}
	after := max(until.Sub(g.now).Truncate(time.Millisecond), time.Millisecond)
	l.LimitedUntil = g.now.Add(after)
	g.do(LimitTime{Server: l.Server, ID: l.ID, After: after})
	g.recordLeg(l)
}

// limitFailed asks for the limit of a leg again, later and later, and tells that it does not stand:
// until it does, only the guard itself ends the leg in time.
func (g *Guard) limitFailed(s *server, f LimitFailed) {
	l := s.legs[f.ID]
	if l == nil || !l.Ended.IsZero() {
		return
	}
	if f.Gone {
		g.missing(l)
		return
	}
	l.limitFailures++
	l.LimitedUntil = time.Time{}
	l.limitAgain = g.now.Add(patience(l.limitFailures))
	if l.limitFailures == 1 {
		g.incident(l, Incident{
			Rule:    "limit.failed",
			Seen:    "Asterisk did not take the time limit of " + l.Name + ", and does not end it should fraudguard die: " + f.Reason,
			Actions: []string{"ask again"},
			Urgent:  true,
		})
	}
	g.recordLeg(l)
	g.schedule(l)
}

// schedule finds the next moment at which a leg has to be looked at.
func (g *Guard) schedule(l *leg) {
	if !l.missingSince.IsZero() {
		g.wakes.set(&l.wake, l.missingSince.Add(listGrace))
		return
	}
	var at time.Time
	if l.waits() && !g.rules.Observe {
		at = sooner(at, l.confirmBy())
	}
	if l.Verdict == Allowed && !l.emergency && !l.noted {
		at = sooner(at, l.cutAt)
		switch {
		case g.rules.Observe, !g.servers[l.Server].up: // no limit is set
		case l.LimitedUntil.IsZero():
			at = sooner(at, l.limitAgain)
		case g.near(l):
			at = sooner(at, g.now.Add(g.step(l)))
		default:
			at = sooner(at, g.renewal(l))
		}
	}
	g.wakes.set(&l.wake, at)
}

// sooner is the earlier of two moments, of which a zero one never comes.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// waits says whether the end of the leg was asked for, and may be asked for again.
func (l *leg) waits() bool { return l.asked > 0 && l.asked < askedMost }

// patience is how long to wait after something was asked for so many times.
func patience(times int) time.Duration { return confirmWithin * time.Duration(min(times, 10)) }

// confirmBy is when the end has to have been seen: a second after the first request, and then it is
// asked for more and more seldom.
func (l *leg) confirmBy() time.Time {
	if first := l.askedFirst.Add(confirmWithin); l.unconfirmedAt.IsZero() && l.askedAt.Before(first) {
		return first
	}
	return l.askedAt.Add(patience(l.asked))
}

// wakeUp looks at all that has come due, once.
func (g *Guard) wakeUp() {
	g.due = g.due[:0]
	for k, ok := g.wakes.due(g.now); ok; k, ok = g.wakes.due(g.now) {
		g.due = append(g.due, k)
	}
	for _, k := range g.due {
		if k == &g.takeover {
			g.takeOver()
		} else if k.channel != nil {
			g.dialsNot(k.channel)
		} else if k.block != nil {
			if g.blocks[k.block.Target] == k.block {
				g.unblock(k.block.Target, "time")
			}
		} else if k.account != nil {
			g.warn(*k.account)
		} else if k.differs != nil {
			g.tellDiffering(k.differs)
		} else {
			g.wakeLeg(k.leg)
		}
	}
}

func (g *Guard) wakeLeg(l *leg) {
	switch {
	case !l.Ended.IsZero():
		if s := g.servers[l.Server]; s != nil {
			g.compareRecords(s, l)
			s.forget(l)
		}
		return
	case !l.missingSince.IsZero() && !g.now.Before(l.missingSince.Add(listGrace)):
		g.vanished(l)
		return
	case l.waits() && !g.rules.Observe && !g.now.Before(l.confirmBy()):
		g.hangUp(l)
		g.unconfirmed(l)
	}
	g.schedule(l)
	switch {
	case l.Verdict != Allowed:
	case l.crowded && l.timedByCaps() && g.now.Sub(l.timed) < timedFor:
		g.obey(l)
	default:
		g.retimeFor(l)
	}
}

// vanished closes a leg whose end was not watched as Asterisk's own record says, where one has come, or
// else at the last moment at which it may have lived: when the list lacked it, or when Asterisk's own
// limit ended it. It may have been answered in the
// dark, so it is charged as if it had been, at once.
func (g *Guard) vanished(l *leg) {
	at := l.missingSince
	if !l.LimitedUntil.IsZero() && l.LimitedUntil.Before(at) {
		at = l.LimitedUntil
	}
	s := g.servers[l.Server]
	delete(s.channels, l.ID)
	if g.endByRecord(l) {
		return
	}
	if l.Answered.IsZero() {
		if l.book.Unwatched.IsZero() {
			l.book.Unwatched = l.Started
		}
		if l.book.Unwatched.Before(at) {
			g.answer(l, l.book.Unwatched, true)
		}
	}
	g.end(l, at, 0, true)
}

// ringingUntil is the last moment at which a ringing leg is known to have been ringing, where
// nobody watched since a moment.
func (l *leg) ringingUntil(since time.Time) time.Time {
	if since.After(l.Started) {
		return since
	}
	return l.Started
}

// channelsListed sets right what the guard believes to be live.
func (g *Guard) channelsListed(s *server, f ChannelsListed) {
	listed := make(map[string]struct{}, len(f.Channels))
	for i := range f.Channels {
		listed[f.Channels[i].ID] = struct{}{}
		s.see(f.Channels[i].Channel).askedFirst = false
	}
	for id, ch := range s.channels {
		if _, ok := listed[id]; ok || ch.justAsked(g.now) {
			continue
		}
		g.release(ch)
		delete(s.channels, id)
	}
	for _, l := range g.inOrder() {
		if l.Server != s.name {
			continue
		}
		if _, ok := listed[l.ID]; !ok {
			g.missing(l)
		}
	}
	g.freeCallers(s, false)
	for i := range f.Channels {
		g.listed(s, &f.Channels[i])
	}
	s.darkSince = time.Time{}
	for _, tenant := range g.liveTenants() {
		g.retime(tenant)
	}
}

// missing notes that a leg is not there any more, and that its end was not seen yet.
func (g *Guard) missing(l *leg) {
	if !l.missingSince.IsZero() {
		return // since before
	}
	l.missingSince = g.now
	g.schedule(l)
}

// listed takes up a channel that lives. What was missed of it is estimated on the dear side: the
// answer at the first moment at which nobody watched.
func (g *Guard) listed(s *server, c *ListedChannel) {
	ch := s.channels[c.ID]
	if ch.kind != trunk {
		return
	}
	l := ch.leg
	if l == nil {
		if !c.Outgoing {
			return
		}
		l = g.adopt(s, ch, c)
	}
	l.missingSince = time.Time{}
	l.LimitedUntil = time.Time{} // whether the limit that was asked for arrived is not known
	if c.State == StateUp && l.Answered.IsZero() {
		g.answer(l, l.ringingUntil(l.book.Unwatched), true)
	}
	l.book.Unwatched = time.Time{}
	g.book.Change(l.book)
	if l.asked > 0 && l.askedAt.Before(g.now) {
		g.hangUp(l)
	}
	g.schedule(l)
}

// adopt takes up a leg that nobody saw begin. It is let through or refused as any other, but for
// this: a list does not tell for certain what was dialled, so that a number which cannot be read or
// has no price is no reason to hang up a call that is under way, and where the call began with an
// emergency number it is taken for one.
func (g *Guard) adopt(s *server, ch *channel, c *ListedChannel) *leg {
	dialled := c.Dialled
	for _, exten := range []string{ch.Exten, s.extenOf(ch.LinkedID)} {
		if d, err := s.rules.PlanOf(endpointOf(ch.Name)).Parse(exten); err == nil && d.Class == number.Emergency {
			dialled = exten
		}
	}
	var asker *channel
	if first := s.channels[ch.LinkedID]; first != nil && first.admission != nil {
		asker = first
	}
	l := g.judgeAs(s, ch, asker, dialled, true)
	l.Started, l.Estimated = c.Created, true
	return l
}

func (s *server) extenOf(id string) string {
	if ch := s.channels[id]; ch != nil {
		return ch.Exten
	}
	return ""
}
