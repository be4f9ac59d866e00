package daemon

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fraudguard/fraudguard/store/storetest"
)

// TestStatusOfAllWell: with prices, caps and links there is nothing to tell.
func TestStatusOfAllWell(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	x.ami.Await("CoreShowChannels")
	waitFor(t, "a status without complaints", func() bool { return len(s.status().NotGuarded) == 0 })
	st := s.status()
	if st.Version != "test" || st.Mode != "enforce" || st.Currency != "EUR" || st.Deck.Rates != 2 || st.Store.Waiting != 0 || st.Store.Error != "" {
		t.Errorf("the status says %+v", st)
	}
	if up := st.Servers[0]; up.State != "up" || !strings.Contains(up.Detail, "Asterisk 22.10.1") {
		t.Errorf("the server is %+v", up)
	}
}

// TestStatusOfWhatIsNotGuarded: each thing that is not guarded is one sentence, for as long as it lasts.
func TestStatusOfWhatIsNotGuarded(t *testing.T) {
	t.Run("no prices", func(t *testing.T) {
		s := newSite(t, "enforce", caps, newExchange(t, "pbx1")).run()
		s.unguarded(`cost: there is no price list "default"`, true)
		s.importPrices(priceList)
		s.unguarded("cost:", false)
	})
	t.Run("observe mode", func(t *testing.T) {
		x := newExchange(t, "pbx1")
		s := newSite(t, "observe", caps, x).run()
		s.unguarded(`everything: mode is "observe"`, true)
		s.write(s.settings("enforce", caps, x))
		s.reload()
		s.unguarded("everything:", false)
	})
	t.Run("login refused", func(t *testing.T) {
		x := newExchange(t, "pbx1")
		s := newSite(t, "enforce", caps, x).run()
		x.ami.Refuse(true)
		x.ami.Cut()
		s.unguarded("pbx1: no link to Asterisk, its calls are not watched (ami: pbx1 ("+x.at+"): login refused", true)
		if state := s.status().Servers[0].State; state != "refused" {
			t.Errorf("the state is %q", state)
		}
	})
	t.Run("permissions are missing", func(t *testing.T) {
		x := newExchange(t, "pbx1")
		x.ami.Withhold("Setvar")
		newSite(t, "enforce", caps, x).run().unguarded(`pbx1: user "fraudguard" may not Setvar: add "call"`, true)
	})
	t.Run("the REST interface refuses", func(t *testing.T) {
		x := newExchange(t, "pbx1")
		x.ari.Answer(http.StatusUnauthorized, 1<<30)
		s := newSite(t, "enforce", caps, x).run()
		s.unguarded("pbx1: the REST interface does not work, hang-ups go by AMI", true)
		for _, sentence := range s.status().NotGuarded {
			if strings.Contains(sentence, "horse") {
				t.Errorf("a password is told: %s", sentence)
			}
		}
		x.ari.Answer(0, 0)
		s.unguarded("the REST interface", false)
	})
	t.Run("the store fails", func(t *testing.T) {
		x := newExchange(t, "pbx1")
		s := newSite(t, "enforce", caps, x)
		var well atomic.Bool
		s.useStore(storetest.Faulty(s.store, func(method string) storetest.Fault {
			if method == "Save" && !well.Load() {
				return storetest.Fails
			}
			return storetest.None
		}))
		s.run()
		s.unguarded("the record:", false)
		s.importPrices(priceList)
		x.hungUp(x.dial(premium))
		s.unguarded("the record: the store does not answer, ", true)
		if st := s.status().Store; st.Waiting < 2 || st.Error != storetest.ErrFault.Error() {
			t.Errorf("the store is %+v", st)
		}
		well.Store(true)
		s.unguarded("the record:", false)
	})
}

// TestStatusOfLoss: records that were lost are told until the daemon ends.
func TestStatusOfLoss(t *testing.T) {
	s := newSite(t, "enforce", caps, newExchange(t, "pbx1"))
	s.recorder.lost = 3
	s.run()
	s.unguarded("the record: 3 records were lost", true)
}

// TestStatusWhileEnding is an error, and no answer that looks well.
func TestStatusWhileEnding(t *testing.T) {
	s := newSite(t, "enforce", caps, newExchange(t, "pbx1")).run()
	s.stop()
	if _, err := (backend{s.Daemon}).Status(context.Background()); err == nil {
		t.Error("a daemon that has ended says how it is")
	}
}
