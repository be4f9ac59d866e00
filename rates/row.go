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
	if filled == 0 || filled == 1 && s.isNote(lone, strings.TrimSpace(cells[lone])) {
		return true
	}
	for len(cells) > len(s.header.names) && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	s.rows++
	if len(cells) != len(s.header.names) {
		s.refuse(line, "", "row has %d cells and the header %d: is a cell with the delimiter %q inside not quoted?",
			len(cells), len(s.header.names), s.header.delimiter)
		return true
	}
	r := &row{line: line, cells: cells}
	number, err := s.marks.of(s.cell(r, statusField), readMarker)
	s.bad(r, statusField, err)
	mark := s.marks.list[number]
	if mark == deleted {
		s.skipped++
		return true
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

// add keeps an entry for each prefix of the row.
func (s *sheet) add(r *row, e entry) bool {
	from := s.entries.count
	if from+len(s.prefixes) > maxRates {
		s.refuse(r.line, "", "more than %d rates: a deck holds no more", maxRates)
		return false
	}
	for _, e.prefix = range s.prefixes {
		s.entries.add(&e)
	}
	for _, p := range r.open {
		p.from, p.count = from, len(s.prefixes)
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
	for _, packed := range s.prefixes {
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
