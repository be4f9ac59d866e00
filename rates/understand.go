package rates

import (
	"fmt"
	"slices"
	"strings"
)

// understand finds by their names the columns that the caller has not given; taken are those given.
func (c *candidate) understand(taken map[int]field, options *ReadOptions) {
	meanings := make([]meaning, len(c.names))
	var unclear []int
	for i, name := range c.names {
		m, ok := meaningOf(name)
		given, isTaken := taken[i]
		switch {
		case isTaken && given != fields:
			c.noteGiven(name, given, m)
		case !isTaken && !ok && isUnclear(name):
			unclear = append(unclear, i)
		}
		if !ok || isTaken || isGiven(options.Map, m.field) {
			m.field = fields
		}
		meanings[i] = m
	}
	c.settlePrefix(meanings, options.Map)
	c.settlePrice(meanings)
	best := [fields + 1]int{}
	for _, m := range meanings {
		best[m.field] = max(best[m.field], m.rank)
	}
	for i, m := range meanings {
		switch {
		case m.field == fields, m.field == routeField && m.rank < best[routeField]:
		case c.at[m.field] < 0:
			c.at[m.field] = i
			c.known++
			c.noteUnit(c.names[i], m)
		case m.field != routeField: // of several names for the destination the first will do
			c.ask(c.at[m.field], i, m.field)
		}
	}
	c.askUnclear(unclear)
	c.checkNeeded(options)
}

// askUnclear leaves the question open what columns are that may tell what calls cost.
func (c *candidate) askUnclear(columns []int) {
	if len(columns) == 0 || c.conflict != "" {
		return
	}
	var names strings.Builder
	for i, at := range columns {
		if i > 0 {
			names.WriteString(", ")
		}
		fmt.Fprintf(&names, "#%d %.40q", at+1, c.names[at])
		if i == 9 && len(columns) > 10 {
			names.WriteString(" and more")
			break
		}
	}
	first := columns[0] + 1
	c.conflict = fmt.Sprintf("not understood, and perhaps a part of what calls cost: %s: leave a column out with --map \"#%d=-\", or say what it is, such as --map connect=#%d (times are in seconds)",
		names.String(), first, first)
}

// isGiven says whether the caller has given a field, or another one that excludes it, its column.
func isGiven(given map[string]string, f field) bool {
	others := []field{f}
	switch f {
	case countryField:
		others = append(others, prefixField)
	case prefixField, cityField:
		others = []field{prefixField, cityField}
	case incrementField:
		others = []field{incrementField, firstField, nextField}
	case firstField, nextField:
		others = append(others, incrementField)
	}
	for _, other := range others {
		if name := given[fieldNames[other]]; name != "" && (name != "-" || other == f) {
			return true
		}
	}
	return false
}

// ask leaves the question open which of two columns is meant.
func (c *candidate) ask(one, other int, f field) {
	if c.conflict == "" {
		c.conflict = fmt.Sprintf("columns %.40q and %.40q can both be the %s: choose one with --map %s=#%d or --map %s=#%d",
			c.names[one], c.names[other], fieldNames[f], fieldNames[f], one+1, fieldNames[f], other+1)
	}
}

// settlePrefix decides what area and city codes are: beside the code of the country they follow it,
// and alone an area code is a whole prefix.
func (c *candidate) settlePrefix(meanings []meaning, given map[string]string) {
	whole := slices.IndexFunc(meanings, func(m meaning) bool { return m.field == prefixField && m.rank == plain })
	country := given["country"] != "" && given["country"] != "-" ||
		slices.ContainsFunc(meanings, func(m meaning) bool { return m.field == countryField })
	for i, m := range meanings {
		part := m.field == prefixField && m.rank == partial
		switch {
		case !part && m.field != cityField:
		case whole >= 0 && country:
			meanings[i].field = fields
		case whole >= 0: // is it the whole prefix, or the country's code?
			c.ask(whole, i, prefixField)
			meanings[i].field = fields
		case part && country:
			meanings[i].field = cityField
		}
	}
}

// settlePrice takes a new price and leaves the current one beside it. Any other two prices are left
// for the caller to choose from.
func (c *candidate) settlePrice(meanings []meaning) {
	isNewer := func(m meaning) bool { return m.field == priceField && m.rank == newer }
	if !slices.ContainsFunc(meanings, isNewer) {
		return
	}
	for i, m := range meanings {
		if m.field == priceField && m.rank == current {
			meanings[i].field = fields
		}
	}
}

// noteGiven does the same for a column that the caller has given. The currency of a price counts
// whatever else its name says.
func (c *candidate) noteGiven(name string, f field, m meaning) {
	if f == priceField || f == connectField {
		m.currency, m.mark, _ = currencyIn(words(name))
	}
	c.noteUnit(name, m)
}

// noteUnit keeps what the name of a column in use says of its currency or its dates.
func (c *candidate) noteUnit(name string, m meaning) {
	if m.mark != "" {
		c.marks = append(c.marks, marked{m.mark, name})
	}
	switch {
	case m.currency == "" || m.currency == c.currency:
	case c.currency == "":
		c.currency, c.currencyColumn = m.currency, name
	case c.conflict == "":
		c.conflict = fmt.Sprintf("column %.40q is in %s and column %.40q in %s: a deck has one currency", c.currencyColumn, c.currency, name, m.currency)
	}
	switch {
	case m.order == "" || m.order == c.order:
	case c.order == "":
		c.order = m.order
	case c.conflict == "":
		c.conflict = fmt.Sprintf("column %.40q has another order of day and month than the dates before it: write both in the same way", name)
	}
}

// checkNeeded says what the row lacks to be a header, or what it leaves open.
func (c *candidate) checkNeeded(options *ReadOptions) {
	needs := func(f field) {
		c.reason = fmt.Sprintf("no column for the %s among %.300q: name it %q, or say --map %s=#3 for the third column",
			fieldNames[f], c.names, fieldNames[f], fieldNames[f])
	}
	switch {
	case !c.has(prefixField) && !c.has(cityField):
		needs(prefixField)
	case !c.has(prefixField) && !c.has(countryField):
		needs(countryField)
	case !c.has(priceField):
		needs(priceField)
	case c.conflict != "":
	case c.has(incrementField) && c.has(firstField):
		c.conflict = c.twoIncrements(firstField)
	case c.has(incrementField) && c.has(nextField):
		c.conflict = c.twoIncrements(nextField)
	case c.has(firstField) && !c.has(nextField) && options.Next == 0, c.has(nextField) && !c.has(firstField) && options.First == 0:
		c.conflict = "there is a column for only one of the first and the following increments: tell the other with --increments, such as --increments 60/60"
	}
}

func (c *candidate) twoIncrements(other field) string {
	return fmt.Sprintf("columns %.40q and %.40q both tell increments: leave one out with --map increment=- or --map %s=-",
		c.names[c.at[incrementField]], c.names[c.at[other]], fieldNames[other])
}
