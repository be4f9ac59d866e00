package rates

import (
	"fmt"
	"strings"

	"github.com/fraudguard/fraudguard/money"
)

// sign is what stands before the decimals of a price.
type sign uint8

const (
	noSign    sign = iota // it has none
	openPoint             // "1.234", which can be either
	openComma             // "1,234"
	pointSign
	commaSign
)

func (n sign) String() string {
	if n == commaSign || n == openComma {
		return "comma"
	}
	return "point"
}

// other is the sign that stands between thousands where n stands before decimals.
func (n sign) other() sign { return pointSign + commaSign - n }

// figure is a number as written: with an open sign, the amount is that with decimals.
type figure struct {
	amount money.Amount
	sign   sign
}

// readFigure reads a number. One sign with three digits behind, and one to three before it that do
// not begin with 0, can be either; everything else tells which sign it means. The reason is "" or
// says what is wrong.
func readFigure(cell string) (figure, string) {
	negative := strings.HasPrefix(cell, "-")
	text := cell
	if negative {
		text = cell[1:]
	}
	whole, fraction, is, ok := divide(text)
	if !ok {
		return figure{}, fmt.Sprintf("%.40q is not a decimal: write digits and one point, such as 1234.50", cell)
	}
	if negative {
		return figure{}, fmt.Sprintf("%.40s is negative", cell)
	}
	if is == noSign && len(whole) > 1 && whole[0] == '0' {
		return figure{}, fmt.Sprintf("%.40q is a whole number that begins with 0: was it cut at the comma of a price that is not quoted? Write it without the 0 if not", cell)
	}
	if len(fraction) > 6 {
		if fraction = fraction[:6] + strings.TrimRight(fraction[6:], "0"); len(fraction) > 6 {
			return figure{}, fmt.Sprintf("%.40q has %d decimals: write at most 6", cell, len(fraction))
		}
	}
	var amount int64
	for _, c := range []byte(whole) {
		if c >= '0' {
			amount = amount*10 + int64(c-'0')
		}
		if amount >= int64(money.Max/money.Unit/1000) { // an open one can still be a thousand times as much
			return figure{}, fmt.Sprintf("%.40q is absurdly large for a price", cell)
		}
	}
	for i := range 6 {
		amount *= 10
		if i < len(fraction) {
			amount += int64(fraction[i] - '0')
		}
	}
	return figure{amount: money.Amount(amount), sign: is}, ""
}

// divide takes a number apart; the whole part still has the signs between its thousands.
func divide(text string) (whole, fraction string, is sign, ok bool) {
	point, comma := strings.IndexByte(text, '.'), strings.IndexByte(text, ',')
	at, is := point, pointSign
	if comma > point {
		at, is = comma, commaSign
	}
	if at < 0 {
		return text, "", noSign, areDigits(text)
	}
	if point >= 0 && comma >= 0 {
		// Both stand there: the one that comes last begins the decimals, and does so once.
		whole, fraction = text[:at], text[at+1:]
		if at < max(strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')) {
			return "", "", 0, false
		}
		return whole, fraction, is, areThousands(whole, is.other()) && areDigits(fraction)
	}
	if strings.Count(text, text[at:at+1]) > 1 {
		return text, "", is.other(), areThousands(text, is)
	}
	whole, fraction = text[:at], text[at+1:]
	if len(fraction) == 3 && len(whole) > 0 && len(whole) <= 3 && whole[0] != '0' {
		is -= pointSign - openPoint
	}
	return whole, fraction, is, areDigits(fraction) && (whole == "" || areDigits(whole))
}

func areDigits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}

// areThousands says whether a number is written in groups of three digits.
func areThousands(text string, divided sign) bool {
	by := "."
	if divided == commaSign {
		by = ","
	}
	for i, group := range strings.Split(text, by) {
		if !areDigits(group) || i == 0 && len(group) > 3 || i > 0 && len(group) != 3 {
			return false
		}
	}
	return true
}

// signs is what is known of the decimal sign of a file.
type signs struct {
	known sign // noSign, pointSign or commaSign
	line  int  // whose price told; 0 is the caller
	told  bool // that another price says something else
	open  []openPrice
	// The first of them, as written and with decimals.
	first  string
	amount money.Amount
}

// openPrice is a price whose sign is not known yet.
type openPrice struct {
	sign        sign
	field       field
	from, count int // the entries that have it
	line        int
}

