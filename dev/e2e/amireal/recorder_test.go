package amireal

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/ami"
)

// recorder is a sink that writes down what it is told.
type recorder struct {
	mu      sync.Mutex
	lines   []string
	changed chan struct{}
}

func newRecorder() *recorder { return &recorder{changed: make(chan struct{})} }

func (r *recorder) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *recorder) Up(ami.Info)                       { r.add("up") }
func (r *recorder) Down(error)                        { r.add("down") }
func (r *recorder) Event(m ami.Message, _ time.Time)  { r.add(m.Event()) }
func (r *recorder) Gap(uint64, time.Time)             { r.add("gap") }
func (r *recorder) Channels([]ami.Message, time.Time) { r.add("channels") }

func (r *recorder) told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

// await waits until a line has been written at least n times.
func (r *recorder) await(t *testing.T, line string, n int) {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		r.mu.Lock()
		count, changed := 0, r.changed
		for _, l := range r.lines {
			if l == line {
				count++
			}
		}
		r.mu.Unlock()
		if count >= n {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("waited for %d × %q in %q", n, line, r.told())
		}
	}
}

// liveChannels asks for the names of the live channels.
func liveChannels(t *testing.T, l *ami.Link) []string {
	t.Helper()
	channels, err := l.List(t.Context(), ami.NewAction("CoreShowChannels"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range channels {
		names = append(names, c.Get("Channel"))
	}
	return names
}

func run(t *testing.T, l *ami.Link) {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { l.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		work.Wait()
	})
}
