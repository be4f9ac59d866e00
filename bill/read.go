// Package bill reads what a carrier bills, call by call, and compares it with the legs of the ledger.
package bill

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fraudguard/fraudguard/money"
)

// Bill is what a carrier bills.
type Bill struct {
	Rows []Row
	// Unit is one of the last decimal with which any cost is written: 10000 (0.01) where they are such
	// as 1.25 and 0.5. It is 0 where the bill has no costs.
	Unit money.Amount
	// Columns say how the file's columns were understood.
	Columns []string
}

// Between gives the first and the last moment at which a call of the bill starts.
func (b *Bill) Between() (first, last time.Time) {
	for i, row := range b.Rows {
		if i == 0 || row.Start.Before(first) {
			first = row.Start
		}
		if i == 0 || row.Start.After(last) {
			last = row.Start
		}
	}
	return first, last
}

// Row is one call on a bill.
type Row struct {
	// Line counts from 1.
	Line int
	// Number is as the bill writes it.
	Number string
	Start  time.Time
	// Lasted is what is billed, as long as the carrier says the call was.
	Lasted time.Duration
	// Cost is nil where the bill says none.
	Cost *money.Amount
}

// Options say what a file does not.
type Options struct {
	// Map gives fields, as Fields lists them, their columns: by their header, or "#3" for the third.
	Map map[string]string
	// Zone is that of the bill's times; nil is UTC.
	Zone *time.Location
}

// fields are what a column can be, with the headers by which it is found.
var fields = []struct {
	name    string
	headers []string
}{
	{"number", []string{"number", "called number", "destination number", "dialed number", "dialled number", "callee", "called", "to", "b number", "destination"}},
	{"start", []string{"start", "start time", "started", "answer time", "connect time", "call date", "date time", "datetime", "timestamp", "date"}},
	{"time", []string{"time", "time of day"}},
	{"seconds", []string{"seconds", "billed seconds", "billsec", "duration seconds", "duration sec", "duration s", "billed duration", "duration"}},
	{"cost", []string{"cost", "amount", "charge", "total", "charged amount", "price"}},
}

// Fields lists what a column can be.
func Fields() []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

const (
	maxRows    = 2_000_000
	maxSeconds = 366 * 24 * 3600
	maxFaults  = 20
	// maxCost bounds what one call costs, as the store bounds a charge.
	maxCost = 1_000_000_000 * money.Unit
)

// ReadError says which rows of a bill make no sense. There is no bill then.
type ReadError struct{ Faults []string }

// Error lists them, one a line.
func (e *ReadError) Error() string { return strings.Join(e.Faults, "\n") }

// Read reads a bill as CSV, divided by commas, semicolons or tabs, with a header. The file's name is
// only for messages. All costs together fit into an amount.
func Read(in io.Reader, file string, o Options) (*Bill, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	buffered := bufio.NewReaderSize(in, 64<<10)
	if start, _ := buffered.Peek(3); bytes.Equal(start, []byte("\xef\xbb\xbf")) {
		_, _ = buffered.Discard(3) // it was just seen
	}
	table := csv.NewReader(buffered)
	first, _ := buffered.Peek(4096)
	table.Comma = comma(first)
	table.ReuseRecord = true
	header, err := table.Read()
	if err != nil {
		return nil, explain(file, err)
	}
	var b Bill
	var at map[string]int
	if at, b.Columns, err = find(header, o.Map); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var faults ReadError
	var total money.Amount
	for {
		cells, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, explain(file, err)
		}
		line, _ := table.FieldPos(0)
		row, unit, err := readRow(cells, at, o.Zone)
		if err == nil && row.Cost != nil {
			total, err = money.Add(total, *row.Cost)
		}
		if err != nil {
			faults.Faults = append(faults.Faults, fmt.Sprintf("%s:%d: %v", file, line, err))
		}
		if unit > 0 && (b.Unit == 0 || unit < b.Unit) {
			b.Unit = unit
		}
		row.Line = line
		b.Rows = append(b.Rows, row)
		if len(faults.Faults) == maxFaults || len(b.Rows) > maxRows {
			break
		}
	}
	switch {
	case len(faults.Faults) > 0:
		return nil, &faults
	case len(b.Rows) == 0 || len(b.Rows) > maxRows:
		return nil, fmt.Errorf("%s: it has %d calls: from 1 to %d are taken", file, len(b.Rows), maxRows)
	}
	return &b, nil
}

func explain(file string, err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: it is empty", file)
	}
	var fault *csv.ParseError
	if errors.As(err, &fault) {
		return &ReadError{Faults: []string{fmt.Sprintf("%s:%d: %v", file, fault.Line, fault.Err)}}
	}
	return fmt.Errorf("%s: %w", file, err)
}

