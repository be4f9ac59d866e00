package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// page gathers what a command prints for people. Every text passes through printable.
type page struct{ text bytes.Buffer }

// line adds a line.
func (p *page) line(format string, args ...any) {
	p.text.WriteString(printable(fmt.Sprintf(format, args...)))
	p.text.WriteByte('\n')
}

// gap adds an empty line.
func (p *page) gap() { p.text.WriteByte('\n') }

// table adds rows of cells in columns. An empty cell shows as "-".
func (p *page) table(rows ...[]string) {
	w := tabwriter.NewWriter(&p.text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			if cells[i] = printable(cell); strings.TrimSpace(cell) == "" {
				cells[i] = "-"
			}
		}
		_, _ = io.WriteString(w, strings.Join(cells, "\t")+"\n") // into memory
	}
	_ = w.Flush() // into memory
}

// print writes the page.
func (p *page) print(to io.Writer) error {
	if _, err := p.text.WriteTo(to); err != nil {
		return fmt.Errorf("the output could not be written: %w", err)
	}
	return nil
}
