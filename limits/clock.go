package limits

import "time"

// setBy is from how much on the clock counts as set: less is what reading it in two steps makes.
const setBy = time.Second

// clock tells when somebody has set the machine's clock. A time of a running program carries two: what
// the clock showed, by which days go, and a monotonic one that nobody sets, by which two times are
// subtracted. Where one of two lacks the second, they agree, and no clock was set.
type clock struct {
	// set is a time since which the clock was not set; seen is the last one that was looked at.
	set, seen time.Time
}

// look takes the present time in, and says whether the clock was set since the last look. A time from
// before that changes nothing.
func (c *clock) look(now time.Time) (wasSet bool) {
	if c.set.IsZero() {
		c.set, c.seen = now, now
		return false
	}
	if now.Before(c.seen) {
		return false
	}
	c.seen = now
	if shown := now.Round(0).Sub(c.set.Round(0)); (shown - now.Sub(c.set)).Abs() < setBy {
		return false
	}
	c.set = now
	return true
}

// on is a moment as the clock would show it, had it always been set as it is now.
func (c *clock) on(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return c.set.Add(t.Sub(c.set))
}
