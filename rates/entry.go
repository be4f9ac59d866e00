package rates

import (
	"strings"

	"github.com/fraudguard/fraudguard/money"
)

// entry is a rate while the file is read: without pointers and less than half as large, because a
// million of them are moved as they grow in number.
type entry struct {
	prefix                      packed
	perMinute, connect          money.Amount
	route, from, until, tiers   uint32 // what is known of them
	first, next, minimum, grace int32
	line                        int32
	closed, repeated            bool
}

// blockLength is how many entries stand together: a slice that grew to a million would be copied over
// and over.
const blockLength = 1 << 12

// entries are all of a file.
type entries struct {
	blocks [][]entry
	count  int
}

func (l *entries) add(e *entry) {
	if l.count%blockLength == 0 {
		l.blocks = append(l.blocks, make([]entry, 0, blockLength))
	}
	last := &l.blocks[len(l.blocks)-1]
	*last = append(*last, *e)
	l.count++
}

func (l *entries) at(i int) *entry { return &l.blocks[i/blockLength][i%blockLength] }

func (s *sheet) rateOf(e *entry, prefix string) Rate {
	r := Rate{
		Prefix: prefix, Route: s.routes.list[e.route], PerMinute: e.perMinute, Connect: e.connect,
		First: int(e.first), Next: int(e.next), Minimum: int(e.minimum), Grace: int(e.grace),
		Tiers: s.tiers.list[e.tiers], Closed: e.closed, ValidFrom: s.froms.list[e.from], ValidUntil: s.untils.list[e.until],
	}
	if e.route == 0 {
		r.Route = prefix // so that limits per route do not throw unnamed destinations together
	}
	return r
}

// known are the different values of a column, by their cells. Number 0 is that of the empty cell.
type known[T any] struct {
	list    []T
	numbers map[string]uint32
	last    string // cell of the row before, which most rows repeat
	number  uint32
}

// maxKnown bounds how many cells are remembered; what comes after is read again.
const maxKnown = 100_000

func newKnown[T any](empty T) known[T] {
	return known[T]{list: []T{empty}, numbers: make(map[string]uint32)}
}

// of gives the number of a cell, which is read where it is new.
func (k *known[T]) of(cell string, read func(cell string) (T, error)) (uint32, error) {
	if cell == "" {
		return 0, nil
	}
	if cell == k.last {
		return k.number, nil
	}
	number, found := k.numbers[cell]
	if !found {
		cell = strings.Clone(cell) // lets go of the piece of the file
		value, err := read(cell)
		if err != nil {
			return 0, err
		}
		if len(k.numbers) == maxKnown {
			clear(k.numbers)
		}
		number = uint32(len(k.list))
		k.list = append(k.list, value)
		k.numbers[cell] = number
	}
	k.last, k.number = cell, number
	return number, nil
}
