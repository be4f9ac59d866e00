package daemon

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// stuck takes nothing until it is let go.
type stuck struct {
	free chan struct{}
	got  bytes.Buffer
}

func (s *stuck) Write(line []byte) (int, error) {
	<-s.free
	return s.got.Write(line)
}

// TestLogHoldsNobodyUp: lines go on being taken while nobody reads them, and what did not fit is told.
func TestLogHoldsNobodyUp(t *testing.T) {
	to := &stuck{free: make(chan struct{})}
	w := NewLogWriter(to)
	const lines = logLines + 1000
	for i := range lines {
		fmt.Fprintf(w, "line %d\n", i)
	}
	close(to.free)
	for len(w.lines) > 0 { // until the writer has made room
		runtime.Gosched()
	}
	fmt.Fprintln(w, "the last line")
	w.Close()
	got := to.got.String()
	if !strings.HasPrefix(got, "line 0\nline 1\n") || !strings.HasSuffix(got, "the last line\n") {
		t.Errorf("the log begins or ends wrongly: %.40q", got)
	}
	if n := strings.Count(got, "\nline "); n < logLines-1 || n > logLines+1 {
		t.Errorf("%d lines were written", n)
	}
	if !strings.Contains(got, "log lines were dropped") {
		t.Error("nothing tells of the lines that were dropped")
	}
}
