package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/journal"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// away makes each Save fail until well.
func away(well *atomic.Bool) func(method string) storetest.Fault {
	return func(method string) storetest.Fault {
		if method == "Save" && !well.Load() {
			return storetest.Fails
		}
		return storetest.None
	}
}

// TestKeepsNothingWhileAllIsWell: the journal is not touched as long as the store answers.
func TestKeepsNothingWhileAllIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRecording(t)
		for i := range 200 {
			r.addCalls(i, i+1)
			pass(20 * time.Millisecond)
			if s := r.state(); s.journal.Bytes != 0 {
				t.Fatalf("after %d calls the state is %+v", i, s)
			}
		}
		r.end(t, 200)
	})
}

// TestKeepsInASecond: what has waited for a second is in the journal, whether the store fails or hangs.
func TestKeepsInASecond(t *testing.T) {
	for name, fault := range map[string]storetest.Fault{"fails": storetest.Fails, "hangs": storetest.TimesOut, "fails but is done": storetest.FailsButDone} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var well atomic.Bool
				r := startRecordingWith(t, func(string) storetest.Fault {
					if well.Load() {
						return storetest.None
					}
					return fault
				})
				for i := range 100 {
					r.addCalls(i, i+1)
					pass(50 * time.Millisecond)
				}
				pass(900 * time.Millisecond)
				synctest.Wait()
				if s := r.state(); s.memory != 0 || s.journal.Records != 200 {
					t.Errorf("a second later the state is %+v", s)
				}
				pass(20 * time.Second)
				synctest.Wait()
				if s := r.state(); s.err == nil || time.Since(s.away) < 20*time.Second || time.Since(s.away) > 27*time.Second {
					t.Errorf("after 26 seconds the state is %+v, away since %s", s, time.Since(s.away))
				}
				well.Store(true)
				r.addCalls(100, 150)
				pass(time.Minute)
				if s := r.state(); s.journal.Bytes != 0 {
					t.Errorf("afterwards the state is %+v", s)
				}
				r.end(t, 150)
			})
		})
	}
}

// TestKeepsWhatASlowStoreLeaves: a store that answers, but too slowly, gets everything in its order.
func TestKeepsWhatASlowStoreLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRecordingWith(t, func(string) storetest.Fault {
			pass(3 * time.Second)
			return storetest.None
		})
		for i := range 1000 {
			r.addCalls(i, i+1)
			pass(10 * time.Millisecond)
		}
		if s := r.state(); s.err != nil || s.memory > 300 || s.journal.Records == 0 {
			t.Errorf("the state is %+v", s)
		}
		pass(time.Minute)
		r.end(t, 1000)
	})
}

// TestLaterWins: what is saved once more from the journal never takes back what came after it.
func TestLaterWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		r := startRecordingWith(t, func(string) storetest.Fault {
			tries++
			if tries%3 != 0 {
				pass(time.Duration(tries%7) * 400 * time.Millisecond)
				return storetest.FailsButDone
			}
			return storetest.None
		})
		leg := callRecords(0)[0].(guard.Leg)
		leg.Ended = time.Time{}
		for i := range 300 {
			leg.LimitedUntil = noon.Add(time.Duration(i) * time.Second)
			r.add(leg)
			pass(30 * time.Millisecond)
		}
		pass(time.Minute)
		state, err := r.noted.Load(t.Context(), "2026-11-21", noon)
		if err != nil || len(state.Live) != 1 || !state.Live[0].LimitedUntil.Equal(leg.LimitedUntil) {
			t.Errorf("stored is %+v, %v, want the limit %s", state.Live, err, leg.LimitedUntil)
		}
		r.cancel()
		r.done.Wait()
		_, _ = r.noted.Close(), r.recorder.journal.Close()
	})
}

// TestEndsWithoutTheStore: a daemon that ends while the store is away leaves everything in the journal.
func TestEndsWithoutTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var well atomic.Bool
		r := startRecordingWith(t, away(&well))
		r.addCalls(0, 700)
		synctest.Wait()
		r.cancel()
		r.done.Wait()
		if s := r.state(); s.memory != 0 || s.journal.Records != 1400 {
			t.Errorf("at the end the state is %+v", s)
		}
		well.Store(true)
		if err := r.replay(t.Context()); err != nil {
			t.Error(err)
		}
		r.end(t, 700)
	})
}

// TestReplayGivesUp: a store that does not take what waits is tried for a short time only.
func TestReplayGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var well atomic.Bool
		r := startRecordingWith(t, away(&well))
		r.addCalls(0, 1)
		pass(5 * time.Second)
		r.cancel()
		r.done.Wait()
		began := time.Now()
		if err := r.replay(t.Context()); !errors.Is(err, storetest.ErrFault) || time.Since(began) != (replayTries-1)*time.Second {
			t.Errorf("after %s came %v", time.Since(began), err)
		}
		well.Store(true)
		if err := r.replay(t.Context()); err != nil {
			t.Error(err)
		}
		r.end(t, 1)
	})
}

