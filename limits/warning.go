package limits

import (
	"slices"
	"time"
)

// Warning says that most of a cap is used up.
type Warning struct {
	Cap
	Used Value
	// Route is the one whose minutes are used up, where the cap is on those of one route.
	Route string
}

// PerCent is what part of the cap is used up.
func (w *Warning) PerCent() int64 {
	if w.Limit > 1<<32 {
		return int64(w.Used / (w.Limit / 100))
	}
	return int64(w.Used * 100 / max(w.Limit, 1))
}

// warned is what is warned of once in a window.
type warned struct {
	account Account
	kind    Kind
	route   string
}

// Warnings gives the caps of an account, which has no extension for a whole tenant, of those that
// count in a day or month, whose usage has come to where a warning is due, live legs included. Each
// is given once in a window, and again only where the cap was raised. Next is the first moment
// within the horizon at which another will be due if all answered legs go on; zero is none.
func (b *Book) Warnings(a Account, now time.Time, horizon time.Duration) (due []Warning, next time.Time) {
	b.turn(now)
	p := b.live[a]
	if p != nil {
		b.look(p, now, horizon)
	}
	caps := b.capsFor(a)
	for i := range caps {
		c := &caps[i]
		if c.Kind.By() != ByWindow || c.Warn == Unlimited || c.Limit == 0 {
			continue
		}
		for _, d := range p.boundsOf(c) {
			if d.most < c.Warn {
				continue
			}
			warning, at := b.warn(d, p, now, now.Add(horizon))
			if warning != nil {
				due = append(due, *warning)
			}
			next = sooner(next, at)
		}
	}
	return due, next
}

// boundsOf gives what an account, which may have no live legs, is known to use at most of a cap. Of
// what live legs do not use up nothing is known.
func (p *party) boundsOf(c *Cap) []*bound {
	if p == nil || !c.grows() {
		return []*bound{{cap: c, most: c.Warn}}
	}
	var bounds []*bound
	for i := range p.outlook.bounds {
		if d := &p.outlook.bounds[i]; d.cap.Kind == c.Kind {
			bounds = append(bounds, d)
		}
	}
	return bounds
}

// sooner is the earlier of two moments, of which a zero one never comes.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// warnWithin is how late the warning of a crowd can be that suddenly uses more: all its legs are not
// added up each time one begins.
const warnWithin = 5 * time.Second

// warn gives the warning of one cap where it is due, or the moment at which it will be.
func (b *Book) warn(d *bound, p *party, now, end time.Time) (*Warning, time.Time) {
	c := d.cap
	s, key := b.totalsOf(c.Kind.Period()), warned{c.Account, c.Kind, d.route}
	if told, ok := s.told[key]; ok && told >= c.Warn {
		return nil, time.Time{}
	}
	if p != nil && len(p.legs) > crowd && now.Before(d.warnAt) && now.Before(d.foreseen.Add(warnWithin)) {
		return nil, d.warnAt
	}
	if used, _ := b.used(c, d.route, now); used >= c.Warn {
		s.told[key] = c.Warn
		return &Warning{Cap: *c, Used: used, Route: d.route}, time.Time{}
	}
	if p == nil || !c.grows() {
		return nil, time.Time{}
	}
	if s.window.End.Before(end) {
		end = s.window.End
	}
	d.warnAt, d.foreseen = b.reaches(d, p, c.Warn, now, end), now
	return nil, d.warnAt
}

// reaches gives the moment, to a second, at which the answered legs will have used a value; zero
// where they will not have by the end.
func (b *Book) reaches(d *bound, p *party, value Value, now, end time.Time) time.Time {
	plan := b.planOf(d, p, now, end)
	answered := plan.legs[:0:0]
	for _, l := range plan.legs {
		if !l.Answered.IsZero() {
			answered = append(answered, l)
		}
	}
	plan.legs = answered
	low, high := time.Duration(0), end.Sub(now)
	if plan.total(plan.base, plan.window, now.Add(high)) < value {
		return time.Time{}
	}
	for high-low > time.Second {
		middle := low + (high-low)/2
		if plan.total(plan.base, plan.window, now.Add(middle)) < value {
			low = middle
		} else {
			high = middle
		}
	}
	return now.Add(high)
}

// MarkWarned takes the warnings as given that were due before any leg was live: an earlier run gave
// them. It is for a restart, once all that is closed has been posted.
func (b *Book) MarkWarned(now time.Time) {
	b.turn(now)
	for _, s := range [...]*totals{&b.day, &b.month} {
		for a := range s.usage {
			b.markWarned(s, a, "", false)
		}
	}
	for at := range b.day.routes {
		b.markWarned(&b.day, at.account, at.route, true)
	}
}

func (b *Book) markWarned(s *totals, a Account, route string, byRoute bool) {
	for _, c := range b.capsFor(a) {
		if c.Kind.By() != ByWindow || b.totalsOf(c.Kind.Period()) != s || c.Kind.measure().byRoute() != byRoute || c.Warn == Unlimited {
			continue
		}
		if s.closed(c.Kind.measure(), b.caps.Count, a, route) >= c.Warn {
			s.told[warned{a, c.Kind, route}] = c.Warn
		}
	}
}

// farFrom says whether the outlook shows that the account cannot be closed by a cap for long.
func (p *party) farFrom(c *Cap, now time.Time) bool {
	i := slices.IndexFunc(p.outlook.bounds, func(d bound) bool { return d.cap.Kind == c.Kind })
	return i >= 0 && len(p.fresh) == 0 && now.Before(p.outlook.until) && p.outlook.bounds[i].most < c.Limit-c.Limit/closedPart
}

// closedPart is the part of a cap, one in so many, of which less has to be left for the account to
// count as closed.
const closedPart = 20

// Closed says whether an account, which has no extension for a whole tenant, has used up a cap that
// every call of its counts for, but for less than a twentieth: a call that began now would end at
// once, or nearly. It gives the cap whose window ends last, and when that is.
func (b *Book) Closed(a Account, now time.Time) (closed Cap, until time.Time, ok bool) {
	b.turn(now)
	for _, c := range b.capsFor(a) {
		x := c.Kind.measure()
		if c.Kind.By() != ByWindow || x.counts != nil || x.byRoute() {
			continue
		}
		if p := b.live[a]; p != nil && p.farFrom(&c, now) {
			continue
		}
		used, _ := b.used(&c, "", now)
		end := b.totalsOf(c.Kind.Period()).window.End
		if left := c.Limit - used; (left <= 0 || left < c.Limit/closedPart) && end.After(until) {
			closed, until, ok = c, end, true
		}
	}
	return closed, until, ok
}
