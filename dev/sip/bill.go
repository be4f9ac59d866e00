package sip

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Bill is what a carrier knows about one leg.
type Bill struct {
	Number   string // as it arrived
	CallID   string
	Invited  time.Time
	Answered time.Time // zero if it was not
	Ended    time.Time // zero while it rings or is up
	EndedBy  string    // "carrier" or "customer", empty while it is not ended
	Status   int       // of the refusal, if it was refused
}

// Live tells whether the leg costs money now.
func (b Bill) Live() bool { return !b.Answered.IsZero() && b.Ended.IsZero() }

// Duration is the time from the answer to the end; zero if there was no answer or is no end yet.
func (b Bill) Duration() time.Duration {
	if b.Answered.IsZero() || b.Ended.IsZero() {
		return 0
	}
	return b.Ended.Sub(b.Answered)
}

// Tariff is a price for all numbers with a prefix. Amounts are decimal
// strings of one currency, such as "0.35".
type Tariff struct {
	Prefix      string        // of the number as it arrives
	PerMinute   string        // empty for nothing
	Connect     string        // once, at the answer; empty for nothing
	First, Next time.Duration // billing increments; zero for a second
}

func (t Tariff) check() error {
	for _, amount := range []string{t.PerMinute, t.Connect} {
		if value, err := decimal(amount); err != nil || value.Sign() < 0 {
			return fmt.Errorf("tariff %q: amount %q: use a decimal such as 0.35", t.Prefix, amount)
		}
	}
	if t.First < 0 || t.Next < 0 {
		return fmt.Errorf("tariff %q: increments are not negative", t.Prefix)
	}
	return nil
}

func decimal(amount string) (*big.Rat, error) {
	if amount == "" {
		return new(big.Rat), nil
	}
	value, ok := new(big.Rat).SetString(amount)
	if !ok || strings.ContainsAny(amount, "/eEpPxX_") {
		return nil, fmt.Errorf("amount %q is no decimal", amount)
	}
	return value, nil
}

// Billed is the time that is charged for a call of the given length: the first
// increment always, then as many whole ones as have begun.
func (t Tariff) Billed(length time.Duration) time.Duration {
	first, next := t.First, t.Next
	if first == 0 {
		first = time.Second
	}
	if next == 0 {
		next = time.Second
	}
	if length <= first {
		return first
	}
	return first + (length-first+next-1)/next*next
}

// cost is the price of an answered call in millionths, rounded up.
func (t Tariff) cost(length time.Duration) (*big.Int, error) {
	perMinute, err := decimal(t.PerMinute)
	if err != nil {
		return nil, err
	}
	connect, err := decimal(t.Connect)
	if err != nil {
		return nil, err
	}
	minutes := new(big.Rat).SetFrac64(int64(t.Billed(length)), int64(time.Minute))
	amount := minutes.Mul(minutes, perMinute)
	amount.Add(amount, connect).Mul(amount, big.NewRat(1_000_000, 1))
	up := new(big.Int).Add(amount.Num(), new(big.Int).Sub(amount.Denom(), big.NewInt(1)))
	return up.Quo(up, amount.Denom()), nil
}

func (c *Carrier) tariff(number string) Tariff {
	longest, found := -1, Tariff{}
	for _, tariff := range c.options.Tariffs {
		if strings.HasPrefix(number, tariff.Prefix) && len(tariff.Prefix) > longest {
			longest, found = len(tariff.Prefix), tariff
		}
	}
	return found
}

// millionths is what a row costs. A leg that is still up costs nothing yet.
func (c *Carrier) millionths(row Bill) *big.Int {
	if row.Answered.IsZero() || row.Ended.IsZero() {
		return new(big.Int)
	}
	amount, err := c.tariff(row.Number).cost(row.Duration())
	if err != nil {
		panic("a tariff changed after it was checked: " + err.Error())
	}
	return amount
}

// Cost is what a row of [Carrier.Bills] costs, as a decimal with six places.
// A leg that is still up costs nothing yet.
func (c *Carrier) Cost(row Bill) string { return amountString(c.millionths(row)) }

// Billed is the charged time of a row: nothing where it was not answered or is not ended.
func (c *Carrier) Billed(row Bill) time.Duration {
	if row.Answered.IsZero() || row.Ended.IsZero() {
		return 0
	}
	return c.tariff(row.Number).Billed(row.Duration())
}

// Total is the sum of all ended legs, as a decimal with six places.
func (c *Carrier) Total() string {
	sum := new(big.Int)
	for _, row := range c.Bills() {
		sum.Add(sum, c.millionths(row))
	}
	return amountString(sum)
}

func amountString(millionths *big.Int) string {
	whole, part := new(big.Int).QuoRem(millionths, big.NewInt(1_000_000), new(big.Int))
	return fmt.Sprintf("%d.%06d", whole, part)
}
