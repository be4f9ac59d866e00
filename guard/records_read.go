package guard

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
)

const (
	// ruleRecordDiffers tells that Asterisk's records differ from what was metered.
	ruleRecordDiffers = "record.differs"
	// ruleCarrierLonger tells that a carrier bills calls longer than they were metered.
	ruleCarrierLonger = "carrier.longer"
)

// TakenAs is what a leg in records turned out to be.
type TakenAs int

// What a leg in records can be.
const (
	// NotOutbound is a record without a paid leg, or one that makes no sense.
	NotOutbound TakenAs = iota
	// Unbilled is a leg that nobody watched and nobody answered: an attempt.
	Unbilled
	// Charged is a leg that nobody watched.
	Charged
	// Corrected is a leg whose times were estimated, or that further records add to.
	Corrected
	// Agreed is a leg that was metered as the records say, or that was taken from them before.
	Agreed
	// Differing is a leg that was metered otherwise.
	Differing
)

// Taken says what became of one leg in records, or of one record without a leg.
type Taken struct {
	As TakenAs
	// Leg is as it is afterwards; its Cost and the like are all that it was charged.
	Leg Leg
	// Recorded is how long it was answered by the records, and By how much longer that is than what
	// was metered.
	Recorded, By time.Duration
	// Changed is what a correction adds to its cost.
	Changed money.Amount
}

// TakeRecords handles the fact and says besides what became of it. Both slices are good until the
// next call.
func (g *Guard) TakeRecords(f RecordsRead) ([]Effect, []Taken) {
	g.taken = g.taken[:0]
	return g.Handle(f), g.taken
}

// reading is what is known while records are taken in.
type reading struct {
	s     *server
	fact  *RecordsRead
	known map[string][]*Leg      // by name
	first map[string]*CallRecord // by ID, of the channels with which calls began
	// spenders are the accounts whose totals have changed.
	spenders map[limits.Account]struct{}
}

func (g *Guard) recordsRead(s *server, f RecordsRead) {
	g.taken = g.taken[:0]
	if f.Prices == nil {
		f.Prices = g.prices
	}
	r := &reading{s: s, fact: &f, known: make(map[string][]*Leg), first: make(map[string]*CallRecord),
		spenders: make(map[limits.Account]struct{})}
	for _, l := range s.legs {
		r.known[l.Name] = append(r.known[l.Name], &l.Leg)
	}
	for i := range f.Known {
		if l := &f.Known[i]; l.Server == s.name && s.legs[l.ID] == nil {
			r.known[l.Name] = append(r.known[l.Name], l)
		}
	}
	for i := range f.Records {
		record := &f.Records[i]
		if record.ID != "" && (record.ID == record.LinkedID || record.LinkedID == "") {
			r.first[record.ID] = record
		}
		if !record.usable() || s.rules.kindOf(record.Channel) != trunk && s.rules.kindOf(record.Destination) != trunk {
			g.taken = append(g.taken, Taken{As: NotOutbound})
		}
	}
	for _, rec := range s.recordingsOf(f.Records) {
		g.taken = append(g.taken, g.take(r, &rec))
	}
	g.spent(slices.Collect(maps.Keys(r.spenders)))
}

// legOf finds the leg that a recording is of.
func (r *reading) legOf(rec *recording) *Leg {
	for _, l := range r.known[rec.name] {
		if r.fact.Told || rec.of(l) {
			return l
		}
	}
	return nil
}

// take settles one leg.
func (g *Guard) take(r *reading, rec *recording) Taken {
	l := r.legOf(rec)
	if l == nil {
		if !rec.outbound() {
			return Taken{As: NotOutbound}
		}
		return g.takeNew(r, rec)
	}
	answered, lasted, ok := rec.talk()
	t := Taken{As: Agreed, Leg: *l, Recorded: lasted}
	if l.Ended.IsZero() || r.fact.Told && !rec.of(l) {
		return t // it will be settled when it ends; or the clocks do not agree, and nothing can be said
	}
	if l.Estimated || FromRecord(l) {
		seenLast := time.Time{}
		if live := r.s.legs[l.ID]; live != nil {
			seenLast = live.seenLast
		}
		next, changed := rec.correct(l, seenLast)
		if !changed || !g.correctable(l) {
			return t
		}
		t.As, t.By = Corrected, talked(&next)-talked(l)
		if r.fact.DryRun {
			for _, c := range g.chargesOf(&next) {
				t.Changed += c.Amount
			}
			t.Changed -= l.Cost
			return t
		}
		before := l.Cost
		g.correct(l, next)
		g.record(*l)
		r.spenders[l.Account] = struct{}{}
		t.Leg, t.Changed = *l, l.Cost-before
		return t
	}
	if !ok {
		return t
	}
	// The record of who was answered before he dialled begins too early, so the ends are compared.
	t.By = answered.Add(lasted).Sub(l.Ended)
	if l.Answered.IsZero() {
		t.By = lasted
	}
	if t.By.Abs() > r.fact.Tolerance {
		t.As = Differing
	}
	return t
}

