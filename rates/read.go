package rates

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

const defaultMaxPrice = 1000 * money.Unit

// ReadOptions say what a file does not. The zero value is usable.
type ReadOptions struct {
	// First and Next are the increments, in seconds, of a file without a column for them. Zero
	// means 60 each. A deck that is silent is read as whole minutes because the error then falls
	// on the safe side: the guard may end a call some seconds early, but a carrier that bills by
	// the minute cannot run past a cap that was counted by the second. A file with a column for
	// only one of them takes the other from here, and is refused where it is zero.
	First, Next int
	// MaxPrice is the highest price per minute and connect fee that is believed; zero means 1000.
	// Raise it for a currency whose unit is small.
	MaxPrice money.Amount
	// Location is where the dates of the file begin, and whose hours its tiers mean; nil is UTC.
	Location *time.Location
	// Map gives fields, as Fields lists them, their columns: by the header as written in the file,
	// by "#3" for the third column, or by "-" for none. Fields that it leaves out are found by
	// their headers. A file without a header needs its columns by number. What is no field is the
	// header or the number of a column that is left out, and is given "-": {"Off-peak rate": "-"}.
	Map map[string]string
	// Currency is that of the prices, where the caller knows it: a file that says another one is
	// refused, and "$" in its price cells is understood.
	Currency string
	// Decimal is "point" or "comma" where the prices of the file leave their decimal sign open.
	Decimal string
	// Dates is "month-first" or "day-first" and tells how 01/02/2026 is meant; "" is month-first
	// as long as no date of the file says or suggests something else.
	Dates string
}

// check says which option is wrong.
func (o *ReadOptions) check() error {
	for field, name := range o.Map {
		if !isField(field) && name != "-" {
			return fmt.Errorf("--map: there is no field %.40q: write one of %s", field, strings.Join(fieldNames[:], ", "))
		}
		if strings.TrimSpace(name) == "" {
			return fmt.Errorf("--map: field %s has no column: write its header, #3 for the third column, or - for none", field)
		}
	}
	switch {
	case o.Decimal != "" && o.Decimal != "point" && o.Decimal != "comma":
		return fmt.Errorf("--decimal %.40q: write point or comma", o.Decimal)
	case o.Dates != "" && o.Dates != monthFirst && o.Dates != dayFirst:
		return fmt.Errorf("--dates %.40q: write %s or %s", o.Dates, monthFirst, dayFirst)
	case o.Currency != "" && !isCurrency(o.Currency):
		return fmt.Errorf("--currency %.40q: write the three capital letters of ISO 4217, such as EUR", o.Currency)
	case o.First < 0 || o.Next < 0 || o.First > maxIncrement || o.Next > maxIncrement:
		return fmt.Errorf("--increments %d/%d: each has 1 to %d seconds", o.First, o.Next, maxIncrement)
	}
	return nil
}

// List is what was read.
type List struct {
	// Rates are in the order of the file; rows that say the same count once.
	Rates []Rate
	// Currency is what the file says itself, in a column, in a header or beside its prices, and ""
	// where it says nothing.
	Currency string
	// Deleted are the prefixes of the rows that are left out because they are marked as deleted, in
	// the order of the file. Rates can have the same prefix, from another row.
	Deleted []Deletion
	Layout  Layout
}

// Deletion is a prefix that has no price any more.
type Deletion struct {
	Prefix string
	// At is since when, in UTC: after the last day where the row has an end date, or else on the date
	// on which its rate would begin. Zero is at once.
	At time.Time
}

// Layout is what was understood of a file, to be shown to a person before anything is done.
type Layout struct {
	// Header is the line of the header; 0 where the columns were given by number and there is none.
	Header int `json:"header"`
	// Delimiter is "comma", "semicolon", "tab" or "pipe".
	Delimiter string   `json:"delimiter"`
	Columns   []Column `json:"columns"`
	// Decimal is "point", "comma", or "" where no price had decimals.
	Decimal string `json:"decimal"`
	// Dates is "month-first" or "day-first" where that matters, "iso" where no date left it open,
	// and "" where there are none.
	Dates string `json:"dates"`
	// Rows are the rows with data, of which Skipped are left out because they are marked as
	// deleted.
	Rows    int `json:"rows"`
	Skipped int `json:"skipped"`
	// Closed are the rates to which the carrier takes no calls.
	Closed int `json:"closed"`
	// Free are the rates with price 0 and no connect fee that are not closed.
	Free int `json:"free"`
	// Notes are the rows below the header that were left out because they have only one cell and no
	// data in it.
	Notes int `json:"notes"`
	// Defaults says what the file does not say and what is taken instead.
	Defaults []string `json:"defaults"`
}

// Column is one column of a file.
type Column struct {
	// Field is one of Fields, or "" where the column is ignored.
	Field string `json:"field"`
	// Header is the column's name as written.
	Header string `json:"header"`
}

