package guard

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
)

// Rules about how calls ask.
const (
	// ruleGone is why a call is refused whose leg could not be watched.
	ruleGone = "guard.gone"
	// ruleLate tells of a call that went on without the verdict it had asked for.
	ruleLate = "admission.late"
	// BypassRule tells of a leg that should have asked.
	BypassRule = "admission.bypass"
)

const (
	// holdFor is how long money stays set aside for a call that was let through and does not dial.
	// One that dials later is judged anew, and has asked all the same.
	holdFor = 30 * time.Second
	// tellAgain is how long the same fault of a dialplan or of a server is told once.
	tellAgain = time.Hour
	// mostTold bounds the faults that are remembered as told.
	mostTold = 1000
)

// FailMode is what becomes of a call that asks while nobody can judge it.
type FailMode string

// The fail modes, by the words of the configuration.
const (
	FailOpen     FailMode = "open"
	FailClosed   FailMode = "closed"
	FailDomestic FailMode = "domestic" // only national and toll-free numbers
)

// admission is what was said to a call that asked, before it dials.
type admission struct {
	// number is what the call asked for: E.164 digits where it can be understood.
	number string
	// hold is the leg that is to be, in the book but not live; nil once a leg has begun, or where
	// there is none to come.
	hold    *leg
	refused *refused
	// limit is how long the verdict lets the caller go on, while that stands; 0 is without limit.
	// siteLimit is when the dialplan's own time limit ends the call; zero where it has none.
	limit     time.Duration
	siteLimit time.Time
	// given is when the limit of this verdict, or of one before that stood still, ends the call; zero
	// where there was none.
	given time.Time
	// untried is set until a leg to the number begins.
	untried bool
	wake    wake
}

// admissionAsked judges a call before it dials, and holds its first increment until it does.
func (g *Guard) admissionAsked(s *server, f AdmissionAsked) {
	ch := s.asker(f.Channel)
	s.namedByAsking(ch, f)
	g.release(ch)
	l, destination, err := g.newLeg(s, ch, ch, f.Number)
	g.priceBefore(l, s.rules.Trunks)
	g.enter(l)
	a := &admission{number: l.Number}
	if f.Limit > 0 {
		a.siteLimit, a.given = ch.admission.standing(g.now.Add(f.Limit))
	}
	ch.admission = a
	a.refused = g.refusal(l, ch, destination, err)
	if a.refused == nil && !s.up {
		a.refused = s.refusalBlind(l)
	}
	a.untried = !l.Retried
	if a.refused != nil {
		g.turnAway(s, ch, l)
		return
	}
	if !l.emergency {
		a.hold = l
		a.wake = wake{place: -1, channel: ch}
		g.wakes.set(&a.wake, g.now.Add(holdFor))
		g.holds[l.book] = a
		g.book.Add(l.book)
		a.limit = g.rules.Horizon
		g.retimeFor(l)
		if !g.rules.Observe {
			a.given = sooner(a.given, g.now.Add(a.limit))
		} else if a.given.IsZero() {
			a.limit = 0 // it is not told of any
		}
	}
	g.answerAsk(s, ch, Answer{Allow: true, Limit: a.limit})
}

// asker gives the channel that asks, of which no event may have told yet.
func (s *server) asker(c Channel) *channel {
	known := s.channels[c.ID] != nil
	ch := s.see(c)
	ch.askedFirst = ch.askedFirst || !known
	return ch
}

// namedByAsking takes in who the dialplan says pays. A name that is known was heard when the dialplan
// set it: if it does not count any more, because the call was sent on since, it is only left over.
func (s *server) namedByAsking(ch *channel, f AdmissionAsked) {
	named := AccountNamed{Channel: f.Channel, Tenant: f.Tenant, Extension: f.Extension}
	if clean(f.Extension) == ch.variable {
		named.Extension = ""
	}
	if clean(f.Tenant) == ch.callTenant {
		named.Tenant = ""
	}
	s.accountNamed(named)
}

