package main

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

// progress shows on a terminal how much of something large has been sent.
type progress struct {
	io.Reader
	to          io.Writer // nil where nothing is to be shown
	sent, total int64
	// done, where it is there, says how much of total is sent, which is not in bytes then; whole says how
	// much that is.
	done  func() int64
	whole string
	// shown is the percentage drawn last. The HTTP client reads a body on a goroutine of its own.
	shown atomic.Int64
}

const (
	// shownFrom is the size of the smallest file that takes long enough for a bar.
	shownFrom = 1 << 20
	barWidth  = 30
	// rowsShownFrom is the same for the rows of a table.
	rowsShownFrom = 10_000
)

func newProgress(file io.Reader, size int64, to io.Writer) *progress {
	p := &progress{Reader: file, total: size, whole: fmt.Sprintf("%d MiB", size>>20)}
	p.shown.Store(-1)
	if size >= shownFrom && isTerminal(to) {
		p.to = to
	}
	return p
}

// newRowProgress is newProgress for so many rows, of which done are read.
func newRowProgress(table io.Reader, rows int64, done func() int64, to io.Writer) *progress {
	p := &progress{Reader: table, total: rows, done: done, whole: fmt.Sprintf("%d rows", rows)}
	p.shown.Store(-1)
	if rows >= rowsShownFrom && isTerminal(to) {
		p.to = to
	}
	return p
}

// Read reads on and draws the bar where it has grown.
func (p *progress) Read(into []byte) (int, error) {
	n, err := p.Reader.Read(into)
	if p.sent += int64(n); p.done != nil {
		p.sent = p.done()
	}
	if percent := min(p.sent*100/max(p.total, 1), 100); p.to != nil && percent != p.shown.Load() {
		p.shown.Store(percent)
		full := int(percent) * barWidth / 100
		fmt.Fprintf(p.to, "\r[%s%s] %3d %% of %s", strings.Repeat("#", full), strings.Repeat("-", barWidth-full), percent, p.whole)
		if percent == 100 {
			fmt.Fprint(p.to, " sent; it is being read and stored")
		}
	}
	return n, err
}

// end leaves the bar's line.
func (p *progress) end() {
	if p.shown.Load() >= 0 && p.to != nil {
		fmt.Fprintln(p.to)
	}
}
