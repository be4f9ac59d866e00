package rates

import (
	"testing"
	"time"
)

// TestCarryOver: what a list prices only later, or deletes only later, goes on as it was until then.
func TestCarryOver(t *testing.T) {
	later, latest := noon.Add(24*time.Hour), noon.Add(48*time.Hour)
	old := newDeck(t, priced("39", 10, time.Time{}), priced("393", 50, time.Time{}), priced("44", 7, time.Time{}), priced("45", 8, time.Time{}))
	list := []Rate{
		priced("39", 11, time.Time{}), priced("393", 60, later), priced("393", 70, latest), priced("3934", 5, later), priced("45", 9, latest),
	}
	deleted := []Deletion{{Prefix: "44", At: later}, {Prefix: "45", At: later}, {Prefix: "46", At: later}, {Prefix: "39"}}
	all, carried := CarryOver(old, list, deleted, noon)
	if carried != 3 {
		t.Errorf("%d carried over", carried)
	}
	d := newDeck(t, all...)
	for _, c := range []struct {
		digits string
		at     time.Time
		price  int64
	}{
		{"3906", noon, 11}, {"393", noon, 50}, {"393", later, 60}, {"393", latest, 70},
		{"3934", noon, 50}, {"3934", later, 5}, // a prefix that is new is priced by the shorter one until then
		{"44", noon, 7}, {"44", later, 0}, {"45", noon, 8}, {"45", latest, 9}, {"46", noon, 0},
	} {
		if r, _ := d.Lookup(c.digits, c.at); int64(r.PerMinute) != c.price {
			t.Errorf("%s at %s costs %d, want %d", c.digits, c.at, int64(r.PerMinute), c.price)
		}
	}
	if len(list) != 5 || !list[1].ValidFrom.Equal(later) {
		t.Error("the list itself was changed")
	}
	all, carried = CarryOver(nil, list, deleted, noon)
	first := newDeck(t, all...)
	if r, _ := first.Lookup("393", noon); carried != 3 || r.PerMinute != 60 {
		t.Errorf("of a first list 393 costs %v at once, %d carried over", r.PerMinute, carried)
	}
	if r, _ := first.Lookup("393", latest); r.PerMinute != 70 {
		t.Errorf("later it costs %v", r.PerMinute)
	}
}
