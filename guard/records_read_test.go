package guard

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
)

// past is a small world whose calls are over: what was really billed, what Asterisk wrote of it, and
// what a guard has kept.
type past struct {
	guard   *Guard
	kept    *keptState
	rules   Rules
	prices  *rates.Prices
	legs    []pastLeg
	records []CallRecord
}

// pastLeg is a leg as the carrier saw it; rec is the number of its records.
type pastLeg struct {
	name                  string
	phone                 string
	begun, answered, over time.Time
}

var pastDay = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func newPast(t testing.TB) *past {
	deck, err := rates.NewDeck("default", "EUR", []rates.Rate{{Prefix: "44", Route: "uk", PerMinute: 60_000, First: 1, Next: 1}})
	if err != nil {
		t.Fatal(err)
	}
	p := &past{kept: newKeptState(), prices: rates.NewPrices([]rates.Edition{{Number: 1, Deck: deck}}, "default", nil, nil)}
	p.rules = Rules{
		Calendar: limits.NewCalendar(time.UTC), Horizon: time.Hour,
		Servers: map[string]ServerRules{"pbx": {
			Trunks: []string{"PJSIP/carrier"}, Tenant: "default", TenantBy: []TenantSource{ByAccountCode},
			Plan: number.Plan{Country: "IT", InternationalPrefixes: []string{"00"}},
		}},
	}
	p.restart(pastDay)
	return p
}

func (p *past) restart(now time.Time) {
	p.guard = New(p.rules, p.prices, p.kept.state(p.rules.Calendar, now), now)
	p.guard.Handle(ServerUp{Seen{"pbx", now}})
}

func (p *past) keep(effects []Effect) {
	for _, e := range effects {
		if s, ok := e.(Save); ok {
			p.kept.save(s.Record)
		}
	}
}

func (p *past) read(now time.Time, records []CallRecord) []Taken {
	effects, taken := p.guard.TakeRecords(RecordsRead{Seen: Seen{"pbx", now}, Records: records, Known: p.kept.charged(), Tolerance: 2 * time.Second})
	p.keep(effects)
	return slices.Clone(taken)
}

// watch lets the guard see a leg; until then nobody looks any more, where it is not zero.
func (p *past) watch(l pastLeg, id string) {
	phone := Channel{ID: "p" + id, LinkedID: "p" + id, Name: l.phone, AccountCode: "acme", State: StateRinging}
	trunk := Channel{ID: "t" + id, LinkedID: "p" + id, Name: l.name}
	see := func(f Fact) { p.keep(p.guard.Handle(f)) }
	see(ChannelCreated{Seen{"pbx", l.begun}, phone})
	see(ChannelCreated{Seen{"pbx", l.begun}, trunk})
	see(DialBegun{Seen: Seen{"pbx", l.begun}, From: phone, To: trunk, Dialled: "00442012345678"})
	if !l.answered.IsZero() {
		trunk.State = StateUp
		see(ChannelAnswered{Seen{"pbx", l.answered}, trunk})
	}
	see(ChannelEnded{Seen: Seen{"pbx", l.over}, ID: trunk.ID})
	see(ChannelEnded{Seen: Seen{"pbx", l.over}, ID: phone.ID})
}

// second is a time as Asterisk writes it.
func second(t time.Time) time.Time { return t.Truncate(time.Second) }

// written gives what Asterisk writes of a leg: one record, or two where it was transferred at a moment.
func (l *pastLeg) written(transferred time.Time) []CallRecord {
	r := CallRecord{Channel: l.phone, Destination: l.name, ID: "p" + l.name, LinkedID: "p" + l.name, Dialled: "00442012345678", Exten: "00442012345678",
		Context: "tenant-acme", AccountCode: "acme", Started: second(l.begun), Ended: second(l.over)}
	if l.answered.IsZero() {
		return []CallRecord{r}
	}
	r.Answered = second(l.answered)
	if transferred.IsZero() {
		r.BillableSeconds = int64(l.over.Sub(l.answered) / time.Second)
		return []CallRecord{r}
	}
	r.Ended, r.BillableSeconds = second(transferred), int64(transferred.Sub(l.answered)/time.Second)
	further := CallRecord{Channel: l.name, Destination: "PJSIP/102-" + l.name[len(l.name)-8:], ID: "t" + l.name, LinkedID: r.ID, Exten: "102",
		AccountCode: "acme", Started: second(transferred), Answered: second(transferred), Ended: second(l.over),
		BillableSeconds: int64(l.over.Sub(transferred) / time.Second)}
	return []CallRecord{r, further}
}

// inTable gives a record as a table has it in which there is no end, nor perhaps an answer; real is how long
// the call was.
func inTable(r CallRecord, real time.Duration, answer bool) CallRecord {
	r.Ended, r.EndWorkedOut = r.Started.Add(real.Truncate(time.Second)), true
	switch billed := time.Duration(r.BillableSeconds) * time.Second; {
	case r.Answered.IsZero():
	case answer:
		r.Ended = later(r.Ended, r.Answered.Add(billed))
	default:
		r.Answered = r.Ended.Add(-billed)
	}
	return r
}

