package debian

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// keptLines are shown when debootstrap fails.
const keptLines = 8

// stepWriter passes debootstrap's steps on, shortened: hundreds of lines name
// single packages, and of those only every fiftieth is shown.
type stepWriter struct {
	out      io.Writer
	line     []byte
	packages int
	kept     []string
}

func (w *stepWriter) Write(p []byte) (int, error) {
	w.line = append(w.line, p...)
	for {
		end := bytes.IndexByte(w.line, '\n')
		if end < 0 {
			return len(p), nil
		}
		w.show(strings.TrimSpace(string(w.line[:end])))
		w.line = w.line[end+1:]
	}
}

func (w *stepWriter) show(line string) {
	w.kept = append(w.kept, line)
	if len(w.kept) > keptLines {
		w.kept = w.kept[1:]
	}
	text, isStep := strings.CutPrefix(line, "I: ")
	if !isStep {
		return
	}
	verb, _, _ := strings.Cut(text, " ")
	switch verb {
	case "Retrieving", "Validating", "Extracting", "Unpacking", "Configuring":
		w.packages++
		if w.packages%50 != 0 {
			return
		}
	}
	fmt.Fprintf(w.out, "  %s\n", text)
}

// last returns the end of what debootstrap said.
func (w *stepWriter) last() string {
	return strings.Join(w.kept, "\n")
}
