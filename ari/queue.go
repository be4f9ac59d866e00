package ari

import (
	"context"
	"sync"
)

// queue stands between the reader of the stream and its consumer. Putting
// never waits: where there is no room the event is counted, and a [Gap] takes
// its place in the order.
//
// Marks always find room. Their number is bounded because the stream is not
// connected again before the consumer has taken the mark of the break.
type queue struct {
	mu        sync.Mutex
	waiting   []queued
	bytes     int // of the waiting events
	lost      int // events lost behind all that waits
	mostCount int
	mostBytes int
	ready     chan struct{} // has a token when something was put since the last look
}

type queued struct {
	event Event
	bytes int
	taken chan struct{} // closed when the consumer takes it; nil where nobody waits for that
}

func newQueue(mostCount, mostBytes int) *queue {
	return &queue{mostCount: mostCount, mostBytes: mostBytes, ready: make(chan struct{}, 1)}
}

// put adds an event that came as a message of so many bytes, and tells whether there was room.
func (q *queue) put(event Event, bytes int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= q.mostCount || q.bytes+bytes > q.mostBytes {
		q.lost++
		q.signal()
		return false
	}
	q.closeGap()
	q.add(queued{event: event, bytes: bytes})
	return true
}

// mark adds what must not be lost, and returns a channel that is closed when the consumer takes it.
func (q *queue) mark(event Event) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closeGap()
	taken := make(chan struct{})
	q.add(queued{event: event, taken: taken})
	return taken
}

// closeGap puts the count of the lost events where they would have been.
func (q *queue) closeGap() {
	if q.lost > 0 {
		q.add(queued{event: Gap{Lost: q.lost}})
		q.lost = 0
	}
}

func (q *queue) add(item queued) {
	q.waiting = append(q.waiting, item)
	q.bytes += item.bytes
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take waits for the next event; false means that the context has ended.
func (q *queue) take(ctx context.Context) (Event, bool) {
	for {
		if ctx.Err() != nil {
			return nil, false
		}
		if event, ok := q.next(); ok {
			return event, true
		}
		select {
		case <-ctx.Done():
		case <-q.ready:
		}
	}
}

func (q *queue) next() (Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.closeGap()
	}
	if len(q.waiting) == 0 {
		return nil, false
	}
	first := q.waiting[0]
	q.waiting[0] = queued{} // or the array would keep the message
	q.waiting = q.waiting[1:]
	q.bytes -= first.bytes
	if first.taken != nil {
		close(first.taken)
	}
	return first.event, true
}
