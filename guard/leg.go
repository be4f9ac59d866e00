package guard

import (
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
)

// ruleEmergency tells of an emergency call, to whoever wants to know.
const ruleEmergency = "emergency.call"

// UnconfirmedRule tells of a channel whose end was asked for and is not seen.
const UnconfirmedRule = "hangup.unconfirmed"

const (
	// confirmWithin is how soon the end of a channel has to be seen after it was asked for.
	confirmWithin = time.Second
	// tellUnconfirmed is how often it is told again that the end is not seen.
	tellUnconfirmed = time.Minute
	// listGrace is how long a leg that a list does not show waits for its ChannelEnded, which can
	// be on its way behind the list.
	listGrace = 2 * time.Second
	// recordGrace is how long an ended leg waits for Asterisk's own record of the call.
	recordGrace = 10 * time.Second
	// askedMost bounds the requests to hang up one channel; the leg stays under its time limit.
	askedMost = 100
)

// leg is a leg that the guard follows.
type leg struct {
	Leg
	book *limits.Leg
	wake wake
	// cutAt is when the guard itself ends the leg; zero where no cap wants it before the horizon.
	cutAt time.Time
	// deadline is the moment until which the leg may go on, as it was when it was last worked out,
	// at the moment timed; crowded says that too many legs share it to tell Asterisk of each change.
	deadline limits.Deadline
	timed    time.Time
	crowded  bool
	// asked counts the requests to hang up; askedFirst and askedAt are the first and the last one's
	// moment. unconfirmedAt is when it was told last that they were in vain, and hangUpError is what
	// Asterisk answered last.
	asked                              int
	askedFirst, askedAt, unconfirmedAt time.Time
	hangUpError                        string
	// limitFailures counts the time limits that Asterisk did not take, and limitAgain is when the
	// next one may be asked for.
	limitFailures int
	limitAgain    time.Time
	// missingSince is when a list first lacked the leg; seenLast is when it was watched last before
	// that, and parts is what Asterisk's own records say of it.
	missingSince, seenLast time.Time
	parts                  []part
	// adopted legs were under way before anybody looked: what they dialled is not known for certain.
	adopted     bool
	destination number.Destination
	emergency   bool
	// sold is what the selling deck said; nil where none is chosen.
	sold    *Quote
	changed bool // among the legs to be saved
	// charged is what its end made of it, and corrections counts what came after that.
	charged     []limits.Charge
	corrections int
	// firstAsked is set on the first leg of a call that asked: the attempt that it told of.
	firstAsked bool
	// noted is set in observe mode once it has been told that the leg would have been cut.
	noted bool
}

// dialBegun remembers who dialled whom, and judges the leg if a carrier is going to bill it.
func (g *Guard) dialBegun(s *server, f DialBegun) {
	s.sawCall = true
	var from *channel
	if f.From.ID != "" {
		from = s.see(f.From)
		from.dialling = f.From.Exten
	}
	to := s.see(f.To)
	if from != nil {
		from.dials(to)
	}
	if to.kind == trunk && to.leg == nil {
		g.judge(s, to, from, f.Dialled)
	}
}

// judge begins to meter a leg, and lets it through or refuses it.
func (g *Guard) judge(s *server, ch, from *channel, dialled string) *leg {
	return g.judgeAs(s, ch, from, dialled, false)
}

// judgeAs judges a leg; adopted is one that was under way before anybody looked.
func (g *Guard) judgeAs(s *server, ch, from *channel, dialled string, adopted bool) *leg {
	l, destination, err := g.newLeg(s, ch, from, dialled)
	l.adopted = adopted
	g.price(l)
	g.enter(l)
	g.bypass(s, l, ch, from)
	g.dropHold(from) // the leg takes its place, be it to another number
	a := admissionFor(l, from)
	if a != nil {
		l.firstAsked, a.untried = a.untried, false
	}
	refused := g.refusal(l, from, destination, err)
	if refused != nil && a != nil && a.refused != nil && a.refused.rule == refused.rule && !g.rules.Observe {
		again := *refused
		again.told, refused = true, &again
	}
	ch.leg = l
	s.keep(l)
	g.legs[l.book] = l
	g.book.Count(l.Account, g.now)
	g.book.Add(l.book)
	g.recordLeg(l)
	if l.emergency && g.rules.EmergencyNotice {
		g.incident(l, Incident{Rule: ruleEmergency, Seen: fmt.Sprintf("%s calls the emergency number %s", l.Account, l.Number), Actions: []string{"tell"}})
	}
	if refused != nil {
		g.refuse(l, refused) // nothing is held for it, so nobody's time changes
	} else {
		g.retimeFor(l)
	}
	if from != nil {
		g.freeCaller(s, from)
	}
	return l
}

