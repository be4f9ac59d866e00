package rates

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// row is one row of cells while it is read.
type row struct {
	line  int
	cells []string
	open  []openPrice
}

func (s *sheet) cell(r *row, f field) string {
	if i := s.header.at[f]; i >= 0 {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

// name is that of a field's column.
func (s *sheet) name(f field) string {
	if i := s.header.at[f]; i >= 0 {
		return s.header.names[i]
	}
	return ""
}

// bad refuses a cell with an error, if there is one.
func (s *sheet) bad(r *row, f field, err error) {
	if err != nil {
		s.refuse(r.line, s.name(f), "%v", err)
	}
}

// row takes in one row. It is false where the rest of the file makes no sense.
func (s *sheet) row(line int, cells []string) bool {
	lone, filled := 0, 0
	for i := 0; i < len(cells) && filled < 2; i++ {
		if strings.TrimSpace(cells[i]) != "" {
			lone = i
			filled++
		}
	}
	if filled == 0 {
		return true
	}
	if cell := strings.TrimSpace(cells[lone]); filled == 1 && s.isNote(lone, cell) {
		s.notes++
		if looksLikeData(cell) {
			s.refuse(line, "", "%.60q: is it a row whose cells are not divided as the others are? If it is a note, begin it with *", cell)
		}
		return true
	}
	s.rows++
	s.line = line
	if len(cells) != len(s.header.names) || s.surplus.seen {
		if cells = s.withoutSurplus(line, cells); cells == nil {
			return true
		}
	}
	r := &row{line: line, cells: cells}
	number, err := s.marks.of(s.cell(r, statusField), readMarker)
	s.bad(r, statusField, err)
	mark := s.marks.list[number]
	if mark == deleted {
		s.skipped++
		return s.delete(r)
	}
	before := len(s.failure.Rows)
	e := entry{line: int32(line), closed: mark == closed}
	s.fill(r, &e)
	if len(s.failure.Rows) > before || err != nil {
		return true
	}
	return s.add(r, e)
}

// isNote says whether a row with only one cell is none of data: a heading, a total, a remark.
// What could be a prefix or a price is not one.
func (s *sheet) isNote(at int, cell string) bool {
	if at == s.header.at[priceField] {
		return false
	}
	first, _ := utf8.DecodeRuneInString(cell)
	return !strings.ContainsAny(cell, "0123456789") || first == '*' || unicode.IsLetter(first)
}

// looksLikeData says whether a note has a word that could be a prefix, and one that could be a price.
func looksLikeData(cell string) bool {
	prefix, price := false, false
	if cell[0] == '*' || !strings.ContainsAny(cell, "0123456789") {
		return false
	}
	for _, word := range strings.FieldsFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(";|\"'()", r) }) {
		digits := strings.TrimPrefix(word, "+")
		prefix = prefix || areDigits(digits) && digits[0] != '0' && len(digits) <= maxPrefix
		read, reason := readFigure(strings.Trim(word, "$€£¥ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		price = price || reason == "" && read.sign != noSign
	}
	return prefix && price
}

// surplus is how many empty cells the rows have behind those of the header.
type surplus struct {
	cells int
	line  int  // of the first row, which tells
	seen  bool // that there are any
}

// withoutSurplus takes the empty cells off that rows have behind those of the header. All rows have
// the same number of them, or one of them is where a cell was cut in two. It gives nil where the row
// is refused.
func (s *sheet) withoutSurplus(line int, cells []string) []string {
	columns, surplus := len(s.header.names), 0
	for len(cells)-surplus > columns && strings.TrimSpace(cells[len(cells)-surplus-1]) == "" {
		surplus++
	}
	if s.rows == 1 {
		s.surplus.cells, s.surplus.line, s.surplus.seen = surplus, line, surplus > 0
	}
	cut := cells[:len(cells)-surplus]
	switch {
	case len(cut) != columns || surplus > 0 && !s.surplus.seen:
		s.refuse(line, "", "row has %d cells and the header %d: is a cell with the delimiter %q inside not quoted?",
			len(cells), columns, s.header.delimiter)
	case surplus != s.surplus.cells:
		s.refuse(line, "", "row has %d cells, and that in line %d has %d: is a cell with the delimiter %q inside not quoted, or are there delimiters too many at the end?",
			len(cells), s.surplus.line, columns+s.surplus.cells, s.header.delimiter)
	case s.header.delimiter == ',' && s.couldBeCutPrice(cut):
		s.refuse(line, "", "row has %d cells and the header %d: is its price written with a comma and not quoted? If not, take the commas off the ends of the rows",
			len(cells), columns)
	default:
		return cut
	}
	return nil
}

// couldBeCutPrice says whether a price or a fee and the cell behind it can be the halves of one with
// a comma.
func (s *sheet) couldBeCutPrice(cells []string) bool {
	for _, f := range []field{priceField, connectField} {
		if i := s.header.at[f]; i >= 0 && i+1 < len(cells) && areDigits(strings.TrimSpace(cells[i])) && areDigits(strings.TrimSpace(cells[i+1])) {
			return true
		}
	}
	return false
}

// delete keeps which prefixes a row deletes, and when. Its price does not matter any more.
func (s *sheet) delete(r *row) bool {
	before := len(s.failure.Rows)
	s.readPrefixes(r)
	from, err := s.froms.of(s.cell(r, validFromField), s.validFrom)
	s.bad(r, validFromField, err)
	until, err := s.untils.of(s.cell(r, validUntilField), s.validUntil)
	s.bad(r, validUntilField, err)
	if len(s.failure.Rows) > before {
		return true
	}
	if !s.hasRoom(r, len(s.deleted)) {
		return false
	}
	at := s.untils.list[until]
	if at.IsZero() {
		at = s.froms.list[from]
	}
	for _, prefix := range s.prefixes.list {
		s.deleted = append(s.deleted, Deletion{Prefix: prefix.String(), At: at})
	}
	return true
}

// hasRoom says whether the prefixes of the row can be added to so many.
func (s *sheet) hasRoom(r *row, count int) bool {
	if count+len(s.prefixes.list) <= maxRates {
		return true
	}
	s.refuse(r.line, "", "more than %d rates: a deck holds no more", maxRates)
	return false
}

// add keeps an entry for each prefix of the row.
func (s *sheet) add(r *row, e entry) bool {
	from := s.entries.count
	if !s.hasRoom(r, from) {
		return false
	}
	for _, e.prefix = range s.prefixes.list {
		s.entries.add(&e)
	}
	for _, p := range r.open {
		p.from, p.count = from, len(s.prefixes.list)
		s.decimal.open = append(s.decimal.open, p)
	}
	return true
}

// fill reads the cells of a row, its prefixes into their list; what is wrong with the cells is
// refused on the way.
func (s *sheet) fill(r *row, e *entry) {
	s.readPrefixes(r)
	var err error
	e.route, err = s.routes.of(s.cell(r, routeField), readRoute)
	s.bad(r, routeField, err)
	if code := s.cell(r, currencyField); code != "" {
		if upper := strings.ToUpper(code); isCurrency(upper) {
			s.state(r.line, s.name(currencyField), upper)
		} else {
			s.bad(r, currencyField, fmt.Errorf("%.40q is no currency: write the three letters of ISO 4217, such as EUR", code))
		}
	}
	s.readPrices(r, e)
	s.readIncrements(r, e)
	e.minimum = s.seconds(r, minimumField, 0, 0)
	e.grace = s.seconds(r, graceField, 0, 0)
	e.tiers, err = s.tiers.of(s.cell(r, tiersField), s.readTiers)
	s.bad(r, tiersField, err)
	e.from, err = s.froms.of(s.cell(r, validFromField), s.validFrom)
	s.bad(r, validFromField, err)
	e.until, err = s.untils.of(s.cell(r, validUntilField), s.validUntil)
	s.bad(r, validUntilField, err)
	if from, until := s.froms.list[e.from], s.untils.list[e.until]; !until.IsZero() && !from.Before(until) {
		s.bad(r, validUntilField, errors.New("the rate ends before it begins"))
	}
}

// readPrefixes reads the prefixes of a row. Whole ones beside the country's code have to begin with
// it, lest they are what follows it.
func (s *sheet) readPrefixes(r *row) {
	if !s.header.has(prefixField) {
		s.bad(r, cityField, s.prefixes.readCities(s.cell(r, countryField), s.cell(r, cityField)))
		return
	}
	err := s.prefixes.read(s.cell(r, prefixField))
	s.bad(r, prefixField, err)
	country := strings.TrimPrefix(s.cell(r, countryField), "+")
	if err != nil || !areDigits(country) {
		return
	}
	for _, packed := range s.prefixes.list {
		if prefix := packed.String(); !strings.HasPrefix(prefix, country) {
			s.bad(r, prefixField, fmt.Errorf("%s does not begin with the country code %.20s: if it follows that code, say --map prefix=- --map city=%q, else --map country=-",
				prefix, country, s.name(prefixField)))
			return
		}
	}
}

// readPrices reads the price per minute and the connect fee; a closed rate needs none.
func (s *sheet) readPrices(r *row, e *entry) {
	cell := s.cell(r, priceField)
	missing := noPrice(cell)
	if missing && (strings.EqualFold(cell, "closed") || strings.EqualFold(cell, "blocked")) {
		e.closed = true
	}
	switch {
	case !missing:
		e.perMinute = s.price(r, priceField, cell)
	case !e.closed && cell == "":
		s.refuse(r.line, s.name(priceField), "price is missing: write 0 for a free destination, or closed for one without calls")
	case !e.closed:
		s.refuse(r.line, s.name(priceField), "%.40q is no price: write closed for a destination without calls, or take the row out", cell)
	}
	if cell = s.cell(r, connectField); cell != "" && (!e.closed || !noPrice(cell)) {
		e.connect = s.price(r, connectField, cell)
	}
}

// readRoute reads the name of a destination.
func readRoute(cell string) (string, error) {
	if len(cell) > 4*maxRoute { // with all the spaces that are taken out
		return "", fmt.Errorf("route name has %d bytes: at most %d", len(cell), maxRoute)
	}
	name := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // marks without a shape of their own
			return -1
		}
		return r
	}, cell)), " ")
	if len(name) > maxRoute {
		return "", fmt.Errorf("route name has %d bytes: at most %d", len(name), maxRoute)
	}
	for _, c := range name {
		if !unicode.IsPrint(c) {
			return "", fmt.Errorf("%.40q has the character %U, which cannot be shown: take it out", cell, c)
		}
	}
	return name, nil
}

