package limits

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// until is the bill if each live leg goes on up to a moment, and those that ring are answered now.
func (m *machine) until(end func(*Leg) time.Time) bill {
	b := maps.Clone(m.bill)
	for _, l := range m.live {
		if !l.idle() {
			m.add(b, l, end(l))
		}
	}
	return b
}

// surprise takes what is used now for allowed, after something that no deadline could foresee.
func (m *machine) surprise(happened bool) {
	if happened {
		m.allowed = m.until(func(*Leg) time.Time { return m.now })
	}
}

func (m *machine) name(l *Leg) string { return fmt.Sprintf("%p", l) }

// add puts a leg into a bill, increment by increment.
func (m *machine) add(b bill, l *Leg, end time.Time) {
	from, r := l.from(m.now), &l.Rate
	w := m.calendar.Window(Day, from)
	var paid, part money.Amount
	var seconds, partSeconds int64
	for {
		begins := from.Add(time.Duration(seconds) * time.Second)
		ended := seconds > 0 && !begins.Before(end)
		if ended || !w.Contains(begins) {
			m.put(b, l, w.Key, Value(part), Value(partSeconds))
			part, partSeconds, w = 0, 0, m.calendar.Window(Day, begins)
		}
		if ended {
			return
		}
		more := int64(r.Next)
		if seconds == 0 {
			more = int64(r.First)
		}
		seconds += more
		total := r.Connect + (r.PerMinute*money.Amount(seconds)+59)/60
		part, partSeconds = part+total-paid, partSeconds+more
		paid = total
	}
}

// put adds what a leg used in a day wherever it counts.
func (m *machine) put(b bill, l *Leg, day string, cost, seconds Value) {
	for _, a := range [...]Account{l.Account, l.Account.tenant()} {
		put := func(k Kind, window, route string, v Value) { b[line{a, k, window, route}] += v }
		put(CostPerDay, day, "", cost)
		put(CostPerMonth, day[:7], "", cost)
		put(CostPerCall, m.name(l), "", cost)
		put(MinutesPerDay, day, "", seconds)
		put(MinutesPerMonth, day[:7], "", seconds)
		put(MinutesPerCall, m.name(l), "", seconds)
		put(RouteMinutesPerDay, day, l.Rate.Route, seconds)
		if l.International {
			put(InternationalMinutesPerDay, day, "", seconds)
			put(InternationalMinutesPerMonth, day[:7], "", seconds)
		}
	}
}

// holds checks that no cap is passed, by legs that caps can end, if each ends when it is told.
func (m *machine) holds(when string, ends map[*Leg]time.Time) {
	b, spare := bill{}, bill{}
	for _, l := range m.live {
		if l.Exempt || l.idle() {
			continue
		}
		m.add(b, l, ends[l])
		if most := max(l.Rate.First, l.Rate.Next); l.rings() && m.now.After(m.timed[l]) {
			for _, day := range slices.Compact([]string{m.day(), m.calendar.Window(Day, ends[l]).Key}) {
				m.put(spare, l, day, Value(l.Rate.PerMinute)*Value(most)/60+1, Value(most))
			}
		}
	}
	for key, v := range b {
		v += m.bill[key] - spare[key]
		limit, _, set := m.caps.Value(key.account, key.kind)
		if before := m.allowed[key]; set && v > limit && v > before && b[key] > m.begun()[key] {
			m.t.Fatalf("%s, %s comes to %d of %s %s %s; the cap is %d, and %d was used before it",
				when, key.account, v, key.kind, key.window, key.route, limit, before)
		}
	}
}

// begun is what the live legs that caps can end have used already.
func (m *machine) begun() bill {
	b := bill{}
	for _, l := range m.live {
		if !l.Exempt && !l.idle() {
			m.add(b, l, m.now)
		}
	}
	return b
}