// bills is what the carrier takes for the leg: a thousandth of the currency a second.
func (l *pastLeg) bills() money.Amount {
	if l.answered.IsZero() {
		return 0
	}
	seconds := (l.over.Sub(l.answered) + time.Second - 1) / time.Second
	return money.Amount(max(seconds, 1)) * 1000
}

// TestRecordsOnce: whatever part of a day was metered live, and in whatever pieces and however often
// its records are read, each leg is charged once: as the carrier bills, or, where two records cut their
// seconds, up to a second more.
func TestRecordsOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPast(t)
		now := pastDay
		table, answer := rapid.Bool().Draw(rt, "no ends"), rapid.Bool().Draw(rt, "answers")
		n := rapid.IntRange(1, 8).Draw(rt, "legs")
		var moved []bool
		for i := range n {
			l := pastLeg{name: fmt.Sprintf("PJSIP/carrier-%08x", i), phone: fmt.Sprintf("PJSIP/10%d-%08x", i%3, i)}
			l.begun = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(rt, "pause")) * time.Millisecond)
			l.over = l.begun.Add(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "rings")) * time.Millisecond)
			var transferred time.Time
			if rapid.IntRange(0, 4).Draw(rt, "answered") > 0 {
				l.answered = l.over
				// Off the whole second, where nobody can tell how it is billed.
				l.over = l.answered.Add(time.Duration(rapid.IntRange(0, 200).Draw(rt, "seconds"))*time.Second + time.Duration(rapid.IntRange(1, 999).Draw(rt, "more"))*time.Millisecond)
				if rapid.Bool().Draw(rt, "transferred") {
					transferred = l.answered.Add(time.Duration(rapid.Int64Range(0, int64(l.over.Sub(l.answered))).Draw(rt, "when")))
				}
			}
			moved = append(moved, !transferred.IsZero())
			now = l.over
			p.legs = append(p.legs, l)
			records := l.written(transferred)
			if table {
				real := []time.Duration{l.over.Sub(l.begun)}
				if len(records) > 1 {
					real = []time.Duration{transferred.Sub(l.begun), l.over.Sub(transferred)}
				}
				for part := range records {
					records[part] = inTable(records[part], real[part], answer)
				}
			}
			p.records = append(p.records, records...)
			if rapid.Bool().Draw(rt, "watched") {
				p.watch(l, fmt.Sprint(i))
			}
			if rapid.IntRange(0, 3).Draw(rt, "read now") == 0 {
				p.read(now, p.records)
			}
			if rapid.IntRange(0, 5).Draw(rt, "restart") == 0 {
				p.restart(now)
			}
		}
		p.read(now, p.records)
		for range 2 {
			for at := 0; at < len(p.records); {
				size := rapid.IntRange(1, len(p.records)-at).Draw(rt, "piece")
				p.read(now, p.records[at:at+size])
				at += size
			}
		}
		for _, taken := range p.read(now, p.records) {
			if taken.As != Agreed && taken.As != NotOutbound {
				rt.Errorf("read again, a leg is %d: %+v", taken.As, taken)
			}
		}
		p.checkPast(rt, now, moved)
	})
}

func (p *past) checkPast(rt *rapid.T, now time.Time, moved []bool) {
	known := p.kept.charged()
	if len(known) != len(p.legs) {
		rt.Fatalf("%d legs are %d in the record: %+v", len(p.legs), len(known), known)
	}
	var total money.Amount
	for i, l := range p.legs {
		found := known[slices.IndexFunc(known, func(k Leg) bool { return k.Name == l.name })]
		total += found.Cost
		most := l.bills()
		if moved[i] {
			most += 1000
		}
		if found.Cost < l.bills() || found.Cost > most {
			rt.Errorf("leg %d lasted %s and is charged %s, not %s: %+v", i, l.over.Sub(l.answered), found.Cost, l.bills(), found)
		}
		if want := (limits.Account{Tenant: "acme", Extension: l.phone[len("PJSIP/") : len("PJSIP/")+3]}); found.Account != want {
			rt.Errorf("leg %d is charged to %s", i, found.Account)
		}
	}
	var ledger money.Amount
	calls := int64(0)
	for _, row := range p.guard.Ledger(limits.Day, now) {
		ledger += row.Cost
		calls += row.Calls
	}
	answered := 0
	for l := range slices.Values(p.legs) {
		if !l.answered.IsZero() {
			answered++
		}
	}
	if ledger != total || calls != int64(answered) {
		rt.Errorf("the ledger says %s and %d calls, the charges add up to %s of %d: %v", ledger, calls, total, answered, slices.Collect(maps.Values(p.kept.charges)))
	}
}