// usualIncrements are those of files that do not tell.
func (s *sheet) usualIncrements() (first, next int) {
	first, next = s.options.First, s.options.Next
	if first == 0 {
		first = 60
	}
	if next == 0 {
		next = 60
	}
	return first, next
}

func (s *sheet) readIncrements(r *row, e *entry) {
	first, next := s.usualIncrements()
	cell := s.cell(r, incrementField)
	if !s.header.has(incrementField) || e.closed && noPrice(cell) {
		e.first, e.next = s.seconds(r, firstField, 1, first), s.seconds(r, nextField, 1, next)
		return
	}
	number, err := s.pairs.of(cell, readIncrements)
	if cell == "" {
		_, err = readIncrements(cell)
	}
	s.bad(r, incrementField, err)
	e.first, e.next = s.pairs.list[number].first, s.pairs.list[number].next
}

// seconds reads a cell of seconds. Without such a column it gives what is usual, and so for an empty
// cell where there can be none.
func (s *sheet) seconds(r *row, f field, least, usual int) int32 {
	cell := s.cell(r, f)
	if !s.header.has(f) || cell == "" && least == 0 {
		return int32(usual)
	}
	n, err := readSeconds(cell, least)
	s.bad(r, f, err)
	return int32(n)
}

func (s *sheet) readTiers(cell string) (*Tiers, error) {
	t, err := ParseTiers(cell, s.options.Location)
	if err != nil || t == nil {
		return nil, err
	}
	for _, one := range t.list {
		if one.perMinute > s.maxPrice {
			return nil, fmt.Errorf("%v is above %v: is the decimal point right? If it is, raise --max-price", one.perMinute, s.maxPrice)
		}
	}
	return t, nil
}