// comma is what divides the cells of the first line.
func comma(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best := ','
	for _, r := range ";\t" {
		if bytes.Count(line, []byte(string(r))) > bytes.Count(line, []byte(string(best))) {
			best = r
		}
	}
	return best
}

// find gives each field its column, -1 where it has none.
func find(header []string, named map[string]string) (at map[string]int, columns []string, err error) {
	at = make(map[string]int)
	for field := range named {
		if !slices.Contains(Fields(), field) {
			return nil, nil, fmt.Errorf("--map: there is no field %.40q: write %s", field, strings.Join(Fields(), ", "))
		}
	}
	for _, f := range fields {
		wanted := f.headers
		if name := named[f.name]; name != "" {
			wanted = []string{words(name)}
		}
		at[f.name] = -1
		for _, w := range wanted {
			if i := slices.IndexFunc(header, func(h string) bool { return words(h) == w }); i >= 0 {
				at[f.name] = i
				break
			}
		}
		if number, ok := strings.CutPrefix(named[f.name], "#"); ok {
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 || n > len(header) {
				return nil, nil, fmt.Errorf("--map %s=%.20s: write a number from #1 to #%d", f.name, named[f.name], len(header))
			}
			at[f.name] = n - 1
		}
		switch i := at[f.name]; {
		case i >= 0:
			columns = append(columns, f.name+" = "+strings.TrimSpace(header[i]))
		case named[f.name] != "":
			return nil, nil, fmt.Errorf("--map %s=%.60s: there is no such column: it has %.300s", f.name, named[f.name], strings.Join(header, ", "))
		case f.name != "time" && f.name != "cost":
			return nil, nil, fmt.Errorf("which column is the %s? It has %.300s: write --map %s=HEADER", f.name, strings.Join(header, ", "), f.name)
		}
	}
	return at, columns, nil
}

// words makes a header comparable: small letters, and one space for all that is no letter or digit.
func words(header string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(header), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r < utf8.RuneSelf && r != '#'
	}), " ")
}

// readRow reads a call, and one of the last decimal of its cost.
func readRow(cells []string, at map[string]int, zone *time.Location) (r Row, unit money.Amount, err error) {
	cell := func(field string) string {
		if i := at[field]; i >= 0 && i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	r.Number = cell("number")
	if r.Number == "" || len(r.Number) > 100 {
		return r, 0, fmt.Errorf("%.40q is no number", r.Number)
	}
	if r.Start, err = moment(strings.TrimSpace(cell("start")+" "+cell("time")), zone); err != nil {
		return r, 0, err
	}
	if r.Lasted, err = lasted(cell("seconds")); err != nil {
		return r, 0, err
	}
	if text := cell("cost"); text != "" {
		var amount money.Amount
		if amount, unit, err = cost(text); err != nil {
			return r, 0, err
		}
		r.Cost = &amount
	}
	return r, unit, nil
}

// cost reads an amount, and one of its last decimal: of "1.25" that is 0.01.
func cost(text string) (amount, unit money.Amount, err error) {
	text = strings.Replace(text, ",", ".", 1)
	amount, err = money.Parse(text)
	switch {
	case err != nil || amount < 0:
		return 0, 0, fmt.Errorf("%.40q is no cost: write an amount such as 1.25", text)
	case amount > maxCost:
		return 0, 0, fmt.Errorf("a call that costs %s is not believed: at most %s", amount, maxCost)
	}
	unit = money.Unit
	_, decimals, _ := strings.Cut(text, ".")
	for range decimals {
		unit /= 10
	}
	return amount, unit, nil
}

// layouts are how carriers write times. Where a day and a month could be mistaken for each other,
// there is none.
var layouts = []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006/01/02 15:04:05", "02.01.2006 15:04:05", "2006-01-02 15:04", "02.01.2006 15:04"}

func moment(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil && t.Year() >= 1990 && t.Year() <= 2200 {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time: 2026-11-21 18:09:07 and 21.11.2026 18:09:07 are understood", text)
}

// lasted reads seconds, or hours, minutes and seconds.
func lasted(text string) (time.Duration, error) {
	total := 0.0
	parts := strings.Split(text, ":")
	for _, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || n < 0 || n > maxSeconds || len(parts) > 3 {
			return 0, fmt.Errorf("%.40q is no length of a call: write seconds, or 0:01:30", text)
		}
		total = total*60 + n
	}
	if !(total <= maxSeconds) {
		return 0, fmt.Errorf("a call of %.40q is longer than a year", text)
	}
	return time.Duration(total * float64(time.Second)), nil
}
