package guard

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

var seeds = flag.Int("seeds", 200, "how many evenings the simulation plays")

// TestSimulation plays evenings of calls in a small world that has an Asterisk, a carrier and a
// clock of its own. Facts are doubled and lost, the link breaks, the guard is killed and restarted
// from what it had saved. The carrier keeps its own bill, with arithmetic of its own, and at the end
//
//   - every leg that was watched is charged exactly what the carrier bills, and every other at least that;
//   - no account has used more than its caps of any kind, whoever was dead meanwhile, but for what a
//     leg whose hang-up got lost begins until it is asked for again, a second later: at most two
//     increments; and for one increment of each leg that was live while nobody watched;
//   - no more legs were let through in a day, and lived at the same time, than the caps on those say;
//   - the ledger is the sum of the charges, and nothing is held any more.
func TestSimulation(t *testing.T) {
	for seed := range uint64(*seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { newWorld(t, seed).play() })
	}
}

// world is an Asterisk with phones, a carrier, and a guard that can be killed.
type world struct {
	t      *testing.T
	rand   *rand.Rand
	now    time.Time
	guard  *Guard // nil while it is dead
	kept   *keptState
	rules  Rules
	prices *rates.Prices
	// linked says whether events reach the guard.
	linked bool
	legs   []*call
	events []event
	serial int
	// notes tell what happened; they are shown where an evening fails, with -v.
	notes []string
}

func (w *world) note(format string, args ...any) {
	w.notes = append(w.notes, w.now.Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

// call is one leg as the carrier and Asterisk know it.
type call struct {
	channel         Channel
	account         limits.Account
	digits          string
	rate            rates.Rate
	begun           time.Time
	answered, ended time.Time
	limit           time.Time // TIMEOUT(absolute)
	lost            bool      // a request to hang it up got lost
	unwatched       bool      // it was live while the guard was dead or blind
}

// event is something that will happen in the world.
type event struct {
	at time.Time
	do func()
}

var tariffs = []rates.Rate{
	{Prefix: "44", Route: "uk", PerMinute: 60_000, First: 1, Next: 1},
	{Prefix: "4490", Route: "uk-premium", PerMinute: 3_000_000, First: 60, Next: 60},
	{Prefix: "370", Route: "lithuania", PerMinute: 1_234_567, Connect: 50_000, First: 30, Next: 6},
	{Prefix: "39", Route: "home", PerMinute: 20_000, First: 60, Next: 1}, // not abroad
}

func newWorld(t *testing.T, seed uint64) *world {
	deck, err := rates.NewDeck("default", "EUR", tariffs)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 7))
	w := &world{t: t, rand: r, kept: newKeptState(), prices: rates.NewPrices([]rates.Edition{{Number: 1, Deck: deck}}, "default", nil, nil), linked: true,
		now: time.Date(2026, 11, 21, 22, 30, 0, 0, time.UTC).Add(time.Duration(r.IntN(3600)) * time.Second)}
	w.rules = Rules{
		Horizon:  time.Duration(1+r.IntN(15)) * time.Minute,
		Calendar: limits.NewCalendar(time.UTC),
		Caps:     drawCaps(r),
		Servers: map[string]ServerRules{"pbx": {
			Trunks: []string{"PJSIP/carrier"}, Tenant: "default", TenantBy: []TenantSource{ByAccountCode},
			Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}},
		}},
	}
	w.guard = New(w.rules, w.prices, State{}, w.now)
	w.list()
	return w
}

// drawCaps sets caps on cost, and some of the others.
func drawCaps(r *rand.Rand) limits.Caps {
	unit := int(money.Unit)
	most := map[limits.Kind]int{
		limits.MinutesPerDay: 7200, limits.MinutesPerMonth: 10_800,
		limits.InternationalMinutesPerDay: 3600, limits.InternationalMinutesPerMonth: 5400, limits.RouteMinutesPerDay: 3600,
		limits.AttemptsPerDay: 20, limits.ConcurrentCalls: 6, limits.ConcurrentInternational: 4,
		limits.CostPerCall: 10 * unit, limits.MinutesPerCall: 1200, limits.RouteCostPerMinute: 4 * unit,
	}
	extension := limits.Values{limits.CostPerDay: limits.Value((1 + r.IntN(20)) * unit)}
	tenant := limits.Values{
		limits.CostPerDay:   limits.Value((5 + r.IntN(30)) * unit),
		limits.CostPerMonth: limits.Value((5 + r.IntN(60)) * unit),
	}
	for _, values := range []limits.Values{extension, tenant} {
		for _, k := range limits.Kinds() {
			if most[k] > 0 && r.IntN(4) == 0 {
				values[k] = limits.Value(most[k]/8 + r.IntN(most[k]))
			}
		}
	}
	return limits.Caps{Values: map[limits.Subject]limits.Values{{Scope: limits.PerExtension}: extension, {Scope: limits.PerTenant}: tenant}}
}