// Read reads a price list as carriers send them: CSV, divided by commas, semicolons, tabs or pipes,
// in UTF-8, UTF-16 with its mark, or else Windows-1252; with a header that names the columns, in
// any order and with titles above and notes below. Prefix (or country and city codes) and price
// are needed; what else is missing stands in the layout's Defaults.
//
// What could be read in two ways is refused with a question, which the options answer: whether
// "1,234" has decimals where no other price of the file tells, or which column is meant. One thing
// is taken as agreed: 01/02/2026 is the second of January. An end date is the last day of a rate.
//
// Either all rows are good, or the error is a *ReadError, or one of reading itself, and there is no
// list. The file's name is only for messages.
func Read(r io.Reader, file string, options ReadOptions) (*List, error) {
	s := &sheet{
		options: options, failure: ReadError{File: file},
		routes: newKnown(""), froms: newKnown(time.Time{}), untils: newKnown(time.Time{}),
		tiers: newKnown[*Tiers](nil), marks: newKnown(open), pairs: newKnown(increments{}),
		stated: statement{code: options.Currency}, decimal: signs{known: knownSign(options.Decimal)}, maxPrice: options.MaxPrice, order: options.Dates,
	}
	if s.maxPrice == 0 {
		s.maxPrice = defaultMaxPrice
	}
	s.maxPrice = min(s.maxPrice, maxPrice)
	if err := options.check(); err != nil {
		s.refuse(0, "", "%v", err)
	} else if err := s.read(r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	s.settle()
	repeated := s.compareEntries()
	if len(s.failure.Rows) > 0 {
		return nil, &s.failure
	}
	all := s.makeRates(repeated)
	return &List{Rates: all, Currency: s.currency, Deleted: s.deleted, Layout: s.layout(all)}, nil
}

// settle answers or asks what only all rows together tell. A file with bad rows is not asked about, since
// they could tell when they are mended.
func (s *sheet) settle() {
	switch {
	case len(s.failure.Rows) == 0:
		s.settlePrices()
		s.settleMarks()
		s.settleDates()
	case s.decimal.known != noSign:
		s.settlePrices()
	}
}

// settled says whether no price and no date of the good rows could still be read in another way.
func (s *sheet) settled() bool {
	c := &s.clues
	return (len(s.decimal.open) == 0 || s.decimal.known != noSign) &&
		(len(s.failure.Rows) == 0 || s.order != "" || c.slashed == "" || c.sure)
}

// sheet is a file while it is read.
type sheet struct {
	options  ReadOptions
	failure  ReadError
	in       *lines
	header   header
	maxPrice money.Amount

	entries  entries
	prefixes prefixes // of the row
	line     int      // of the row
	rows     int
	skipped  int
	notes    int
	deleted  []Deletion
	surplus  surplus
	order    string // how 01/02/2026 is meant
	dates    string // as in Layout
	clues    clues

	decimal  signs
	stated   statement // what is known of the currency
	currency string    // what the file says of it

	// What stands in many rows is kept once, and found by its number.
	routes known[string]
	froms  known[time.Time]
	untils known[time.Time]
	tiers  known[*Tiers]
	marks  known[marker]
	pairs  known[increments]
}

func (s *sheet) refuse(line int, column, format string, arguments ...any) {
	if len(s.failure.Rows) == maxRowErrors {
		s.failure.More = true
		return
	}
	s.failure.Rows = append(s.failure.Rows, RowError{Line: line, Column: column, Reason: fmt.Sprintf(format, arguments...)})
}

// read takes the rows in.
func (s *sheet) read(r io.Reader) error {
	var reason string
	if s.in, reason = newLines(r); reason != "" {
		s.refuse(0, "", "%s", reason)
		return nil
	}
	if !s.findHeader() {
		return s.readFailure()
	}
	rows := rows{in: s.in, delimiter: s.header.delimiter}
	for !s.failure.More {
		cells, line, reason, err := rows.next()
		switch {
		case reason != "":
			s.refuse(line, "", "%s", reason)
		case err == nil && !s.row(line, cells):
			return nil
		case err == io.EOF && s.rows == 0 && len(s.failure.Rows) == 0:
			s.refuse(0, "", "file has a header and no rows")
		}
		if err != nil {
			return s.readFailure()
		}
	}
	return nil
}

// readFailure says why the lines ended before the file did.
func (s *sheet) readFailure() error {
	switch {
	case s.in.reason != "":
		s.refuse(s.in.number+1, "", "%s", s.in.reason)
	case s.in.ended != nil && s.in.ended != io.EOF:
		return fmt.Errorf("reading line %d: %w", s.in.number+1, s.in.ended)
	}
	return nil
}

// layout says what was understood of a file that was read whole.
func (s *sheet) layout(all []Rate) Layout {
	l := Layout{
		Header: s.header.line, Delimiter: delimiterName(s.header.delimiter), Columns: s.header.columns(),
		Decimal: s.decimal.name(), Dates: s.dates, Rows: s.rows, Skipped: s.skipped, Notes: s.notes, Defaults: s.defaults(),
	}
	for i := range all {
		switch r := &all[i]; {
		case r.Closed:
			l.Closed++
		case r.PerMinute == 0 && r.Connect == 0:
			l.Free++
		}
	}
	return l
}

func (s *sheet) defaults() []string {
	var all []string
	missing := func(f field, format string, arguments ...any) {
		if !s.header.has(f) {
			all = append(all, fmt.Sprintf(format, arguments...))
		}
	}
	missing(routeField, "routes named by their prefix")
	missing(connectField, "no connect fee")
	first, next := s.usualIncrements()
	switch {
	case s.header.has(incrementField) || s.header.has(firstField) && s.header.has(nextField):
	case s.header.has(firstField):
		all = append(all, fmt.Sprintf("following increments of %d s", next))
	case s.header.has(nextField):
		all = append(all, fmt.Sprintf("first increment of %d s", first))
	default:
		all = append(all, fmt.Sprintf("increments %d/%d", first, next))
	}
	missing(validFromField, "valid since always")
	return all
}
