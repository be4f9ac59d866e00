package limits

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/limits/limitstest"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// TestCapsHold lets calls of two tenants begin, be answered, lost from sight, and end in any order,
// while days change, the clock is set, caps are changed by hand and the book is made anew from what was saved. Beside
// it a carrier keeps its own bill, increment by increment. Whatever happened, and at each moment:
//
//   - a leg is admitted if, and only if, it fits under every cap by that bill;
//   - if from now on nobody looked any more, and each leg ended at the deadline that was last given
//     for it, no cap of any kind would be passed; but for one increment of a leg that rang when it
//     was given, because nobody knows how its increments will lie to a midnight.
func TestCapsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			m.step(rapid.SampledFrom([]string{
				"dial", "dial", "dial", "answer", "answer", "time", "time", "hang up", "caps", "lose sight", "see again", "restart", "night", "reprice", "clock",
			}).Draw(t, "step"))
			m.obey()
			m.holds("if nobody looks any more", m.deadlines)
		}
	})
}

// machine is a book, and what really goes on.
type machine struct {
	t         *rapid.T
	calendar  Calendar
	caps      Caps
	book      *Book
	now       time.Time
	horizon   time.Duration
	live      []*Leg
	deadlines map[*Leg]time.Time
	timed     map[*Leg]time.Time // when each was last given
	byCap     map[*Leg]bool
	// bill is what ended legs used, attempts are by account and day, rows is what a store would have.
	bill, attempts bill
	rows           []Row
	routes         []RouteRow
	// allowed is what was used when a cap was last changed: that may be beyond the new one.
	allowed bill
}

// bill adds up what was used, of each kind.
type bill map[line]Value

type line struct {
	account Account
	kind    Kind
	window  string // or the leg's name
	route   string
}

func newMachine(t *rapid.T) *machine {
	m := &machine{
		t: t, calendar: NewCalendar(zone(t, rapid.SampledFrom([]string{"UTC", "Europe/Rome"}).Draw(t, "zone"))),
		now:     limitstest.Running(time.Date(2026, 10, 24, rapid.IntRange(8, 23).Draw(t, "hour"), 3, 0, 0, time.UTC)),
		horizon: time.Duration(rapid.IntRange(1, 20).Draw(t, "horizon")) * time.Minute,
		bill:    bill{}, attempts: bill{}, allowed: bill{},
	}
	m.caps = m.drawCaps()
	m.begin()
	return m
}

func (m *machine) begin() {
	m.book = NewBook(m.calendar, m.caps, m.now)
	m.deadlines, m.timed, m.byCap = map[*Leg]time.Time{}, map[*Leg]time.Time{}, map[*Leg]bool{}
}

// drawCaps gives each scope a few caps.
func (m *machine) drawCaps() Caps {
	most := map[Kind]int64{
		CostPerDay: 20_000_000, CostPerMonth: 40_000_000, MinutesPerDay: 7200, MinutesPerMonth: 14_400,
		InternationalMinutesPerDay: 3600, InternationalMinutesPerMonth: 7200, RouteMinutesPerDay: 3600,
		AttemptsPerDay: 20, ConcurrentCalls: 5, ConcurrentInternational: 3,
		CostPerCall: 5_000_000, MinutesPerCall: 1200, RouteCostPerMinute: 2_000_000,
	}
	caps := Caps{Values: map[Subject]Values{}}
	for _, s := range []Subject{{Scope: PerExtension}, {Scope: PerTenant}, {PerExtension, "acme", "101"}} {
		values := Values{}
		for _, k := range Kinds() {
			if most[k] > 0 && rapid.IntRange(0, 3).Draw(m.t, "set "+k.String()) == 0 {
				values[k] = Value(rapid.Int64Range(0, most[k]).Draw(m.t, k.String()))
			}
		}
		caps.Values[s] = values
	}
	return caps
}

