package daemon

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// elsewhere is a guard on another machine.
var elsewhere = holder{host: "elsewhere", process: 7, began: "1", boot: "b", space: "s"}

// leasesOf makes leases of a store, for another holder than the daemon itself.
func leasesOf(s store.Store, h holder) *leases {
	l := newLeases(s, quiet)
	l.holder = h
	return l
}

// TestHolder: who has ended on this machine is known, and of all others nothing is believed.
func TestHolder(t *testing.T) {
	self := thisHolder()
	if h, ok := readHolder(self.String()); !ok || h != self {
		t.Errorf("%q reads as %+v, written was %+v", self, h, self)
	}
	if self.gone(self) {
		t.Error("this process is gone")
	}
	child := exec.Command("sleep", "600")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	other := self
	other.process = child.Process.Pid
	_, other.began, _ = processState(other.process)
	if self.gone(other) {
		t.Error("a process that lives is gone")
	}
	reused := other
	reused.began += "0"
	if !self.gone(reused) {
		t.Error("another process has the number now, and it is not gone")
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the end of a process that nobody has waited for", func() bool { return self.gone(other) })
	_ = child.Wait() // it was killed
	if !self.gone(other) {
		t.Error("a process that has ended is not gone")
	}
	for name, change := range map[string]func(*holder){
		"another boot":      func(h *holder) { h.boot = "x" },
		"another namespace": func(h *holder) { h.space = "x" },
		"no boot":           func(h *holder) { h.boot = "" },
	} {
		h := other
		if change(&h); self.gone(h) {
			t.Errorf("%s: nothing can be known of it", name)
		}
	}
	for _, text := range []string{"", "pid 7", "process=x", "process=-1", strings.Repeat("x", 5000)} {
		if h, ok := readHolder(text); ok {
			t.Errorf("%.20q is a holder: %+v", text, h)
		}
		if words := holderWords(text); len(words) > 2*mostWords {
			t.Errorf("%.20q is shown in %d bytes", text, len(words))
		}
	}
}

func FuzzReadHolder(f *testing.F) {
	f.Add(thisHolder().String())
	f.Add("process=1 process=2 \x1b[2J")
	f.Fuzz(func(t *testing.T, text string) {
		words := holderWords(text)
		if strings.ContainsAny(words, "\x1b\r\n\x00") || len(words) > 20*mostWords {
			t.Errorf("%q is shown as %q", text, words)
		}
		if h, ok := readHolder(text); ok {
			if again, ok := readHolder(h.String()); !ok || again.process != h.process {
				t.Errorf("%+v reads as %+v", h, again)
			}
		}
	})
}

// TestTake: a lease that is renewed is respected, one that is not runs out, and all or none are taken.
func TestTake(t *testing.T) {
	s := newSite(t, "enforce", "", newExchange(t, "pbx1"))
	t.Cleanup(func() { _ = s.store.Close() })
	theirs, ours := leasesOf(s.store, elsewhere), leasesOf(s.store, thisHolder())
	if err := theirs.take(t.Context(), []string{"pbx2"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		for ctx.Err() == nil {
			theirs.renew(ctx, func(l store.Lease) { t.Errorf("lost: %+v", l) })
		}
	}()
	err := ours.take(t.Context(), []string{"pbx1", "pbx2"})
	var taken *takenError
	if !errors.As(err, &taken) || !strings.Contains(err.Error(), `server pbx2 already, with the same store: process 7 on "elsewhere", since 20`) {
		t.Errorf("a server that another has: %v", err)
	}
	cancel()
	<-renewed
	if held := ours.servers(); len(held) != 0 {
		t.Errorf("held are %v", held)
	}
	if lease, err := s.store.Lease(t.Context(), store.LeaseRequest{Server: "pbx1", Holder: "x", For: time.Microsecond}); err != nil || lease.Holder != "x" {
		t.Errorf("what was taken in vain is not given back: %+v, %v", lease, err)
	}
	theirs.length = 2 * leaseLook
	theirs.renew(t.Context(), func(l store.Lease) { t.Errorf("lost: %+v", l) })
	if err := ours.take(t.Context(), []string{"pbx1", "pbx2"}); err != nil {
		t.Errorf("nobody renews it, and %v", err)
	}
	lost := ""
	theirs.renew(t.Context(), func(l store.Lease) { lost = l.Server + " " + holderWords(l.Holder) })
	if lost != "pbx2 "+holderWords(thisHolder().String()) {
		t.Errorf("lost is %q", lost)
	}
	ours.giveBack(ours.servers())
	if err := theirs.take(t.Context(), []string{"pbx1", "pbx2"}); err != nil {
		t.Errorf("it was given back, and %v", err)
	}
}

// TestTakeFromTheDead: what a process of this machine had that has ended is free at once.
func TestTakeFromTheDead(t *testing.T) {
	s := newSite(t, "enforce", "", newExchange(t, "pbx1"))
	t.Cleanup(func() { _ = s.store.Close() })
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	dead := thisHolder()
	dead.process, dead.began = child.Process.Pid, "1"
	if err := leasesOf(s.store, dead).take(t.Context(), []string{"pbx1"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), leaseLength/2)
	defer cancel()
	if err := leasesOf(s.store, thisHolder()).take(ctx, []string{"pbx1"}); err != nil {
		t.Errorf("its holder is dead, and %v", err)
	}
}

// TestRenewWhileTheStoreIsAway: nothing is lost by that, and it is told once.
func TestRenewWhileTheStoreIsAway(t *testing.T) {
	s := newSite(t, "enforce", "", newExchange(t, "pbx1"))
	t.Cleanup(func() { _ = s.store.Close() })
	away := false
	l := leasesOf(storetest.Faulty(s.store, func(string) storetest.Fault {
		if away {
			return storetest.Fails
		}
		return storetest.None
	}), thisHolder())
	if err := l.take(t.Context(), []string{"pbx1"}); err != nil {
		t.Fatal(err)
	}
	away = true
	for range 3 {
		l.renew(t.Context(), func(store.Lease) { t.Error("lost") })
	}
	if held := l.servers(); len(held) != 1 || l.err == nil {
		t.Errorf("held are %v: %v", held, l.err)
	}
	away = false
	if l.renew(t.Context(), func(store.Lease) { t.Error("lost") }); l.err != nil {
		t.Error(l.err)
	}
}

// TestLost: a server that another guard has taken is let go of at once, with all its records, and that
// is told.
func TestLost(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	id := x.dial(cheap)
	waitFor(t, "the leg in the record", func() bool {
		legs, err := s.store.Calls(t.Context(), store.CallsQuery{LiveOnly: true})
		return err == nil && len(legs) == 1
	})
	_, err := s.store.Lease(t.Context(), store.LeaseRequest{Server: "pbx1", Holder: elsewhere.String(),
		Dead: s.leases.holder.String(), For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	// While a reload is under way the server is still there, and yet nothing is asked of it.
	s.Daemon.reload.Lock()
	hangups, lost := len(x.ari.Hangups()), make(chan struct{})
	go func() {
		defer close(lost)
		s.leases.renew(t.Context(), func(l store.Lease) { s.lose(t.Context(), l) })
	}()
	waitFor(t, "the loss", func() bool { _, lost := s.lostTo("pbx1"); return lost })
	block := guard.BlockAsked{Seen: guard.Seen{At: time.Now()}, Target: guard.Target{Account: accountOf("101")}, Who: "a person"}
	if err := s.handle(t.Context(), block); err != nil {
		t.Fatal(err)
	}
	s.incidents("block")
	s.Daemon.reload.Unlock()
	<-lost
	s.unguarded(`pbx1: another fraudguard has taken this server (process 7 on "elsewhere"), and this one watches and steers it no more`, true)
	if i := s.incidents("server.lost"); len(i) != 1 || !i[0].Urgent || i[0].Server != "pbx1" {
		t.Errorf("incidents %+v", i)
	}
	// The leg is that one's now: nothing about it may come into the record from here, however it ends.
	if err := s.handle(t.Context(), guard.ChannelEnded{Seen: guard.Seen{Server: "pbx1", At: time.Now()}, ID: id}); err != nil {
		t.Fatal(err)
	}
	if n := len(x.ari.Hangups()); n != hangups {
		t.Errorf("%d hang-ups on a server that is another's", n-hangups)
	}
	legs, err := s.store.Calls(t.Context(), store.CallsQuery{})
	if err != nil || len(legs) != 1 || !legs[0].Ended.IsZero() {
		t.Errorf("the record has %+v, %v", legs, err)
	}
	if err := s.Reload(t.Context()); err != nil {
		t.Errorf("reload: %v", err)
	}
	s.unguarded("has taken this server", true)
}

// TestReloadTakesServers: a server that comes with a changed configuration is taken, one that goes is
// given back, and one that another has is refused with the whole change.
func TestReloadTakesServers(t *testing.T) {
	one, two := newExchange(t, "pbx1"), newExchange(t, "pbx2")
	s := newSite(t, "enforce", caps, one).run()
	other := leasesOf(s.store, elsewhere)
	if err := other.take(t.Context(), []string{"pbx2"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		for ctx.Err() == nil {
			other.renew(ctx, func(l store.Lease) { t.Errorf("lost: %+v", l) })
		}
	}()
	s.write(s.settings("enforce", caps, one, two))
	if err := s.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "pbx2 already") {
		t.Errorf("a server that another has: %v", err)
	}
	cancel()
	<-renewed
	other.giveBack([]string{"pbx2"})
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.linked()
	if held := s.leases.servers(); len(held) != 2 {
		t.Errorf("held are %v", held)
	}
	s.write(s.settings("enforce", caps, two))
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := other.take(t.Context(), []string{"pbx1"}); err != nil {
		t.Errorf("a server that is no longer guarded: %v", err)
	}
}

// TestSecondGuard: a guard that shares no store is seen in Asterisk, and told of.
func TestSecondGuard(t *testing.T) {
	h := newHands(t)
	if h.ari.SetGlobal(guardVariable, elsewhere.String()); !h.showOnce(t.Context(), false) {
		t.Fatal("it is not shown")
	}
	if got := h.ari.Global(guardVariable); got != thisHolder().String() || h.second != "" {
		t.Errorf("Asterisk shows %q, and the other is %q: the last guard's name is no other guard", got, h.second)
	}
	h.ari.SetGlobal(guardVariable, elsewhere.String())
	h.showOnce(t.Context(), true)
	select {
	case f := <-h.facts:
		if f, ok := f.(guard.SecondGuard); !ok || f.Who != `process 7 on "elsewhere"` {
			t.Errorf("%+v", f)
		}
	default:
		t.Error("no fact tells of the other guard")
	}
	faults := h.faults()
	if all := strings.Join(faults, "\n"); !strings.Contains(all, `another fraudguard guards this Asterisk too, with another store (process 7 on "elsewhere")`) {
		t.Errorf("the status says %s", all)
	}
	h.showOnce(t.Context(), true)
	if faults := h.faults(); strings.Contains(strings.Join(faults, "\n"), "another fraudguard") {
		t.Error("the other one is gone, and the status does not know")
	}
	h.ari.Answer(503, 1)
	if h.showOnce(t.Context(), true) {
		t.Error("nothing was shown")
	}
}