func (g *signs) name() string {
	if g.known == noSign {
		return ""
	}
	return g.known.String()
}

// knownSign is what the caller says of the decimal sign.
func knownSign(option string) sign {
	switch option {
	case "point":
		return pointSign
	case "comma":
		return commaSign
	}
	return noSign
}

// price reads a price or a fee of a row. Where its sign is open, it stays so until another price of
// the file tells.
func (s *sheet) price(r *row, f field, cell string) money.Amount {
	number, reason := cell, ""
	if !isBare(cell) {
		number, reason = s.withoutCurrency(r.line, f, cell)
	}
	var read figure
	if reason == "" {
		read, reason = readFigure(number)
	}
	if reason != "" {
		s.refuse(r.line, s.name(f), "%s", reason)
		return 0
	}
	g := &s.decimal
	switch {
	case read.sign == noSign:
	case read.sign == openPoint || read.sign == openComma:
		if g.known == noSign {
			if g.first == "" {
				g.first, g.amount = strings.Clone(cell), read.amount
			}
			r.open = append(r.open, openPrice{sign: read.sign, field: f, line: r.line})
			return read.amount
		}
		read.amount = resolved(read, g.known)
	case g.known == noSign:
		g.known, g.line = read.sign, r.line
	case g.known != read.sign && g.line == 0:
		s.refuse(r.line, s.name(f), "%.40q has a decimal %v, and --decimal says %v", cell, read.sign, g.known)
	case g.known != read.sign && !g.told:
		g.told = true
		s.refuse(r.line, s.name(f), "%.40q has a decimal %v, and the price in line %d a decimal %v: write all in the same way", cell, read.sign, g.line, g.known)
	}
	s.believe(r.line, f, read.amount)
	return read.amount
}

// resolved is the amount of a price whose sign was open.
func resolved(read figure, decimal sign) money.Amount {
	if (read.sign == openPoint) == (decimal == pointSign) {
		return read.amount
	}
	return read.amount * 1000 // at most 999.999
}

func (s *sheet) believe(line int, f field, a money.Amount) {
	if a > s.maxPrice {
		s.refuse(line, s.name(f), "%v is above %v: is the decimal point right? If it is, raise --max-price", a, s.maxPrice)
	}
}

// settlePrices reads the prices that were open, now that the whole file is known.
func (s *sheet) settlePrices() {
	g := &s.decimal
	if len(g.open) == 0 {
		return
	}
	if g.known == noSign {
		s.refuse(g.open[0].line, s.name(g.open[0].field), "is %.40q %v or %v? No price of the file tells: say it with --decimal point or --decimal comma",
			g.first, g.amount, g.amount*1000)
		return
	}
	for _, p := range g.open {
		for i := p.from; i < p.from+p.count; i++ {
			price := &s.entries.at(i).perMinute
			if p.field == connectField {
				price = &s.entries.at(i).connect
			}
			*price = resolved(figure{*price, p.sign}, g.known)
			if i == p.from {
				s.believe(p.line, p.field, *price)
			}
		}
	}
}

// isBare says whether a price has nothing but what a number has.
func isBare(cell string) bool {
	for _, c := range []byte(cell) {
		if c != '.' && c != ',' && c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// withoutCurrency takes a currency off a price, before or behind it, and gives the cell itself where
// there is none. The reason is "" or says why the file cannot mean that currency.
func (s *sheet) withoutCurrency(line int, f field, cell string) (number, reason string) {
	number = strings.Trim(cell, "$€£¥ \u00a0ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	before, after, _ := strings.Cut(cell, number)
	before, after = strings.TrimSpace(before), strings.TrimSpace(after)
	mark := before + after
	switch {
	case number == "" || before != "" && after != "":
		return cell, ""
	case isCurrency(mark) && codeIn(mark) != "":
		s.state(line, s.name(f), mark)
		return number, ""
	case mark != "€" && mark != "$" && mark != "£" && mark != "¥":
		return cell, ""
	case s.stated.code == "" && mark == "€":
		s.state(line, s.name(f), "EUR")
	case s.stated.code == "":
		return "", fmt.Sprintf("%.40q: which currency is %s? Tell it with --currency, such as --currency USD", cell, mark)
	case !couldMean(mark, s.stated.code):
		return "", fmt.Sprintf("%.40q is not in %s, as the other prices are: a deck has one currency", cell, s.stated.code)
	}
	return number, ""
}
