package guard

import (
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// Asterisk writes what a phone dialled into its manager events as it is, line breaks and all. Whoever
// can dial those can break an event before it says which channel it is about, or forge one. So what
// the manager says is held to a second source, which escapes what it tells: the REST interface.

const (
	ruleHidden = "ami.hidden"
	ruleForged = "ami.forged"
	// endedFor is how long a channel has to have ended before it is a wonder that it lives.
	endedFor = time.Second
	// unseenFor is how long a channel has to have lived without an event about it: long enough for
	// a manager that lags behind.
	unseenFor = 5 * time.Second
)

// channelsFound compares the trunk channels that live with those that the events told of.
func (g *Guard) channelsFound(s *server, f ChannelsFound) {
	if !s.up || !s.darkSince.IsZero() || !s.sawCall {
		return // events are missing anyway, or the user may not see them; status says so
	}
	suspects := make(map[string]time.Time)
	for _, c := range f.Channels {
		if s.rules.kindOf(c.Name) != trunk {
			continue
		}
		if l := s.legs[c.ID]; l != nil {
			if !l.Ended.IsZero() && f.At.Sub(l.Ended) > endedFor {
				g.forgedEnd(l, f.At)
			}
			continue
		}
		if ch := s.channels[c.ID]; ch != nil && ch.State != StateOutgoing {
			continue // somebody calls in on it
		}
		first, again := s.suspects[c.ID]
		if !again {
			first = f.At
		}
		if suspects[c.ID] = first; f.At.Sub(first) >= unseenFor {
			g.hidden(s, c)
		}
	}
	s.suspects = suspects
}

// hidden ends a channel of which no event told that it dials. What it dialled is not known, so it has no price.
func (g *Guard) hidden(s *server, c Channel) {
	g.do(HangUp{Server: s.name, ID: c.ID, Way: ByARI, Refused: true})
	account := limits.Account{Tenant: unknownTenant, Extension: s.name}
	if c.AccountCode != "" {
		account.Tenant, account.Extension = clean(c.AccountCode), unknownTenant
	}
	g.incident(nil, Incident{
		Server: s.name, Account: account, Leg: c.ID, Rule: ruleHidden, Urgent: true,
		Seen:     "a channel to the carrier lives, and no manager event told that it dials: somebody breaks the events, with line breaks in a dialled number",
		Evidence: []Evidence{{"channel", c.Name}},
		Actions:  []string{"hang up"},
	})
}

// forgedEnd charges a leg, which lives although an event said that it ended, for what it has used
// since, and hangs it up.
func (g *Guard) forgedEnd(l *leg, at time.Time) {
	g.do(HangUp{Server: l.Server, ID: l.ID, Way: ByARI})
	l.corrections++
	charged := make(map[string]limits.Charge)
	for _, c := range l.charged {
		charged[c.Day] = c
	}
	l.charged = g.book.Charges(l.book, at)
	for _, c := range l.charged {
		more := Charge{
			Server: l.Server, Leg: l.ID, Day: c.Day, Kind: fmt.Sprintf("correction-%d", l.corrections), Account: l.Account, At: at,
			Amount: c.Amount - charged[c.Day].Amount, Price: c.Price - charged[c.Day].Price, BilledSeconds: c.BilledSeconds - charged[c.Day].BilledSeconds, Estimated: true,
			International: l.International, Route: l.Rate.Route,
		}
		if more.Amount == 0 && more.Price == 0 && more.BilledSeconds == 0 {
			continue
		}
		g.book.PostLeg(l.book, limits.Charge{Day: c.Day, Amount: more.Amount, Price: more.Price, BilledSeconds: more.BilledSeconds}, at)
		g.record(more)
	}
	g.wakes.set(&l.wake, g.now.Add(recordGrace))
	g.incident(l, Incident{
		Rule: ruleForged, Urgent: true,
		Seen:    "a manager event said that " + l.Name + " had ended, and it lives: somebody forges events, with line breaks in a dialled number",
		Actions: []string{"hang up", "charge what it used since"},
	})
}
