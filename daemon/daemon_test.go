package daemon

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/ari/aritest"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/web"
)

const (
	cheap   = "00442012345678"
	premium = "00449098765432"
	caps    = "[caps.route]\ncost_per_minute = \"0.50\"\n[caps.extension]\ncost_per_day = \"20.00\"\n"
)

// TestDenied: what is dearer than the cap is hung up at once and recorded; what is not goes on under
// a time limit, and is charged.
func TestDenied(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	good, bad := x.dial(cheap), x.dial(premium)
	x.hungUp(bad)
	if got := x.ari.Hangups(); !slices.Equal(got, []aritest.Hangup{{ID: bad, Reason: "rejected"}}) {
		t.Errorf("hung up %v", got)
	}
	if a := x.ami.Await("Setvar"); a.Get("Channel") != good || a.Get("Variable") != "TIMEOUT(absolute)" {
		t.Errorf("limited %v", a)
	}
	x.answer(good)
	x.end(good)
	waitFor(t, "the ends in the record", func() bool {
		calls := s.calls()
		return calls["pbx1 "+good].Ended != nil && calls["pbx1 "+bad].Ended != nil
	})
	calls := s.calls()
	if c := calls["pbx1 "+good]; c.Verdict != guard.Allowed || c.BilledSeconds < 1 || c.Cost != money.Amount(1000*c.BilledSeconds) || c.Extension != "101" {
		t.Errorf("the call that was good: %+v", c)
	}
	if c := calls["pbx1 "+bad]; c.Verdict != guard.Denied || c.Reason != "caps.route.cost_per_minute" || c.Cost != 0 {
		t.Errorf("the call that was refused: %+v", c)
	}
	if i := s.incidents("caps.route.cost_per_minute"); len(i) != 1 || i[0].Leg != bad || i[0].Observed {
		t.Errorf("incidents %+v", i)
	}
}

// TestTheOtherWay: where ARI does not hang up, AMI does, and at once where ARI says no; then nobody has
// to be told.
func TestTheOtherWay(t *testing.T) {
	for name, fail := range map[string]func(*aritest.Server) func(){
		"an error":  func(a *aritest.Server) func() { a.Answer(http.StatusInternalServerError, 1<<30); return func() {} },
		"no answer": func(a *aritest.Server) func() { return a.Stall() },
	} {
		t.Run(name, func(t *testing.T) {
			x := newExchange(t, "pbx1")
			s := newSite(t, "enforce", caps, x).run()
			s.importPrices(priceList)
			defer fail(x.ari)()
			began := time.Now()
			id := x.dial(premium)
			if a := x.ami.Await("Hangup"); a.Get("Channel") != id || a.Get("Cause") != "21" {
				t.Errorf("asked for %v", a)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
			waitFor(t, "the end", func() bool { return s.calls()["pbx1 "+id].Ended != nil })
			if i := s.recorded("hangup.unconfirmed"); name == "an error" && len(i) != 0 {
				t.Errorf("incidents %+v", i)
			}
		})
	}
}

// TestEventsMissed: while the guard is behind, events that do not fit are counted and told, the
// channels are listed anew, and a leg whose end was among what was missed is closed.
func TestEventsMissed(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	id := x.dial(cheap)
	x.answer(id)
	waitFor(t, "the answer", func() bool { return s.calls()["pbx1 "+id].Answered != nil })
	x.ami.Await("CoreShowChannels")
	held, release := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.ask(t.Context(), func(*guard.Guard) {
			close(held)
			<-release
		})
	}()
	<-held
	for range 60_000 {
		x.ami.Emit("Hangup", "Privilege", "call,all", "Uniqueid", "9.9", "Cause", "16")
	}
	x.end(id) // of which nothing is heard
	x.ami.Drain()
	close(release)
	x.ami.Await("CoreShowChannels")
	waitFor(t, "the end", func() bool { return s.calls()["pbx1 "+id].Ended != nil })
	status := s.status()
	if status.Servers[0].Dropped == 0 || status.Servers[0].Reconnects != 0 || status.LiveLegs != 0 {
		t.Errorf("the status says %+v, %d live legs", status.Servers[0], status.LiveLegs)
	}
	if !strings.Contains(s.log.String(), "events from Asterisk were missed") {
		t.Error("nothing was logged")
	}
}