// newLeg begins what is known of a leg that is to be: who pays, and where it goes. The error says why
// that cannot be read.
func (g *Guard) newLeg(s *server, ch, from *channel, dialled string) (*leg, number.Destination, error) {
	p := s.payerOf(ch)
	l := &leg{Leg: Leg{
		Server: s.name, ID: ch.ID, Name: ch.Name,
		Account: p.account, PaidBy: p.how,
		Dialled: dialled, Number: dialled,
		Day:     g.rules.Calendar.Window(limits.Day, g.now).Key,
		Started: g.now, Verdict: Allowed, RecordedSeconds: -1,
	}}
	l.wake.place, l.wake.leg = -1, l
	destination, err := g.destinationOf(l, s, ch, from)
	if err == nil {
		l.Number, l.Country, l.International = destination.Digits, destination.Country, destination.International
		l.destination = destination
	}
	l.emergency = err == nil && destination.Class == number.Emergency
	return l, destination, err
}

// enter makes what the book has to know of a leg whose price is known.
func (g *Guard) enter(l *leg) {
	l.book = &limits.Leg{Account: l.Account, Rate: l.Rate, Sold: l.Sold, International: l.International, Exempt: l.emergency}
}

// keep remembers a leg, and forget lets it go once Asterisk's own records of it have come.
func (s *server) keep(l *leg) {
	s.legs[l.ID] = l
	if l.Name != "" {
		s.byName[l.Name] = l
	}
}

func (s *server) forget(l *leg) {
	delete(s.legs, l.ID)
	if s.byName[l.Name] == l {
		delete(s.byName, l.Name)
	}
}

// answered begins the charging of a leg.
func (g *Guard) answered(s *server, f ChannelAnswered) {
	outgoing := s.channels[f.Channel.ID]
	ch := s.see(f.Channel)
	if ch.kind != trunk {
		return
	}
	l := ch.leg
	if l == nil {
		// Answered without having been seen to dial. A channel on which somebody called in is no leg.
		if outgoing == nil || outgoing.State != StateOutgoing {
			return
		}
		l = g.judge(s, ch, nil, ch.Exten)
	}
	g.answer(l, f.At, false)
}

func (g *Guard) answer(l *leg, at time.Time, estimated bool) {
	if !l.Answered.IsZero() || !l.Ended.IsZero() {
		return
	}
	l.Answered, l.Estimated = at, l.Estimated || estimated
	l.book.Estimated = estimated
	l.AnsweredDay = g.rules.Calendar.Window(limits.Day, at).Key
	g.book.Answer(l.book, at)
	if s := g.servers[l.Server]; s != nil {
		if ch := s.channels[l.ID]; ch != nil {
			if from := s.channels[ch.dialledBy]; from != nil {
				from.tried = ""
			}
		}
	}
	g.retimeFor(l)
	g.recordLeg(l)
}

// ended forgets a channel and closes its leg.
func (g *Guard) ended(s *server, f ChannelEnded) {
	g.release(s.channels[f.ID])
	delete(s.channels, f.ID)
	if l := s.legs[f.ID]; l != nil {
		g.end(l, f.At, f.Cause, false)
	}
}

// end charges a leg for all that it used.
func (g *Guard) end(l *leg, at time.Time, cause int, estimated bool) {
	if !l.Ended.IsZero() {
		return
	}
	if at.Before(l.Started) {
		at = l.Started
	}
	l.Ended, l.Cause, l.Estimated = at, cause, l.Estimated || estimated
	delete(g.legs, l.book)
	l.charged = g.book.End(l.book, at)
	for _, c := range l.charged {
		l.Cost += c.Amount
		l.Price += c.Price
		l.BilledSeconds += c.BilledSeconds
		g.record(Charge{
			Server: l.Server, Leg: l.ID, Day: c.Day, Kind: KindCall, Account: l.Account, At: at,
			Amount: c.Amount, Price: c.Price, BilledSeconds: c.BilledSeconds, Estimated: l.Estimated,
			International: l.International, Route: l.Rate.Route,
		})
	}
	g.recordLeg(l)
	g.wakes.set(&l.wake, g.now.Add(recordGrace))
	g.retimeFor(l)
	g.closeOrOpen(l.Account)
}

