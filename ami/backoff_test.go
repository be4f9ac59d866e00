package ami

import (
	"errors"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	var b backoff
	broken := errors.New("broken")
	for i, step := range []struct {
		reason error
		upFor  time.Duration
		want   time.Duration // at most; at least four fifths of it
	}{
		{broken, 0, 200 * time.Millisecond},
		{broken, 0, 400 * time.Millisecond},
		{broken, time.Second, 800 * time.Millisecond}, // a server that drops its guests is no better than a dead one
		{ErrRefused, 0, 30 * time.Second},
		{ErrRefused, 0, time.Minute},
		{broken, 0, 1600 * time.Millisecond},
		{ErrRefused, 0, 2 * time.Minute},
		{ErrRefused, 0, 4 * time.Minute},
		{ErrRefused, 0, 5 * time.Minute},
		{ErrRefused, 0, 5 * time.Minute},
		{broken, time.Minute, 200 * time.Millisecond}, // it was up: all is well again
		{ErrRefused, 0, 30 * time.Second},
	} {
		if got := b.next(step.reason, step.upFor); got > step.want || got < step.want*4/5-1 {
			t.Errorf("step %d: %v, want about %v", i, got, step.want)
		}
	}
}
