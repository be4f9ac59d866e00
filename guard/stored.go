package guard

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
)

// storeRead takes over what other programs have set, changed and lifted in the store. What the guard has set
// itself is there under the ID that it has here, and changes nothing; nor is anything recorded of what others
// have recorded.
func (g *Guard) storeRead(f StoreRead) {
	g.readBlocks(f.Blocks)
	g.readCaps(f.Overrides)
}

func (g *Guard) readBlocks(stored []Block) {
	inStore := make(map[string]bool, len(stored))
	for _, b := range stored {
		inStore[b.ID] = true
	}
	held := make(map[string]Target, len(g.blocks))
	for _, b := range g.Blocks() {
		if !inStore[b.ID] {
			g.liftedElsewhere(b.Target)
			continue
		}
		held[b.ID] = b.Target
	}
	for _, b := range stored {
		if target, known := held[b.ID]; known {
			g.blockMoved(target, b)
		} else if b.Until.IsZero() || b.Until.After(g.now) {
			g.blockedElsewhere(b)
		}
	}
}

// blockMoved takes over another end of a block. Its target stays: the store may have had to shorten that.
func (g *Guard) blockMoved(t Target, stored Block) {
	b := *g.blocks[t]
	if b.ID != stored.ID || b.Until.Truncate(time.Microsecond).Equal(stored.Until) {
		return
	}
	b.Until, b.Reason = stored.Until, stored.Reason
	g.hold(&b)
}

// blockedElsewhere puts a block of another program in force. Of two on the same target, which two programs
// have set at the same moment, the one that lasts longer stays, and the other one is lifted: whoever unblocks
// the target later lifts what there is.
func (g *Guard) blockedElsewhere(b Block) {
	if have := g.blocks[b.Target]; have != nil {
		if !outlasts(&b, have) {
			b.Lifted, b.LiftedBy = g.now, have.Source
			g.record(b)
			return
		}
		g.unblock(b.Target, b.Source)
	}
	g.hold(&b)
	g.cutAll(ruleBlock, b.Target.String()+" was blocked by "+b.Source, b.Target.covers)
}

// outlasts says which of two blocks stays; all guards have to say the same.
func outlasts(a, b *Block) bool {
	switch {
	case a.Until.IsZero() != b.Until.IsZero():
		return a.Until.IsZero()
	case !a.Until.Truncate(time.Microsecond).Equal(b.Until.Truncate(time.Microsecond)):
		return a.Until.After(b.Until)
	}
	return a.ID > b.ID
}

// liftedElsewhere drops a block that another program has lifted or deleted.
func (g *Guard) liftedElsewhere(t Target) {
	b := g.blocks[t]
	delete(g.blocks, t)
	g.lowerFlags(b)
	g.forgive(t)
}

func (g *Guard) readCaps(stored []Override) {
	inStore := make(map[capKey]bool, len(stored))
	changed := make(map[limits.Subject]bool)
	for _, o := range stored {
		key := capKey{o.Subject, o.Kind}
		inStore[key] = true
		if have, set := g.overrides[key]; !set || have.Value != o.Value {
			changed[o.Subject] = true
		}
		g.overrides[key] = o
	}
	for key := range g.overrides {
		if !inStore[key] {
			delete(g.overrides, key)
			changed[key.Subject] = true
		}
	}
	if len(changed) > 0 {
		g.feelCaps(inOrderOf(changed))
	}
}

// inOrderOf gives subjects in a fixed order, so that the same facts always give the same effects.
func inOrderOf(set map[limits.Subject]bool) []limits.Subject {
	subjects := make([]limits.Subject, 0, len(set))
	for s := range set {
		subjects = append(subjects, s)
	}
	slices.SortFunc(subjects, func(a, b limits.Subject) int {
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.Extension, b.Extension), cmp.Compare(a.Scope, b.Scope))
	})
	return subjects
}
