package ami

import (
	"context"
	"sync"
	"time"
)

// Entry is one place in the stream of a session: exactly one of an event, a gap and a listing.
type Entry struct {
	Event   Message   // an event, if it has headers
	At      time.Time // when its last bytes were read; of a listing, when its first were
	Dropped uint64    // a gap: that many events are missing at this place
	Listing *Listing
}

// Listing is the answer to an action that RequestList sent. It is newer than every event before it in the stream;
// events after it may be older than it.
type Listing struct {
	Items []Message
	Err   error
}

// stream is the bounded queue between the reader of a session and its consumer. Its writer never waits: what does not
// fit is counted, and the count stands in the queue at the place where the events are missing.
type stream struct {
	mu        sync.Mutex
	items     []streamItem
	head      int // items before it have been taken
	events    int // of the items waiting, those that are events
	bytes     int // of their texts
	maxEvents int
	maxBytes  int
	closed    error
	ready     chan struct{} // holds one token while there may be something to take
}

type streamItem struct {
	entry   Entry
	pending *call // a listing whose items are still coming
}

func newStream(maxEvents, maxBytes int) *stream {
	return &stream{maxEvents: maxEvents, maxBytes: maxBytes, ready: make(chan struct{}, 1)}
}

// event appends an event, or counts it as dropped and returns false.
func (q *stream) event(m Message, at time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.events < q.maxEvents && q.bytes+len(m.text) <= q.maxBytes {
		q.events++
		q.bytes += len(m.text)
		q.append(streamItem{entry: Entry{Event: m, At: at}})
		return true
	}
	if n := len(q.items); n > q.head && q.items[n-1].entry.Dropped > 0 {
		q.items[n-1].entry.Dropped++
		q.items[n-1].entry.At = at
	} else {
		q.append(streamItem{entry: Entry{Dropped: 1, At: at}})
	}
	return false
}

// listing marks the place of a listing whose items are still coming.
func (q *stream) listing(c *call, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.append(streamItem{entry: Entry{At: at}, pending: c})
}

func (q *stream) append(it streamItem) {
	if q.head > 1024 && q.head > len(q.items)/2 {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, it)
	q.wake()
}

// close ends the stream: what waits in it can still be taken, then next returns err.
func (q *stream) close(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = err
	q.wake()
}

func (q *stream) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// next takes the first entry, waiting for it until ctx ends; what is there already comes even then, so that a slow
// consumer is not told that nothing came. Only one goroutine may take.
func (q *stream) next(ctx context.Context) (Entry, error) {
	for {
		entry, pending, ok, err := q.take()
		if ok || err != nil {
			return entry, err
		}
		if err := ctx.Err(); err != nil {
			return Entry{}, err
		}
		var done <-chan struct{}
		if pending != nil {
			done = pending.done
		}
		select {
		case <-done:
		case <-q.ready:
		case <-ctx.Done():
		}
	}
}

// take removes the first entry if it is complete. If it is a listing that is not, it stays and its call is returned.
func (q *stream) take() (entry Entry, pending *call, ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
		return Entry{}, nil, false, q.closed
	}
	it := q.items[q.head]
	if it.pending != nil {
		select {
		case <-it.pending.done:
			it.entry.Listing = &Listing{Items: it.pending.items, Err: it.pending.err}
		default:
			return Entry{}, it.pending, false, nil
		}
	}
	q.items[q.head] = streamItem{}
	q.head++
	if it.entry.Event.Len() > 0 {
		q.events--
		q.bytes -= len(it.entry.Event.text)
	}
	return it.entry, nil, true, nil
}
