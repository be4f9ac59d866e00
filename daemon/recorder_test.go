package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/journal"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/storetest"
)

var (
	quiet = slog.New(slog.DiscardHandler)
	alice = limits.Account{Tenant: "acme", Extension: "101"}
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

// pass lets time go by in a bubble of synctest.
func pass(d time.Duration) { <-time.After(d) }

// noting is a store that notes which records came to be stored, in their order.
type noting struct {
	store.Store
	mu    sync.Mutex
	saved []string // keys, each once
	calls int
}

func (j *noting) Save(ctx context.Context, records []guard.Record, tell []string) error {
	err := j.Store.Save(ctx, records, tell)
	var refused *store.Refused
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls++
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	for _, r := range records {
		unfit := refused != nil && slices.ContainsFunc(refused.Records, func(x store.RefusedRecord) bool { return x.Record == r })
		if key := keyOf(r); !unfit && !slices.Contains(j.saved, key) {
			j.saved = append(j.saved, key)
		}
	}
	return err
}

func (j *noting) keys() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.saved)
}

func keyOf(r guard.Record) string {
	switch r := r.(type) {
	case guard.Leg:
		return "leg " + r.ID
	case guard.Charge:
		return "charge " + r.Leg
	}
	return fmt.Sprintf("%T", r)
}

// callRecords are a leg that has ended and its charge of one minute and one unit of money.
func callRecords(i int) []guard.Record {
	id := fmt.Sprintf("1.%05d", i)
	return []guard.Record{
		guard.Leg{Server: "pbx1", ID: id, Name: "PJSIP/carrier-" + id, Account: alice, Day: "2026-11-21", AnsweredDay: "2026-11-21",
			Started: noon, Answered: noon, Ended: noon.Add(time.Minute), Verdict: guard.Allowed, RecordedSeconds: -1},
		guard.Charge{Server: "pbx1", Leg: id, Day: "2026-11-21", Kind: guard.KindCall, Account: alice, At: noon, Amount: 1_000_000, BilledSeconds: 60},
	}
}

func openStore(t *testing.T) store.Store {
	t.Helper()
	return newPlace(t, t.TempDir()).open(t)
}

