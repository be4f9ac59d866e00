package ami

import (
	"errors"
	"math/rand/v2"
	"time"
)

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 10 * time.Second
	// A refused login is tried again much later: Asterisk logs each one, and fail2ban counts them.
	firstRefusedPause   = 30 * time.Second
	longestRefusedPause = 5 * time.Minute
	// A session that lasted at least so long starts the pauses anew.
	settled = 10 * time.Second
)

// backoff is how long to wait before the next attempt to connect.
type backoff struct {
	plain, refused time.Duration // the last of each kind
}

// next takes why the last attempt ended and how long its session was up.
func (b *backoff) next(reason error, upFor time.Duration) time.Duration {
	if upFor > 0 {
		b.refused = 0
	}
	if upFor >= settled {
		b.plain = 0
	}
	pause, first, longest := &b.plain, firstPause, longestPause
	if errors.Is(reason, ErrRefused) {
		pause, first, longest = &b.refused, firstRefusedPause, longestRefusedPause
	}
	*pause = min(max(2**pause, first), longest)
	return jitter(*pause)
}

// jitter takes away up to a fifth, so that many guards do not come back at the same moment.
func jitter(d time.Duration) time.Duration { return d - rand.N(d/5+1) }
