package faults

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/sip"
)

// TestKilledAtRandom: phones call all the time, while the guard is killed and started again at random
// moments: before it has a link, in the middle of a list, with records on their way. Two stolen calls
// that it let through are under way meanwhile. What it could not watch is filled from Asterisk's records.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	from := *seed
	if from == 0 {
		from = rand.Uint64()
	}
	for i := range asterisk.Versions() {
		ofAsterisk, ofPostgres := pair(i)
		for _, engine := range []string{"SQLite", "PostgreSQL " + ofPostgres} {
			t.Run(engine+", Asterisk "+ofAsterisk, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute+time.Duration(*rounds)*10*time.Second)
				defer cancel()
				if engine == "SQLite" {
					killAtRandom(open(t, ctx, program, options(ofAsterisk)), from)
				} else {
					killAtRandom(onPostgres(t, ctx, ofAsterisk, newCluster(t, ctx, ofPostgres)), from+1)
				}
			})
		}
	}
}

func drawFrom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func killAtRandom(e *evening, seed uint64) {
	e.t.Logf("-rounds %d -seed %d", *rounds, seed)
	draw := drawFrom(seed)
	between := func(least, most time.Duration) time.Duration {
		return least + time.Duration(draw.Int64N(int64(most-least)))
	}
	e.begin()
	e.steal()

	var phones sync.WaitGroup
	over := make(chan struct{})
	for i, extension := range []string{"101", "102", "103"} {
		phone, mine := e.phone(extension), drawFrom(seed^uint64(1+i)<<32)
		phones.Go(func() { e.keepCalling(phone, mine, 1_000_000*(i+1), over) })
	}
	through := e.dial(e.phone("104"), number("4420", 1))
	for range *rounds {
		e.pause(between(0, 2500*time.Millisecond))
		e.guard.Kill()
		e.pause(between(0, time.Second))
		var err error
		e.guard, err = e.LaunchGuard()
		e.check(err)
	}
	e.linked("up")
	e.pause(time.Second)
	close(over)
	phones.Wait()
	e.hangUp(through)
	e.filledIn()
}

// keepCalling makes one call after the other, each of half a second, one and a half, or two and a half.
func (e *evening) keepCalling(phone *sip.Phone, draw *rand.Rand, first int, over <-chan struct{}) {
	for n := first; ; n++ {
		select {
		case <-over:
			return
		case <-e.ctx.Done():
			return
		default:
		}
		call, err := phone.Dial(e.ctx, number("4420", n))
		if err == nil {
			err = call.WaitAnswered(e.ctx)
		}
		if err != nil {
			e.t.Errorf("call %d: %v", n, err)
			return
		}
		e.pause(500*time.Millisecond + time.Duration(draw.IntN(3))*time.Second)
		if err := call.Hangup(); err != nil {
			e.t.Errorf("call %d: %v", n, err)
			return
		}
	}
}
