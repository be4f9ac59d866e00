// Package rates holds decks, the price lists of carriers: it reads them, finds the rate of a
// number by its longest prefix, and says what a call costs at any moment.
package rates

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// maxRates bounds a deck. The largest decks that carriers send have about a million prefixes.
const maxRates = 2_000_000

// Deck is an immutable price list, safe for concurrent use.
//
// It is a trie over digits, laid out in one array in which the children of a node stand side by side:
// a node needs the place of its first child and a bit for each digit, and a child's place is the
// number of lower bits set. Most prefixes have nothing longer below them, and such a leaf is a single
// word. Digits that lead on to a single node or leaf are skipped: they stand within it. That takes 12
// bytes a node and 4 a leaf, and has nothing for the garbage collector to follow. A subtree stands
// together, leaves and all, so that the last steps of a lookup, which no cache knows beforehand, are
// few and on one page.
type Deck struct {
	name, currency string

	trie     []uint32
	versions []version
	terms    []terms
	routes   []string
	count    int
}

// node stands for a prefix that has longer ones below it. It is three words of the trie: its value,
// where its block begins, and its digits.
//
// A value is 0 for no rate, an index into terms plus 1 for the only rate of the prefix, or, with
// manyVersions set, the index in versions of its rates, newest first. The block has the nodes below,
// and behind them the leaves, each in the order of their digits.
//
// Digits has bit n set where the child for digit n is a node, and bit n+leafDigits where it is a
// leaf; above them stands the node's skip.
type node struct{ value, block, digits uint32 }

const nodeWords = 3

// node reads the one that begins at a word.
func (d *Deck) node(at uint32) node {
	w := d.trie[at : at+nodeWords]
	return node{value: w[0], block: w[1], digits: w[2]}
}

// put writes a node.
func (d *Deck) put(at uint32, n node) {
	d.trie[at], d.trie[at+1], d.trie[at+2] = n.value, n.block, n.digits
}

const (
	leafDigits = 10
	skipBits   = 20
	tenDigits  = 1<<10 - 1
)

func (n node) hasNode(bit uint32) bool { return n.digits&bit != 0 }
func (n node) hasLeaf(bit uint32) bool { return n.digits>>leafDigits&bit != 0 }
func (n node) skip() skip              { return skip(n.digits >> skipBits) }

// child is where the node for a digit's bit begins.
func (n node) child(bit uint32) uint32 { return n.block + nodeWords*below(n.digits&tenDigits, bit) }

// leaf is where the leaf for a digit's bit stands.
func (n node) leaf(bit uint32) uint32 {
	return n.block + nodeWords*below(n.digits, 1<<leafDigits) + below(n.digits>>leafDigits&tenDigits, bit)
}

// leaf stands for a prefix that has no longer ones below it: its value, with its skip in the bits
// that no value needs.
type leaf uint32

const (
	manyVersions = 1 << 31
	leafSkip     = 21

	_ = uint(1<<leafSkip - 1 - maxRates) // every value fits below the skip, or this does not compile
)

func leafOf(value uint32, s skip) leaf { return leaf(value | uint32(s)<<leafSkip) }

func (l leaf) value() uint32 { return uint32(l) & (manyVersions | 1<<leafSkip - 1) }
func (l leaf) skip() skip    { return skip(l &^ manyVersions >> leafSkip) }

// skip holds the digits between a child's own digit, which its parent knows, and the end of its
// prefix, two at most: their number in the lowest two bits, and four bits for each above it, the
// first one lowest.
type skip uint32

const maxSkip = 2

func skipOf(digits string) skip {
	s := skip(len(digits))
	for i := range len(digits) {
		s |= skip(digits[i]-'0') << (2 + 4*i)
	}
	return s
}

func (s skip) len() int { return int(s & 3) }

// leads says whether digits begin with those that are skipped.
func (s skip) leads(digits string) bool {
	if s.len() > len(digits) {
		return false
	}
	for i := range s.len() {
		if skip(digits[i]-'0') != s>>(2+4*i)&15 {
			return false
		}
	}
	return true
}

// append writes the digits out.
func (s skip) append(prefix []byte) []byte {
	for i := range s.len() {
		prefix = append(prefix, '0'+byte(s>>(2+4*i)&15))
	}
	return prefix
}

// version is one of several rates of a prefix; last marks the oldest.
type version struct {
	terms uint32
	last  bool
}