func talked(l *Leg) time.Duration {
	if l.Answered.IsZero() {
		return 0
	}
	return l.Ended.Sub(l.Answered)
}

// takeNew charges a leg that nobody watched.
func (g *Guard) takeNew(r *reading, rec *recording) Taken {
	l := g.legFrom(r, rec)
	answered, lasted, ok := rec.talk()
	t := Taken{As: Unbilled, Recorded: lasted}
	if ok {
		t.As = Charged
		l.Answered, l.Ended = answered, answered.Add(lasted)
		l.AnsweredDay = g.rules.Calendar.Window(limits.Day, answered).Key
		l.RecordedSeconds = int64(lasted / time.Second)
	}
	charges := g.chargesOf(l)
	for _, c := range charges {
		l.Cost, l.Price, l.BilledSeconds = l.Cost+c.Amount, l.Price+c.Price, l.BilledSeconds+c.BilledSeconds
	}
	t.Leg = *l
	r.known[l.Name] = append(r.known[l.Name], l)
	if r.fact.DryRun {
		return t
	}
	g.book.Post(l.Account, l.Day, limits.Usage{Attempts: 1}, g.now)
	if ok {
		g.book.Post(l.Account, l.AnsweredDay, limits.Usage{Calls: 1}, g.now)
	}
	g.record(*l)
	for _, c := range charges {
		g.charge(l, KindCall, c)
	}
	r.spenders[l.Account] = struct{}{}
	return t
}

// legFrom makes a leg of what the records say: who pays and where it went, by the rules of live legs
// as far as a record knows what they ask for.
func (g *Guard) legFrom(r *reading, rec *recording) *Leg {
	dial := rec.parts[0].record
	p := r.payerOf(rec.name, dial)
	dialled := cmp.Or(dial.Dialled, dial.Exten)
	l := &leg{Leg: Leg{
		Server: r.s.name, ID: recordPrefix + strconv.FormatInt(dial.Started.Unix(), 10) + ":" + rec.name, Name: rec.name,
		Account: p.account, PaidBy: "record: " + p.how, Dialled: dialled, Number: dialled,
		Day: g.rules.Calendar.Window(limits.Day, dial.Started).Key, Started: dial.Started, Ended: rec.ended(),
		Verdict: Allowed, RecordedSeconds: 0,
	}}
	destination, err := g.readDialled(l, r.s, []string{dial.Exten})
	if err == nil {
		l.Number, l.Country, l.International, l.destination = destination.Digits, destination.Country, destination.International, destination
	} else {
		destination = number.Destination{}
	}
	bought, sold := g.quotesBy(r.fact.Prices, l.call(), destination, dial.Started)
	l.buyAt(bought)
	l.sellAt(sold)
	return &l.Leg
}

// payerOf finds who caused a leg by its record: the phone that called, the payer of the leg that did,
// the phone with which the call began, the account code, or nobody.
func (r *reading) payerOf(name string, dial *CallRecord) payer {
	from := &channel{Channel: Channel{Name: dial.Channel, AccountCode: dial.AccountCode, Context: dial.Context}, kind: r.s.rules.kindOf(dial.Channel)}
	switch from.kind {
	case phone:
		p, _ := r.s.ownPayer(from)
		return p
	case trunk:
		for _, l := range r.known[dial.Channel] {
			if !dial.Started.Before(l.Started.Add(-recordSlack)) && (l.Ended.IsZero() || !dial.Started.After(l.Ended.Add(recordSlack))) {
				return payer{l.Account, "leg " + l.Name}
			}
		}
	}
	if first := r.first[dial.LinkedID]; first != nil && r.s.rules.kindOf(first.Channel) == phone {
		return payer{r.s.accountOf(&channel{Channel: Channel{Name: first.Channel, AccountCode: first.AccountCode, Context: first.Context}}),
			"the call began with phone " + first.Channel}
	}
	return r.s.payerByName(&channel{Channel: Channel{Name: name, AccountCode: dial.AccountCode}})
}

// bookLeg is a leg as the book wants it.
func (l *Leg) bookLeg() *limits.Leg {
	return &limits.Leg{Account: l.Account, Rate: l.Rate, Sold: l.Sold, International: l.International, Answered: l.Answered}
}

// chargesOf gives what a leg that has ended costs, day by day.
func (g *Guard) chargesOf(l *Leg) []limits.Charge { return g.book.Charges(l.bookLeg(), l.Ended) }

