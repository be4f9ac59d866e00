package rates

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxTitles is in how many lines the header is looked for.
const maxTitles = 50

// header says where the columns of a file are.
type header struct {
	line      int // 0 where the file has none
	last      int // its last line, as a name in quotes can go over several
	delimiter byte
	names     []string // as written
	at        [fields]int
	marks     []marked // in the names of the prices
}

func (h *header) has(f field) bool { return h.at[f] >= 0 }

// columns lists the columns in the file's order.
func (h *header) columns() []Column {
	all := make([]Column, len(h.names))
	for i, name := range h.names {
		all[i].Header = name
	}
	for f, i := range h.at {
		if i >= 0 {
			all[i].Field = fieldNames[f]
		}
	}
	return all
}

// isWritten says whether the columns are those of Write, whose prefixes were read once before.
func (h *header) isWritten() bool {
	return slices.EqualFunc(h.names, writtenFields[:], func(name string, f field) bool { return name == fieldNames[f] })
}

func delimiterName(d byte) string {
	switch d {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	}
	return "pipe"
}

// candidate is a row that may be the header.
type candidate struct {
	header
	known    int    // columns that were understood
	reason   string // why it is no header
	conflict string // what question it leaves open, being one
	data     bool   // it is a row of data already

	// What the names say of the prices and the dates.
	currency, currencyColumn, order string
}

// findHeader looks for the header in the first lines, and leaves the lines to read after it. What is
// wrong with the file is refused on the way.
func (s *sheet) findHeader() bool {
	first, err := s.firstLines()
	found := s.chooseHeader(first)
	if found.reason != "" && err != nil && err != io.EOF {
		return false // what broke the lines off is the better answer, and readFailure gives it
	}
	if question := cmp.Or(found.reason, found.conflict); question != "" {
		s.refuse(found.line, "", "%s", question)
		return false
	}
	s.header = found.header
	if found.data {
		s.header.line = 0
		s.in.giveBack(first[found.line-1:], found.line)
	} else {
		s.in.giveBack(first[found.last:], found.last+1)
	}
	if found.currency != "" {
		s.state(found.line, found.currencyColumn, found.currency)
	}
	s.order = cmp.Or(s.order, found.order)
	s.prefixes.sure = found.isWritten()
	return true
}

func (s *sheet) firstLines() (first []string, err error) {
	for len(first) < maxTitles {
		line, err := s.in.next()
		if err != nil {
			return first, err
		}
		first = append(first, line)
	}
	return first, nil
}

// chooseHeader takes the first row that has a prefix and a price, divided in the way that gives the
// most columns. Without one it gives the row that came closest, with a reason.
func (s *sheet) chooseHeader(first []string) candidate {
	best := candidate{reason: "file is empty: the first line names the columns, such as prefix,route,price"}
	for i, line := range first {
		if strings.Trim(line, ",;|\t \"") == "" {
			continue
		}
		if best.line == 0 {
			best = candidate{header: header{line: i + 1}, reason: "only one column: divide the cells with a comma, a semicolon or a tab"}
		}
		var here candidate
		for _, d := range []byte{',', ';', '\t', '|'} {
			c := s.candidate(first, i, d)
			if c.reason == "" && len(c.names) > len(here.names) {
				here = c
			}
			if c.reason != "" && len(c.names) > 1 && (c.known > best.known || len(best.names) == 0) {
				best = c
			}
		}
		if len(here.names) > 0 {
			return here
		}
	}
	return best
}

// candidate reads the row that begins with a line as a header.
func (s *sheet) candidate(first []string, line int, delimiter byte) candidate {
	c := candidate{header: header{line: line + 1, delimiter: delimiter}}
	in := &lines{back: first[line:], number: line, ended: io.EOF}
	rows := rows{in: in, delimiter: delimiter}
	names, _, broken, err := rows.next()
	c.last = in.number
	if err != nil || broken != "" || len(names) < 2 {
		c.reason = "no row of cells"
		return c
	}
	for _, name := range names {
		c.names = append(c.names, shown(name))
	}
	for f := range c.at {
		c.at[f] = -1
	}
	taken, reason := c.place(s.options.Map)
	if reason != "" {
		c.reason = reason
		return c
	}
	if c.data = c.isData(s.options.Map); c.data {
		for i := range c.names {
			c.names[i] = "#" + strconv.Itoa(i+1)
		}
		c.checkNeeded(&s.options)
		return c
	}
	c.understand(taken, &s.options)
	return c
}

// shown is a name with nothing in it that a screen could not show.
func shown(name string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)), " ")
}

// place puts the fields that the caller has given a column; taken are these columns, and those that
// are left out, which have no field.
func (c *candidate) place(given map[string]string) (taken map[int]field, reason string) {
	taken = make(map[int]field)
	for f, name := range fieldNames {
		wanted := shown(given[name])
		if wanted == "" || wanted == "-" {
			continue
		}
		i, reason := c.column(wanted)
		if reason != "" {
			return nil, fmt.Sprintf("--map %s=%.80s: %s", name, wanted, reason)
		}
		if _, twice := taken[i]; twice {
			return nil, fmt.Sprintf("--map %s=%.80s: another field has that column already", name, wanted)
		}
		c.at[f], taken[i] = i, field(f)
		c.known++
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if isField(name) {
			continue
		}
		i, reason := c.column(shown(name))
		if _, twice := taken[i]; reason == "" && twice {
			reason = "a field has that column"
		}
		if reason != "" { // of the header, but no reason why this is none
			c.conflict = cmp.Or(c.conflict, fmt.Sprintf("--map %.80s=-: %s", name, reason))
			continue
		}
		taken[i] = fields
	}
	return taken, ""
}

// column finds a column by its number or its name; one written in the very same way counts first.
func (c *candidate) column(wanted string) (int, string) {
	if digits, numbered := strings.CutPrefix(wanted, "#"); numbered {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > len(c.names) {
			return 0, fmt.Sprintf("the columns are #1 to #%d", len(c.names))
		}
		return n - 1, ""
	}
	for _, alike := range []func(name string) bool{
		func(name string) bool { return name == wanted },
		func(name string) bool { return strings.EqualFold(name, wanted) },
	} {
		at := slices.IndexFunc(c.names, alike)
		if at < 0 {
			continue
		}
		if slices.ContainsFunc(c.names[at+1:], alike) {
			return 0, fmt.Sprintf("several columns have that name: write #%d for this one", at+1)
		}
		return at, ""
	}
	return 0, fmt.Sprintf("no column has that name among %.200q", c.names)
}

// isData says whether the row is none of names: the columns are given by number, and where the
// prefix or the price should be named there are digits. In doubt it is data, of which nothing is
// lost in silence.
func (c *candidate) isData(given map[string]string) bool {
	named := true
	for name, column := range given {
		named = named && column != "" && (column[0] == '#' || column == "-" && (isField(name) || name[0] == '#'))
	}
	if len(given) == 0 || !named {
		return false
	}
	for _, f := range []field{prefixField, countryField, cityField, priceField} {
		if c.has(f) && strings.IndexAny(strings.TrimLeft(c.names[c.at[f]], "+-'$€£ "), "0123456789") == 0 {
			return true
		}
	}
	return false
}
