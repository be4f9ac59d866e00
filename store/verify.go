package store

import (
	"fmt"
	"math"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// MostDiscrepancies bounds the totals that one Verify tells of.
const MostDiscrepancies = 1000

// Proof is what Verify has compared, and what did not agree.
type Proof struct {
	// Days, Months and Routes count the totals that were compared.
	Days, Months, Routes int64
	// Pruned counts the legs of these days that are no longer kept. What they add to calls and
	// attempts is taken from the counts that were noted when they were deleted.
	Pruned int64
	// Discrepancies are in the order of table, key, account and route. There are more where the last
	// of MostDiscrepancies totals is among them: More says so.
	Discrepancies []Discrepancy
	More          bool
}

// Tables of the ledger, as discrepancies name them.
const (
	TableDay   = "day"
	TableMonth = "month"
	TableRoute = "route"
)

// Discrepancy is one figure of the ledger that is not what it has to be.
type Discrepancy struct {
	// Table is TableDay, TableMonth or TableRoute; Key is the day or the month.
	Table, Key string
	Account    limits.Account
	Route      string // of TableRoute
	// Figure is "cost", "price", "billed_seconds", "international_seconds", "calls" or "attempts".
	// The first two are in millionths.
	Figure string
	// Total is what the ledger says, Sum what its parts come to: of a day charges and legs, of a
	// month its days.
	Total, Sum int64
}

// Off is by how much the total is too high.
func (d Discrepancy) Off() int64 { return add(d.Total, -d.Sum) }

// Compare gives the figures of one row of the ledger that are not those of its parts. Totals that
// are the largest number say nothing, because they stayed there when they did not fit.
func Compare(table, route string, total, sum limits.Row) []Discrepancy {
	var found []Discrepancy
	for _, f := range [...]struct {
		name       string
		total, sum int64
	}{
		{"cost", int64(total.Cost), int64(sum.Cost)},
		{"price", int64(total.Price), int64(sum.Price)},
		{"billed_seconds", total.BilledSeconds, sum.BilledSeconds},
		{"international_seconds", total.InternationalSeconds, sum.InternationalSeconds},
		{"calls", total.Calls, sum.Calls},
		{"attempts", total.Attempts, sum.Attempts},
	} {
		if f.total != f.sum && f.total != math.MaxInt64 && f.total != -math.MaxInt64 {
			found = append(found, Discrepancy{Table: table, Key: total.Key, Account: total.Account, Route: route,
				Figure: f.name, Total: f.total, Sum: f.sum})
		}
	}
	return found
}

// Days reads the bounds of a Verify, and gives the days around them between which legs can have begun
// that were answered within.
func Days(from, to string) (earliest, latest string, err error) {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return "", "", fmt.Errorf("day %.20q is not written like 2026-11-21", from)
	}
	last, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return "", "", fmt.Errorf("day %.20q is not written like 2026-11-21", to)
	}
	return first.AddDate(0, 0, -ringing).Format(time.DateOnly), last.AddDate(0, 0, ringing).Format(time.DateOnly), nil
}

// ringing is how many days lie at most between the day of an attempt and that of its answer, either
// way: the clock may have been set in between.
const ringing = 7