// TestJournalAcrossDaemons: a daemon whose store is away is killed, or ends; the next one stores what it
// left before it looks for live legs and adds up the ledger.
func TestJournalAcrossDaemons(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x)
	if _, err := s.store.SaveEdition(t.Context(), deckOf(t, priceList), editionToday()); err != nil {
		t.Fatal(err)
	}
	var well atomic.Bool
	s.useStore(storetest.Faulty(s.store, away(&well)))
	s.run()
	live, over := x.dial(cheap), x.dial(cheap)
	x.answer(live)
	x.answer(over)
	waitFor(t, "the calls", func() bool { return s.status().LiveLegs == 2 })
	x.hungUp(x.dial(premium))
	x.end(over)
	waitFor(t, "the end of a call", func() bool { return s.status().LiveLegs == 1 })
	waitFor(t, "the journal", func() bool {
		st := s.status().Store
		return st.Journal.Waiting >= 5 && st.Journal.Waiting == st.Waiting && st.Journal.Bytes > 0 && st.AwaySince != nil
	})
	s.unguarded("records wait in the journal (", true)
	s.stop()

	second := s.again()
	second.run()
	if !strings.Contains(second.log.String(), "what waits in the journal is stored first") {
		t.Error("the journal was not told of")
	}
	calls := second.calls()
	if c := calls["pbx1 "+over]; c.Ended == nil || c.BilledSeconds == 0 {
		t.Errorf("the call that was over: %+v", c)
	}
	if st := second.status(); st.LiveLegs != 1 || st.Store.Journal.Bytes != 0 {
		t.Errorf("the status is %+v", st)
	}
	second.unguarded("the record:", false)
	if n := len(second.incidents("caps.route.cost_per_minute")); n != 1 {
		t.Errorf("%d incidents", n)
	}
	x.end(live)
	waitFor(t, "the end", func() bool { return second.status().LiveLegs == 0 })
}

// TestStoreCannotBeWrittenAtStart: a store that can only be read does not keep the guard from guarding,
// and what is not counted is told.
func TestStoreCannotBeWrittenAtStart(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x)
	if _, err := s.store.SaveEdition(t.Context(), deckOf(t, priceList), editionToday()); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, s.config.Store.Journal)
	if _, err := j.Append([][]guard.Record{callRecords(1), callRecords(2)}); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	var well atomic.Bool
	s.useStore(storetest.Faulty(s.store, away(&well)))
	s.run()
	s.unguarded("cost: 4 records waited in the journal at the start and could not be stored", true)
	x.hungUp(x.dial(premium))
	well.Store(true)
	waitFor(t, "all that waits", func() bool { return s.status().Store.Waiting == 0 })
	if c := s.calls()["pbx1 1.00001"]; c.BilledSeconds != 60 {
		t.Errorf("what waited is stored as %+v", c)
	}
}

// TestJournalFull: while neither store nor journal takes records, calls are refused as before, status
// says what is wrong, and people are told once, although the outbox is away as well.
func TestJournalFull(t *testing.T) {
	var mu sync.Mutex
	told := make(map[string]int)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct {
			Incidents []struct {
				Rule   string
				Urgent bool
			}
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		mu.Lock()
		defer mu.Unlock()
		for _, i := range body.Incidents {
			told[i.Rule]++
		}
	}))
	defer receiver.Close()
	tellings := func(rule string) int {
		mu.Lock()
		defer mu.Unlock()
		return told[rule]
	}
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps+"[notify.webhook]\nurl = \""+receiver.URL+"\"\nsecret = \"0123456789abcdef\"\n[abuse.repeated_number]\ncalls = 0\n", x)
	if _, err := s.store.SaveEdition(t.Context(), deckOf(t, priceList), editionToday()); err != nil {
		t.Fatal(err)
	}
	var well atomic.Bool
	s.useStore(storetest.Faulty(s.store, away(&well)))
	s.config.Store.JournalMost = 100
	s.run()
	x.hungUp(x.dial(premium))
	waitFor(t, "the alarm", func() bool { return tellings("store.journal_full") == 1 })
	s.unguarded("the record: the journal takes no records, ", true)
	x.hungUp(x.dial(premium))
	if st := s.status().Store; st.Journal.Error != journal.ErrFull.Error() || st.Journal.Waiting != 0 || st.Waiting < 5 {
		t.Errorf("the store is %+v", st)
	}
	well.Store(true)
	s.unguarded("the record:", false)
	if found := s.incidents("store.journal_full"); len(found) != 1 || !found[0].Urgent {
		t.Errorf("incidents %+v", found)
	}
	waitFor(t, "the notices out of the store", func() bool { return tellings("caps.route.cost_per_minute") >= 1 && tellings("store.journal_full") == 2 })
	if n := strings.Count(s.log.String(), "nor does the journal"); n < 1 || strings.Count(s.log.String(), "rule=store.journal_full") != 1 {
		t.Errorf("the log tells it %d times", n)
	}
}

// TestJournalDamaged: what was damaged is an urgent incident and a sentence of the status.
func TestJournalDamaged(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x)
	damage(t, s.config.Store.Journal)
	s.run()
	s.unguarded("the record: a part of the journal was damaged and records may be missing; it is kept as "+s.config.Store.Journal, true)
	if found := s.incidents("store.journal_damaged"); len(found) != 1 || !found[0].Urgent || !strings.HasSuffix(found[0].Evidence[0].Value, ".bad") {
		t.Errorf("incidents %+v", found)
	}
}

// TestOneJournalEach: a second daemon on the same journal does not begin.
func TestOneJournalEach(t *testing.T) {
	s := newSite(t, "enforce", caps, newExchange(t, "pbx1")).run()
	second := s.again()
	second.config.Socket += "2"
	err := second.Run(context.Background(), func() { t.Error("it was ready") })
	if err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("got %v", err)
	}
}

func editionToday() store.EditionInfo {
	return store.EditionInfo{Name: "default", Currency: "EUR", Timezone: "UTC", Saved: noon}
}

// damage leaves a journal with a hole in the middle.
func damage(t *testing.T, folder string) {
	t.Helper()
	j := openJournal(t, folder)
	if _, err := j.Append([][]guard.Record{callRecords(1), callRecords(2), callRecords(3)}); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	path := filepath.Join(folder, "0000000000000001.journal")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
