package rates

import (
	"bufio"
	"bytes"
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

const (
	maxLine         = 64 << 10 // bytes
	maxCells        = 200
	maxRowErrors    = 20
	defaultMaxPrice = 1000 * money.Unit
)

// ReadOptions say what a file does not. The zero value is usable.
type ReadOptions struct {
	// First and Next are the increments, in seconds, of a file without a column for them. Zero
	// means 60 each. A deck that is silent is read as whole minutes because the error then falls
	// on the safe side: the guard may end a call some seconds early, but a carrier that bills by
	// the minute cannot run past a cap that was counted by the second.
	First, Next int
	// MaxPrice is the highest price per minute and connect fee that is believed; zero means 1000.
	// Raise it for a currency whose unit is small.
	MaxPrice money.Amount
	// Location is where the dates of the file begin; nil means UTC.
	Location *time.Location
}

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

// Read reads a deck as carriers send them: text in UTF-8, or else Latin-1, with a header line that
// names the columns, whose cells are divided by commas, semicolons or tabs and may be quoted.
//
// Prefix and price are needed, all other columns can be missing: the route is then the prefix, the
// connect fee 0, the increments those of the options, and the rate valid since always. Decimals
// are written with a point; with a comma only where the cells are not divided by commas and the
// comma cannot be one between thousands. Dates are 2026-01-31, 01/31/2026 or RFC 3339.
//
// Either all rows are good, or the error is a *ReadError, or one of reading itself, and there are
// no rates. The file's name is only for messages.
func Read(r io.Reader, file string, options ReadOptions) ([]Rate, error) {
	sheet := &sheet{options: options, failure: ReadError{File: file}, routes: make(map[string]string)}
	if err := sheet.read(bufio.NewReaderSize(r, maxLine)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	sheet.checkDuplicates()
	if len(sheet.failure.Rows) > 0 {
		slices.SortStableFunc(sheet.failure.Rows, func(x, y RowError) int { return x.Line - y.Line })
		return nil, &sheet.failure
	}
	return sheet.rates, nil
}

// sheet is a file while it is read.
type sheet struct {
	options   ReadOptions
	failure   ReadError
	delimiter byte
	header    header
	rates     []Rate
	lines     []int32 // per rate
	routes    map[string]string
}

func (s *sheet) refuse(line int, column, format string, arguments ...any) {
	if len(s.failure.Rows) == maxRowErrors {
		s.failure.More = true
		return
	}
	s.failure.Rows = append(s.failure.Rows, RowError{Line: line, Column: column, Reason: fmt.Sprintf(format, arguments...)})
}

func (s *sheet) read(in *bufio.Reader) error {
	if start, _ := in.Peek(4); !s.startsAsText(start) {
		return nil
	}
	for line := 1; !s.failure.More; line++ {
		raw, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			s.refuse(line, "", "line is longer than %d bytes: is this a CSV file with one row a line?", maxLine)
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading line %d: %w", line, err)
		}
		if line > maxRates+1 {
			s.refuse(line, "", "more than %d rows: a deck holds no more", maxRates)
			return nil
		}
		if !s.line(line, raw) {
			return nil
		}
		if err != nil {
			break
		}
	}
	if s.header.names == nil {
		s.refuse(0, "", "file is empty: the first line names the columns, such as prefix,route,price")
	} else if len(s.rates) == 0 && len(s.failure.Rows) == 0 {
		s.refuse(0, "", "file has a header and no rows")
	}
	return nil
}

// startsAsText refuses the files that people send by mistake.
func (s *sheet) startsAsText(start []byte) bool {
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("\xd0\xcf\x11\xe0")):
		s.refuse(0, "", "file is a spreadsheet or an archive: export it as CSV")
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		s.refuse(0, "", "file is compressed: unpack it")
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		s.refuse(0, "", "file is UTF-16: export it as UTF-8")
	default:
		return true
	}
	return false
}

