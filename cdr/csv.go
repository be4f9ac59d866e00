package cdr

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fraudguard/fraudguard/guard"
)

// Formats of files.
const (
	CSV    = "csv"    // cdr_csv's Master.csv
	Custom = "custom" // cdr_custom with the template that Asterisk ships
	Table  = "table"  // what a TableReader gives: the first row names the columns, of which some can be missing
)

// Options say what a file does not.
type Options struct {
	// Format is CSV or Custom; "" is found out from the first row.
	Format string
	// Map gives columns, by the names of Columns, their numbers from 1 on, for another template of
	// cdr_custom. It takes the place of a format.
	Map map[string]int
	// Zone is that of the file's times; nil is UTC.
	Zone *time.Location
}

const (
	maxRow   = 64 << 10 // bytes
	maxCells = 100
)

// reader is a Source of CSV.
type reader struct {
	in      *bufio.Reader
	file    string
	options Options
	layout  []string // the column of each cell, "" for those that are not used
	line    int      // the last one that was read
	rows    int      // records, of a table
	cells   []string
	text    []byte
	failed  error
}

// NewReader reads records from CSV. The file's name is only for messages.
func NewReader(in io.Reader, file string, o Options) (Source, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	r := &reader{in: bufio.NewReaderSize(in, maxRow), file: file, options: o}
	switch {
	case len(o.Map) > 0:
		return r, r.mapped()
	case o.Format == CSV:
		r.layout = csvLayout
	case o.Format == Custom:
		r.layout = customLayout
	case o.Format == Table: // it tells itself
	case o.Format != "":
		return nil, fmt.Errorf("format %.20q: write csv for the Master.csv of cdr_csv, or custom for that of cdr_custom", o.Format)
	}
	return r, nil
}

func (r *reader) mapped() error {
	for name, number := range r.options.Map {
		if !slices.Contains(Columns(), name) {
			return fmt.Errorf("there is no column %.40q: write %s", name, strings.Join(Columns(), ", "))
		}
		if number < 1 || number > maxCells {
			return fmt.Errorf("column %s is number %d: write a number from 1 to %d", name, number, maxCells)
		}
		for len(r.layout) < number {
			r.layout = append(r.layout, "")
		}
		if r.layout[number-1] != "" {
			return fmt.Errorf("columns %s and %s have the same number %d", r.layout[number-1], name, number)
		}
		r.layout[number-1] = name
	}
	for _, name := range needed {
		if r.options.Map[name] == 0 {
			return fmt.Errorf("column %s is needed: write its number, as in %s=5", name, name)
		}
	}
	return nil
}

// Next gives the next record.
func (r *reader) Next() (guard.CallRecord, error) {
	for {
		if r.failed != nil {
			return guard.CallRecord{}, r.failed
		}
		first := r.line + 1
		reason, err := r.row()
		if err != nil {
			r.failed = err
			if !errors.Is(err, io.EOF) {
				r.failed = fmt.Errorf("%s:%d: %w", r.file, first, err)
			}
			return guard.CallRecord{}, r.failed
		}
		if reason != "" {
			return guard.CallRecord{}, &RowError{File: r.file, Line: first, Reason: reason}
		}
		if len(r.cells) == 1 && strings.TrimSpace(r.cells[0]) == "" {
			continue // an empty line
		}
		if r.options.Format == Table {
			if r.layout == nil {
				r.failed = r.header()
				continue
			}
			r.rows++
			first = r.rows // a table has no lines
		}
		record, fault := r.understand()
		if fault != nil {
			fault.File, fault.Line = r.file, first
			return guard.CallRecord{}, fault
		}
		return record, nil
	}
}

// header takes the names of the columns from the first row.
func (r *reader) header() error {
	for _, name := range r.cells {
		if !slices.Contains(tableColumns(), name) || slices.Contains(r.layout, name) {
			return fmt.Errorf("%s: the first row has to name columns, each once, and %.40q is not one of %s", r.file, name, strings.Join(tableColumns(), ", "))
		}
		r.layout = append(r.layout, name)
	}
	return nil
}

// understand makes a record of the cells.
func (r *reader) understand() (guard.CallRecord, *RowError) {
	if r.options.Format == Table {
		return r.ofTable()
	}
	if r.layout == nil {
		if r.layout = guess(r.cells); r.layout == nil {
			return guard.CallRecord{}, &RowError{Reason: "this is neither a row of cdr_csv nor of cdr_custom: name the columns by their numbers with --map"}
		}
	}
	if len(r.options.Map) == 0 && (len(r.cells) < len(r.layout)-2 || len(r.cells) > maxCells) {
		return guard.CallRecord{}, &RowError{Reason: fmt.Sprintf("it has %d columns, and %d to %d are expected", len(r.cells), len(r.layout)-2, len(r.layout))}
	}
	w := row{cells: make(map[string]string, len(r.layout)), zone: r.options.Zone}
	layout := r.layout
	if len(r.options.Map) == 0 && len(r.cells) == len(layout)-1 && !looksUnique(r.cells[len(layout)-2]) {
		layout = layout[:len(layout)-2] // the userfield without the uniqueid
	}
	for i, name := range layout {
		if name != "" && i < len(r.cells) {
			w.cells[name] = r.cells[i]
		}
	}
	return w.record()
}

