package guard

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

var (
	crowdMinutes = flag.Int("crowd", 1, "how many minutes the crowd is watched")
	// The race detector makes a thousand legs slow; "make check" and "make test" watch those without it.
	crowdSize = flag.Int("legs", 250, "how many legs the crowd has")
)

// TestCrowd has many live legs of one tenant come near its cap, while a hundredth of them begin and
// end each second, and then use it up. Asterisk's own limits have to hold the cap at each moment, should
// the guard die then; and yet only so many commands may go to it. No leg ends before the cap wants
// it, as long as the guard lives.
func TestCrowd(t *testing.T) {
	minutes, size := *crowdMinutes, *crowdSize
	for _, c := range []struct {
		name        string
		first, next int
		// Of each leg: gather is spent until all are there, and perMinute in each minute that follows.
		// The cap is used up some twenty seconds after the minutes that are watched.
		gather, perMinute money.Amount
	}{
		{"by the second", 1, 1, 4_800_000, 600_000},
		{"by the minute", 60, 60, 5_400_000, 780_000}, // most begin a minute that they do not use
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newCrowd(t, c.first, c.next, (c.gather+c.perMinute*money.Amount(minutes))*money.Amount(size))
			w.watch(time.Duration(minutes) * time.Minute)
			total, most := w.traffic()
			if t.Logf("%d commands in %d minutes, at most %d in a second", total, minutes, most); total > 4*size*minutes || most > size/5 {
				t.Errorf("%d commands in %d minutes, and %d in a second", total, minutes, most)
			}
			w.commands = map[int]int{}
			lasts := w.useUp()
			total, most = w.traffic()
			t.Logf("%d commands in the last %s, at most %d in a second", total, lasts, most)
			if most > size/2 {
				t.Errorf("%d commands in one of the last seconds", most)
			}
		})
	}
}

// crowd is a tenant with many calls, and an Asterisk that counts what it is told.
type crowd struct {
	t        *testing.T
	rand     *rand.Rand
	now      time.Time
	guard    *Guard
	cap      money.Amount
	rate     rates.Rate
	serial   int
	live     []*crowdLeg
	byID     map[string]*crowdLeg
	closed   money.Amount
	began    time.Time
	commands map[int]int // by the second since the crowd began
	counting bool
	cut      []*crowdLeg // those that are to be hung up
}

type crowdLeg struct {
	channel         Channel
	answered, limit time.Time
}

func newCrowd(t *testing.T, first, next int, cap money.Amount) *crowd {
	w := &crowd{t: t, cap: cap, rand: rand.New(rand.NewPCG(11, 5)), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC),
		byID: map[string]*crowdLeg{}, commands: map[int]int{},
		rate: rates.Rate{Prefix: "44", Route: "uk", PerMinute: 600_000, First: first, Next: next}}
	deck, err := rates.NewDeck("default", "EUR", []rates.Rate{w.rate})
	if err != nil {
		t.Fatal(err)
	}
	w.guard = New(Rules{
		Horizon: 15 * time.Minute, Calendar: limits.NewCalendar(time.UTC),
		Caps: limits.Caps{Values: map[limits.Subject]limits.Values{
			{Scope: limits.PerExtension}: {limits.CostPerDay: limits.Value(w.cap)},
			{Scope: limits.PerTenant}:    {limits.CostPerDay: limits.Value(w.cap)},
		}},
		Servers: map[string]ServerRules{"pbx": {
			Trunks: []string{"PJSIP/carrier"}, Tenant: "default", TenantBy: []TenantSource{ByAccountCode},
			Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}},
		}},
	}, rates.NewPrices([]rates.Edition{{Number: 1, Deck: deck}}, "default", nil, nil), State{}, w.now)
	w.handle(ServerUp{w.seen()})
	w.handle(ChannelsListed{Seen: w.seen()})
	for range *crowdSize {
		w.pass(w.now.Add(time.Duration(w.rand.IntN(1_800_000 / *crowdSize)) * time.Millisecond))
		w.answer(w.dial())
	}
	w.began = w.now
	return w
}

func (w *crowd) seen() Seen { return Seen{Server: "pbx", At: w.now} }

// watch lets time pass, with a hundredth of the calls that begin and end each second.
func (w *crowd) watch(d time.Duration) {
	w.counting = true
	pause := func() time.Duration { return time.Duration(w.rand.IntN(100_000 / *crowdSize)) * time.Millisecond }
	for end := w.now.Add(d); w.now.Before(end); {
		w.pass(w.now.Add(pause()))
		ringing := w.dial()
		w.pass(w.now.Add(pause()))
		w.answer(ringing)
		w.end(w.live[w.rand.IntN(len(w.live))])
		if w.rand.IntN(100) == 0 {
			w.die()
		}
	}
}

