package limits

import (
	"slices"
	"time"
)

// totals are the closed usage of one window.
type totals struct {
	window Window
	usage  map[Account]*Usage
	routes map[accountRoute]Value // seconds
	// told are the warnings that were given in the window, with the usage at which they were due.
	told map[warned]Value
	// unknown says that the clock was set to this window, of which only a store can know what was used
	// in it before.
	unknown bool
	// left are windows that were left, the newest first: the clock can be set back to them.
	left []totals
}

// leftMost is how many windows are remembered after they were left.
const leftMost = 3

// accountRoute is what the seconds of a route are kept under.
type accountRoute struct {
	account Account
	route   string
}

// turn goes on in the window that holds t, and says whether that is another one. One that was left is
// taken up as it was; every other one starts afresh.
func (s *totals) turn(c Calendar, p Period, t time.Time, wasSet bool) bool {
	if s.usage != nil && s.window.Contains(t) {
		return false
	}
	next := totals{window: c.Window(p, t), usage: make(map[Account]*Usage),
		routes: make(map[accountRoute]Value), told: make(map[warned]Value), unknown: wasSet}
	left := s.left
	if s.usage != nil {
		old := *s
		old.left = nil
		left = slices.Insert(left, 0, old)
	}
	if i := slices.IndexFunc(left, func(old totals) bool { return old.window.Key == next.window.Key }); i >= 0 {
		next = left[i]
		left = slices.Delete(left, i, i+1)
	}
	next.left = left[:min(len(left), leftMost)]
	*s = next
	return true
}

// of gives the totals of a window by its key, nil where it is not remembered.
func (s *totals) of(key string) *totals {
	if s.window.Key == key {
		return s
	}
	if i := slices.IndexFunc(s.left, func(old totals) bool { return old.window.Key == key }); i >= 0 {
		return &s.left[i]
	}
	return nil
}

// following gives what is closed in the window after this one, in which the clock can have been before it
// was set back.
func (s *totals) following(x *measure, m Money, a Account, route string) Value {
	for i := range s.left {
		if s.left[i].window.Start.Equal(s.window.End) {
			return s.left[i].closed(x, m, a, route)
		}
	}
	return 0
}

func (s *totals) add(a Account, u Usage) {
	for _, account := range [...]Account{a, a.tenant()} {
		have := s.usage[account]
		if have == nil {
			have = new(Usage)
			s.usage[account] = have
		}
		have.add(u)
	}
}

func (s *totals) addRoute(a Account, route string, seconds int64) {
	for _, account := range [...]Account{a, a.tenant()} {
		s.routes[accountRoute{account, route}] += Value(seconds)
	}
}

// raise brings the usage of an account to what a store has of it, where that is more.
func (s *totals) raise(a Account, stored Usage) {
	var have Usage
	if u := s.usage[a]; u != nil {
		have = *u
	}
	s.add(a, Usage{
		Cost: max(stored.Cost-have.Cost, 0), Price: max(stored.Price-have.Price, 0), BilledSeconds: max(stored.BilledSeconds-have.BilledSeconds, 0),
		InternationalSeconds: max(stored.InternationalSeconds-have.InternationalSeconds, 0),
		Calls:                max(stored.Calls-have.Calls, 0), Attempts: max(stored.Attempts-have.Attempts, 0),
	})
}

// closed is what an account's legs that have ended used, on the route where x is a measure by route.
func (s *totals) closed(x *measure, m Money, a Account, route string) Value {
	if x.byRoute() {
		return s.routes[accountRoute{a, route}]
	}
	if u := s.usage[a]; u != nil {
		return x.closed(u, m)
	}
	return 0
}
