package rates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// place is where an entry stands in the file.
type place struct {
	prefix packed
	index  uint32
}

// sorted orders places by their prefixes, and those of one as they were: by eleven bits at a time
// from the last on, which for a million takes a tenth of the time of comparing them.
func sorted(places []place) []place {
	const bits, digits = 11, 1 << 11
	other := make([]place, len(places))
	for shift := 0; shift < 4*maxPrefix; shift += bits {
		var from [digits]uint32
		for i := range places {
			from[places[i].prefix>>shift%digits]++
		}
		if from[0] == uint32(len(places)) { // short prefixes end in zeros
			continue
		}
		sum := uint32(0)
		for d := range from {
			from[d], sum = sum, sum+from[d]
		}
		for _, p := range places {
			d := p.prefix >> shift % digits
			other[from[d]] = p
			from[d]++
		}
		places, other = other, places
	}
	return places
}

// contradiction are two entries that say different things of one prefix and moment.
type contradiction struct{ first, here uint32 }

// compareEntries marks the entries that say the same as an earlier one, and counts them. Those that say
// something else of the same prefix and moment are refused, beside what else is wrong with the file.
func (s *sheet) compareEntries() (repeated int) {
	var wrong []contradiction
	if s.settled() {
		repeated, wrong = s.findRepeated()
	}
	slices.SortFunc(wrong, func(x, y contradiction) int { return cmp.Compare(x.here, y.here) })
	var rows []RowError
	for _, c := range wrong[:min(len(wrong), maxRowErrors+1)] {
		first, here := s.entries.at(int(c.first)), s.entries.at(int(c.here))
		reason := differ(s.rateOf(first, first.prefix.String()), s.rateOf(here, here.prefix.String()))
		rows = append(rows, RowError{Line: int(here.line), Reason: fmt.Sprintf("%v (the other is in line %d)", reason, first.line)})
	}
	s.failure.add(rows)
	return repeated
}

// makeRates makes rates of the entries, but for the repeated ones, of which there are so many.
func (s *sheet) makeRates(repeated int) []Rate {
	all := make([]Rate, 0, s.entries.count-repeated)
	var piece strings.Builder // many prefixes in one piece of memory
	var digits [maxPrefix]byte
	for i := range s.entries.count {
		e := s.entries.at(i)
		if e.repeated {
			continue
		}
		text := e.prefix.appendTo(digits[:0])
		if piece.Cap()-piece.Len() < len(text) {
			piece.Reset()
			piece.Grow(pieceLength)
		}
		from := piece.Len()
		piece.Write(text)
		all = append(all, s.rateOf(e, piece.String()[from:]))
	}
	return all
}

const pieceLength = 1 << 14

// findRepeated marks the entries that an earlier one says already, and counts them. Those that an earlier
// one contradicts come in the order of their prefixes.
func (s *sheet) findRepeated() (repeated int, wrong []contradiction) {
	places := make([]place, s.entries.count)
	ordered := true
	for i := range places {
		places[i] = place{prefix: s.entries.at(i).prefix, index: uint32(i)}
		ordered = ordered && (i == 0 || places[i-1].prefix < places[i].prefix)
	}
	if ordered {
		return 0, nil
	}
	places = sorted(places)
	for from := 0; from < len(places); {
		to := from + 1
		for to < len(places) && places[to].prefix == places[from].prefix {
			to++
		}
		if to-from > 1 {
			repeated += s.compareVersions(places[from:to], &wrong)
		}
		from = to
	}
	return repeated, wrong
}

// compareVersions compares the entries of one prefix, in the order of the file.
func (s *sheet) compareVersions(versions []place, wrong *[]contradiction) (repeated int) {
	slices.SortStableFunc(versions, func(x, y place) int {
		return s.froms.list[s.entries.at(int(x.index)).from].Compare(s.froms.list[s.entries.at(int(y.index)).from])
	})
	first := versions[0].index
	for _, v := range versions[1:] {
		earlier, here := s.entries.at(int(first)), s.entries.at(int(v.index))
		x, y := s.rateOf(earlier, earlier.prefix.String()), s.rateOf(here, here.prefix.String())
		switch {
		case !x.ValidFrom.Equal(y.ValidFrom):
			first = v.index
		case same(x, y):
			here.repeated = true
			repeated++
		default:
			*wrong = append(*wrong, contradiction{first, v.index})
		}
	}
	return repeated
}