// terms are a rate without its prefix, which many prefixes share. They fill one cache line, because
// a lookup reads those of one prefix and seldom has them near.
type terms struct {
	perMinute, connect money.Amount
	from, until        int64 // as nanos makes them
	tiers              *Tiers
	route              uint32
	first, next        int32
	minimum, grace     int32
	closed             bool
}

// nanos is a bound of a rate's validity in nanoseconds since 1970; none is the zero time.
func nanos(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixNano()
}

func (t *terms) holds(at int64) bool { return t.from <= at && at < t.until }

// bound is what nanos was made of, in UTC.
func bound(nanos int64) time.Time {
	if nanos == always || nanos == never {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

const (
	always = math.MinInt64
	never  = math.MaxInt64
)

// NewDeck builds a deck from rates in any order, which it does not keep or change. The currency is
// three capital letters. Two equal rates count once. An error names the rate that fails its Check,
// or the prefix that has two different rates from the same moment on.
func NewDeck(name, currency string, rates []Rate) (*Deck, error) {
	if name == "" || len(name) > maxRoute {
		return nil, fmt.Errorf("deck name has %d bytes: write 1 to %d", len(name), maxRoute)
	}
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return nil, fmt.Errorf("deck %.40q: currency %.20q: write the three capital letters of ISO 4217, such as \"EUR\"", name, currency)
	}
	if len(rates) == 0 {
		return nil, fmt.Errorf("deck %.40q has no rates", name)
	}
	if len(rates) > maxRates {
		return nil, fmt.Errorf("deck %.40q has %d rates: at most %d", name, len(rates), maxRates)
	}
	for i := range rates {
		if err := rates[i].Check(); err != nil {
			return nil, fmt.Errorf("deck %.40q: rate of prefix %.20q: %w", name, rates[i].Prefix, err)
		}
	}
	order := ordered(rates)
	if x, y, found := conflict(rates, order); found {
		return nil, fmt.Errorf("deck %.40q: %w", name, differ(rates[x], rates[y]))
	}
	order = slices.CompactFunc(order, func(x, y uint32) bool { return compareRates(&rates[x], &rates[y]) == 0 })
	d := &Deck{name: strings.Clone(name), currency: strings.Clone(currency), count: len(order)}
	newBuilder(d, rates, order).build()
	return d, nil
}

// ordered gives the indexes of the rates by prefix and, within one, by moment.
func ordered(rates []Rate) []uint32 {
	order := make([]uint32, len(rates))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int {
		return cmp.Or(compareRates(&rates[x], &rates[y]), cmp.Compare(x, y))
	})
	return order
}

func compareRates(x, y *Rate) int {
	if c := strings.Compare(x.Prefix, y.Prefix); c != 0 {
		return c
	}
	return x.ValidFrom.Compare(y.ValidFrom)
}

// conflict finds two rates of one prefix and moment that are not the same.
func conflict(rates []Rate, order []uint32) (x, y uint32, found bool) {
	for i := 1; i < len(order); i++ {
		x, y := order[i-1], order[i]
		if compareRates(&rates[x], &rates[y]) == 0 && !same(rates[x], rates[y]) {
			return x, y, true
		}
	}
	return 0, 0, false
}

func differ(x, y Rate) error {
	if x.PerMinute != y.PerMinute {
		return fmt.Errorf("prefix %s has two prices from the same moment on, %v and %v: keep one", x.Prefix, x.PerMinute, y.PerMinute)
	}
	return fmt.Errorf("prefix %s has two rates from the same moment on, with another route, connect fee or increment: keep one", x.Prefix)
}

// Lookup finds the rate of the longest prefix of the digits that has a rate valid at that time: of
// several versions the newest that has begun and not ended. Digits end at the first byte that is none. It is
// false where no prefix fits, and allocates nothing: the rate's Prefix is a part of digits.
func (d *Deck) Lookup(digits string, at time.Time) (Rate, bool) {
	var found [maxPrefix]struct{ value, length uint32 }
	digits = digits[:min(len(digits), maxPrefix)]
	n, here := 0, d.node(0)
	for i := 0; i < len(digits); {
		digit := digits[i] - '0'
		if digit > 9 {
			break
		}
		i++
		bit := uint32(1) << digit
		if here.hasLeaf(bit) {
			l := leaf(d.trie[here.leaf(bit)])
			if l.skip().leads(digits[i:]) {
				found[n].value, found[n].length = l.value(), uint32(i+l.skip().len())
				n++
			}
			break
		}
		if !here.hasNode(bit) {
			break
		}
		here = d.node(here.child(bit))
		if !here.skip().leads(digits[i:]) {
			break
		}
		i += here.skip().len()
		if here.value != 0 {
			found[n].value, found[n].length = here.value, uint32(i)
			n++
		}
	}
	for n--; n >= 0; n-- {
		if t := d.valid(found[n].value, at.UnixNano()); t != nil {
			return d.rate(digits[:found[n].length], t), true
		}
	}
	return Rate{}, false
}