// ofTable makes a record of a table's row. A fault says which one it is, as the table itself has it.
func (r *reader) ofTable() (guard.CallRecord, *RowError) {
	if len(r.cells) != len(r.layout) {
		return guard.CallRecord{}, &RowError{Reason: fmt.Sprintf("it has %d columns, and %d are expected", len(r.cells), len(r.layout))}
	}
	w := row{cells: make(map[string]string, len(r.layout)), zone: r.options.Zone, partial: true}
	for i, name := range r.layout {
		w.cells[name] = r.cells[i]
	}
	record, fault := w.record()
	if fault != nil {
		fault.Reason += fmt.Sprintf(" (start %.40q, uniqueid %.60q)", w.cells[start], w.cells[uniqueID])
	}
	return record, fault
}

// guess tells the two modules apart by where the channel and the start stand. Where cdr_custom has the
// start, cdr_csv has the arguments of an application.
func guess(cells []string) []string {
	for _, layout := range [][]string{customLayout, csvLayout} {
		at := slices.Index(layout, start)
		if len(cells) < len(layout)-2 {
			continue
		}
		if _, err := time.Parse(time.DateTime, cells[at]); err == nil && strings.Contains(cells[slices.Index(layout, channel)], "/") {
			return layout
		}
	}
	return nil
}

// looksUnique says whether a cell is a Uniqueid: "1795284547.0", with the system's name before it
// where there is one.
func looksUnique(cell string) bool {
	_, cell, _ = strings.Cut("-"+cell, "-")
	if i := strings.LastIndexByte(cell, '-'); i >= 0 {
		cell = cell[i+1:]
	}
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil && strings.Contains(cell, ".")
}

// row reads the cells of a row. Quotes inside quotes are doubled, and a quoted cell can hold a line
// break. A row that is too long, or whose quotes do not fit, is given up with a reason, and reading
// goes on with the next line.
func (r *reader) row() (reason string, err error) {
	r.cells, r.text = r.cells[:0], r.text[:0]
	quoted, closed, size := false, false, 0
	cell := func() {
		if len(r.cells) < maxCells {
			r.cells = append(r.cells, string(r.text))
		} else {
			reason = fmt.Sprintf("it has more than %d columns", maxCells)
		}
		r.text, closed = r.text[:0], false
	}
	for {
		c, err := r.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && size > 0 && quoted:
			r.line++
			return "its last quote is not closed: is the file still being written?", nil
		case errors.Is(err, io.EOF) && size > 0:
			r.line++
			cell()
			return r.checked(reason), nil
		case err != nil:
			return "", err
		}
		if size++; size > maxRow {
			r.skip(c)
			return fmt.Sprintf("it is longer than %d bytes", maxRow), nil
		}
		switch {
		case quoted && c == '"':
			if next, _ := r.in.Peek(1); len(next) == 1 && next[0] == '"' {
				_, _ = r.in.Discard(1) // it was just seen
				size++
				r.text = append(r.text, '"')
			} else {
				quoted, closed = false, true
			}
		case quoted:
			if c == '\n' {
				r.line++
			}
			r.text = append(r.text, c)
		case c == '\n':
			r.line++
			r.text = trimCR(r.text)
			cell()
			return r.checked(reason), nil
		case c == ',':
			cell()
		case c == '"' && len(r.text) == 0 && !closed:
			quoted = true
		case closed && c != '\r', c == '"':
			r.skip(c)
			return "a quote stands in the middle of a cell", nil
		default:
			r.text = append(r.text, c)
		}
	}
}

func trimCR(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		return text[:n-1]
	}
	return text
}

// checked refuses a row that holds what is no text.
func (r *reader) checked(reason string) string {
	for _, cell := range r.cells {
		if reason == "" && (!utf8.ValidString(cell) || strings.ContainsRune(cell, 0)) {
			reason = "it is no text in UTF-8"
		}
	}
	return reason
}

// skip goes on to the end of the line whose byte c was read last.
func (r *reader) skip(c byte) {
	for err := error(nil); c != '\n' && err == nil; {
		c, err = r.in.ReadByte()
	}
	r.line++
}