// raise raises the caps, as a person does at run time.
func (w *world) raise() {
	others := make(map[limits.Subject]limits.Values)
	for subject, values := range w.rules.Caps.Values {
		others[subject] = make(limits.Values)
		for k, v := range values {
			if w.rand.IntN(2) == 0 {
				others[subject][k] = v + v/4 + 1
			}
		}
	}
	w.rules.Caps = w.rules.Caps.With(others)
	w.note("caps are raised")
	if w.guard != nil {
		w.handle(RulesChanged{Seen: Seen{At: w.now}, Rules: w.rules})
	}
}

func (w *world) after(least, most time.Duration, do func()) {
	at := w.now.Add(least + time.Duration(w.rand.Int64N(int64(most-least)+1)))
	w.events = append(w.events, event{at, do})
}

// play lets a few hours pass.
func (w *world) play() {
	end := w.now.Add(3 * time.Hour)
	for range 40 {
		w.after(0, 2*time.Hour, w.dial)
	}
	for range w.rand.IntN(4) {
		w.after(0, 2*time.Hour, w.kill)
	}
	for range w.rand.IntN(3) {
		w.after(0, 2*time.Hour, w.cutLink)
	}
	for range w.rand.IntN(3) {
		w.after(0, 2*time.Hour, w.raise)
	}
	for w.step(end) {
	}
	for _, c := range w.legs {
		w.end(c)
	}
	w.settle()
	w.check()
	if w.t.Failed() && testing.Verbose() {
		w.t.Log(strings.Join(w.notes, "\n"))
	}
}