// below counts the bits of a set that are lower than the given one.
func below(set, bit uint32) uint32 { return uint32(bits.OnesCount32(set & (bit - 1))) }

// valid gives the terms of a value at a time, or nil where none holds.
func (d *Deck) valid(value uint32, at int64) *terms {
	if value&manyVersions == 0 {
		if t := &d.terms[value-1]; t.holds(at) {
			return t
		}
		return nil
	}
	for i := value &^ manyVersions; ; i++ {
		if t := &d.terms[d.versions[i].terms]; t.holds(at) {
			return t
		}
		if d.versions[i].last {
			return nil
		}
	}
}

func (d *Deck) rate(prefix string, t *terms) Rate {
	return Rate{
		Prefix: prefix, Route: d.routes[t.route],
		PerMinute: t.perMinute, Connect: t.connect,
		First: int(t.first), Next: int(t.next), Minimum: int(t.minimum), Grace: int(t.grace),
		Tiers: t.tiers, Closed: t.closed, ValidFrom: bound(t.from), ValidUntil: bound(t.until),
	}
}

// Exchanged gives the deck in another currency, one unit of the deck's own currency being worth
// the given amount of the other. Prices are rounded up to a millionth. It shares all but the prices
// with the deck it is made of. The error is money.ErrOverflow or money.ErrNegative, or names a
// price that Check would not believe.
func (d *Deck) Exchanged(currency string, unit money.Amount) (*Deck, error) {
	var failed error
	change := func(a money.Amount) money.Amount {
		changed, err := money.Exchange(a, unit)
		if err == nil && changed > maxPrice {
			err = fmt.Errorf("%v %s is %v %s: a price above %v is not believed", a, d.currency, changed, currency, maxPrice)
		}
		if failed == nil {
			failed = err
		}
		return changed
	}
	other := *d
	other.currency, other.terms = currency, slices.Clone(d.terms)
	tiers := make(map[*Tiers]*Tiers)
	for i := range other.terms {
		t := &other.terms[i]
		t.perMinute, t.connect = change(t.perMinute), change(t.connect)
		if t.tiers != nil && tiers[t.tiers] == nil {
			tiers[t.tiers] = t.tiers.with(change)
		}
		t.tiers = tiers[t.tiers]
	}
	if failed != nil {
		return nil, fmt.Errorf("deck %.40q: %w", d.name, failed)
	}
	return &other, nil
}

// Name is the name the deck was made with.
func (d *Deck) Name() string { return d.name }

// Currency is the ISO 4217 code of all prices.
func (d *Deck) Currency() string { return d.currency }

// Len is the number of rates; a prefix with two versions counts twice.
func (d *Deck) Len() int { return d.count }

// All gives every rate by prefix, the versions of one prefix newest first.
func (d *Deck) All() iter.Seq[Rate] {
	return func(yield func(Rate) bool) { d.walk(d.node(0), make([]byte, 0, maxPrefix), yield) }
}

// walk goes at most maxPrefix levels deep.
func (d *Deck) walk(here node, prefix []byte, yield func(Rate) bool) bool {
	if here.value != 0 && !d.yieldVersions(string(prefix), here.value, yield) {
		return false
	}
	for digit := range byte(10) {
		bit, longer := uint32(1)<<digit, append(prefix, '0'+digit)
		if here.hasLeaf(bit) {
			l := leaf(d.trie[here.leaf(bit)])
			if !d.yieldVersions(string(l.skip().append(longer)), l.value(), yield) {
				return false
			}
		}
		if here.hasNode(bit) {
			child := d.node(here.child(bit))
			if !d.walk(child, child.skip().append(longer), yield) {
				return false
			}
		}
	}
	return true
}

func (d *Deck) yieldVersions(prefix string, value uint32, yield func(Rate) bool) bool {
	if value&manyVersions == 0 {
		return yield(d.rate(prefix, &d.terms[value-1]))
	}
	for i := value &^ manyVersions; ; i++ {
		if !yield(d.rate(prefix, &d.terms[d.versions[i].terms])) {
			return false
		}
		if d.versions[i].last {
			return true
		}
	}
}
