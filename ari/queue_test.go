package ari

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever is put and taken, each event either comes out in order or is
// counted in a gap at its place, and marks always come out.
func TestQueueAccountsForEveryEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue(rapid.IntRange(1, 5).Draw(t, "count"), rapid.IntRange(1, 50).Draw(t, "bytes"))
		put, accounted, marks := 0, 0, 0
		take := func() bool {
			event, ok := q.next()
			if !ok {
				return false
			}
			switch event := event.(type) {
			case ChannelDestroyed:
				if event.Cause != accounted {
					t.Fatalf("got event %d, want %d", event.Cause, accounted)
				}
				accounted++
			case Gap:
				if event.Lost <= 0 {
					t.Fatalf("an empty gap")
				}
				accounted += event.Lost
			case Disconnected:
				marks--
			}
			return true
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				q.put(ChannelDestroyed{Cause: put}, rapid.IntRange(0, 30).Draw(t, "size"))
				put++
			},
			"mark": func(*rapid.T) { q.mark(Disconnected{}); marks++ },
			"take": func(*rapid.T) { take() },
			"": func(*rapid.T) {
				if q.bytes > q.mostBytes {
					t.Fatalf("%d bytes wait", q.bytes)
				}
			},
		})
		for take() {
		}
		if accounted != put || marks != 0 || q.bytes != 0 {
			t.Fatalf("accounted for %d of %d events, %d marks and %d bytes left", accounted, put, marks, q.bytes)
		}
	})
}

func TestQueueTellsWhenAMarkIsTaken(t *testing.T) {
	q := newQueue(1, 1)
	taken := q.mark(Disconnected{})
	select {
	case <-taken:
		t.Fatal("taken before anybody looked")
	default:
	}
	if _, ok := q.take(t.Context()); !ok {
		t.Fatal("nothing there")
	}
	<-taken
}
