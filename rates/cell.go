package rates

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// readPrefix reads E.164 digits with or without + and with spaces.
func readPrefix(cell string) (string, error) {
	digits := strings.ReplaceAll(strings.TrimPrefix(cell, "+"), " ", "")
	switch {
	case digits == "":
		return "", errors.New("prefix is missing")
	case strings.ContainsAny(digits, "eE") && strings.Trim(digits, "0123456789.,+eE") == "":
		return "", fmt.Errorf("%.40q was changed by a spreadsheet: format the column as text and export it again", cell)
	case digits[0] == '0':
		return "", fmt.Errorf("prefix %.40q begins with 0: write the country calling code first, without 00", cell)
	}
	if err := checkPrefix(digits); err != nil {
		return "", err
	}
	return strings.Clone(digits), nil
}

// price reads a price per minute or a fee.
func (s *sheet) price(cell string) (money.Amount, error) {
	text, err := s.decimal(cell)
	if err != nil {
		return 0, err
	}
	amount, err := money.Parse(text)
	if err != nil {
		return 0, err
	}
	limit := s.options.MaxPrice
	if limit == 0 {
		limit = defaultMaxPrice
	}
	switch {
	case amount < 0:
		return 0, fmt.Errorf("%s is negative", cell)
	case amount > limit:
		return 0, fmt.Errorf("%s is above %v: is the decimal point right?", cell, limit)
	}
	return amount, nil
}

// decimal turns a cell into what money.Parse reads: a comma into a point where it can only be the
// decimal one, ".05" into "0.05", and without the zeros with which some files fill decimals up.
func (s *sheet) decimal(cell string) (string, error) {
	if cell == "" {
		return "", errors.New("price is missing: write 0 for a free destination")
	}
	if len(cell) > 40 {
		return "", fmt.Errorf("%.40q… is too long for a price", cell)
	}
	text := cell
	if whole, fraction, found := strings.Cut(cell, ","); found {
		switch {
		case s.delimiter == ',':
			return "", fmt.Errorf("%q: is the comma a decimal one? In a file divided by commas write a point", cell)
		case strings.ContainsAny(fraction, ",.") || strings.Contains(whole, "."):
			return "", fmt.Errorf("%q: which is the decimal sign? Write one point and nothing between thousands", cell)
		case len(fraction) == 3 && strings.TrimLeft(whole, "-0") != "":
			return "", fmt.Errorf("%q: is it %s.%s or %s%s? Write it with a point, or without a comma", cell, whole, fraction, whole, fraction)
		}
		text = whole + "." + fraction
	}
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	if whole, fraction, found := strings.Cut(text, "."); found && len(fraction) > 6 {
		text = whole + "." + fraction[:6] + strings.TrimRight(fraction[6:], "0")
	}
	return text, nil
}

// readIncrements reads "60/30", or "60" for both.
func readIncrements(cell string) (first, next int, err error) {
	one, other, two := strings.Cut(cell, "/")
	if first, err = readSeconds(strings.TrimSpace(one)); err != nil {
		return 0, 0, err
	}
	if !two {
		return first, first, nil
	}
	next, err = readSeconds(strings.TrimSpace(other))
	return first, next, err
}

func readSeconds(cell string) (int, error) {
	n, err := strconv.Atoi(cell)
	if err != nil || n < 1 || n > maxIncrement || cell[0] == '+' {
		return 0, fmt.Errorf("%.40q is no increment: write seconds such as 60, or 60/30", cell)
	}
	return n, nil
}

// readMoment reads a date, which begins at midnight in the location, or a moment. An empty cell is
// the zero time: valid since always.
func readMoment(cell string, in *time.Location) (time.Time, error) {
	if cell == "" {
		return time.Time{}, nil
	}
	if in == nil {
		in = time.UTC
	}
	if len(cell) <= 40 {
		for _, layout := range []string{"2006-01-02", "01/02/2006", "1/2/2006"} {
			if moment, err := time.ParseInLocation(layout, cell, in); err == nil {
				return inRange(cell, moment)
			}
		}
		if moment, err := time.Parse(time.RFC3339, cell); err == nil {
			return inRange(cell, moment.UTC())
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no date: write 2026-01-31, 01/31/2026 (month first) or 2026-01-31T00:00:00Z", cell)
}

// inRange refuses years that are typing errors.
func inRange(cell string, moment time.Time) (time.Time, error) {
	if moment.Year() < 1990 || moment.Year() > 2199 {
		return time.Time{}, fmt.Errorf("%.40q: the year is not between 1990 and 2199", cell)
	}
	return moment, nil
}
