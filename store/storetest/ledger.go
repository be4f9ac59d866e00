package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
)

// story is what a guard would save in the course of some calls, and what has to be in the store
// once all of it is saved.
type story struct {
	tenant  string
	records []guard.Record
	legs    map[string]guard.Leg // the last record of each, with the sum of its charges
	days    map[limits.Account]map[string]*limits.Usage
	routes  map[limits.RouteRow]int64 // the seconds, by a row without them
	blocks  map[string]guard.Block
	told    int
}

// storyDays are the days of a story's legs.
var storyDays = []string{"2026-11-29", "2026-11-30", "2026-12-01"}

func (s *story) usage(a limits.Account, day string) *limits.Usage {
	if s.days[a] == nil {
		s.days[a] = make(map[string]*limits.Usage)
	}
	if s.days[a][day] == nil {
		s.days[a][day] = new(limits.Usage)
	}
	return s.days[a][day]
}

// sum adds up what the days hold by the first bytes of their names: 10 is by day, 7 by month.
func (s *story) sum(key int) map[string]limits.Usage {
	sums := make(map[string]limits.Usage)
	for account, days := range s.days {
		for day, u := range days {
			name := day[:key] + " " + account.String()
			have := sums[name]
			have.Cost += u.Cost
			have.Price += u.Price
			have.BilledSeconds += u.BilledSeconds
			have.InternationalSeconds += u.InternationalSeconds
			have.Calls += u.Calls
			have.Attempts += u.Attempts
			sums[name] = have
		}
	}
	return sums
}

// tellLeg writes the life of one leg, in the order in which a guard would save it.
func (s *story) tellLeg(t *rapid.T, n int) []guard.Record {
	days := storyDays
	account := limits.Account{Tenant: s.tenant, Extension: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "extension")}
	l := ringing("pbx1", fmt.Sprintf("%s.%d", s.tenant, n), account, start.Add(time.Duration(n)*time.Second))
	first := rapid.IntRange(0, 2).Draw(t, "day")
	l.Day = days[first]
	records := []guard.Record{l}
	s.usage(account, l.Day).Attempts++
	if rapid.Bool().Draw(t, "answered") {
		l = answered(l, l.Started.Add(time.Second))
		l.AnsweredDay = l.Day
		records = append(records, l)
		s.usage(account, l.AnsweredDay).Calls++
	}
	if rapid.Bool().Draw(t, "ended") {
		if rapid.Bool().Draw(t, "limited again") {
			l.LimitedUntil = l.Started.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "limit")) * time.Second)
			records = append(records, l)
		}
		if rapid.Bool().Draw(t, "priced anew") {
			l.Deck, l.Rate.PerMinute, l.Rate.Tiers, l.Sold = "carrier@3", l.Rate.PerMinute+1, nil, nil
			records = append(records, l)
		}
		l = ended(l, l.Started.Add(time.Minute))
		for _, day := range days[first:] {
			if l.Answered.IsZero() || rapid.Bool().Draw(t, "no charge") {
				break
			}
			c := charge(l, day, money.Amount(rapid.Int64Range(0, 1e9).Draw(t, "amount")), rapid.Int64Range(0, 1e5).Draw(t, "seconds"))
			c.Price = money.Amount(rapid.Int64Range(0, 1e9).Draw(t, "price"))
			u := s.usage(account, day)
			u.Cost, u.Price, u.BilledSeconds = u.Cost+c.Amount, u.Price+c.Price, u.BilledSeconds+c.BilledSeconds
			if c.International = rapid.Bool().Draw(t, "international"); c.International {
				u.InternationalSeconds += c.BilledSeconds
			}
			c.Route = rapid.SampledFrom([]string{"", "Italy", "Rome"}).Draw(t, "route")
			s.routes[limits.RouteRow{Account: account, Day: day, Route: c.Route}] += c.BilledSeconds
			records = append(records, c)
			l.Cost, l.Price, l.BilledSeconds = l.Cost+c.Amount, l.Price+c.Price, l.BilledSeconds+c.BilledSeconds
		}
		records = append(records, l)
	}
	if rapid.Bool().Draw(t, "incident") {
		records = append(records, incident(l.ID, l.Started, account))
		s.told++
	}
	if rapid.Bool().Draw(t, "block") {
		b := guard.Block{ID: l.ID, Target: guard.Target{Account: account}, Since: l.Started, Reason: "why", Source: "who"}
		records = append(records, b)
		b.Lifted, b.LiftedBy = l.Started.Add(time.Hour), "time"
		records = append(records, b)
		s.blocks[b.ID] = b
	}
	s.legs[l.ID] = l
	return records
}