// charge posts and records a charge of a leg that has ended.
func (g *Guard) charge(l *Leg, kind string, c limits.Charge) {
	g.book.PostLeg(l.bookLeg(), c, g.now)
	g.record(Charge{
		Server: l.Server, Leg: l.ID, Day: c.Day, Kind: kind, Account: l.Account, At: l.Ended,
		Amount: c.Amount, Price: c.Price, BilledSeconds: c.BilledSeconds, Estimated: l.Estimated,
		International: l.International, Route: l.Rate.Route,
	})
}

// spent lets what past legs of accounts cost count for the live ones.
func (g *Guard) spent(by []limits.Account) {
	slices.SortFunc(by, compareAccounts)
	for i, a := range by {
		if i == 0 || by[i-1].Tenant != a.Tenant {
			g.retime(a.Tenant)
		}
		g.closeOrOpen(a)
	}
}

// correctable says whether a leg was charged what its times and its price come to, and nothing
// else: what a carrier's bill or another correction has said stays.
func (g *Guard) correctable(l *Leg) bool {
	var sum limits.Charge
	for _, c := range g.chargesOf(l) {
		sum.Amount, sum.Price, sum.BilledSeconds = sum.Amount+c.Amount, sum.Price+c.Price, sum.BilledSeconds+c.BilledSeconds
	}
	return sum.Amount == l.Cost && sum.Price == l.Price && sum.BilledSeconds == l.BilledSeconds
}

// correct charges the difference between what a leg was charged and what it is by its records. The
// kind of the charge names the end that the records say, so that the same correction is never
// charged twice.
func (g *Guard) correct(l *Leg, next Leg) {
	if !g.correctable(l) {
		return
	}
	days := make(map[string]limits.Charge)
	for _, c := range g.chargesOf(&next) {
		days[c.Day] = c
	}
	for _, c := range g.chargesOf(l) {
		more := days[c.Day]
		days[c.Day] = limits.Charge{Day: c.Day, Amount: more.Amount - c.Amount, Price: more.Price - c.Price, BilledSeconds: more.BilledSeconds - c.BilledSeconds}
	}
	kind := fmt.Sprintf("record-%d-%d", next.Answered.Sub(next.Started).Milliseconds(), next.Ended.Sub(next.Started).Milliseconds())
	if next.Answered.IsZero() {
		kind = "record-unanswered"
		next.Answered = l.Answered // the ledger has counted the call
	} else if l.Answered.IsZero() {
		next.AnsweredDay = g.rules.Calendar.Window(limits.Day, next.Answered).Key
		g.book.Post(next.Account, next.AnsweredDay, limits.Usage{Calls: 1}, g.now)
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		c := days[day]
		if c.Amount == 0 && c.Price == 0 && c.BilledSeconds == 0 {
			continue
		}
		c.Day = day
		g.charge(&next, kind, c)
		next.Cost, next.Price, next.BilledSeconds = next.Cost+c.Amount, next.Price+c.Price, next.BilledSeconds+c.BilledSeconds
	}
	*l = next
}

// recordsDiffer tells of an import whose records differ from what was metered, once.
func (g *Guard) recordsDiffer(f RecordsDiffer) {
	g.incident(nil, Incident{
		Server: f.Server, Rule: ruleRecordDiffers, Evidence: f.Worst,
		Seen:    fmt.Sprintf("the call records in %s differ from what was metered on %d legs", f.Source, f.Legs),
		Actions: []string{"tell"},
	})
}

// billCompared tells what a carrier's bill has more than the ledger, and charges what it is asked to.
func (g *Guard) billCompared(f BillCompared) {
	var by []limits.Account
	for _, l := range f.Legs {
		g.book.Post(l.Account, l.Day, limits.Usage{Attempts: 1, Calls: 1}, g.now)
		g.record(l)
	}
	for _, c := range f.Charges {
		u := limits.Usage{Cost: c.Amount, Price: c.Price, BilledSeconds: c.BilledSeconds}
		if c.International {
			u.InternationalSeconds = c.BilledSeconds
		}
		g.book.Post(c.Account, c.Day, u, g.now)
		g.book.PostRoute(c.Account, c.Day, c.Route, c.BilledSeconds, g.now)
		g.record(c)
		by = append(by, c.Account)
	}
	g.spent(by)
	if f.Longer == 0 {
		return
	}
	actions := []string{"tell"}
	if len(f.Charges) > 0 {
		actions = append(actions, "charge what the carrier bills")
	}
	g.incident(nil, Incident{
		Server: f.Server, Rule: ruleCarrierLonger, Urgent: true, Evidence: f.Worst,
		Seen:    fmt.Sprintf("the carrier's bill %s has %d legs longer than Asterisk says they were", f.Source, f.Longer),
		Actions: actions,
	})
}
