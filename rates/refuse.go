package rates

import (
	"fmt"
	"slices"
	"strings"
)

const maxRowErrors = 20

// ReadError lists what is wrong with a file, in the order of its lines, at most twenty rows of it.
type ReadError struct {
	File string
	Rows []RowError
	// More means that there are more than twenty.
	More bool
}

// RowError is what is wrong with one row.
type RowError struct {
	// Line counts from 1; 0 stands for the file as a whole.
	Line int
	// Column is the name in the file's header, or "" where the whole row is meant.
	Column string
	Reason string
}

// add puts more rows in their places. Of all, those of the first lines stay.
func (e *ReadError) add(rows []RowError) {
	e.Rows = append(e.Rows, rows...)
	slices.SortStableFunc(e.Rows, func(x, y RowError) int { return x.Line - y.Line })
	if len(e.Rows) > maxRowErrors {
		e.Rows, e.More = e.Rows[:maxRowErrors], true
	}
}

func (e *ReadError) Error() string {
	var b strings.Builder
	for i, row := range e.Rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.File)
		if row.Line > 0 {
			fmt.Fprintf(&b, ":%d", row.Line)
		}
		b.WriteString(": ")
		if row.Column != "" {
			fmt.Fprintf(&b, "column %q: ", row.Column)
		}
		b.WriteString(row.Reason)
	}
	if e.More {
		fmt.Fprintf(&b, "\n%s: there are more than these %d", e.File, len(e.Rows))
	}
	return b.String()
}
