package notify

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

const (
	// lookEvery is how often a line looks into the outbox unasked. lookApart is the least time
	// between two looks, so that a burst of wakes is one group and not one request each.
	lookEvery = 10 * time.Second
	lookApart = time.Second
	// urgentApart keeps a flood of urgent incidents to a mail every few seconds.
	urgentApart = 10 * time.Second

	// firstDelay and longestDelay bound the wait before a notice is tried again. What is older than
	// oldAge has been tried for long enough that once a day will do.
	firstDelay   = 15 * time.Second
	longestDelay = time.Hour
	oldAge       = 3 * 24 * time.Hour
	oldDelay     = 24 * time.Hour
	// longestPause bounds how long a failure holds up the notices that were not part of it.
	longestPause = time.Minute

	// noteTimeout is for noting an outcome in the outbox, also while the program stops.
	noteTimeout = 5 * time.Second
	reasonLimit = 300
)

// line takes one channel's notices from the outbox to the channel.
type line struct {
	outbox  Outbox
	channel Channel
	pace    Pace
	log     *slog.Logger
	wake    chan struct{}

	looked time.Time
	// first is when the group that now gathers was first seen; zero when nothing waits.
	first time.Time
	// sent and sentUrgent are when the last group, and the last urgent one, was taken.
	sent, sentUrgent time.Time
	// failures counts the failures since the last success; until paused nothing is tried.
	failures int
	paused   time.Time
	// unconfirmed are notices that were taken but could not be noted as sent. Nothing else is told
	// until they are, or they would be told again and again.
	unconfirmed []int64
}

func newLine(outbox Outbox, channel Channel, log *slog.Logger) *line {
	return &line{
		outbox: outbox, channel: channel, pace: channel.Pace(),
		log: log.With("channel", channel.Name()), wake: make(chan struct{}, 1),
	}
}

func (l *line) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-timer.C:
		}
		now := time.Now()
		if soonest := l.looked.Add(lookApart); now.Before(soonest) {
			timer.Reset(soonest.Sub(now))
			continue
		}
		l.looked = now
		timer.Reset(time.Until(l.turn(ctx, now)))
	}
}

// turn does what there is to do now, and says when to look again if nobody wakes the line before.
func (l *line) turn(ctx context.Context, now time.Time) time.Time {
	if now.Before(l.paused) {
		return l.paused
	}
	if !l.confirm(ctx, now) {
		return l.pause(now, 0)
	}
	due, err := l.outbox.Due(ctx, l.channel.Name(), now, l.pace.Group)
	if err != nil {
		if ctx.Err() == nil {
			l.log.Error("outbox cannot be read", "error", oneLine(err))
		}
		return l.pause(now, 0)
	}
	group := choose(due)
	if len(group) == 0 {
		l.first = time.Time{}
		return now.Add(lookEvery)
	}
	if at := l.ready(group, now); now.Before(at) {
		if look := now.Add(lookEvery); look.Before(at) {
			return look
		}
		return at
	}
	return l.send(ctx, group)
}

// choose gives the notices to tell together: the fresh ones if there are any, so that one which the
// other side will never take does not hold up those after it.
func choose(due []Notice) []Notice {
	due = slices.Clone(due)
	slices.SortStableFunc(due, func(a, b Notice) int { return cmp.Compare(min(a.Attempts, 1), min(b.Attempts, 1)) })
	retried := slices.IndexFunc(due, func(n Notice) bool { return n.Attempts > 0 })
	if retried > 0 {
		return due[:retried]
	}
	return due
}

func urgent(group []Notice) bool {
	return slices.ContainsFunc(group, func(n Notice) bool { return n.Incident.Urgent })
}

// ready is the moment from which the group may be told.
func (l *line) ready(group []Notice, now time.Time) time.Time {
	if l.first.IsZero() {
		l.first = now
	}
	if l.pace.Gather == 0 && l.pace.Apart == 0 {
		return now
	}
	ready := l.first.Add(l.pace.Gather)
	if apart := l.sent.Add(l.pace.Apart); apart.After(ready) {
		ready = apart
	}
	if soon := l.sentUrgent.Add(urgentApart); urgent(group) && soon.Before(ready) {
		return soon
	}
	return ready
}