// TestLinkBreaks: the status says that nothing is watched; when the link stands again, the leg that
// lives on gets its limit anew, and the one that ended in the dark is closed and charged.
func TestLinkBreaks(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	lives, ends := x.dial(cheap), x.dial(cheap)
	x.answer(lives)
	x.answer(ends)
	x.ami.Await("Setvar")
	x.ami.Await("Setvar")
	x.ami.Fail("ListCommands", "not now")
	x.ami.Cut()
	s.unguarded("pbx1: no link to Asterisk, its calls are not watched", true)
	x.end(ends)
	logins := x.ami.Logins()
	x.ami.Fail("ListCommands", "")
	s.unguarded("no link", false)
	if x.ami.Logins() == logins {
		t.Error("the link stands without a login")
	}
	if a := x.ami.Await("Setvar"); a.Get("Channel") != lives {
		t.Errorf("limited %v", a)
	}
	waitFor(t, "the end", func() bool { return s.calls()["pbx1 "+ends].Ended != nil })
	if c := s.calls()["pbx1 "+ends]; c.BilledSeconds == 0 || c.Cost != money.Amount(1000*c.BilledSeconds) {
		t.Errorf("the call that ended in the dark: %+v", c)
	}
	x.end(lives)
	waitFor(t, "the other end", func() bool { return s.status().LiveLegs == 0 })
	if st := s.status().Servers[0]; st.Reconnects != 1 || st.State != "up" {
		t.Errorf("the status says %+v", st)
	}
}

// TestPeople: a block is set, hangs up what it concerns, refuses, is kept in Asterisk's database, and
// is lifted.
func TestPeople(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	live := x.dial(cheap)
	x.answer(live)
	waitFor(t, "the call", func() bool { return s.status().LiveLegs == 1 })
	target := guard.Target{Number: cheap[2:]}
	if b, err := s.client.Block(t.Context(), web.BlockRequest{Target: target, For: time.Hour}); err != nil || b.Target != "+"+cheap[2:] {
		t.Fatalf("%+v, %v", b, err)
	}
	x.hungUp(live)
	x.hungUp(x.dial(cheap))
	const key = "block/number/442012345678"
	waitFor(t, "the flag", func() bool { _, ok := x.ami.DB("fraudguard", key); return ok })
	if err := s.client.Unblock(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the end of the flag", func() bool { _, ok := x.ami.DB("fraudguard", key); return !ok })
	if a := x.dial(cheap); s.calls()["pbx1 "+a].Verdict == guard.Denied {
		t.Error("refused after the block was lifted")
	}
}

// TestEnds: the daemon ends in order while calls are live, stores what it knows, and leaves nothing
// behind; the next one goes on where it stopped.
func TestEnds(t *testing.T) {
	x := newExchange(t, "pbx1")
	before := goleak.IgnoreCurrent()
	s := newSite(t, "enforce", caps+"[abuse.repeated_number]\ncalls = 0\n", x).run()
	s.importPrices(priceList)
	const calls = 60
	for i := range calls {
		x.answer(x.dial(fmt.Sprintf("004420123%05d", i)))
	}
	x.ami.Drain()
	waitFor(t, "all calls", func() bool { return s.status().LiveLegs == calls })
	s.stop()
	goleak.VerifyNone(t, before)
	if x.ami.Actions()[len(x.ami.Actions())-1].Name != "Logoff" {
		t.Error("the link was not ended in order")
	}
	if _, err := s.client.Status(t.Context()); err == nil {
		t.Error("the socket still answers")
	}
	second := s.again().run()
	waitFor(t, "the calls that live on", func() bool { return second.status().LiveLegs == calls })
	for _, name := range x.ami.Channels() {
		x.end(strings.TrimPrefix(name, "PJSIP/carrier-"))
	}
	waitFor(t, "their ends", func() bool { return second.status().LiveLegs == 0 })
	second.stop()
	goleak.VerifyNone(t, before)
}

// TestNeverBegins: what cannot be is said before anything is begun.
func TestNeverBegins(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", "", x)
	s.write("mode = 1\n")
	if _, err := New(s.path, "test", quiet); fmt.Sprintf("%T", err) != "*daemon.ConfigError" {
		t.Errorf("of a bad configuration: %T %v", err, err)
	}
	s.write(strings.Replace(s.settings("enforce", "", x), "test.db", "absent/test.db", 1))
	if _, err := New(s.path, "test", quiet); err == nil || !strings.Contains(err.Error(), "the store cannot be opened") {
		t.Errorf("of a store that is not there: %v", err)
	}
	s.config.Socket = s.folder + "/absent/s"
	if err := s.Run(t.Context(), func() { t.Error("it was ready") }); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("of a socket that cannot be: %v", err)
	}
	if len(x.ami.Actions()) != 0 || x.ami.Logins() != 0 {
		t.Error("Asterisk was spoken to")
	}
}