// drawStory mixes the lives of some legs, each of which keeps its order.
func drawStory(t *rapid.T, tenant string) *story {
	s := &story{tenant: tenant, legs: make(map[string]guard.Leg), blocks: make(map[string]guard.Block),
		days: make(map[limits.Account]map[string]*limits.Usage), routes: make(map[limits.RouteRow]int64)}
	var lives [][]guard.Record
	for n := range rapid.IntRange(1, 8).Draw(t, "legs") {
		lives = append(lives, s.tellLeg(t, n))
	}
	for len(lives) > 0 {
		n := rapid.IntRange(0, len(lives)-1).Draw(t, "next")
		s.records = append(s.records, lives[n][0])
		if lives[n] = lives[n][1:]; len(lives[n]) == 0 {
			lives = append(lives[:n], lives[n+1:]...)
		}
	}
	return s
}

// check compares the store with the story.
func (s *story) check(t tester, in store.Store) {
	t.Helper()
	for period, key := range map[limits.Period]int{limits.Day: 10, limits.Month: 7} {
		got := make(map[string]limits.Usage)
		for _, r := range totals(t, in, period, s.tenant) {
			got[r.Key+" "+r.Account.String()] = r.Usage
		}
		same(t, "ledger by "+period.String(), got, s.sum(key))
	}
	routes := make(map[limits.RouteRow]int64)
	for _, day := range storyDays {
		state, err := in.Load(t.Context(), day, start)
		if err != nil {
			t.Fatalf("Load: %v", err)
		}
		for _, r := range state.Routes {
			if r.Account.Tenant == s.tenant {
				routes[limits.RouteRow{Account: r.Account, Day: r.Day, Route: r.Route}] = r.Seconds
			}
		}
	}
	same(t, "routes", routes, s.routes)
	proven(t, in)
	same(t, "legs", calls(t, in, s.tenant), s.legs)
	blocks, err := in.Blocks(t.Context(), true)
	if err != nil {
		t.Fatalf("Blocks: %v", err)
	}
	found := make(map[string]guard.Block)
	for _, b := range blocks {
		if b.Target.Account.Tenant == s.tenant {
			found[b.ID] = b
		}
	}
	same(t, "blocks", found, s.blocks)
	waiting, err := in.OutboxWaiting(t.Context())
	if err != nil {
		t.Fatalf("OutboxWaiting: %v", err)
	}
	same(t, "outbox", waiting[s.tenant], s.told)
}

// saveUntilDone saves a batch again and again, as the daemon would, until the store says yes.
func saveUntilDone(t tester, s store.Store, batch []guard.Record, tell string, give func(context.Context) context.Context) {
	t.Helper()
	for range 100 {
		if err := s.Save(give(t.Context()), batch, []string{tell}); err == nil {
			return
		}
	}
	t.Fatalf("100 attempts, and the batch is not saved")
}

func asIs(ctx context.Context) context.Context { return ctx }