// answerAsk tells a waiting call its verdict, before anything else is done. It goes out in observe
// mode too: the call waits.
func (g *Guard) answerAsk(s *server, ch *channel, verdict Answer) {
	verdict.Server, verdict.ID = s.name, ch.ID
	if g.rules.Observe {
		verdict.Allow, verdict.Limit, verdict.Reason = true, 0, ""
	}
	g.protect = slices.Insert(g.protect, 0, Effect(verdict))
}

// turnAway refuses a call that asked. It is recorded as a leg that never was.
func (g *Guard) turnAway(s *server, ch *channel, l *leg) {
	r := ch.admission.refused
	l.Verdict, l.Reason, l.Ended = Denied, r.rule, g.now
	g.answerAsk(s, ch, Answer{Reason: r.rule})
	l.ID = ch.ID + "/" + g.id()
	if g.rules.Observe {
		return // its leg will tell
	}
	g.book.Count(l.Account, g.now)
	g.recordLeg(l)
	if r.rule != ruleGone {
		g.followUp(l, r)
	}
}

// refusalBlind says whether a call may go on that nobody can watch, because the link is down.
func (s *server) refusalBlind(l *leg) *refused {
	mode := s.rules.FailMode
	if own, ok := s.rules.FailModes[l.Account.Tenant]; ok {
		mode = own
	}
	switch {
	case mode == FailOpen, l.emergency:
		return nil
	case mode == FailDomestic && (l.destination.Class == number.National || l.destination.Class == number.TollFree):
		return nil
	}
	return &refused{rule: ruleGone, seen: fmt.Sprintf("the link to %s is down, and the fail mode is %q", s.name, mode)}
}

// release takes back what is held for a call that asked and has not dialled.
func (g *Guard) release(ch *channel) {
	if l := g.dropHold(ch); l != nil {
		g.retimeFor(l)
	}
}

// dropHold takes the leg that is to be out of the book; nil where there is none.
func (g *Guard) dropHold(ch *channel) *leg {
	if ch == nil || ch.admission == nil || ch.admission.hold == nil {
		return nil
	}
	a := ch.admission
	l := a.hold
	a.hold = nil
	g.wakes.set(&a.wake, time.Time{})
	delete(g.holds, l.book)
	g.book.End(l.book, g.now)
	return l
}

// dialsNot gives up waiting for the leg of a call that asked: it may never dial, and live for long.
func (g *Guard) dialsNot(ch *channel) {
	l := ch.admission.hold
	g.release(ch)
	if l != nil {
		s := g.servers[l.Server]
		g.freeCaller(s, ch)
		if s.up && s.darkSince.IsZero() { // else the next list will tell
			s.forgetGhost(ch)
		}
	}
}

// justAsked says whether a channel that a list does not show may have been made after that was written.
// It is kept, or its caller's limit would never be lifted, until it is told of or does not dial.
func (ch *channel) justAsked(now time.Time) bool {
	if ch.admission == nil || ch.admission.hold == nil || now.Sub(ch.admission.hold.Started) >= listGrace {
		return false
	}
	ch.askedFirst = true
	return true
}

// forgetGhost forgets a channel that has asked, and that no event has told of since: its end was told
// before it asked, and will not be again.
func (s *server) forgetGhost(ch *channel) {
	if ch.askedFirst {
		delete(s.channels, ch.ID)
	}
}

// admissionFor gives what was said to the call that dials, nil where it did not ask for that number.
func admissionFor(l *leg, from *channel) *admission {
	if from == nil || from.admission == nil || from.admission.number != l.Number {
		return nil
	}
	return from.admission
}

// freeCaller lifts the time limit that the verdict put on the caller, once a leg has its own. What
// the dialplan had set itself stands again. While the link is down it waits for freeCallers.
func (g *Guard) freeCaller(s *server, ch *channel) {
	a := ch.admission
	if a == nil || a.limit == 0 || !s.up {
		return
	}
	a.limit = 0
	after := time.Duration(0)
	if !a.siteLimit.IsZero() {
		after = max(a.siteLimit.Sub(g.now).Truncate(time.Millisecond), time.Millisecond)
	}
	// In observe mode too: it was set before that began.
	g.protect = append(g.protect, LimitTime{Server: s.name, ID: ch.ID, After: after})
}

