package rates

import (
	"slices"
	"time"
)

// CarryOver gives the rates of a list with those that it takes for granted: where a prefix begins
// only after the moment from which the list counts, what holds until then. That is the old deck's
// rate of the very prefix. Without an old deck nothing else is known, and the prefix has its first
// rate from the beginning: a shorter prefix, which is what a lookup would take, can be far cheaper.
// What the list deletes at a later moment goes on until then too. Carried counts the rates that were
// added or begin earlier.
func CarryOver(old *Deck, list []Rate, deleted []Deletion, from time.Time) (all []Rate, carried int) {
	order := ordered(list)
	all = slices.Clone(list)
	for i, at := range order {
		first := &all[at]
		if i > 0 && list[order[i-1]].Prefix == first.Prefix || !first.ValidFrom.After(from) {
			continue
		}
		if old == nil {
			first.ValidFrom = time.Time{}
			carried++
			continue
		}
		if was, ok := old.Lookup(first.Prefix, from); ok && was.Prefix == first.Prefix {
			was.ValidUntil = first.ValidFrom
			all = append(all, was)
			carried++
		}
	}
	if old == nil || len(deleted) == 0 {
		return all, carried
	}
	priced := make(map[string]bool, len(list))
	for i := range list {
		priced[list[i].Prefix] = true
	}
	for _, d := range deleted {
		if !d.At.After(from) || priced[d.Prefix] {
			continue
		}
		if was, ok := old.Lookup(d.Prefix, from); ok && was.Prefix == d.Prefix {
			priced[d.Prefix] = true
			was.ValidUntil = d.At
			all = append(all, was)
			carried++
		}
	}
	return all, carried
}
