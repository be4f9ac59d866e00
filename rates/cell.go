package rates

import (
	"fmt"
	"strconv"
	"strings"
)

// increments are those of a row, in seconds.
type increments struct{ first, next int32 }

// readIncrements reads "60/30", also with - or + between, or "60" for both.
func readIncrements(cell string) (increments, error) {
	one, other := cell, cell
	if i := strings.IndexAny(cell, "/-+"); i > 0 {
		one, other = strings.TrimSpace(cell[:i]), strings.TrimSpace(cell[i+1:])
	}
	first, err1 := readSeconds(one, 1)
	next, err2 := readSeconds(other, 1)
	if err1 != nil || err2 != nil {
		return increments{}, fmt.Errorf("%.40q is no increment: write seconds such as 60, or 60/30", cell)
	}
	return increments{int32(first), int32(next)}, nil
}

// readSeconds reads a number of seconds, with or without a word for them behind.
func readSeconds(cell string, least int) (int, error) {
	digits := cell
	if strings.HasSuffix(cell, "s") || strings.HasSuffix(cell, "c") {
		for _, unit := range []string{"s", "sec", "secs", "seconds"} {
			if cut, found := strings.CutSuffix(cell, unit); found {
				digits = strings.TrimSpace(cut)
			}
		}
	}
	if n, err := strconv.Atoi(digits); err == nil && n >= least && n <= maxIncrement && areDigits(digits) {
		return n, nil
	}
	return 0, fmt.Errorf("%.40q: write a number of seconds from %d to %d", cell, least, maxIncrement)
}

// marker is what a row's status means.
type marker int

const (
	open marker = iota
	closed
	deleted
)

// readMarker reads what carriers note beside a price.
func readMarker(cell string) (marker, error) {
	word := strings.ToLower(strings.Join(words(cell), " "))
	switch word {
	case "new", "added", "increase", "increased", "price increase", "rate increase", "decrease", "decreased", "price decrease", "rate decrease",
		"no change", "not changed", "unchanged", "same", "current", "changed", "change", "active", "open", "opened", "available", "valid", "existing", "updated":
		return open, nil
	case "closed", "close", "blocked", "block", "barred", "not available", "unavailable", "suspended", "disabled", "inactive":
		return closed, nil
	case "deleted", "delete", "removed", "remove", "withdrawn", "discontinued", "code deleted", "code removed":
		return deleted, nil
	}
	return open, fmt.Errorf("%.40q is not known: write new, increase, decrease, unchanged, closed, blocked or deleted, or leave the column out with --map status=-", cell)
}

// noPrice says whether a cell says in words that there is no price.
func noPrice(cell string) bool {
	if cell != "" && cell[0] >= '0' && cell[0] <= '9' {
		return false
	}
	switch strings.ToLower(cell) {
	case "", "-", "--", "n/a", "na", "n.a.", "none", "closed", "blocked":
		return true
	}
	return false
}
