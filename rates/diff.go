package rates

import (
	"iter"
	"slices"

	"github.com/fraudguard/fraudguard/money"
)

// Change is what happened to a rate between two decks. Old is nil where it was added, New where it
// was removed.
type Change struct {
	Prefix string `json:"prefix"`
	Old    *Rate  `json:"old"`
	New    *Rate  `json:"new"`
}

// increase is by how much the price per minute has risen.
func (c *Change) increase() money.Amount { return c.New.PerMinute - c.Old.PerMinute }

// Difference counts the rates of two decks.
type Difference struct {
	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Removed   int `json:"removed"`
	Unchanged int `json:"unchanged"`
	// Increases are the changes with the largest rise of the price per minute, at most ten, the
	// largest first.
	Increases []Change `json:"increases"`
}

const maxIncreases = 10

// Diff gives every rate that differs between two decks, in prefix order. An old deck that is nil
// has no rates.
//
// The versions of a prefix are compared with those from the same moment on. Where then one is left
// on either side, the new one has taken the place of the old.
func Diff(old, new *Deck) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		compare(old, new, func(c Change, changed bool) bool { return !changed || yield(c) })
	}
}

// Compare counts what Diff gives.
func Compare(old, new *Deck) Difference {
	var d Difference
	compare(old, new, func(c Change, changed bool) bool {
		switch {
		case !changed:
			d.Unchanged++
		case c.Old == nil:
			d.Added++
		case c.New == nil:
			d.Removed++
		default:
			d.Changed++
			d.noteIncrease(c)
		}
		return true
	})
	return d
}

// noteIncrease keeps the largest increases; of equal ones the first.
func (d *Difference) noteIncrease(c Change) {
	if c.Old.Closed || c.New.Closed || c.increase() <= 0 {
		return
	}
	at := len(d.Increases)
	for at > 0 && d.Increases[at-1].increase() < c.increase() {
		at--
	}
	if at == maxIncreases {
		return
	}
	if len(d.Increases) == maxIncreases {
		d.Increases = d.Increases[:maxIncreases-1]
	}
	d.Increases = slices.Insert(d.Increases, at, c)
}

// compare gives every rate of two decks; only those of a change have pointers to them. It goes
// through both at the same time, and ends where told false.
func compare(old, new *Deck, tell func(c Change, changed bool) bool) {
	next, stop := iter.Pull(perPrefix(old))
	defer stop()
	before, more := next()
	for after := range perPrefix(new) {
		for ; more && before[0].Prefix < after[0].Prefix; before, more = next() {
			if !comparePrefix(before, nil, tell) {
				return
			}
		}
		if !more || before[0].Prefix != after[0].Prefix {
			if !comparePrefix(nil, after, tell) {
				return
			}
			continue
		}
		if !comparePrefix(before, after, tell) {
			return
		}
		before, more = next()
	}
	for ; more; before, more = next() {
		if !comparePrefix(before, nil, tell) {
			return
		}
	}
}

// perPrefix gives the versions of each prefix, newest first, in a slice that the next one reuses.
func perPrefix(d *Deck) iter.Seq[[]Rate] {
	return func(yield func([]Rate) bool) {
		if d == nil {
			return
		}
		var versions []Rate
		for r := range d.All() {
			if len(versions) > 0 && versions[0].Prefix != r.Prefix {
				if !yield(versions) {
					return
				}
				versions = versions[:0]
			}
			versions = append(versions, r)
		}
		if len(versions) > 0 {
			yield(versions)
		}
	}
}

// comparePrefix compares the versions of one prefix.
func comparePrefix(before, after []Rate, tell func(c Change, changed bool) bool) bool {
	if len(before) == 1 && len(after) == 1 {
		return compareTwo(&before[0], &after[0], tell)
	}
	var left, right []int // those without the same moment on the other side
	o, n := 0, 0
	for o < len(before) || n < len(after) {
		switch {
		case n == len(after) || o < len(before) && before[o].ValidFrom.After(after[n].ValidFrom):
			left = append(left, o)
			o++
		case o == len(before) || after[n].ValidFrom.After(before[o].ValidFrom):
			right = append(right, n)
			n++
		default:
			if !compareTwo(&before[o], &after[n], tell) {
				return false
			}
			o++
			n++
		}
	}
	if len(left) == 1 && len(right) == 1 {
		return compareTwo(&before[left[0]], &after[right[0]], tell)
	}
	for _, i := range left {
		if was := before[i]; !tell(Change{Prefix: was.Prefix, Old: &was}, true) {
			return false
		}
	}
	for _, i := range right {
		if is := after[i]; !tell(Change{Prefix: is.Prefix, New: &is}, true) {
			return false
		}
	}
	return true
}

func compareTwo(before, after *Rate, tell func(c Change, changed bool) bool) bool {
	if before.ValidFrom.Equal(after.ValidFrom) && same(*before, *after) {
		return tell(Change{}, false)
	}
	was, is := *before, *after
	return tell(Change{Prefix: is.Prefix, Old: &was, New: &is}, true)
}
