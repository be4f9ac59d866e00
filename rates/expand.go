package rates

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// maxRange bounds how many prefixes a range such as 4477-4479 stands for.
const maxRange = 1000

// prefixes are those of one row, packed.
type prefixes struct {
	list []packed
	sure bool // that no prefix has the 0 of national numbers in it
}

// packed is a prefix of at most fifteen digits, four bits each, from the left: such numbers order as
// the prefixes do.
type packed uint64

func pack(country, digits string) packed {
	var p packed
	for _, c := range []byte(country) {
		p = p<<4 | packed(c-'0'+1)
	}
	for _, c := range []byte(digits) {
		p = p<<4 | packed(c-'0'+1)
	}
	return p << (4 * (maxPrefix - len(country) - len(digits)))
}

// appendTo appends the digits.
func (p packed) appendTo(b []byte) []byte {
	for p <<= 4; p != 0; p <<= 4 {
		b = append(b, byte(p>>60)+'0'-1)
	}
	return b
}

func (p packed) String() string { return string(p.appendTo(nil)) }

// read reads a cell of whole prefixes into the list.
func (p *prefixes) read(cell string) error {
	p.list = p.list[:0]
	if areDigits(cell) && cell[0] != '0' {
		if len(cell) > maxPrefix {
			return checkPrefix(cell)
		}
		if err := p.checkZero(cell, cell); err != nil {
			return err
		}
		p.list = append(p.list, pack("", cell))
		return nil
	}
	parts, err := partsOf(cell)
	if err != nil {
		return err
	}
	if err := couldBeCut(cell, parts); err != nil {
		return err
	}
	for _, part := range parts {
		tokens, err := spaced(part)
		if err != nil {
			return err
		}
		for _, token := range tokens {
			if token[0] == '0' {
				return fmt.Errorf("prefix %.40q begins with 0: write the country calling code first, without 00", token)
			}
			first, last, isRange := strings.Cut(token, "-")
			switch {
			case !isRange || len(first) != len(last) || !areDigits(first+last):
			case callingCode(first) == first:
				return fmt.Errorf("%.40q: is it the country codes from %s to %s, or one prefix with a dash? Write them one by one, or it without the dash", token, first, last)
			case callingCode(first) != callingCode(last):
				return fmt.Errorf("%.40q: is it a range over several countries, or one prefix with a dash? Write a range for each country, or it without the dash", token)
			}
			if err := p.expand("", token); err != nil {
				return err
			}
		}
	}
	return nil
}

// readCities reads a cell of city codes, which follow the country's code, into the list. Without
// any the country's code is the prefix.
func (p *prefixes) readCities(country, cell string) error {
	p.list = p.list[:0]
	country = strings.TrimPrefix(country, "+")
	switch {
	case country == "":
		return errors.New("country code is missing")
	case !areDigits(country) || country[0] == '0' || callingCode(country) != country && country[0] != '1':
		return fmt.Errorf("%.40q is no country calling code: write digits such as 44", country)
	case cell == "":
		p.list = append(p.list, pack("", country))
		return nil
	}
	parts, err := partsOf(cell)
	if err != nil {
		return err
	}
	for i, part := range parts {
		for token := range strings.FieldsSeq(part) {
			if i > 0 && len(token) < len(parts[0]) && strings.Contains(cell, "/") {
				return fmt.Errorf("%.40q: is %.20s a whole code? Divide whole codes with commas", cell, token)
			}
			if err := p.expand(country, token); err != nil {
				return err
			}
		}
	}
	return nil
}

// partsOf divides a cell at commas, semicolons, slashes and line breaks, and takes the spaces around
// dashes away.
func partsOf(cell string) ([]string, error) {
	text := strings.TrimPrefix(cell, "'") // how spreadsheets mark text
	if strings.ContainsAny(text, "eE") && strings.Trim(text, "0123456789.,+eE") == "" {
		return nil, fmt.Errorf("%.40q was changed by a spreadsheet: format the column as text and export it again", cell)
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == ';' || r == '/' || r == '\n' || r == '\r':
			return ','
		case r == '–' || r == '‐' || r == '‑':
			return '-'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, text)
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		ends := strings.Split(part, "-")
		for i := range ends {
			ends[i] = strings.TrimSpace(ends[i])
		}
		if part = strings.Join(ends, "-"); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return nil, errors.New("prefix is missing")
	}
	return parts, nil
}

// couldBeCut refuses lists that may be something else: a number with commas between thousands, or
// codes of which only the first is whole, or of which it is the country's.
func couldBeCut(cell string, parts []string) error {
	first := strings.TrimPrefix(parts[0], "+")
	groups := len(parts) > 1 && len(first) <= 3 && !strings.ContainsAny(cell, " ;/\n")
	for _, part := range parts[1:] {
		groups = groups && len(part) == 3 && areDigits(part)
		part = strings.TrimPrefix(part, "+")
		if len(part) < len(first) && callingCode(part) != callingCode(first) {
			return fmt.Errorf("%.60q: is %.20s a whole prefix? Write each prefix whole, with the country code", cell, part)
		}
	}
	if groups {
		return fmt.Errorf("%.60q: are these %d prefixes, or one with commas between thousands? Write a space behind the commas, or take them away", cell, len(parts))
	}
	for _, part := range parts[1:] {
		if part = strings.TrimPrefix(part, "+"); callingCode(first) == first && callingCode(part) != first {
			return fmt.Errorf("%.60q: is %.20s a whole prefix, or does it follow %s? Write it whole if it does, and in a row of its own if not", cell, part, first)
		}
	}
	return nil
}

