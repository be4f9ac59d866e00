package notify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

var mailPace = Pace{Group: mailGroup, Gather: mailGather, Apart: mailApart}

// pass lets time go by in a synctest bubble, and all that is due in it happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// poke wakes Run.
func poke(wake chan<- struct{}) {
	wake <- struct{}{}
	synctest.Wait()
}

func TestFloodIsAHandfulOfMails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, mouth, wake := newShelf(t), &mouth{name: "email", pace: mailPace}, make(chan struct{})
		stop := running(t, outbox, new(journal), wake, mouth)
		defer stop()
		synctest.Wait()
		start := time.Now()
		for n := range 500 { // 10 a second for 50 s
			outbox.put("email", anIncident(n, time.Now()))
			poke(wake)
			pass(100 * time.Millisecond)
		}
		pass(3 * time.Minute)
		told := mouth.tellings()
		if len(told) != 2 || outbox.unsent() != 0 {
			t.Fatalf("%d mails, %d incidents not told; want 2 mails, 0", len(told), outbox.unsent())
		}
		if first := told[0].at.Sub(start); first < mailGather || first > mailGather+2*time.Second {
			t.Errorf("the first mail went after %s", first)
		}
		if apart := told[1].at.Sub(told[0].at); apart < mailApart || apart > mailApart+2*time.Second {
			t.Errorf("the second mail went %s after the first", apart)
		}
	})
}

func TestUrgentGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, mouth, wake := newShelf(t), &mouth{name: "email", pace: mailPace}, make(chan struct{})
		stop := running(t, outbox, new(journal), wake, mouth)
		defer stop()
		outbox.put("email", anIncident(1, time.Now()))
		poke(wake)
		pass(10 * time.Second) // The mail of the minute is gone.
		calm := anIncident(2, time.Now())
		outbox.put("email", calm)
		pass(2 * time.Second)
		loud := anIncident(3, time.Now())
		loud.Urgent = true
		outbox.put("email", loud)
		start := time.Now()
		poke(wake)
		pass(lookApart)
		told := mouth.tellings()
		if len(told) != 2 || told[1].at.Sub(start) > lookApart || !slices.Equal(told[1].ids, []string{loud.ID, calm.ID}) {
			t.Fatalf("told %v, want the urgent one and what waited with it within %s", told, lookApart)
		}
		for n := range 60 { // A link that comes and goes, once a second.
			loud := anIncident(10+n, time.Now())
			loud.Urgent = true
			outbox.put("email", loud)
			poke(wake)
			pass(time.Second)
		}
		if n := len(mouth.tellings()) - 2; n < 5 || n > 7 {
			t.Errorf("%d mails in a minute of urgent incidents, want one in 10 s", n)
		}
	})
}

func TestWithoutGatheringTheFirstGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, mouth, wake := newShelf(t), &mouth{name: "webhook", pace: Pace{Group: 50}}, make(chan struct{})
		stop := running(t, outbox, new(journal), wake, mouth)
		defer stop()
		pass(5 * time.Second)
		start := time.Now()
		for n := range 120 {
			outbox.put("webhook", anIncident(n, time.Now()))
			poke(wake)
		}
		if told := mouth.tellings(); len(told) != 1 || !told[0].at.Equal(start) {
			t.Fatalf("told %v, want one request at once", told)
		}
		pass(5 * time.Second)
		var sizes []int
		for _, x := range mouth.tellings() {
			sizes = append(sizes, len(x.ids))
		}
		if !slices.Equal(sizes, []int{1, 50, 50, 19}) {
			t.Errorf("groups of %v, want 1, 50, 50, 19", sizes)
		}
	})
}

func TestUnannouncedIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox, mouth, wake := newShelf(t), &mouth{name: "webhook", pace: Pace{Group: 50}}, make(chan struct{})
		close(wake) // Nobody will ever wake it, which must not make it spin either.
		stop := running(t, outbox, new(journal), wake, mouth)
		defer stop()
		synctest.Wait()
		outbox.put("webhook", anIncident(1, time.Now()))
		pass(lookEvery)
		if outbox.unsent() != 0 {
			t.Errorf("not told after %s", lookEvery)
		}
	})
}

func TestNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		answer := func(context.Context, []guard.Incident) error {
			if !works.Load() {
				return errors.New("connection\r\nrefused \x1b[31m" + strings.Repeat("x", 1000))
			}
			return nil
		}
		outbox, mouth, j := newShelf(t), &mouth{name: "webhook", pace: Pace{Group: 50}, answer: answer}, new(journal)
		stop := running(t, outbox, j, nil, mouth)
		defer stop()
		outbox.put("webhook", anIncident(1, time.Now()))
		pass(oldAge)
		if log := j.String(); !strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") || strings.Contains(log, "\x1b") {
			t.Errorf("log of the first days:\n%s", log)
		}
		told := mouth.tellings()
		for n := 1; n < len(told); n++ {
			gap := told[n].at.Sub(told[n-1].at)
			if want := min(firstDelay<<min(n-1, 10), longestDelay); gap < want/2 || gap > want+lookEvery {
				t.Errorf("attempt %d came after %s, want about %s", n+1, gap, want)
			}
		}
		if n := len(told); n < 72 || n > 160 {
			t.Errorf("%d attempts in 3 days", n)
		}

		pass(8 * 24 * time.Hour)
		if n := len(mouth.tellings()) - len(told); n < 7 || n > 17 {
			t.Errorf("%d attempts in the 8 days after, want one in 12 to 24 hours", n)
		}
		if !strings.Contains(j.String(), "level=ERROR") {
			t.Error("no error in the log after days without success")
		}
		works.Store(true)
		pass(oldDelay + lookEvery)
		if outbox.unsent() != 0 {
			t.Error("not told although the other side works again")
		}
	})
}

func TestOneThatIsNeverTakenHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := func(_ context.Context, group []guard.Incident) error {
			if slices.ContainsFunc(group, func(i guard.Incident) bool { return i.ID == "i0001" }) {
				return &Failure{Err: errors.New("answered 400"), Lasting: true}
			}
			return nil
		}
		outbox, mouth, wake, j := newShelf(t), &mouth{name: "webhook", pace: Pace{Group: 50}, answer: answer}, make(chan struct{}), new(journal)
		stop := running(t, outbox, j, wake, mouth)
		defer stop()
		synctest.Wait()
		outbox.put("webhook", anIncident(1, time.Now()))
		pass(lookEvery)
		for n := range 100 {
			outbox.put("webhook", anIncident(2+n, time.Now()))
			poke(wake)
			pass(longestPause)
			if n := outbox.unsent(); n > 1 {
				t.Fatalf("%d incidents wait behind one that is not taken", n)
			}
		}
		bad := 0
		for _, x := range mouth.tellings() {
			if slices.Contains(x.ids, "i0001") {
				bad++
			}
		}
		if bad < 2 || bad > 5 { // in 100 minutes
			t.Errorf("%d attempts for the one that is not taken, want one in 30 to 60 minutes", bad)
		}
		if !strings.Contains(j.String(), "level=ERROR") {
			t.Error("a lasting failure is no error in the log")
		}
	})
}

func TestFreshNoticesGoWithoutThoseThatFailed(t *testing.T) {
	of := func(attempts ...int) []Notice {
		notices := make([]Notice, len(attempts))
		for n, a := range attempts {
			notices[n] = Notice{ID: int64(n), Attempts: a}
		}
		return notices
	}
	for _, c := range []struct {
		due  []Notice
		want []int64
	}{
		{nil, []int64{}},
		{of(0, 0), []int64{0, 1}},
		{of(3, 0, 1, 0), []int64{1, 3}},
		{of(3, 1), []int64{0, 1}},
	} {
		if got := ids(choose(c.due)); !slices.Equal(got, c.want) {
			t.Errorf("of %v: got %v, want %v", c.due, got, c.want)
		}
	}
}

func TestOtherSideAskedToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		answer := func(context.Context, []guard.Incident) error {
			if first {
				first = false
				return &Failure{Err: errors.New("answered 429"), After: 20 * time.Minute}
			}
			return nil
		}
		outbox, mouth, wake := newShelf(t), &mouth{name: "webhook", pace: Pace{Group: 50}, answer: answer}, make(chan struct{})
		stop := running(t, outbox, new(journal), wake, mouth)
		defer stop()
		outbox.put("webhook", anIncident(1, time.Now()))
		start := time.Now()
		poke(wake)
		pass(lookApart) // where it has just looked before the notice was there
		if next := outbox.entries[0].next; next.Sub(start) < 20*time.Minute {
			t.Errorf("postponed by %s, want 20 minutes", next.Sub(start))
		}
		for range 21 {
			outbox.put("webhook", anIncident(2, time.Now()))
			poke(wake)
			pass(time.Minute)
		}
		told := mouth.tellings()
		if len(told) < 2 || told[1].at.Sub(start) < 20*time.Minute || outbox.unsent() != 0 {
			t.Errorf("told %d times, %d still wait; second after %s, want 20 minutes", len(told), outbox.unsent(), told[1].at.Sub(start))
		}
	})
}

func TestToldButNotNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		outbox, mouth := newShelf(t), &mouth{name: "webhook", pace: Pace{Group: 50}}
		outbox.fails = func(operation string) error {
			if !works.Load() && operation == "sent" {
				return errors.New("disk full")
			}
			return nil
		}
		stop := running(t, outbox, new(journal), nil, mouth)
		outbox.put("webhook", anIncident(1, time.Now()))
		pass(time.Hour)
		if n := len(mouth.tellings()); n != 1 {
			t.Errorf("told %d times while the outbox could not note it, want once", n)
		}
		stop()

		// The next process cannot know: it tells again, under the same ID.
		works.Store(true)
		stop = running(t, outbox, new(journal), nil, mouth)
		defer stop()
		pass(lookEvery)
		told := mouth.tellings()
		if len(told) != 2 || !slices.Equal(told[0].ids, told[1].ids) || outbox.unsent() != 0 {
			t.Errorf("told %v, %d wait; want the same twice, none", told, outbox.unsent())
		}
	})
}

func TestOutboxAway(t *testing.T) {
	for _, operation := range []string{"due", "sent", "postpone"} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var works atomic.Bool
				answer := func(context.Context, []guard.Incident) error {
					if operation == "postpone" && !works.Load() {
						return errors.New("refused")
					}
					return nil
				}
				outbox, mouth, j := newShelf(t), &mouth{name: "webhook", pace: Pace{Group: 50}, answer: answer}, new(journal)
				outbox.fails = func(o string) error {
					if !works.Load() && o == operation {
						return errors.New("gone")
					}
					return nil
				}
				stop := running(t, outbox, j, nil, mouth)
				defer stop()
				outbox.put("webhook", anIncident(1, time.Now()))
				pass(10 * time.Minute)
				if n := len(mouth.tellings()); n > 30 {
					t.Errorf("told %d times in 10 minutes", n)
				}
				if !strings.Contains(j.String(), "level=ERROR") {
					t.Error("nothing in the log")
				}
				works.Store(true)
				pass(longestPause)
				if outbox.unsent() != 0 {
					t.Error("not told although the outbox works again")
				}
			})
		})
	}
}

func TestStopInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stall := func(ctx context.Context, _ []guard.Incident) error {
			<-ctx.Done()
			return ctx.Err()
		}
		outbox, wake, j := newShelf(t), make(chan struct{}), new(journal)
		stalled := &mouth{name: "webhook", pace: Pace{Group: 50}, answer: stall}
		other := &mouth{name: "email", pace: mailPace}
		stop := running(t, outbox, j, wake, stalled, other)
		outbox.put("webhook", anIncident(1, time.Now()))
		outbox.put("email", anIncident(1, time.Now()))
		poke(wake)
		pass(time.Minute)
		if len(other.tellings()) != 1 || outbox.unsent() != 1 {
			t.Error("a channel that stalls held up another")
		}
		stop()
		if outbox.entries[0].Attempts != 0 || j.String() != "" {
			t.Errorf("stopping counted as a failure: %s", j)
		}

		whole := &mouth{name: "webhook", pace: Pace{Group: 50}}
		defer running(t, outbox, j, wake, whole, other)()
		pass(time.Second)
		if len(whole.tellings()) != 1 || len(other.tellings()) != 1 || outbox.unsent() != 0 {
			t.Error("the next start did not tell what the last could not, and only that")
		}
	})
}

func TestTakenInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := func(context.Context, []guard.Incident) error {
			return &Failure{Err: errors.New("550 no such mailbox"), Taken: true}
		}
		outbox, mouth, j := newShelf(t), &mouth{name: "email", pace: mailPace, answer: answer}, new(journal)
		defer running(t, outbox, j, nil, mouth)()
		outbox.put("email", anIncident(1, time.Now()))
		pass(time.Hour)
		if len(mouth.tellings()) != 1 || outbox.unsent() != 0 || !strings.Contains(j.String(), "550 no such mailbox") {
			t.Errorf("told %d times, %d wait, log: %s", len(mouth.tellings()), outbox.unsent(), j)
		}
	})
}