// hangUp asks Asterisk to end a leg, another way each time it is asked again.
func (g *Guard) hangUp(l *leg) {
	way := ByARI
	if l.asked%2 == 1 {
		way = ByAMI
	}
	if l.asked++; l.asked == 1 {
		l.askedFirst = g.now
	}
	l.askedAt = g.now
	l.book.Refused = true
	g.do(HangUp{Server: l.Server, ID: l.ID, Way: way, Refused: l.Verdict == Denied})
	// Should the request get lost, and the guard with it, Asterisk ends the leg by itself.
	if soon := g.now.Add(confirmWithin); l.LimitedUntil.IsZero() || l.LimitedUntil.After(soon) {
		g.limitTime(l, soon)
	}
	g.schedule(l)
}

// hangUpFailed asks the other way at once, unless the channel is gone already.
func (g *Guard) hangUpFailed(s *server, f HangUpFailed) {
	l := s.legs[f.ID]
	if l == nil || !l.Ended.IsZero() || l.asked == 0 {
		return
	}
	if f.Gone {
		g.missing(l)
		return
	}
	l.hangUpError = fmt.Sprintf("; %s answered: %s", f.Way, f.Reason)
	if l.asked == 1 {
		g.hangUp(l)
	}
}

// unconfirmed tells, as loudly as can be, that a hang-up was asked for and is not done: a second
// after the first request, and while it lasts.
func (g *Guard) unconfirmed(l *leg) {
	lasts := g.now.Sub(l.askedFirst)
	if lasts < confirmWithin || !l.unconfirmedAt.IsZero() && g.now.Sub(l.unconfirmedAt) < tellUnconfirmed {
		return
	}
	l.unconfirmedAt = g.now
	g.incident(l, Incident{
		Rule: UnconfirmedRule,
		Seen: fmt.Sprintf("Asterisk was asked %d times to hang up %s, and after %s it is still there%s",
			l.asked, l.Name, lasts.Round(time.Millisecond), l.hangUpError),
		Actions: []string{"ask again, by ARI and AMI in turns"},
		Urgent:  true,
	})
}

// resume takes up a leg that an earlier guard left live.
func (g *Guard) resume(record Leg) {
	l := &leg{Leg: record}
	l.wake.place, l.wake.leg = -1, l
	g.notAhead(l)
	l.book = &limits.Leg{Account: l.Account, Rate: l.Rate, Sold: l.Sold, International: l.International, Answered: l.Answered, Estimated: l.Estimated}
	if l.Answered.IsZero() {
		l.book.Unwatched = l.Started
	}
	s := g.servers[l.Server]
	if s == nil {
		// A server that is no longer configured cannot be asked.
		s = g.addServer(l.Server)
	}
	for _, plan := range bothWays(s.rules.PlanOf(endpointOf(l.Name))) {
		if d, err := plan.Parse(l.Dialled); err == nil && d.Digits == l.Number {
			l.destination, l.emergency = d, d.Class == number.Emergency
			l.book.Exempt = l.emergency
			break
		}
	}
	s.keep(l)
	g.legs[l.book] = l
	g.book.Add(l.book)
	if l.Verdict != Allowed {
		l.asked, l.askedFirst, l.askedAt = 1, g.now, g.now
	}
	g.schedule(l)
	if _, configured := g.rules.Servers[l.Server]; !configured {
		g.abandon(s)
	}
}

// notAhead moves a leg that began or was answered in the future: the clock was set back while no guard
// was there. How long it has lived is not known any more, but that Asterisk ends it at its limit; so it
// is taken to be as old as that allows.
func (g *Guard) notAhead(l *leg) {
	if !l.Started.After(g.now) && !l.Answered.After(g.now) {
		return
	}
	ahead := later(later(l.Started, l.Answered), l.LimitedUntil).Sub(g.now)
	l.Started, l.LimitedUntil, l.Estimated = l.Started.Add(-ahead), time.Time{}, true
	if !l.Answered.IsZero() {
		l.Answered = l.Answered.Add(-ahead)
	}
}