func openJournal(t *testing.T, folder string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(folder, 1<<30, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// recording is a recorder at work on a store that fails by a plan.
type recording struct {
	*recorder
	noted  *noting
	folder string // of the journal
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startRecording runs a recorder; the plan says how each Save goes, and after it all go well.
func startRecording(t *testing.T, plan ...storetest.Fault) *recording {
	t.Helper()
	return startRecordingWith(t, faultsOf(plan...))
}

func startRecordingWith(t *testing.T, fault func(method string) storetest.Fault) *recording {
	t.Helper()
	j := &noting{Store: openStore(t)}
	r := &recording{recorder: newRecorder(storetest.Faulty(j, fault), quiet, func(bool) {}), noted: j, folder: t.TempDir()}
	r.recorder.journal = openJournal(t, r.folder)
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(t.Context())
	r.done.Go(func() { r.run(ctx) })
	return r
}

// end ends the recorder, and closes the store after a last look at it.
func (r *recording) end(t *testing.T, calls int) {
	t.Helper()
	r.cancel()
	r.done.Wait()
	if s := r.state(); s.waiting() != 0 || s.lost != 0 || s.err != nil || !s.away.IsZero() || s.keepErr != nil {
		t.Errorf("at the end the state is %+v", s)
	}
	var want []string
	for i := range calls {
		for _, record := range callRecords(i) {
			want = append(want, keyOf(record))
		}
	}
	if got := r.noted.keys(); !slices.Equal(got, want) {
		t.Errorf("stored %d records, want %d, in their order:\n%.300q\n%.300q", len(got), len(want), got, want)
	}
	rows, err := r.noted.Ledger(context.Background(), store.LedgerQuery{Period: limits.Day})
	if err != nil || len(rows) != 1 {
		t.Fatalf("the ledger has %d rows, %v", len(rows), err)
	}
	n := int64(calls)
	if u := rows[0].Usage; int64(u.Cost) != n*1_000_000 || u.BilledSeconds != n*60 || u.Calls != n || u.Attempts != n {
		t.Errorf("the ledger says %+v of %d calls", u, calls)
	}
	if err := errors.Join(r.noted.Close(), r.recorder.journal.Close()); err != nil {
		t.Error(err)
	}
}

func (r *recording) addCalls(from, to int) {
	for i := from; i < to; i++ {
		for _, record := range callRecords(i) {
			r.add(record)
		}
	}
}

// TestRecorderFaults: whatever goes wrong with the store, afterwards each record is stored once, and
// in its order. Meanwhile state says what is wrong and how many records wait.
func TestRecorderFaults(t *testing.T) {
	const none, fails, done, late = storetest.None, storetest.Fails, storetest.FailsButDone, storetest.TimesOut
	for _, test := range []struct {
		name string
		plan []storetest.Fault
		says error // what state says while the plan lasts
	}{
		{"all is well", nil, nil},
		{"the first fails", []storetest.Fault{fails}, storetest.ErrFault},
		{"the first fails but is done", []storetest.Fault{done}, storetest.ErrFault},
		{"the first times out", []storetest.Fault{late}, context.DeadlineExceeded},
		{"some in the middle fail", []storetest.Fault{none, fails, none, done, none, done, fails}, nil},
		{"each kind in turn", []storetest.Fault{fails, done, late, done, done, fails, late}, storetest.ErrFault},
		{"away for an hour", slices.Repeat([]storetest.Fault{fails}, 720), storetest.ErrFault},
		{"silent for an hour", slices.Repeat([]storetest.Fault{late}, 100), context.DeadlineExceeded},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRecording(t, test.plan...)
				r.addCalls(0, 600)
				pass(saveTimeout + 50*time.Millisecond)
				s := r.state()
				if s.memory != 0 {
					t.Errorf("%d records are in memory only after half a minute", s.memory)
				}
				if test.says != nil && len(test.plan) > 50 && (s.waiting() != 1200 || !errors.Is(s.err, test.says)) {
					t.Errorf("meanwhile state says that %d records wait, error %v; want 1200 and %v", s.waiting(), s.err, test.says)
				}
				r.addCalls(600, 1200)
				pass(2 * time.Hour)
				if s := r.state(); s.waiting() != 0 || s.err != nil {
					t.Errorf("two hours later %d records wait, s.error %v", s.waiting(), s.err)
				}
				r.end(t, 1200)
			})
		})
	}
}

// TestRecorderTellsTheTruth about each attempt: an error stands from the first failure to the first
// success, and no longer.
func TestRecorderTellsTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRecording(t, storetest.TimesOut, storetest.Fails)
		r.addCalls(0, 1)
		synctest.Wait()
		if s := r.state(); s.waiting() != 2 || s.err != nil {
			t.Errorf("while the first attempt is under way: %d wait, %v", s.waiting(), s.err)
		}
		pass(saveTimeout + time.Millisecond)
		synctest.Wait()
		if s := r.state(); s.waiting() != 2 || !errors.Is(s.err, context.DeadlineExceeded) {
			t.Errorf("after the first attempt: %d wait, %v", s.waiting(), s.err)
		}
		pass(100 * time.Millisecond)
		synctest.Wait()
		if s := r.state(); s.waiting() != 2 || !errors.Is(s.err, storetest.ErrFault) {
			t.Errorf("after the second attempt: %d wait, %v", s.waiting(), s.err)
		}
		pass(time.Second)
		synctest.Wait()
		if s := r.state(); s.waiting() != 0 || s.err != nil {
			t.Errorf("after the third attempt: %d wait, %v", s.waiting(), s.err)
		}
		r.end(t, 1)
	})
}

// TestRecorderLeavesTheStoreAlone: records that keep coming do not make the recorder try a store that
// fails more often than its pauses allow.
func TestRecorderLeavesTheStoreAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		var well atomic.Bool
		r := startRecordingWith(t, func(string) storetest.Fault {
			tries.Add(1)
			if well.Load() {
				return storetest.None
			}
			return storetest.Fails
		})
		for i := range 600 { // a minute of calls
			r.addCalls(i, i+1)
			pass(100 * time.Millisecond)
		}
		if n := tries.Load(); n > 20 {
			t.Errorf("a store that failed was tried %d times in a minute", n)
		}
		well.Store(true)
		pass(time.Minute)
		r.end(t, 600)
	})
}

