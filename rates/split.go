package rates

import (
	"fmt"
	"io"
	"strings"
)

const (
	maxCells = 200
	maxRow   = 2 * maxLine // bytes; a row has several lines where a quoted cell has
)

// rows divides lines into rows of cells: at the delimiter, but for quoted cells, which can contain
// it and line ends, and a quote written as two. Around the quotes there can be spaces.
//
// This is not encoding/csv because that makes a string of each row, and puts no bound on one. With it
// a price list took a third longer to read, and more than four times what it takes to divide it.
type rows struct {
	in        *lines
	delimiter byte
	cells     []string
}

// next gives the cells of the next row, valid until the next call, and the line with which it
// begins. The reason says why the row cannot be divided; it is over then.
func (r *rows) next() (cells []string, line int, reason string, err error) {
	text, err := r.in.next()
	if err != nil {
		return nil, 0, "", err
	}
	line = r.in.number
	ok, open := r.split(text)
	if open {
		if text, reason, err = r.quoted(text); reason != "" || err != nil {
			return nil, line, reason, err
		}
		ok, _ = r.split(text)
	}
	switch {
	case len(r.cells) > maxCells:
		return nil, line, fmt.Sprintf("more than %d cells", maxCells), nil
	case !ok:
		return nil, line, "a quoted cell does not end where the next begins: write a quote inside as two", nil
	}
	return r.cells, line, "", nil
}

// quoted adds the lines over which a quoted cell goes: as long as the quotes do not come in pairs.
func (r *rows) quoted(text string) (whole, reason string, err error) {
	var b strings.Builder
	quotes := strings.Count(text, `"`)
	b.WriteString(text)
	for quotes%2 == 1 {
		more, err := r.in.next()
		if err == io.EOF {
			return "", "a quoted cell does not end before the file does", nil
		}
		if err != nil {
			return "", "", err
		}
		if b.Len()+len(more) > maxRow {
			return "", fmt.Sprintf("a quoted cell does not end within %d bytes: look for a quote that has no other", maxRow), errUnfit
		}
		b.WriteByte('\n')
		b.WriteString(more)
		quotes += strings.Count(more, `"`)
	}
	return b.String(), "", nil
}

// split divides a text. It is open where the text ends within a quoted cell, and not ok where a
// quoted cell is followed by something else than the delimiter.
func (r *rows) split(text string) (ok, open bool) {
	r.cells = r.cells[:0]
	for len(r.cells) <= maxCells {
		var cell string
		var more bool
		if begin := afterSpaces(text); begin < len(text) && text[begin] == '"' {
			if cell, text, more, ok = cutQuoted(text[begin+1:], r.delimiter); !ok {
				return false, text == ""
			}
		} else if end := strings.IndexByte(text, r.delimiter); end >= 0 {
			cell, text, more = text[:end], text[end+1:], true
		} else {
			cell = text
		}
		r.cells = append(r.cells, cell)
		if !more {
			break
		}
	}
	return true, false
}

func afterSpaces(text string) int {
	i := 0
	for i < len(text) && text[i] == ' ' {
		i++
	}
	return i
}

// cutQuoted cuts a cell whose first quote is cut already. It is not ok with a rest of "" where the
// quote that ends it is missing, and with another one where that stands in the wrong place.
func cutQuoted(text string, delimiter byte) (cell, rest string, more, ok bool) {
	end, doubled := 0, false
	for {
		i := strings.IndexByte(text[end:], '"')
		if i < 0 {
			return "", "", false, false
		}
		end += i
		if end+1 == len(text) || text[end+1] != '"' {
			break
		}
		doubled = true
		end += 2
	}
	cell, rest = text[:end], text[end+1:]
	if doubled {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	rest = rest[afterSpaces(rest):]
	switch {
	case rest == "":
		return cell, "", false, true
	case rest[0] == delimiter:
		return cell, rest[1:], true, true
	}
	return "", rest, false, false
}
