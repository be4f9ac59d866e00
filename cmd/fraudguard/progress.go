package main

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

// progress shows on a terminal how much of a large file has been sent.
type progress struct {
	io.Reader
	to          io.Writer // nil where nothing is to be shown
	sent, total int64
	// shown is the percentage drawn last. The HTTP client reads a body on a goroutine of its own.
	shown atomic.Int64
}

const (
	// shownFrom is the size of the smallest file that takes long enough for a bar.
	shownFrom = 1 << 20
	barWidth  = 30
)

func newProgress(file io.Reader, size int64, to io.Writer) *progress {
	p := &progress{Reader: file, total: size}
	p.shown.Store(-1)
	if size >= shownFrom && isTerminal(to) {
		p.to = to
	}
	return p
}

// Read reads on and draws the bar where it has grown.
func (p *progress) Read(into []byte) (int, error) {
	n, err := p.Reader.Read(into)
	p.sent += int64(n)
	if percent := min(p.sent*100/max(p.total, 1), 100); p.to != nil && percent != p.shown.Load() {
		p.shown.Store(percent)
		full := int(percent) * barWidth / 100
		fmt.Fprintf(p.to, "\r[%s%s] %3d %% of %d MiB", strings.Repeat("#", full), strings.Repeat("-", barWidth-full), percent, p.total>>20)
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
