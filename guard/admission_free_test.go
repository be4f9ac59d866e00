package guard

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// askingCaller is a caller as Asterisk has it.
type askingCaller struct {
	phone    Channel
	limit    time.Time // until when a verdict lets it go on; zero where none stands
	legs     int
	dialling Channel // the leg that lives; its ID is empty where there is none
}

// TestCallersGoFree: whatever happens between asking and dialling, a caller whose leg the guard watches
// has no time limit of a verdict any more, for its leg has one of its own.
func TestCallersGoFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, seen := askingGuard(ServerRules{FailMode: FailOpen})
		callers := map[string]*askingCaller{}
		linked, observed := true, false
		var names []string
		handle := func(f Fact) {
			for _, e := range g.Handle(f) {
				switch e := e.(type) {
				case Answer:
					until := g.now.Add(e.Limit)
					if c := callers[e.ID]; e.Limit > 0 && (c.limit.IsZero() || until.Before(c.limit)) {
						c.limit = until
					}
				case LimitTime:
					if c := callers[e.ID]; c != nil && e.After == 0 && linked {
						c.limit = time.Time{}
					}
				}
			}
		}
		pick := func() *askingCaller { return callers[rapid.SampledFrom(names).Draw(t, "caller")] }
		list := func() ChannelsListed {
			f := ChannelsListed{Seen: seen()}
			for _, c := range callers {
				f.Channels = append(f.Channels, ListedChannel{Channel: c.phone, Created: evening})
				if c.dialling.ID != "" {
					f.Channels = append(f.Channels, ListedChannel{Channel: c.dialling, Created: evening, Outgoing: true, Dialled: "0612345678"})
				}
			}
			return f
		}
		for range rapid.IntRange(5, 40).Draw(t, "steps") {
			switch step := rapid.IntRange(0, 7).Draw(t, "step"); {
			case step == 0 || len(names) == 0:
				id := fmt.Sprintf("c%d", len(names))
				c := &askingCaller{phone: Channel{ID: id, LinkedID: id, Name: "PJSIP/101-" + id, State: StateRinging}}
				callers[id], names = c, append(names, id)
				if linked {
					handle(ChannelCreated{seen(), c.phone})
				}
			case step <= 2:
				if c := pick(); c.dialling.ID == "" {
					f := AdmissionAsked{Seen: seen(), Channel: c.phone, Number: "0612345678"}
					if c.limit.After(g.now) {
						f.Limit = c.limit.Sub(g.now)
					}
					handle(f)
				}
			case step == 3:
				if c := pick(); c.dialling.ID == "" {
					c.legs++
					c.dialling = Channel{ID: fmt.Sprintf("%s-%d", c.phone.ID, c.legs), LinkedID: c.phone.ID, Name: fmt.Sprintf("PJSIP/carrier-%s%d", c.phone.ID, c.legs)}
					if linked {
						handle(ChannelCreated{seen(), c.dialling})
						handle(DialBegun{Seen: seen(), From: c.phone, To: c.dialling, Dialled: "0612345678"})
					}
				}
			case step == 4:
				if c := pick(); c.dialling.ID != "" {
					if linked {
						handle(ChannelEnded{Seen: seen(), ID: c.dialling.ID})
					}
					c.dialling = Channel{}
				}
			case step == 5 && linked:
				linked = false
				handle(ServerDown{Seen: seen(), Reason: "a test"})
			case step == 5:
				linked = true
				handle(ServerUp{seen()})
				handle(list())
			case step == 6:
				rules := g.rules
				observed = !observed
				rules.Observe = observed
				handle(RulesChanged{seen(), rules})
			case step == 7:
				at, ok := g.Next()
				if ok && rapid.Bool().Draw(t, "wait") {
					handle(Tick{Seen{At: at}})
				}
			}
			for _, id := range names {
				if c := callers[id]; !c.limit.IsZero() && linked && c.dialling.ID != "" && g.servers["pbx"].legs[c.dialling.ID] != nil {
					t.Fatalf("%s dials under the limit of its verdict (observe %v)", id, observed)
				}
			}
		}
	})
}
