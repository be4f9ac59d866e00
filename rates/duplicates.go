package rates

import (
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

// makeRates makes rates of the entries, leaving those out that say the same as an earlier one. Those
// that say something else of the same prefix and moment are refused.
func (s *sheet) makeRates() []Rate {
	places := make([]place, s.entries.count)
	ordered := true
	for i := range places {
		places[i] = place{prefix: s.entries.at(i).prefix, index: uint32(i)}
		ordered = ordered && (i == 0 || places[i-1].prefix < places[i].prefix)
	}
	repeated := 0
	if !ordered {
		repeated = s.findRepeated(sorted(places))
	}
	if len(s.failure.Rows) > 0 {
		return nil
	}
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

// findRepeated marks the entries that an earlier one says already, and counts them.
func (s *sheet) findRepeated(places []place) int {
	repeated := 0
	for from := 0; from < len(places); {
		to := from + 1
		for to < len(places) && places[to].prefix == places[from].prefix {
			to++
		}
		if to-from > 1 {
			repeated += s.compareVersions(places[from:to])
		}
		from = to
	}
	return repeated
}

// compareVersions compares the entries of one prefix, in the order of the file.
func (s *sheet) compareVersions(versions []place) int {
	slices.SortStableFunc(versions, func(x, y place) int {
		return s.froms.list[s.entries.at(int(x.index)).from].Compare(s.froms.list[s.entries.at(int(y.index)).from])
	})
	repeated := 0
	first := s.entries.at(int(versions[0].index))
	for _, v := range versions[1:] {
		here := s.entries.at(int(v.index))
		x, y := s.rateOf(first, first.prefix.String()), s.rateOf(here, here.prefix.String())
		switch {
		case !x.ValidFrom.Equal(y.ValidFrom):
			first = here
		case same(x, y):
			here.repeated = true
			repeated++
		default:
			s.refuse(int(here.line), "", "%v (the other is in line %d)", differ(x, y), first.line)
		}
	}
	return repeated
}