// TestRecorderRefused: what never can be stored is left out, and holds up nothing.
func TestRecorderRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRecording(t, storetest.Fails, storetest.FailsButDone)
		r.add(guard.Leg{ID: "a leg of no server", Started: noon, Day: "2026-11-21"})
		r.addCalls(0, 300)
		r.add(guard.Charge{Server: "pbx1", Leg: "1.1", Kind: guard.KindCall, Day: "yesterday"})
		r.addCalls(300, 301)
		r.add(guard.Block{Reason: "a block without a key"})
		pass(time.Minute)
		r.end(t, 301)
	})
}

// TestRecorderEnds: what waits is stored when the daemon ends, even if the first attempt of the end
// goes wrong halfway; and a store that is away does not keep the daemon from ending.
func TestRecorderEnds(t *testing.T) {
	t.Run("with much to store", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := startRecording(t)
			r.addCalls(0, 2000)
			r.end(t, 2000)
		})
	})
	t.Run("while an attempt is under way", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := startRecording(t, storetest.TimesOut)
			r.addCalls(0, 700)
			synctest.Wait()
			r.end(t, 700)
		})
	})
	t.Run("while a failure is waited out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := startRecording(t, storetest.FailsButDone)
			r.addCalls(0, 700)
			synctest.Wait()
			r.end(t, 700)
		})
	})
	t.Run("without the store", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := startRecording(t, slices.Repeat([]storetest.Fault{storetest.TimesOut}, 10)...)
			r.addCalls(0, 700)
			synctest.Wait()
			began := time.Now()
			r.cancel()
			r.done.Wait()
			if took := time.Since(began); took != saveTimeout {
				t.Errorf("the end took %s, want %s", took, saveTimeout)
			}
			if s := r.state(); s.waiting() != 1400 {
				t.Errorf("%d records wait, %v", s.waiting(), s.err)
			}
			_, _ = r.noted.Close(), r.recorder.journal.Close()
		})
	})
}

// TestRecorderIsBounded: while the store is away, what does not fit is counted and told, and adding
// goes on without waiting.
func TestRecorderIsBounded(t *testing.T) {
	var told strings.Builder
	r := newRecorder(nil, slog.New(slog.NewTextHandler(&told, nil)), nil)
	var record guard.Record = guard.Block{ID: "x"}
	for range waitingMost + 25_000 {
		r.add(record)
	}
	if s := r.state(); s.waiting() != waitingMost || s.lost != 25_000 {
		t.Errorf("%d records wait and %d are lost", s.waiting(), s.lost)
	}
	if n := strings.Count(told.String(), "records are lost"); n != 3 {
		t.Errorf("the loss was told %d times, want once for each ten thousand", n)
	}
}

// TestRecorderTells: the channels are woken after a batch with an incident and after no other, and
// each incident waits in the outbox once for each channel of its moment.
func TestRecorderTells(t *testing.T) {
	s := openStore(t)
	defer s.Close()
	var woken []bool
	r := newRecorder(storetest.Faulty(s, faultsOf(storetest.FailsButDone)), quiet, func(incidents bool) { woken = append(woken, incidents) })
	r.journal = openJournal(t, t.TempDir())
	defer r.journal.Close()
	r.tellBy([]string{"email", "webhook"})
	r.add(guard.Incident{ID: "a", At: noon, Rule: "block"})
	if _, err := r.save(t.Context()); !errors.Is(err, storetest.ErrFault) || len(woken) != 0 {
		t.Errorf("after a failure: %v, woken %v", err, woken)
	}
	for range 2 {
		if _, err := r.save(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.add(callRecords(0)[0])
	}
	if !slices.Equal(woken, []bool{true, false}) {
		t.Errorf("woken %v", woken)
	}
	waiting, err := s.OutboxWaiting(t.Context())
	if err != nil || len(waiting) != 2 || waiting["email"] != 1 || waiting["webhook"] != 1 {
		t.Errorf("the outbox has %v, %v", waiting, err)
	}
}

// faultsOf makes each Save go as the plan says, and all well after it.
func faultsOf(plan ...storetest.Fault) func(string) storetest.Fault {
	return func(method string) storetest.Fault {
		if method != "Save" || len(plan) == 0 {
			return storetest.None
		}
		fault := plan[0]
		plan = plan[1:]
		return fault
	}
}
