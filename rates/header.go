package rates

import (
	"fmt"
	"strings"
)

// column is what a column of a file means.
type column int

const (
	prefixColumn column = iota
	routeColumn
	priceColumn
	connectColumn
	incrementColumn
	firstColumn
	nextColumn
	validFromColumn
	columns
)

var columnNames = [columns]string{
	"prefix", "route", "price", "connect fee", "increment", "first increment", "next increment", "valid from",
}

// header says where the columns of a file are.
type header struct {
	names []string     // as written
	at    [columns]int // -1 where the file has no such column
}

// meaning tells a column by its name, written in any case and with _ or - for spaces; what stands
// in brackets, such as a currency, does not matter.
func meaning(name string) (column, bool) {
	name = strings.ToLower(name)
	if open := strings.IndexAny(name, "(["); open > 0 {
		name = name[:open]
	}
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" _-./", r) }), " ")
	switch name {
	case "prefix", "prefixes", "code", "dial code", "dialcode", "dial prefix", "destination code", "dialing code", "dialling code":
		return prefixColumn, true
	case "route", "destination", "destination name", "description", "name", "route name":
		return routeColumn, true
	case "price", "rate", "price per minute", "rate per minute", "cost per minute", "price min", "rate min", "per minute", "cost":
		return priceColumn, true
	case "connect", "connect fee", "connection fee", "connect cost", "connect charge", "setup fee", "setup", "setup charge":
		return connectColumn, true
	case "increment", "increments", "billing increment", "billing increments", "interval", "billing interval", "billing":
		return incrementColumn, true
	case "first", "first increment", "first interval", "initial increment", "initial interval", "interval 1", "minimum time", "initial":
		return firstColumn, true
	case "next", "next increment", "next interval", "following increment", "subsequent increment", "subsequent interval", "interval n", "subsequent":
		return nextColumn, true
	case "valid from", "effective", "effective date", "effective from", "start date", "from date":
		return validFromColumn, true
	}
	return 0, false
}

// findHeader tells the delimiter by which the first line has a prefix and a price. The reason is
// "" or says in words why the line is no header.
func findHeader(text string) (delimiter byte, found header, reason string) {
	most := 0
	reason = "only one column: divide the cells with a comma, a semicolon or a tab"
	for _, d := range []byte{',', ';', '\t'} {
		names, broken := split(text, d)
		if broken != "" || len(names) < 2 || len(names) <= most {
			continue
		}
		most = len(names)
		delimiter = d
		found, reason = newHeader(names)
	}
	return delimiter, found, reason
}

func newHeader(names []string) (header, string) {
	h := header{}
	for c := range h.at {
		h.at[c] = -1
	}
	for i, name := range names {
		name = strings.TrimSpace(name)
		h.names = append(h.names, name)
		c, known := meaning(name)
		switch {
		case !known:
		case h.at[c] < 0:
			h.at[c] = i
		case c != routeColumn: // of several names for the destination the first will do
			return h, fmt.Sprintf("columns %.40q and %.40q are both the %s: remove or rename one", h.names[h.at[c]], name, columnNames[c])
		}
	}
	for _, c := range []column{prefixColumn, priceColumn} {
		if h.at[c] < 0 {
			return h, fmt.Sprintf("no column for the %s among %.200q: name it %q in the first line", columnNames[c], h.names, columnNames[c])
		}
	}
	if (h.at[firstColumn] < 0) != (h.at[nextColumn] < 0) {
		return h, fmt.Sprintf("only one of the columns %q and %q: both are needed", columnNames[firstColumn], columnNames[nextColumn])
	}
	if h.at[incrementColumn] >= 0 && h.at[firstColumn] >= 0 {
		return h, fmt.Sprintf("columns %q and %q say the same: remove one", h.names[h.at[incrementColumn]], h.names[h.at[firstColumn]])
	}
	return h, ""
}

// split divides a line into cells. A quoted cell begins and ends with quotes, may contain the
// delimiter, and writes a quote as two; it cannot go on in the next line. The reason is "" or says
// what is wrong.
func split(text string, delimiter byte) (cells []string, reason string) {
	for {
		if len(cells) == maxCells {
			return nil, fmt.Sprintf("more than %d cells", maxCells)
		}
		cell, rest, more, ok := nextCell(text, delimiter)
		if !ok {
			return nil, "a quoted cell does not end where the next begins: write a quote inside as two"
		}
		cells = append(cells, cell)
		if !more {
			return cells, ""
		}
		text = rest
	}
}

func nextCell(text string, delimiter byte) (cell, rest string, more, ok bool) {
	quoted := strings.TrimLeft(text, " ")
	if !strings.HasPrefix(quoted, `"`) {
		cell, rest, more = strings.Cut(text, string(delimiter))
		return cell, rest, more, true
	}
	var b strings.Builder
	for text = quoted[1:]; ; {
		inside, after, closed := strings.Cut(text, `"`)
		if !closed {
			return "", "", false, false
		}
		b.WriteString(inside)
		if !strings.HasPrefix(after, `"`) {
			after = strings.TrimLeft(after, " ")
			if after == "" {
				return b.String(), "", false, true
			}
			return b.String(), after[1:], true, after[0] == delimiter
		}
		b.WriteByte('"')
		text = after[1:]
	}
}