// testLedgerIsSum splits, repeats, and breaks off random stories, and saves old records between new
// ones. Whatever happens, the ledger is the sum of what was told.
func testLedgerIsSum(t *testing.T, s store.Store) {
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		story := drawStory(rt, fmt.Sprintf("tenant%d", run))
		broken := 0
		give := func(ctx context.Context) context.Context {
			if broken++; broken%3 == 0 {
				return ctx
			}
			return breakAfter(ctx, rapid.IntRange(0, 12).Draw(rt, "looks"))
		}
		for at := 0; at < len(story.records); {
			end := min(at+rapid.IntRange(1, 10).Draw(rt, "batch"), len(story.records))
			saveUntilDone(rt, s, story.records[at:end], story.tenant, give)
			at = end
			if rapid.Bool().Draw(rt, "old records again") {
				old := rapid.Permutation(story.records[:at]).Draw(rt, "order")
				saveUntilDone(rt, s, old[:rapid.IntRange(0, len(old)).Draw(rt, "how many")], story.tenant, give)
			}
		}
		story.check(rt, s)
	})
}

// testFaults runs one story through each fault at each of its batches.
func testFaults(t *testing.T, s store.Store) {
	run := 0
	const batches = 4
	for _, fault := range []Fault{Fails, FailsButDone, TimesOut} {
		for at := range batches {
			run++
			story := rapid.Custom(func(rt *rapid.T) *story { return drawStory(rt, fmt.Sprintf("tenant%d", run)) }).Example(run)
			call := 0
			broken := Faulty(s, func(string) Fault {
				if call++; call == at+1 {
					return fault
				}
				return None
			})
			for n := range batches {
				size := len(story.records)
				batch := story.records[n*size/batches : (n+1)*size/batches]
				ctx, end := context.WithTimeout(t.Context(), time.Minute)
				if call == at && fault == TimesOut {
					end()
				}
				err := broken.Save(ctx, batch, []string{story.tenant})
				end()
				if (err != nil) != (n == at) {
					t.Fatalf("fault %d at batch %d: batch %d gives %v", fault, at, n, err)
				}
				if err != nil {
					saveUntilDone(t, broken, batch, story.tenant, asIs)
				}
			}
			story.check(t, s)
		}
	}
}

// testAllOrNothing breaks one batch off after each of its steps.
func testAllOrNothing(t *testing.T, s store.Store) {
	leg := ended(answered(ringing("pbx1", "1.1", alice, start), start), start.Add(time.Minute))
	batch := []guard.Record{leg, charge(leg, today, 5, 60), incident("a", start, alice),
		guard.Block{ID: "b", Target: guard.Target{Account: alice}, Since: start}, capOf("acme/101", limits.CostPerDay, 5, start),
		ringing("pbx1", "1.2", alice, start)}
	broken := 0
	for looks := 0; ; looks++ {
		err := s.Save(breakAfter(t.Context(), looks), batch, []string{"mail"})
		if err == nil {
			break
		}
		broken++
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d looks: %v", looks, err)
		}
		testEmpty(t, s)
		if t.Failed() {
			t.Fatalf("something is left of a batch that was broken off after %d looks", looks)
		}
	}
	if broken == 0 {
		t.Error("a context that ended before the call did not stop it")
	}
	same(t, "days", totals(t, s, limits.Day, ""), []limits.Row{row(alice, today, 5, 60, 1, 2)})
}

// testMany saves from several sides at once, the same records too, while others read.
func testMany(t *testing.T, s store.Store) {
	const writers, legs = 4, 30
	var all sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				state, err := s.Load(t.Context(), today, start)
				if err != nil {
					t.Errorf("Load: %v", err)
					return
				}
				var attempts int64
				for _, r := range state.Days {
					attempts += r.Attempts
				}
				if int(attempts) != len(state.Attempts) {
					t.Errorf("Load sees %d attempts in the ledger and %d legs: not one moment", attempts, len(state.Attempts))
					return
				}
			}
		})
	}
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for n := range legs {
				l := ended(answered(ringing("pbx1", fmt.Sprint(n), alice, start), start), start.Add(time.Minute))
				if err := s.Save(t.Context(), []guard.Record{l, charge(l, today, 7, 60)}, nil); err != nil {
					t.Errorf("Save: %v", err)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	all.Wait()
	same(t, "days", totals(t, s, limits.Day, ""), []limits.Row{row(alice, today, 7*legs, 60*legs, legs, legs)})
}