// line takes one line in, and is false where the rest of the file makes no sense.
func (s *sheet) line(line int, raw []byte) bool {
	if line == 1 {
		raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	}
	text := strings.TrimRight(decode(raw), "\r\n")
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
		s.refuse(line, "", "byte %d is a control character: this is no text file", i+1)
		return false
	}
	if strings.Trim(text, " \t,;\"") == "" {
		return true
	}
	if s.header.names == nil {
		delimiter, found, reason := findHeader(text)
		if reason != "" {
			s.refuse(line, "", "%s", reason)
			return false
		}
		s.delimiter, s.header = delimiter, found
		return true
	}
	s.row(line, text)
	return true
}

// decode gives the text of a line, which is Latin-1 where it cannot be UTF-8.
func decode(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	runes := make([]rune, len(raw))
	for i, c := range raw {
		runes[i] = rune(c)
	}
	return string(runes)
}

func (s *sheet) row(line int, text string) {
	cells, reason := split(text, s.delimiter)
	if reason != "" {
		s.refuse(line, "", "%s", reason)
		return
	}
	for len(cells) > len(s.header.names) && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) != len(s.header.names) {
		s.refuse(line, "", "row has %d cells and the header %d: is a cell with the delimiter %q inside not quoted?",
			len(cells), len(s.header.names), s.delimiter)
		return
	}
	before := len(s.failure.Rows)
	rate := s.rate(line, cells)
	if len(s.failure.Rows) > before {
		return
	}
	if err := rate.Check(); err != nil {
		s.refuse(line, "", "%v", err)
		return
	}
	s.rates = append(s.rates, rate)
	s.lines = append(s.lines, int32(line))
}

// rate reads the cells of one row; what is wrong with them is refused on the way.
func (s *sheet) rate(line int, cells []string) Rate {
	cell := func(c column) string {
		if s.header.at[c] < 0 {
			return ""
		}
		return strings.TrimSpace(cells[s.header.at[c]])
	}
	bad := func(c column, err error) {
		if err != nil {
			s.refuse(line, s.header.names[s.header.at[c]], "%v", err)
		}
	}
	rate := Rate{First: s.options.First, Next: s.options.Next}
	if rate.First == 0 {
		rate.First = 60
	}
	if rate.Next == 0 {
		rate.Next = 60
	}
	var err error
	rate.Prefix, err = readPrefix(cell(prefixColumn))
	bad(prefixColumn, err)
	rate.Route = s.route(cell(routeColumn), rate.Prefix)
	rate.PerMinute, err = s.price(cell(priceColumn))
	bad(priceColumn, err)
	if s.header.at[connectColumn] >= 0 && cell(connectColumn) != "" {
		rate.Connect, err = s.price(cell(connectColumn))
		bad(connectColumn, err)
	}
	if s.header.at[incrementColumn] >= 0 {
		rate.First, rate.Next, err = readIncrements(cell(incrementColumn))
		bad(incrementColumn, err)
	}
	if s.header.at[firstColumn] >= 0 {
		rate.First, err = readSeconds(cell(firstColumn))
		bad(firstColumn, err)
		rate.Next, err = readSeconds(cell(nextColumn))
		bad(nextColumn, err)
	}
	if s.header.at[validFromColumn] >= 0 {
		rate.ValidFrom, err = readMoment(cell(validFromColumn), s.options.Location)
		bad(validFromColumn, err)
	}
	return rate
}

// route keeps one copy of each name, apart from the line it was cut from. A row without a name is
// a route of its own, so that limits per route do not throw unnamed destinations together.
func (s *sheet) route(name, prefix string) string {
	if name == "" {
		return prefix
	}
	kept, known := s.routes[name]
	if !known {
		kept = strings.Clone(name)
		s.routes[kept] = kept
	}
	return kept
}

// checkDuplicates refuses every row that says something else of a prefix than an earlier one.
func (s *sheet) checkDuplicates() {
	order := ordered(s.rates)
	first := 0
	for i := 1; i < len(order); i++ {
		x, y := order[first], order[i]
		if compareRates(&s.rates[x], &s.rates[y]) != 0 {
			first = i
			continue
		}
		if !same(s.rates[x], s.rates[y]) {
			s.refuse(int(s.lines[y]), "", "%v (the other is in line %s)", differ(s.rates[x], s.rates[y]), strconv.Itoa(int(s.lines[x])))
		}
	}
}
