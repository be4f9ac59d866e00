package rates

import (
	"slices"
	"strings"
)

// builder lays a deck's trie out subtree by subtree. In the sorted order of the rates, those below
// one node stand together, so a subtree is no more than a span of that order.
type builder struct {
	deck   *Deck
	rates  []Rate
	order  []uint32
	routes map[string]uint32
	tiers  map[string]*Tiers
	terms  map[terms]uint32
}

type span struct{ from, to uint32 }

func newBuilder(d *Deck, rates []Rate, order []uint32) *builder {
	return &builder{deck: d, rates: rates, order: order, routes: make(map[string]uint32), tiers: make(map[string]*Tiers), terms: make(map[terms]uint32)}
}

func (b *builder) build() {
	d := b.deck
	d.trie = make([]uint32, nodeWords)
	b.expand(0, span{0, uint32(len(b.order))}, 0, 0)
	// What grew by appending can be a quarter larger than needed, and the deck stays for long.
	d.trie, d.versions = slices.Clone(d.trie), slices.Clone(d.versions)
	d.terms, d.routes = slices.Clone(d.terms), slices.Clone(d.routes)
}

// expand fills the node that begins at a word, whose prefix is depth digits long and ends in the
// skipped ones, from the rates in s, and appends everything below it. It goes at most maxPrefix
// levels deep.
func (b *builder) expand(at uint32, s span, depth int, skipped skip) {
	own := s.from
	for own < s.to && len(b.prefix(own)) == depth {
		own++
	}
	here := node{value: b.value(s.from, own), block: uint32(len(b.deck.trie)), digits: uint32(skipped) << skipBits}
	var below [10]child
	var leaves [10]uint32
	nodes, ends := 0, 0
	for from := own; from < s.to; {
		digit := b.prefix(from)[depth]
		to := from + 1
		for to < s.to && b.prefix(to)[depth] == digit {
			to++
		}
		bit := uint32(1) << (digit - '0')
		c := b.child(span{from, to}, depth+1)
		if len(b.prefix(to-1)) == c.depth { // the longest stand last, so nothing is below
			here.digits |= bit << leafDigits
			leaves[ends] = uint32(leafOf(b.value(from, to), c.skip))
			ends++
		} else {
			here.digits |= bit
			below[nodes] = c
			nodes++
		}
		from = to
	}
	b.deck.put(at, here)
	b.deck.trie = append(b.deck.trie, make([]uint32, nodes*nodeWords)...)
	b.deck.trie = append(b.deck.trie, leaves[:ends]...)
	for n, c := range below[:nodes] {
		b.expand(here.block+uint32(n*nodeWords), c.span, c.depth, c.skip)
	}
}

// child is a node or leaf that is to be: the rates below it, the length of its prefix, and what of
// that is skipped.
type child struct {
	span  span
	depth int
	skip  skip
}

// child finds how far all prefixes of a span, which agree in the digits before from, go on alike.
func (b *builder) child(s span, from int) child {
	first, last := b.prefix(s.from), b.prefix(s.to-1)
	depth := from
	for depth < len(first) && depth < len(last) && first[depth] == last[depth] && depth-from < maxSkip {
		depth++
	}
	return child{span: s, depth: depth, skip: skipOf(first[from:depth])}
}

func (b *builder) prefix(i uint32) string { return b.rates[b.order[i]].Prefix }

// value stores the rates from and up to to, which are the versions of one prefix.
func (b *builder) value(from, to uint32) uint32 {
	switch to - from {
	case 0:
		return 0
	case 1:
		return b.intern(from) + 1
	}
	first := uint32(len(b.deck.versions))
	for i := to; i > from; i-- {
		b.deck.versions = append(b.deck.versions, version{terms: b.intern(i - 1), last: i-1 == from})
	}
	return first | manyVersions
}

// intern gives the index of a rate's terms, which it stores once for all prefixes that share them.
func (b *builder) intern(i uint32) uint32 {
	r := &b.rates[b.order[i]]
	route, known := b.routes[r.Route]
	if !known {
		route = uint32(len(b.deck.routes))
		name := strings.Clone(r.Route) // lets go of the file's line that the name was cut from
		b.routes[name] = route
		b.deck.routes = append(b.deck.routes, name)
	}
	t := terms{
		perMinute: r.PerMinute, connect: r.Connect, from: nanos(r.ValidFrom, always), until: nanos(r.ValidUntil, never),
		tiers: b.internTiers(r.Tiers), route: route, first: int32(r.First), next: int32(r.Next),
		minimum: int32(r.Minimum), grace: int32(r.Grace), closed: r.Closed,
	}
	index, known := b.terms[t]
	if !known {
		index = uint32(len(b.deck.terms))
		b.terms[t] = index
		b.deck.terms = append(b.deck.terms, t)
	}
	return index
}

// internTiers keeps one of all tiers that say the same.
func (b *builder) internTiers(t *Tiers) *Tiers {
	if t == nil {
		return nil
	}
	key := t.String() + t.Zone().String()
	if b.tiers[key] == nil {
		b.tiers[key] = t
	}
	return b.tiers[key]
}