// useUp lets the calls go on until the cap has ended them all, and says how long that took.
func (w *crowd) useUp() time.Duration {
	for from := w.now; ; w.die() {
		w.pass(w.now.Add(50 * time.Millisecond))
		cut := w.cut
		w.cut = nil // others can be cut by what follows from their end
		for _, l := range cut {
			w.end(l)
		}
		if len(w.live) == 0 {
			return w.now.Sub(from)
		}
	}
}

// traffic gives how many commands went to Asterisk, and how many in the worst second.
func (w *crowd) traffic() (total, most int) {
	for _, n := range w.commands {
		total += n
		most = max(most, n)
	}
	return total, most
}

// pass lets the guard have its Ticks up to a moment.
func (w *crowd) pass(to time.Time) {
	for {
		at, ok := w.guard.Next()
		if !ok || at.After(to) {
			break
		}
		if at.After(w.now) {
			w.now = at
		}
		w.handle(Tick{Seen{At: w.now}})
	}
	w.now = to
	for _, l := range slices.Clone(w.live) {
		if !l.limit.IsZero() && !l.limit.After(w.now) {
			w.t.Fatalf("%s: Asterisk ends %s although the guard lives", w.now, l.channel.ID)
		}
	}
}

func (w *crowd) handle(f Fact) {
	for _, e := range w.guard.Handle(f) {
		switch e := e.(type) {
		case LimitTime:
			if l := w.byID[e.ID]; l != nil {
				l.limit = w.now.Add(e.After)
			}
			if w.counting {
				w.commands[int(w.now.Sub(w.began)/time.Second)]++
			}
		case HangUp:
			l := w.byID[e.ID]
			soon := w.now.Add(cutLead + 100*time.Millisecond)
			if len(w.cut) == 0 && w.spent(func(*crowdLeg) time.Time { return soon }) <= w.cap {
				w.t.Fatalf("%s: %s is hung up, and the cap is not near", w.now, e.ID)
			}
			w.cut = append(w.cut, l)
		}
	}
}

func (w *crowd) dial() *crowdLeg {
	w.serial++
	phone := Channel{ID: fmt.Sprintf("p%d", w.serial), Name: fmt.Sprintf("PJSIP/%d-%08x", 100+w.rand.IntN(300), w.serial), AccountCode: "acme", State: StateRinging}
	l := &crowdLeg{channel: Channel{ID: fmt.Sprintf("t%d", w.serial), LinkedID: phone.ID, Name: fmt.Sprintf("PJSIP/carrier-%08x", w.serial), State: StateOutgoing}}
	w.live = append(w.live, l)
	w.byID[l.channel.ID] = l
	w.handle(ChannelCreated{w.seen(), phone})
	w.handle(ChannelCreated{w.seen(), l.channel})
	w.handle(DialBegun{Seen: w.seen(), From: phone, To: l.channel, Dialled: fmt.Sprintf("004420%08d", w.serial)})
	return l
}

func (w *crowd) answer(l *crowdLeg) {
	l.answered = w.now
	up := l.channel
	up.State = StateUp
	w.handle(ChannelAnswered{w.seen(), up})
}

func (w *crowd) end(l *crowdLeg) {
	w.closed += w.cost(l, w.now)
	w.live = slices.DeleteFunc(w.live, func(other *crowdLeg) bool { return other == l })
	delete(w.byID, l.channel.ID)
	w.handle(ChannelEnded{Seen: w.seen(), ID: l.channel.ID, Cause: 16})
	w.handle(ChannelEnded{Seen: w.seen(), ID: "p" + l.channel.ID[1:], Cause: 16})
}

// cost is what the carrier bills of a leg up to a moment.
func (w *crowd) cost(l *crowdLeg, until time.Time) money.Amount {
	from := l.answered
	if from.IsZero() {
		from = w.now // it can be answered now
	}
	seconds, next := int64(w.rate.First), time.Duration(w.rate.Next)*time.Second
	if beyond := until.Sub(from) - time.Duration(seconds)*time.Second; beyond > 0 {
		seconds += int64((beyond+next-1)/next) * int64(w.rate.Next)
	}
	return (w.rate.PerMinute*money.Amount(seconds) + 59) / 60
}

func (w *crowd) spent(end func(*crowdLeg) time.Time) money.Amount {
	total := w.closed
	for _, l := range w.live {
		total += w.cost(l, end(l))
	}
	return total
}

// die looks what becomes of the cap if the guard died now.
func (w *crowd) die() {
	for _, l := range w.live {
		if l.limit.IsZero() {
			w.t.Fatalf("%s: nothing ends %s if the guard dies", w.now, l.channel.ID)
		}
	}
	if spent := w.spent(func(l *crowdLeg) time.Time { return l.limit }); spent > w.cap {
		w.t.Fatalf("%s: if the guard dies, %s is spent; the cap is %s", w.now, spent, w.cap)
	}
}