// freeCallers lifts the limits of callers that may still stand: all, or those for which nothing is
// held any more. Once a link stands again that is done anew, because what was sent last may be lost.
func (g *Guard) freeCallers(s *server, all bool) {
	for _, id := range slices.Sorted(maps.Keys(s.channels)) {
		ch := s.channels[id]
		a := ch.admission
		if a == nil || a.given.IsZero() || a.hold != nil && !all || !a.siteLimit.IsZero() && !a.siteLimit.After(g.now) {
			continue
		}
		a.limit = max(a.limit, 1)
		g.freeCaller(s, ch)
	}
}

// bypass tells of a leg that began without having asked, where it should have and could. It is
// judged as any other; an emergency call need not ask.
func (g *Guard) bypass(s *server, l *leg, ch, from *channel) {
	left := from
	if from == nil {
		left = ch
	}
	if !s.rules.Ask || !s.asking || l.adopted || l.emergency || !left.createdWhileAsking {
		return
	}
	if admissionFor(l, from) != nil || !g.tell("bypass "+s.name+" "+left.Context) {
		return
	}
	why := "it did not ask"
	if from != nil && from.admission != nil {
		why = fmt.Sprintf("it had asked for %q", from.admission.number)
	}
	exten := left.Exten
	if left.dialling != "" {
		exten = left.dialling
	}
	g.incident(l, Incident{
		Rule: BypassRule,
		Seen: fmt.Sprintf("%s dialled %s from context %q, extension %q, and %s: calls that leave there are judged only when the trunk dials",
			left.Name, l.Name, left.Context, exten, why),
		Evidence: []Evidence{{"context", left.Context}, {"extension", exten}, {"caller", left.Name}},
		Actions:  []string{"judge when it dials"},
	})
}

// tell says whether something is to be told, because it was not within tellAgain.
func (g *Guard) tell(what string) bool {
	if last, told := g.told[what]; told && g.now.Sub(last) < tellAgain {
		return false
	}
	if len(g.told) >= mostTold {
		clear(g.told)
	}
	g.told[what] = g.now
	return true
}

// verdictFailed notes that a call went on without its verdict, by the dialplan's fail mode, or is
// gone. Its leg, if there is one, is judged when it dials.
func (g *Guard) verdictFailed(s *server, f VerdictFailed) {
	if ch := s.channels[f.ID]; ch != nil {
		g.release(ch)
		if f.Gone {
			s.forgetGhost(ch)
		} else if s.dials(ch) {
			g.freeCaller(s, ch) // it dialled before it was heard to ask
		}
	}
	if f.Gone || !g.tell("late "+s.name) {
		return
	}
	g.incident(nil, Incident{
		Server: s.name, Account: limits.Account{Tenant: unknownTenant, Extension: s.name}, Leg: f.ID, Rule: ruleLate, Urgent: true,
		Seen:    "Asterisk did not take a verdict, so the dialplan decided by its fail mode: " + f.Reason,
		Actions: []string{"judge when it dials"},
	})
}

// ownLimit is how far the moment that a verdict gave may lie from where the dialplan shows it, which
// sets it a little later.
const ownLimit = time.Second

// standing tells the dialplan's own time limit, when a call asks again, from that of its last verdict,
// which still stands where no leg began: the first trunk could not be reached. Taken for the dialplan's
// own it would never be lifted. A may be nil.
func (a *admission) standing(shown time.Time) (site, given time.Time) {
	if a == nil || a.given.IsZero() || shown.Sub(a.given).Abs() > ownLimit {
		return shown, time.Time{}
	}
	return a.siteLimit, shown
}

// dials says whether a leg of the channel's lives.
func (s *server) dials(ch *channel) bool {
	for id, l := range s.legs {
		if to := s.channels[id]; l.Ended.IsZero() && to != nil && to.dialledBy == ch.ID {
			return true
		}
	}
	return false
}

// limitTo notes until when the call that asked may last.
func (a *admission) limitTo(d limits.Deadline, now time.Time) {
	if a.limit == 0 {
		return // it is lifted, or was never told
	}
	at := d.At
	if d.Cap != nil {
		at = at.Add(-limitLead)
	}
	a.limit = max(at.Sub(now).Truncate(time.Millisecond), time.Millisecond)
}
