package cdr

import (
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// other gives the other moment at which clocks show the same time, in the hour that comes twice when they
// are set back in autumn. It is false where there is none.
func other(t time.Time) (time.Time, bool) {
	_, offset := t.Zone()
	before, after := t.ZoneBounds()
	for _, beside := range [...]time.Time{before.Add(-time.Second), after} {
		if beside.Before(t) && before.IsZero() || !beside.Before(t) && after.IsZero() {
			continue
		}
		_, there := beside.Zone()
		moved := t.Add(time.Duration(offset-there) * time.Second)
		if _, got := moved.Zone(); got == there && there != offset {
			return moved, true
		}
	}
	return t, false
}

// nearest gives of the moments at which clocks show what they show at t the one that is nearest to another.
func nearest(t, to time.Time) time.Time {
	if again, ok := other(t); ok && again.Sub(to).Abs() < t.Sub(to).Abs() {
		return again
	}
	return t
}

// notBefore gives of them the first one that is not before another.
func notBefore(t, least time.Time) time.Time {
	again, ok := other(t)
	if ok && !again.Before(least) && (t.Before(least) || again.Before(t)) {
		return again
	}
	return t
}

// settleTwice finds out which of two hours of the same name a record means: the calling channel's Uniqueid
// tells when it was made, and the lengths tell how far the other moments are from that.
func (r *row) settleTwice(c *guard.CallRecord) {
	if c.Started.IsZero() {
		return
	}
	if made, ok := madeAt(c.ID); ok {
		c.Started = notBefore(c.Started, made.Add(-2*time.Second)) // nor does a record begin before it
	}
	if !c.Answered.IsZero() {
		c.Answered = notBefore(c.Answered, c.Started)
	}
	if c.Ended.IsZero() || c.EndWorkedOut {
		return
	}
	if lasted, err := strconv.ParseInt(r.cells[duration], 10, 64); err == nil && lasted >= 0 && lasted <= maxSeconds {
		c.Ended = nearest(c.Ended, c.Started.Add(time.Duration(lasted)*time.Second))
	} else {
		c.Ended = notBefore(c.Ended, later(c.Started, c.Answered))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// madeAt reads the second from a Uniqueid, "1795284547.0", before which the system's name can stand.
func madeAt(id string) (time.Time, bool) {
	id = id[strings.LastIndexByte(id, '-')+1:]
	text, _, found := strings.Cut(id, ".")
	second, err := strconv.ParseInt(text, 10, 64)
	if !found || err != nil || second < 1e8 || second > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(second, 0), true
}
