package guard

import (
	"container/heap"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// wake is something that comes due: a leg, a block or a warning to an account has to be looked at, a
// call that asked does not dial, a server's legs that differ are told of, or, where all are nil, an edition of a deck takes over.
type wake struct {
	at      time.Time // zero is never
	leg     *leg
	block   *Block
	channel *channel
	account *limits.Account
	differs *server
	place   int // in the heap, -1 outside
}

// wakes holds what comes due, the earliest first.
type wakes struct{ heap wakeHeap }

// add puts a new wake in, unless it never comes due.
func (w *wakes) add(k *wake) {
	k.place = -1
	w.set(k, k.at)
}

// set moves a wake to another moment; the zero time takes it out.
func (w *wakes) set(k *wake, at time.Time) {
	if k.at.Equal(at) && k.place >= 0 {
		return
	}
	k.at = at
	switch {
	case at.IsZero() && k.place >= 0:
		heap.Remove(&w.heap, k.place)
	case at.IsZero():
	case k.place >= 0:
		heap.Fix(&w.heap, k.place)
	default:
		heap.Push(&w.heap, k)
	}
}

func (w *wakes) next() (time.Time, bool) {
	if len(w.heap) == 0 {
		return time.Time{}, false
	}
	return w.heap[0].at, true
}

// due takes out and gives one wake that is due.
func (w *wakes) due(now time.Time) (*wake, bool) {
	if len(w.heap) == 0 || w.heap[0].at.After(now) {
		return nil, false
	}
	return heap.Pop(&w.heap).(*wake), true
}

type wakeHeap []*wake

func (h wakeHeap) Len() int           { return len(h) }
func (h wakeHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h wakeHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *wakeHeap) Push(x any) {
	k := x.(*wake)
	k.place = len(*h)
	*h = append(*h, k)
}

func (h *wakeHeap) Pop() any {
	old := *h
	k := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	k.place = -1
	return k
}
