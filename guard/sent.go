package guard

import (
	"cmp"
	"strings"
)

// A call goes on elsewhere because somebody sent it there: by transfer, by a phone that forwards, by
// parking. Who did that pays for what follows, and not who happens to be sent.

// actor is who pays for what somebody does by hand on a channel. For a phone that is the phone's own
// account, whoever sent it into this call: only what the dialplan named on this very channel comes
// before that.
func (s *server) actor(ch *channel) payer {
	if ch.kind != phone || ch.extension != "" {
		return s.payerOf(ch)
	}
	return payer{s.accountOf(ch), "phone " + ch.Name}
}

// sentOn makes p pay for what a channel does from now on. What the dialplan named on it before was
// about the call that it had until now.
func (ch *channel) sentOn(p payer, how string) {
	p.how = how + " by " + p.how
	ch.sentBy, ch.extension = &p, ""
}

func (s *server) transferred(f Transferred) {
	if f.By.ID == "" || f.Transferee.ID == "" {
		return
	}
	by, transferee := s.see(f.By), s.see(f.Transferee)
	transferee.sentOn(s.actor(by), "transfer")
}

// forwarded finds the Local channel that goes to where a phone forwards, and makes the phone pay.
// Asterisk makes that channel before it tells of the forward, and may dial it before or after.
func (s *server) forwarded(f Forwarded) {
	if f.By.ID == "" || f.To == "" {
		return
	}
	by := s.see(f.By)
	var half *channel
	for _, ch := range s.channels {
		if ch.kind != local || ch.sentBy != nil || ch.dialledBy != "" && ch.dialledBy != f.From.ID || !goesTo(ch.Name, f.To) {
			continue
		}
		if f.From.ID != "" && ch.LinkedID != s.see(f.From).LinkedID {
			continue
		}
		if half == nil || newer(ch, half) {
			half = ch
		}
	}
	if half != nil {
		half.sentOn(s.actor(by), "forward")
	}
}

// goesTo says whether a name is that of the first half of a Local channel to a number, which can
// have its context with it: "Local/number@context-00000001;1".
func goesTo(name, to string) bool {
	to, _, _ = strings.Cut(strings.TrimPrefix(to, "Local/"), "/")
	end := "@"
	if strings.Contains(to, "@") {
		end = "-"
	}
	return strings.HasPrefix(name, "Local/"+to+end) && strings.HasSuffix(name, ";1")
}

// newer compares channels by their IDs, in which Asterisk counts: "1795282171.94".
func newer(a, b *channel) bool {
	return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID)) > 0
}

// parked makes the phone pay that parked a channel, for where the channel goes if nobody takes it
// back. Asterisk names only the phone's endpoint, so the newest channel of it is asked, and rather
// one of the same call.
func (s *server) parked(f Parked) {
	if f.Channel.ID == "" {
		return
	}
	parkee := s.see(f.Channel)
	var by *channel
	for _, ch := range s.channels {
		if ch.kind != phone || ch == parkee || endpointOf(ch.Name) != f.By {
			continue
		}
		same := ch.LinkedID == parkee.LinkedID
		if by == nil || same && by.LinkedID != parkee.LinkedID || same == (by.LinkedID == parkee.LinkedID) && newer(ch, by) {
			by = ch
		}
	}
	if by != nil {
		parkee.sentOn(s.actor(by), "parking")
	}
}

// undialled says whether a channel is the first half of a Local channel within another call, of which
// no event has told yet that somebody dials it. Whatever names it has it inherited.
func (ch *channel) undialled() bool {
	return ch.kind == local && ch.dialledBy == "" && ch.LinkedID != ch.ID && strings.HasSuffix(ch.Name, ";1")
}

// maker pays where Asterisk itself made a Local channel that nobody dialled. That is the phone that
// put the others of the call on hold last, and looks with keys for whom to put its call through to;
// else the one that was called and declined, because it forwards, of which Asterisk can tell a moment
// later; else the one that is up, which a program called by way of this Local channel.
func (s *server) maker(half *channel) (payer, bool) {
	var holder, forwards, up *channel
	declined, ups := 0, 0
	for _, ch := range s.channels {
		switch {
		case ch.kind != phone:
		case ch.declined && !ch.up && ch.calledFor(half):
			declined++
			forwards = ch
		case ch.LinkedID != half.LinkedID:
		case ch.up:
			ups++
			up = ch
			if !ch.heldAt.IsZero() && (holder == nil || ch.heldAt.After(holder.heldAt)) {
				holder = ch
			}
		}
	}
	switch {
	case holder != nil:
		return s.actor(holder), true
	case declined == 1:
		return s.actor(forwards), true
	case ups == 1:
		return s.ownPayer(up)
	}
	return payer{}, false
}

// calledFor says whether a phone was called in the same call as a Local channel; where a program
// called it, nobody dialled it, and a Local channel to which it forwards begins a call of its own.
func (ch *channel) calledFor(half *channel) bool {
	if ch.dialledBy != "" {
		return ch.LinkedID == half.LinkedID
	}
	began := half.LinkedID == half.ID || half.LinkedID == half.twin
	return began && ch.State == StateOutgoing && ch.Context == half.Context
}
