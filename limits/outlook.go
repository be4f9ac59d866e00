package limits

import (
	"slices"
	"time"
)

// party is the live legs of an account, in order of their beginning, and what is known of their
// future.
type party struct {
	account Account
	caps    []Cap
	legs    []*Leg
	// fresh are those that have begun or changed since the outlook was made.
	fresh   []*Leg
	outlook outlook
	// near says that some deadline was set by a cap of the account when they were last worked out.
	near bool
}

// outlook is how much an account can come to use: as long as its legs are looked at before the
// moment until, none of its bounds is passed. It is made once, and grows by each leg that begins or
// changes; what a leg that ends does not use any more stays in it. So it is never too low, and an
// account that is far from its caps need not be added up leg by leg each time.
type outlook struct {
	until  time.Time // zero where there is none
	made   time.Time
	bounds []bound
}

// bound is what an account uses at most of what a cap limits, in the running window or the next.
type bound struct {
	cap   *Cap
	route string
	most  Value
	// warnAt is when a warning was last foreseen, at the moment foreseen.
	warnAt, foreseen time.Time
}

// over says that the cap may be reached before the outlook ends.
func (d *bound) over() bool { return d.most > d.cap.Limit }

// renew notes that the outlook does not have a leg as it is now.
func (p *party) renew(l *Leg) {
	if !p.outlook.until.IsZero() {
		p.fresh = append(p.fresh, l)
	}
}

// remove takes a leg out. The outlook stays true without it, unless it never had it and the leg is
// charged.
func (p *party) remove(l *Leg, charged bool) {
	if i := slices.Index(p.legs, l); i >= 0 {
		p.legs = slices.Delete(p.legs, i, i+1)
	}
	had := len(p.fresh)
	p.fresh = slices.DeleteFunc(p.fresh, func(f *Leg) bool { return f == l })
	if charged && len(p.fresh) < had {
		p.outlook = outlook{}
	}
}

// unsettle makes the outlook of an account and its tenant worthless, because something was posted
// that no live leg has used.
func (b *Book) unsettle(a Account) {
	for _, account := range [...]Account{a, a.tenant()} {
		if p := b.live[account]; p != nil {
			p.outlook = outlook{}
		}
	}
}

// look brings the outlook of an account up to date, so that it reaches beyond the horizon. It is
// made anew where it does not, and where it is spoilt by what came since. A cap that was within it
// when it was made stays so for a while: adding up all legs again would mostly show the same.
func (b *Book) look(p *party, now time.Time, horizon time.Duration) {
	o := &p.outlook
	old := o.made.Add(horizon / 8).Before(now)
	if o.until.IsZero() || o.until.Before(now.Add(horizon)) || old && p.nearing() {
		b.makeOutlook(p, now, horizon)
		return
	}
	spoilt := false
	for _, l := range p.fresh {
		spoilt = b.foresee(p, l, now) || spoilt
	}
	p.fresh = p.fresh[:0]
	if spoilt {
		b.makeOutlook(p, now, horizon)
	}
}

// makeOutlook adds up all legs of an account, up to two horizons ahead.
func (b *Book) makeOutlook(p *party, now time.Time, horizon time.Duration) {
	o := &p.outlook
	o.made, o.until, o.bounds = now, now.Add(2*horizon), o.bounds[:0]
	for i := range p.caps {
		if c := &p.caps[i]; c.grows() && !c.Kind.measure().byRoute() {
			o.bounds = append(o.bounds, b.boundOf(c, ""))
		}
	}
	for _, l := range p.legs {
		b.foresee(p, l, now)
	}
	p.fresh = p.fresh[:0]
}

func (b *Book) boundOf(c *Cap, route string) bound {
	s, x := b.totalsOf(c.Kind.Period()), c.Kind.measure()
	return bound{cap: c, route: route, most: max(s.closed(x, b.caps.Count, c.Account, route), s.following(x, b.caps.Count, c.Account, route))}
}

// foresee adds a leg to the outlook. It says whether a cap comes within it by that.
func (b *Book) foresee(p *party, l *Leg, now time.Time) (spoilt bool) {
	o := &p.outlook
	b.foreseeRoute(p, l)
	for i := range o.bounds {
		d := &o.bounds[i]
		x := d.cap.Kind.measure()
		if !x.has(l, d.route) {
			continue
		}
		was := d.over()
		start := b.totalsOf(d.cap.Kind.Period()).window.Start
		d.most = plus(d.most, x.most(l, b.caps.Count, start, now, o.until))
		spoilt = spoilt || !was && d.over()
	}
	return spoilt
}

// foreseeRoute sees to it that the outlook has the leg's route.
func (b *Book) foreseeRoute(p *party, l *Leg) {
	for i := range p.caps {
		c := &p.caps[i]
		if !c.grows() || !c.Kind.measure().byRoute() {
			continue
		}
		known := func(d bound) bool { return d.cap.Kind == c.Kind && d.route == l.Rate.Route }
		if !slices.ContainsFunc(p.outlook.bounds, known) {
			p.outlook.bounds = append(p.outlook.bounds, b.boundOf(c, l.Rate.Route))
		}
	}
}

// nearing says whether some cap of the account may be reached before the outlook ends.
func (p *party) nearing() bool {
	return slices.ContainsFunc(p.outlook.bounds, func(d bound) bool { return d.over() })
}

// grows says whether live legs use up more and more of what the cap limits.
func (c *Cap) grows() bool { return c.Kind.By() == ByWindow && c.Kind.measure().grows() }
