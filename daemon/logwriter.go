package daemon

import (
	"fmt"
	"io"
	"sync"
)

// logLines bounds the log lines that wait to be written.
const logLines = 8192

// LogWriter writes log lines behind the back of those who log, so that a terminal, a pipe or a
// journal that does not take them holds nobody up: least of all the loop that decides. Lines that
// do not fit are dropped, counted, and told of as soon as there is room.
type LogWriter struct {
	to    io.Writer
	lines chan []byte
	done  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	dropped int
}

// NewLogWriter begins to write lines; Close ends it.
func NewLogWriter(to io.Writer) *LogWriter {
	w := &LogWriter{to: to, lines: make(chan []byte, logLines)}
	w.done.Go(func() {
		for line := range w.lines {
			_, _ = to.Write(line) // there is nowhere to tell of a log that cannot be written
		}
	})
	return w
}

// Write takes one line; it never waits.
func (w *LogWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.to.Write(line)
	}
	if w.dropped > 0 {
		note := fmt.Appendf(nil, "level=WARN msg=\"log lines were dropped, because nobody took them\" lines=%d\n", w.dropped)
		select {
		case w.lines <- note:
			w.dropped = 0
		default:
		}
	}
	select {
	case w.lines <- append([]byte(nil), line...):
	default:
		w.dropped++
	}
	return len(line), nil
}

// Close waits until what was taken is written.
func (w *LogWriter) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.lines)
	}
	w.mu.Unlock()
	w.done.Wait()
}