// spaced tells whether spaces are a way to write one prefix, as in "+44 20" and "44 20", or divide
// several, as in "4420 4421".
func spaced(part string) ([]string, error) {
	if strings.Contains(part, "+") {
		var tokens []string
		for token := range strings.SplitSeq(part, "+") {
			if len(strings.Fields(token)) > 2 {
				return nil, severalOrOne(part)
			}
			token = strings.ReplaceAll(token, " ", "")
			if token == "" && len(tokens) == 0 {
				continue
			}
			if token == "" || strings.HasSuffix(token, "-") {
				return nil, fmt.Errorf("%.40q is no prefix: write digits, and a range like 4477-4479", part)
			}
			tokens = append(tokens, token)
		}
		if len(tokens) == 0 || part[0] != '+' {
			return nil, fmt.Errorf("%.40q is no prefix: write + before it, or leave it out", part)
		}
		return tokens, nil
	}
	tokens := strings.Fields(part)
	if len(tokens) == 1 {
		return tokens, nil
	}
	code := callingCode(tokens[0])
	alike := 0
	for _, token := range tokens[1:] {
		if strings.HasPrefix(token, code) {
			alike++
		}
	}
	switch {
	case tokens[0] == code && alike == 0 && len(tokens) == 2:
		return []string{strings.Join(tokens, "")}, nil
	case tokens[0] != code && alike == len(tokens)-1:
		return tokens, nil
	}
	return nil, severalOrOne(part)
}

func severalOrOne(part string) error {
	return fmt.Errorf("%.60q: is it one prefix or several? Write one without spaces, several with commas", part)
}

// expand adds a prefix, or all of a range.
func (p *prefixes) expand(country, token string) error {
	first, last, isRange := strings.Cut(token, "-")
	for _, digits := range []string{first, last} {
		if !areDigits(digits) && (isRange || digits != "") {
			return fmt.Errorf("prefix %.40q has something else than digits", token)
		}
	}
	if err := cmp.Or(checkPrefix(country+first), p.checkZero(country+first, token)); err != nil {
		return err
	}
	if !isRange {
		p.list = append(p.list, pack(country, first))
		return nil
	}
	if len(first) != len(last) {
		return fmt.Errorf("range %.40q: both ends have to be whole and equally long, such as 447700-447709", token)
	}
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	switch {
	case errors.Join(err1, err2) != nil || to < from:
		return fmt.Errorf("range %.40q ends before it begins", token)
	case to-from >= maxRange:
		return fmt.Errorf("%.40q: is it a range of more than %d prefixes, or one with a dash? Write what those have in common, or it without the dash", token, maxRange)
	case len(p.list)+int(to-from) >= maxRates:
		return fmt.Errorf("more than %d prefixes in one cell: a deck holds no more", maxRates)
	}
	for n := from; n <= to; n++ {
		p.list = append(p.list, pack(country, fmt.Sprintf("%0*d", len(first), n)))
	}
	return nil
}

// checkZero refuses a 0 right behind the calling code where no number has one: it is that of
// national numbers, and nobody who dials the country from abroad would match the prefix.
func (p *prefixes) checkZero(prefix, cell string) error {
	if p.sure || !hasByte(prefix[1:min(4, len(prefix))], '0') {
		return nil
	}
	code := callingCode(prefix)
	if len(code) == len(prefix) || prefix[len(code)] != '0' || keepsZero(code) {
		return nil
	}
	return fmt.Errorf("%.40q: is the 0 behind +%s the one that is only dialled at home? Numbers there do not begin with 0: write the code without it", cell, code)
}

// hasByte is quicker than strings.IndexByte for the few digits of a prefix.
func hasByte(text string, wanted byte) bool {
	for i := range len(text) {
		if text[i] == wanted {
			return true
		}
	}
	return false
}

// keepsZero says whether numbers can begin with 0 behind a calling code, by the patterns for numbers
// in the metadata of libphonenumber. What is only dialled at home does not count, such as toll-free
// numbers behind an exit code. 379 is the Vatican's, which uses 39. Behind 1 and 7 no number begins
// with 0, but nobody dials one at home either.
func keepsZero(code string) bool {
	switch code {
	case "1", "7", "39", "47", "225", "226", "227", "229", "241", "242", "247", "250", "378", "379", "800", "881", "888", "992":
		return true
	}
	return false
}

// callingCode is the country calling code with which digits begin, by the plan of the ITU: no code
// begins with another one. It is all of the digits where they are too few.
func callingCode(digits string) string {
	length := 3
	if digits != "" && (digits[0] == '1' || digits[0] == '7') {
		length = 1
	} else if len(digits) >= 2 {
		switch digits[:2] {
		case "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51", "52", "53", "54", "55", "56",
			"57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98":
			length = 2
		}
	}
	return digits[:min(length, len(digits))]
}
