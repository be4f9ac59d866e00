package limits

import "time"

// Deadline is the moment at which a leg has to end so that a cap holds.
type Deadline struct {
	Leg *Leg
	At  time.Time
	// Cap sets the moment; nil where only the horizon does. Where it limits each route by itself,
	// it is that of the leg.
	Cap *Cap
}

// Deadlines gives, for each live leg of a tenant, the moment at which it has to end so that every
// cap holds, but not later than the horizon after now. An increment that is paid for is never cut
// short. A ringing leg counts as if it were answered now.
//
// The slice is good until the next call. If each leg ends at its deadline at the latest, no cap is
// broken, even if nobody looks again.
func (b *Book) Deadlines(tenant string, now time.Time, horizon time.Duration) []Deadline {
	b.turn(now)
	p := b.live[Account{Tenant: tenant}]
	if p == nil {
		return nil
	}
	b.look(p, now, horizon)
	return b.wide(p, now, horizon)
}

// Moved gives the deadlines that can have moved since they were last asked for, because something
// happened to a leg, which may have ended: its own, and those of the legs with which it shares a
// cap that comes near or has been. It takes Deadlines of all legs first, and again after SetRules.
// The slice is good until the next call.
func (b *Book) Moved(l *Leg, now time.Time, horizon time.Duration) []Deadline {
	b.turn(now)
	tenant, extension := b.live[l.Account.tenant()], b.live[l.Account]
	if tenant == nil {
		return nil
	}
	if b.look(tenant, now, horizon); tenant.near || tenant.nearing() {
		return b.wide(tenant, now, horizon)
	}
	b.deadlines = b.deadlines[:0]
	if extension == nil {
		return nil
	}
	if b.look(extension, now, horizon); extension.near || extension.nearing() {
		b.begin(extension.legs, now, horizon)
		b.apply(extension, now, horizon)
		return b.deadlines
	}
	if l.extension != nil {
		b.begin([]*Leg{l}, now, horizon)
	}
	return b.deadlines
}

// wide works out the deadlines of all legs of a tenant.
func (b *Book) wide(tenant *party, now time.Time, horizon time.Duration) []Deadline {
	b.begin(tenant.legs, now, horizon)
	for _, l := range tenant.legs {
		if p := l.extension; p.legs[0] == l { // once for each extension
			b.look(p, now, horizon)
			b.apply(p, now, horizon)
		}
	}
	b.apply(tenant, now, horizon)
	return b.deadlines
}

// begin sets the deadlines of some legs to the horizon, or to where the caps on each call want them.
func (b *Book) begin(legs []*Leg, now time.Time, horizon time.Duration) {
	b.deadlines = b.deadlines[:0]
	for i, l := range legs {
		l.place = i
		b.deadlines = append(b.deadlines, Deadline{Leg: l, At: now.Add(horizon)})
		for _, p := range [...]*party{l.extension, l.tenant} {
			for j := range p.caps {
				if p.caps[j].Kind.By() == ByCall {
					b.applyToCall(&p.caps[j], l, now, now.Add(horizon))
				}
			}
		}
	}
}

// apply brings the deadlines forward to where the caps of an account want them, whose outlook is up
// to date.
func (b *Book) apply(p *party, now time.Time, horizon time.Duration) {
	p.near = false
	for i := range p.outlook.bounds {
		if d := &p.outlook.bounds[i]; d.over() {
			p.near = true
			b.bring(b.planOf(d, p, now, now.Add(horizon)), d.cap)
		}
	}
}

// bring brings deadlines forward to where a plan has them.
func (b *Book) bring(p plan, c *Cap) {
	p.decide()
	for i, at := range p.stop {
		l := p.legs[i]
		if d := &b.deadlines[l.place]; !at.IsZero() && !l.Exempt && at.Before(d.At) {
			d.At, d.Cap = at, c
		}
	}
}

// planOf begins the plan of an account's legs under one cap.
func (b *Book) planOf(d *bound, p *party, now, end time.Time) plan {
	s, x := b.totalsOf(d.cap.Kind.Period()), d.cap.Kind.measure()
	legs := p.legs
	if x.counts != nil || x.byRoute() {
		legs = nil
		for _, l := range p.legs {
			if x.has(l, d.route) {
				legs = append(legs, l)
			}
		}
	}
	return plan{
		measure: x, count: b.caps.Count, limit: d.cap.Limit, base: s.closed(x, b.caps.Count, p.account, d.route), after: s.following(x, b.caps.Count, p.account, d.route),
		window: s.window, calendar: b.calendar, period: d.cap.Kind.Period(),
		now: now, end: end, legs: legs,
	}
}

// applyToCall brings the deadline of a leg forward to where a cap on each call, which knows no
// window, wants it.
func (b *Book) applyToCall(c *Cap, l *Leg, now, end time.Time) {
	always, x := Window{End: end.Add(1)}, c.Kind.measure()
	if x.use(l, b.caps.Count, always, now, end) > c.Limit {
		b.bring(plan{
			measure: x, count: b.caps.Count, limit: c.Limit, window: always, now: now, end: end, legs: []*Leg{l},
		}, c)
	}
}