// step lets the next thing happen: in the world, by Asterisk's own limits, or in the guard.
func (w *world) step(end time.Time) bool {
	next := event{at: end}
	for _, e := range w.events {
		if e.at.Before(next.at) {
			next = e
		}
	}
	for _, c := range w.legs {
		if c.ended.IsZero() && !c.limit.IsZero() && c.limit.Before(next.at) {
			next = event{c.limit, func() { w.end(c) }}
		}
	}
	if w.guard != nil {
		if at, ok := w.guard.Next(); ok && at.Before(next.at) {
			w.now = latest(w.now, at)
			w.handle(Tick{Seen{At: w.now}})
			return true
		}
	}
	if next.do == nil {
		return false
	}
	w.now = latest(w.now, next.at)
	w.events = slices.DeleteFunc(w.events, func(e event) bool { return !e.at.After(next.at) && e.at.Equal(next.at) })
	next.do()
	return true
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// see brings a fact to the guard, sometimes twice.
func (w *world) see(f Fact) {
	if w.guard == nil || !w.linked {
		return
	}
	w.handle(f)
	if w.rand.IntN(5) == 0 {
		w.handle(f)
	}
}

// handle carries out what the guard asks for, with the delays of a real Asterisk.
func (w *world) handle(f Fact) {
	for _, e := range w.guard.Handle(f) {
		w.note("%T: %s", f, (&story{t: w.t, zone: time.UTC, day: w.now}).effect(e))
		switch e := e.(type) {
		case Save:
			w.kept.save(e.Record)
		case HangUp:
			if w.rand.IntN(20) > 0 {
				w.after(time.Millisecond, 80*time.Millisecond, func() { w.endID(e.ID) })
			} else if c := w.byID(e.ID); c != nil {
				c.lost = true // and is asked for again
			}
		case LimitTime:
			if c := w.byID(e.ID); c != nil && w.linked {
				c.limit = w.now.Add(e.After)
			}
		}
	}
}

func (w *world) seen() Seen { return Seen{Server: "pbx", At: w.now} }

// dial begins a call. Nobody dials while the guard is dead or blind: in watch mode that is a call
// which nobody admits.
func (w *world) dial() {
	if w.guard == nil || !w.linked {
		return
	}
	w.serial++
	tenant := fmt.Sprintf("t%d", w.rand.IntN(2))
	extension := fmt.Sprintf("%s-%d", tenant, 100+w.rand.IntN(3))
	rate := tariffs[w.rand.IntN(len(tariffs))]
	phone := Channel{ID: fmt.Sprintf("p%d", w.serial), Name: fmt.Sprintf("PJSIP/%s-%08x", extension, w.serial), AccountCode: tenant, State: StateRinging}
	c := &call{
		channel: Channel{ID: fmt.Sprintf("t%d", w.serial), LinkedID: phone.ID, Name: fmt.Sprintf("PJSIP/carrier-%08x", w.serial)},
		account: limits.Account{Tenant: tenant, Extension: extension},
		digits:  rate.Prefix + fmt.Sprintf("%07d", w.rand.IntN(10_000_000)),
		begun:   w.now, rate: rate,
	}
	switch rate.Prefix {
	case "44":
		c.digits = "4420" + c.digits[2:] // never the premium range
	case "370":
		c.digits = "3706" + c.digits[3:]
	case "39":
		c.digits = "3902" + c.digits[2:] // +39 06 can be the Vatican
	}
	w.legs = append(w.legs, c)
	w.see(ChannelCreated{w.seen(), phone})
	w.see(ChannelCreated{w.seen(), c.channel})
	w.see(DialBegun{Seen: w.seen(), From: phone, To: c.channel, Dialled: "00" + c.digits})
	if w.rand.IntN(10) > 0 {
		w.after(time.Second, 40*time.Second, func() { w.answer(c) })
	}
	if w.rand.IntN(5) == 0 { // the phone sends the trunk elsewhere, and leaves
		w.after(40*time.Second, 2*time.Minute, func() {
			w.see(Transferred{Seen: w.seen(), By: phone, Transferee: c.channel})
			w.see(ChannelEnded{Seen: w.seen(), ID: phone.ID, Cause: 16})
		})
	}
	w.after(45*time.Second, 20*time.Minute, func() { w.end(c) })
}

func (w *world) answer(c *call) {
	if c.ended.IsZero() {
		c.answered = w.now
		w.note("%s is answered", c.channel.ID)
		up := c.channel
		up.State = StateUp
		w.see(ChannelAnswered{w.seen(), up})
	}
}

func (w *world) byID(id string) *call {
	for _, c := range w.legs {
		if c.channel.ID == id {
			return c
		}
	}
	return nil
}

func (w *world) endID(id string) {
	if c := w.byID(id); c != nil {
		w.end(c)
	}
}

func (w *world) end(c *call) {
	if c.ended.IsZero() {
		c.ended = w.now
		w.note("%s ends", c.channel.ID)
		w.see(ChannelEnded{Seen: w.seen(), ID: c.channel.ID, Cause: 16})
	}
}

// kill ends the guard in the middle of everything; a while later a new one starts from the record.
func (w *world) kill() {
	w.note("the guard is killed")
	w.lookAway()
	w.guard = nil
	w.after(time.Second, 20*time.Minute, func() {
		if w.guard == nil {
			w.guard = New(w.rules, w.prices, w.kept.state(w.rules.Calendar, w.now), w.now)
			w.list()
		}
	})
}

func (w *world) lookAway() {
	for _, c := range w.legs {
		c.unwatched = c.unwatched || c.ended.IsZero()
	}
}

func (w *world) cutLink() {
	if !w.linked || w.guard == nil {
		return
	}
	w.see(ServerDown{Seen: w.seen()})
	w.linked = false
	w.note("the link is cut")
	w.lookAway()
	w.after(time.Second, 5*time.Minute, func() {
		w.linked = true
		w.list()
	})
}

// list tells the guard what lives, as after each reconnect.
func (w *world) list() {
	if w.guard == nil || !w.linked {
		return
	}
	f := ChannelsListed{Seen: w.seen()}
	for _, c := range w.legs {
		if c.ended.IsZero() {
			l := ListedChannel{Channel: c.channel, Created: c.begun, Outgoing: true, Dialled: "00" + c.digits}
			if !c.answered.IsZero() {
				l.State = StateUp
			}
			f.Channels = append(f.Channels, l)
		}
	}
	w.handle(ServerUp{w.seen()})
	w.handle(f)
}

// settle brings everybody back, so that the guard can close what it has not seen end.
func (w *world) settle() {
	w.linked = true
	if w.guard == nil {
		w.guard = New(w.rules, w.prices, w.kept.state(w.rules.Calendar, w.now), w.now)
	}
	w.list()
	for range 100 {
		w.now = w.now.Add(time.Second)
		w.handle(Tick{Seen{At: w.now}})
	}
}
