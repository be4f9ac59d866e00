// Package notify tells people about incidents, by webhook and by e-mail. Notices wait in a durable
// outbox until the other side has taken them: an incident can be told twice, when the guard dies
// between telling it and noting so, but it is never lost and never given up.
package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// Notice is an incident that one channel still has to tell.
type Notice struct {
	// ID is the notice's key in the outbox.
	ID       int64
	Incident guard.Incident
	// Attempts is how often the notice was postponed after a failure.
	Attempts int
}

// Outbox keeps the notices of each channel until they are told.
type Outbox interface {
	// Due gives the channel's notices that are neither sent nor postponed beyond now, at most
	// limit of them: urgent ones first, then those with the fewest attempts, then the oldest.
	Due(ctx context.Context, channel string, now time.Time, limit int) ([]Notice, error)
	// Sent notes that the other side has taken the notices; they are not due again.
	Sent(ctx context.Context, ids []int64, at time.Time) error
	// Postpone adds an attempt to each notice and makes it due again at next. The reason is one
	// bounded line for people.
	Postpone(ctx context.Context, ids []int64, next time.Time, reason string) error
}

// Channel is a way to tell incidents. Send is called by one goroutine at a time.
type Channel interface {
	// Name is the channel's name in the outbox and in logs.
	Name() string
	// Pace says how the channel wants to be used.
	Pace() Pace
	// Send tells a group of incidents, and returns nil once the other side has taken all of them.
	// An error that is no *Failure means that a later attempt may do better.
	Send(ctx context.Context, group []guard.Incident) error
}

// Pace is how a channel wants to be used.
type Pace struct {
	// Group is the most incidents that are told at once, at least 1.
	Group int
	// Gather is how long the first incident waits for others to go with it, and Apart the least
	// time between two groups. An urgent incident waits for neither.
	Gather, Apart time.Duration
}

// Failure is why a channel did not take a group as it should.
type Failure struct {
	Err error
	// Lasting is set where a person has to change something, here or on the other side.
	Lasting bool
	// Taken is set where the group was told, but not to everybody it was meant for, and to tell it
	// again would not help those it did not reach.
	Taken bool
	// After is how long the other side asked to be left alone; 0 where it did not say.
	After time.Duration
}

// Error says what went wrong, in one bounded line that is safe to log.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// untrusted says whether a connection failed because the other side's certificate is not to be
// trusted, which time alone does not mend.
func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}

// Run tells what comes due in the outbox, each channel on its own so that a dead one holds up no
// other, until the context ends. A receive from wake means that notices may have been added; those
// that nobody announces are found within a few seconds. Run returns when all sending has stopped.
func Run(ctx context.Context, outbox Outbox, channels []Channel, wake <-chan struct{}, log *slog.Logger) {
	var sending sync.WaitGroup
	defer sending.Wait()
	lines := make([]*line, len(channels))
	for i, channel := range channels {
		lines[i] = newLine(outbox, channel, log)
		sending.Go(func() { lines[i].run(ctx) })
	}
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-wake:
			if !open {
				wake = nil
			}
		}
		for _, l := range lines {
			select {
			case l.wake <- struct{}{}:
			default: // It is about to look anyway.
			}
		}
	}
}
