// Package limitstest makes times for tests as a running program has them: with what the clock shows, by
// which days go, and with a monotonic reading, which goes on when somebody sets the clock.
package limitstest

import (
	"time"
	"unsafe"
)

// Running is a moment of a running program in which the clock shows a time.
func Running(shown time.Time) time.Time {
	now := time.Now()
	return now.Add(shown.Sub(now.Round(0)))
}

// SetClock gives the same moment with the clock set by some time: what it shows has moved, what it is
// subtracted by has not. No program can make such a time but by setting the clock, so this reaches into
// package time, and panics where that keeps its times otherwise than it did.
func SetClock(at time.Time, by time.Duration) time.Time {
	moved := at.Add(by)
	(*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&moved)).ext -= int64(by)
	if moved.Sub(at) != 0 || moved.Round(0).Sub(at.Round(0)) != by {
		panic("package time keeps its times otherwise now: " + at.String() + " has become " + moved.String())
	}
	return moved
}