// send tells a group and notes the outcome.
func (l *line) send(ctx context.Context, group []Notice) time.Time {
	incidents := make([]guard.Incident, len(group))
	for i, n := range group {
		incidents[i] = n.Incident
	}
	err := l.channel.Send(ctx, incidents)
	now := time.Now()
	if err != nil && ctx.Err() != nil {
		return now // The program stops; the outbox still has the notices.
	}
	var failure *Failure
	if !errors.As(err, &failure) {
		failure = &Failure{Err: err}
	}
	if err != nil && !failure.Taken {
		l.postpone(ctx, group, failure, now)
		return l.pause(now, failure.After)
	}
	if err != nil {
		l.log.Error("incidents did not reach everybody", "incidents", len(group), "error", oneLine(err))
	}
	l.first, l.sent, l.failures = time.Time{}, now, 0
	if urgent(group) {
		l.sentUrgent = now
	}
	l.unconfirmed = ids(group)
	if !l.confirm(ctx, now) {
		return l.pause(now, 0)
	}
	return now
}

// confirm notes as sent what was taken, and says whether all is noted.
func (l *line) confirm(ctx context.Context, now time.Time) bool {
	if len(l.unconfirmed) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	if err := l.outbox.Sent(ctx, l.unconfirmed, now); err != nil {
		l.log.Error("incidents were told, but the outbox cannot note it", "incidents", len(l.unconfirmed), "error", oneLine(err))
		return false
	}
	l.unconfirmed = nil
	return true
}

// postpone puts a group that was not taken back into the outbox: the longer the more often it
// failed, and once a day when it is old.
func (l *line) postpone(ctx context.Context, group []Notice, f *Failure, now time.Time) {
	attempts := 0
	for _, n := range group {
		attempts = max(attempts, n.Attempts)
	}
	delay := backOff(attempts)
	if f.Lasting {
		delay = jitter(longestDelay)
	}
	delay = max(delay, f.After)
	var recent, stale []Notice
	for _, n := range group {
		if now.Sub(n.Incident.At) > oldAge {
			stale = append(stale, n)
		} else {
			recent = append(recent, n)
		}
	}
	level := slog.LevelWarn
	if f.Lasting || len(stale) > 0 {
		level = slog.LevelError
	}
	l.log.Log(ctx, level, "incidents could not be told", "incidents", len(group), "attempts", attempts+1,
		"again_in", delay.Round(time.Second).String(), "older_than_3_days", len(stale), "error", oneLine(f))
	l.put(ctx, recent, now.Add(delay), f)
	l.put(ctx, stale, now.Add(jitter(oldDelay)), f)
}

func (l *line) put(ctx context.Context, group []Notice, next time.Time, f *Failure) {
	if len(group) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	if err := l.outbox.Postpone(ctx, ids(group), next, oneLine(f)); err != nil {
		l.log.Error("outbox cannot note a failure", "incidents", len(group), "error", oneLine(err))
	}
}

// pause holds up the whole line after a failure, for as long as the other side asked, or else
// briefly, because fresh notices deserve an attempt of their own.
func (l *line) pause(now time.Time, asked time.Duration) time.Time {
	l.paused = now.Add(max(min(backOff(l.failures), longestPause), asked))
	l.failures++
	return l.paused
}

// backOff is the wait after the given number of earlier failures.
func backOff(failures int) time.Duration {
	return jitter(min(firstDelay<<min(failures, 10), longestDelay))
}

// jitter gives between half of d and d, so that many guards do not come back in step.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

func ids(group []Notice) []int64 {
	ids := make([]int64, len(group))
	for i, n := range group {
		ids[i] = n.ID
	}
	return ids
}

func oneLine(err error) string { return clean(err.Error(), reasonLimit) }