func (m *machine) step(what string) {
	switch what {
	case "dial":
		m.dial()
	case "answer":
		if l := m.pick(func(l *Leg) bool { return l.rings() }); l != nil {
			m.book.Answer(l, m.now)
			m.rows = append(m.rows, Row{l.Account, m.day(), Usage{Calls: 1}})
			m.moved(l)
			m.surprise(l.Refused)
		}
	case "reprice":
		if l := m.pick(func(*Leg) bool { return true }); l != nil {
			l.Rate.PerMinute *= 3
			m.book.Change(l)
			m.moved(l)
			m.surprise(true)
		}
	case "time":
		m.pass(time.Duration(rapid.IntRange(1, 900_000).Draw(m.t, "ms")) * time.Millisecond)
	case "night":
		m.pass(m.calendar.Window(Day, m.now).End.Sub(m.now) - time.Duration(rapid.IntRange(-60, 60).Draw(m.t, "s"))*time.Second)
	case "hang up":
		if l := m.pick(func(*Leg) bool { return true }); l != nil {
			m.end(l, m.now)
		}
	case "caps":
		m.surprise(true)
		m.caps = m.drawCaps()
		m.book.SetRules(m.calendar, m.caps)
		m.retime()
	case "lose sight":
		if l := m.pick(func(l *Leg) bool { return l.rings() }); l != nil {
			l.Unwatched = m.now.Add(-time.Duration(rapid.IntRange(0, 60).Draw(m.t, "s")) * time.Second)
			m.book.Change(l)
			m.moved(l)
			m.surprise(true)
		}
	case "see again":
		if l := m.pick(func(l *Leg) bool { return !l.Unwatched.IsZero() && l.Answered.IsZero() }); l != nil {
			if rapid.Bool().Draw(m.t, "answered meanwhile") {
				l.Estimated = true
				m.book.Answer(l, l.Unwatched)
				m.rows = append(m.rows, Row{l.Account, m.calendar.Window(Day, l.Answered).Key, Usage{Calls: 1}})
			}
			l.Unwatched = time.Time{}
			m.book.Change(l)
			m.moved(l)
		}
	case "clock":
		m.setClock(time.Duration(rapid.SampledFrom([]int{-26, -13, -1, 1, 13, 26}).Draw(m.t, "hours")) * time.Hour)
	case "restart":
		m.restart()
	}
}

// restart makes the book anew of what was saved.
func (m *machine) restart() {
	// A start does not load what was used in days that are still to come, because the clock was there.
	if slices.ContainsFunc(m.rows, func(r Row) bool { return r.Key > m.day() }) {
		return
	}
	m.begin()
	for _, row := range m.rows {
		m.book.Post(row.Account, row.Key, row.Usage, m.now)
	}
	for _, row := range m.routes {
		m.book.PostRoute(row.Account, row.Day, row.Route, row.Seconds, m.now)
	}
	for _, l := range m.live {
		m.book.Add(l)
	}
	m.retime()
}

// setClock sets the machine's clock.
func (m *machine) setClock(by time.Duration) {
	m.now = limitstest.SetClock(m.now, by)
	m.book.Look(m.now)
	m.recall()
	m.surprise(true)
	m.retime()
}

// recall gives the book what a store has, where it asks for that.
func (m *machine) recall() {
	day, unknown := m.book.Unknown()
	if !unknown {
		return
	}
	totals, routes := map[Row]Usage{}, map[RouteRow]int64{}
	for _, row := range m.rows {
		key := Row{Account: row.Account, Key: row.Key}
		switch {
		case row.Key[:7] != day[:7]:
			continue
		case row.Key != day:
			key.Key = day[:7]
		}
		u := totals[key]
		u.add(row.Usage)
		totals[key] = u
	}
	for _, row := range m.routes {
		if row.Day == day {
			routes[RouteRow{Account: row.Account, Day: day, Route: row.Route}] += row.Seconds
		}
	}
	var rows []Row
	for key, u := range totals {
		rows = append(rows, Row{key.Account, key.Key, u})
	}
	var byRoute []RouteRow
	for key, seconds := range routes {
		byRoute = append(byRoute, RouteRow{key.Account, day, key.Route, seconds})
	}
	m.book.Recall(day, rows, byRoute, m.now)
}

func (m *machine) day() string { return m.calendar.Window(Day, m.now).Key }

