package rates

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// writtenFields are the columns that Write writes.
var writtenFields = [...]field{
	prefixField, routeField, priceField, connectField, firstField, nextField, minimumField, graceField,
	tiersField, statusField, validFromField, validUntilField, currencyField,
}

// Write writes a deck as CSV, in prefix order. Read, given the zone of the deck's tiers, reads it
// back to exactly the same rates, where their names are as Read gives them. Moments are in UTC.
func Write(w io.Writer, d *Deck) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(writtenFields))
	for i, f := range writtenFields {
		cells[i] = fieldNames[f]
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	for r := range d.All() {
		status := ""
		if r.Closed {
			status = "closed"
		}
		cells = append(cells[:0], r.Prefix, r.Route, writtenPrice(r.PerMinute), writtenPrice(r.Connect),
			strconv.Itoa(r.First), strconv.Itoa(r.Next), strconv.Itoa(r.Minimum), strconv.Itoa(r.Grace),
			r.Tiers.String(), status, writtenMoment(r.ValidFrom), writtenMoment(r.ValidUntil), d.currency)
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writtenPrice writes an amount so that nobody can take its point for one between thousands.
func writtenPrice(a money.Amount) string {
	text := a.String()
	if point := strings.IndexByte(text, '.'); len(text)-point == 4 {
		text += "0"
	}
	return text
}

func writtenMoment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
