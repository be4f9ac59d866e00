// Package money holds exact amounts of one currency and the few sums the guard does with them.
//
// An amount is a whole number of millionths, because carriers quote prices to the hundredth of a
// cent and a total has to be the exact sum of its parts. There are no floats anywhere, and a sum
// that does not fit is an error and never a wrong figure.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Amount is a sum of money in millionths of the currency; 1 euro is 1,000,000. The zero value is
// no money. Amounts compare with the ordinary operators.
type Amount int64

// Unit is one whole euro, dollar or whatever the currency is.
const Unit Amount = 1_000_000

// Max and Min are the largest and the smallest amount, about nine million million each way.
const (
	Max Amount = math.MaxInt64
	Min Amount = math.MinInt64
)

// ErrOverflow says that a result lies beyond the largest or smallest amount.
var ErrOverflow = errors.New("amount out of range: more than 9223372036854.775807 either way")

// ErrNegative says that a price or a time below zero was to be multiplied.
var ErrNegative = errors.New("a price and a time cannot be negative")

const (
	decimals = 6
	// maxText bounds what Parse looks at. The longest amount in normal form has 21 characters;
	// the rest is room for leading zeros.
	maxText = 40
)

// Parse reads a decimal such as "20", "20.00" or "-0.000001". It takes an optional minus sign,
// at least one digit, and after a point one to six digits: no exponent, no grouping, no plus sign
// and no spaces. The error says what is wrong with the text; an amount that does not fit gives
// ErrOverflow.
func Parse(s string) (Amount, error) {
	if s == "" {
		return 0, errors.New("amount is empty: write a decimal such as 20.00")
	}
	if len(s) > maxText {
		return 0, fmt.Errorf("amount has %d characters: write at most %d", len(s), maxText)
	}
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || point && fraction == "" {
		return 0, fmt.Errorf("amount %q needs a digit on each side of the point: write 0.50, not .5", s)
	}
	for _, c := range []byte(whole + fraction) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("amount %q is not a decimal: write digits and one point, such as 1234.50", s)
		}
	}
	if len(fraction) > decimals {
		return 0, fmt.Errorf("amount %q has %d decimals: write at most %d", s, len(fraction), decimals)
	}
	text := whole + fraction + "000000"[len(fraction):]
	if negative {
		text = "-" + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", s, ErrOverflow)
	}
	return Amount(n), nil
}

// String writes the amount as Parse reads it, with two to six decimals: "20.00", "0.0125".
func (a Amount) String() string {
	text, _ := a.AppendText(make([]byte, 0, 24))
	return string(text)
}

// AppendText appends the form that String gives. It never fails.
func (a Amount) AppendText(b []byte) ([]byte, error) {
	size := uint64(a)
	if a < 0 {
		b = append(b, '-')
		size = -size
	}
	b = strconv.AppendUint(b, size/uint64(Unit), 10)
	point := len(b)
	// Adding the unit keeps the leading zeros of the fraction; its own digit becomes the point.
	b = strconv.AppendUint(b, size%uint64(Unit)+uint64(Unit), 10)
	b[point] = '.'
	for len(b) > point+3 && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b, nil
}

// MarshalText gives a decimal string, which is how money stands in JSON and TOML. It never fails.
func (a Amount) MarshalText() ([]byte, error) { return a.AppendText(nil) }

// UnmarshalText reads what Parse reads, and leaves a alone where that is an error.
func (a *Amount) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// Add is a + b, or ErrOverflow.
func Add(a, b Amount) (Amount, error) {
	if b > 0 && a > Max-b || b < 0 && a < Min-b {
		return 0, ErrOverflow
	}
	return a + b, nil
}

// Sub is a - b, or ErrOverflow.
func Sub(a, b Amount) (Amount, error) {
	if b > 0 && a < Min+b || b < 0 && a > Max+b {
		return 0, ErrOverflow
	}
	return a - b, nil
}

// PerMinute is what the given seconds cost at a price per minute, rounded up to a millionth:
// rounding down would give away a little on every call. It returns ErrNegative where the price or
// the time is below zero, and ErrOverflow where the cost does not fit.
func PerMinute(price Amount, seconds int64) (Amount, error) {
	var m Meter
	if err := m.Add(price, seconds); err != nil {
		return 0, err
	}
	return m.Cost()
}

// Meter adds up times at prices per minute exactly, and rounds only their sum. The zero value has
// nothing in it.
type Meter struct {
	high, low uint64 // sixtieths of a millionth
}

// Add puts the given seconds at a price per minute in. It returns ErrNegative where either is below
// zero, and ErrOverflow where no cost would fit; the meter is then as before.
func (m *Meter) Add(price Amount, seconds int64) error {
	if price < 0 || seconds < 0 {
		return ErrNegative
	}
	high, low := bits.Mul64(uint64(price), uint64(seconds))
	low, carry := bits.Add64(m.low, low, 0)
	high, carry = bits.Add64(m.high, high, carry)
	if carry > 0 || high >= 60 {
		return ErrOverflow
	}
	m.high, m.low = high, low
	return nil
}

// Cost is what all of it costs, rounded up to a millionth, or ErrOverflow.
func (m *Meter) Cost() (Amount, error) {
	low, carry := bits.Add64(m.low, 59, 0)
	high := m.high + carry
	if high >= 60 {
		return 0, ErrOverflow
	}
	cost, _ := bits.Div64(high, low, 60)
	if cost > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return Amount(cost), nil
}

// Exchange turns an amount into another currency, where one unit of its own is worth the given amount, and rounds up to a millionth. It returns ErrNegative and ErrOverflow as PerMinute does.
func Exchange(a, unit Amount) (Amount, error) {
	if a < 0 || unit < 0 {
		return 0, ErrNegative
	}
	high, low := bits.Mul64(uint64(a), uint64(unit))
	low, carry := bits.Add64(low, uint64(Unit)-1, 0)
	high += carry
	if high >= uint64(Unit) {
		return 0, ErrOverflow
	}
	changed, _ := bits.Div64(high, low, uint64(Unit))
	if changed > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return Amount(changed), nil
}