func (m *machine) pick(fits func(*Leg) bool) *Leg {
	var found []*Leg
	for _, l := range m.live {
		if fits(l) {
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return rapid.SampledFrom(found).Draw(m.t, "leg")
}

func (m *machine) dial() {
	l := &Leg{
		Account: rapid.SampledFrom([]Account{acme101, acme101, acme102, {"globex", "201"}}).Draw(m.t, "account"),
		Rate: rates.Rate{
			Route:     rapid.SampledFrom([]string{"", "near", "far"}).Draw(m.t, "route"),
			PerMinute: money.Amount(rapid.Int64Range(0, 3_000_000).Draw(m.t, "price")),
			Connect:   money.Amount(rapid.SampledFrom([]int64{0, 50_000}).Draw(m.t, "connect")),
			First:     rapid.SampledFrom([]int{1, 30, 60}).Draw(m.t, "first"), Next: rapid.SampledFrom([]int{1, 6, 30, 60}).Draw(m.t, "next"),
		},
		International: rapid.Bool().Draw(m.t, "international"),
		Exempt:        rapid.IntRange(0, 9).Draw(m.t, "exempt") == 0,
	}
	if !l.Exempt {
		r, ok := m.book.Admit(l, m.now, m.horizon)
		if want := m.refusing(l); ok != (len(want) == 0) || !ok && !slices.Contains(want, r.Kind) {
			m.t.Fatalf("admitted: %v, refused by %s with %+v; by the bill the leg breaks %v", ok, r.Kind, r, want)
		}
		l.Refused = !ok
	}
	m.book.Count(l.Account, m.now)
	m.rows = append(m.rows, Row{l.Account, m.day(), Usage{Attempts: 1}})
	for _, a := range [...]Account{l.Account, l.Account.tenant()} {
		m.attempts[line{account: a, kind: AttemptsPerDay, window: m.day()}]++
	}
	if l.Refused && rapid.Bool().Draw(m.t, "gone at once") {
		return
	}
	m.book.Add(l)
	m.live = append(m.live, l)
	m.moved(l)
}

// refusing gives the kinds of caps that a new leg would break, by the bill.
func (m *machine) refusing(l *Leg) []Kind {
	m.live = append(m.live, l)
	used := m.until(func(*Leg) time.Time { return m.now })
	m.live = m.live[:len(m.live)-1]
	for key, n := range m.attempts {
		used[key] = n + 1
	}
	var kinds []Kind
	for _, a := range [...]Account{l.Account, l.Account.tenant()} {
		used[line{a, RouteCostPerMinute, m.name(l), ""}] = Value(l.Rate.PerMinute)
		if attempts := (line{a, AttemptsPerDay, m.day(), ""}); used[attempts] == 0 {
			used[attempts] = 1
		}
		for _, live := range append(m.live[:len(m.live):len(m.live)], l) {
			if !live.idle() && (a == live.Account || a == live.Account.tenant()) {
				used[line{a, ConcurrentCalls, "", ""}]++
				if live.International {
					used[line{a, ConcurrentInternational, "", ""}]++
				}
			}
		}
		for key, v := range used {
			limit, _, set := m.caps.Value(a, key.kind)
			switch {
			case !set || key.account != a || v <= limit:
			case key.kind.By() == ByCall && key.window != m.name(l):
			case key.route != l.Rate.Route && key.kind == RouteMinutesPerDay:
			case !l.International && slices.Contains([]Kind{InternationalMinutesPerDay, InternationalMinutesPerMonth, ConcurrentInternational}, key.kind):
			case key.kind.By() == ByWindow && key.window != m.day() && key.window != m.day()[:7]:
			default:
				kinds = append(kinds, key.kind)
			}
		}
	}
	return kinds
}

func (m *machine) moved(l *Leg) { m.take(m.book.Moved(l, m.now, m.horizon)) }

// retime asks for all deadlines, as after a change of the rules.
func (m *machine) retime() {
	for _, tenant := range []string{"acme", "globex"} {
		m.take(m.book.Deadlines(tenant, m.now, m.horizon))
	}
}

func (m *machine) take(deadlines []Deadline) {
	for _, d := range deadlines {
		m.deadlines[d.Leg], m.timed[d.Leg], m.byCap[d.Leg] = d.At, m.now, d.Cap != nil
	}
}

// pass lets time go by, and does on the way what the guard would.
func (m *machine) pass(d time.Duration) {
	for end := m.now.Add(d); ; {
		var next *Leg
		at := end
		for _, l := range m.live {
			if due := m.due(l); due.Before(at) {
				next, at = l, due
			}
		}
		if at.After(m.now) {
			m.now = at
		}
		if next == nil {
			return
		}
		m.moved(next)
		m.obey()
	}
}

// due is when a leg has to be looked at: when a cap ends it, or when half of the horizon is over.
func (m *machine) due(l *Leg) time.Time {
	if m.byCap[l] {
		return m.deadlines[l]
	}
	return m.deadlines[l].Add(-m.horizon / 2)
}

// obey ends the legs whose time has come.
func (m *machine) obey() {
	for _, l := range slices.Clone(m.live) {
		if !m.now.Before(m.deadlines[l]) && m.byCap[l] && slices.Contains(m.live, l) {
			m.end(l, m.deadlines[l])
		}
	}
}

func (m *machine) end(l *Leg, at time.Time) {
	if at.After(m.now) {
		at = m.now
	}
	if l.Answered.IsZero() && !l.Unwatched.IsZero() {
		l.Estimated = true
		m.book.Answer(l, l.Unwatched)
		m.rows = append(m.rows, Row{l.Account, m.calendar.Window(Day, l.Answered).Key, Usage{Calls: 1}})
	}
	if !l.Answered.IsZero() {
		m.add(m.bill, l, at)
	}
	for _, c := range m.book.End(l, at) {
		u := Usage{Cost: c.Amount, Price: c.Price, BilledSeconds: c.BilledSeconds}
		if l.International {
			u.InternationalSeconds = c.BilledSeconds
		}
		m.rows = append(m.rows, Row{l.Account, c.Day, u})
		m.routes = append(m.routes, RouteRow{l.Account, c.Day, l.Rate.Route, c.BilledSeconds})
	}
	m.live = slices.DeleteFunc(m.live, func(other *Leg) bool { return other == l })
	delete(m.deadlines, l)
	m.moved(l)
}
