package rates

import (
	"errors"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

func named(t *testing.T, name string, rates ...Rate) *Deck {
	t.Helper()
	d, err := NewDeck(name, "EUR", rates)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPricesChooseDeckAndEdition(t *testing.T) {
	one := func(name string, number int, from time.Time) Edition {
		return Edition{Number: number, ValidFrom: from, Deck: named(t, name, priced("39", money.Amount(number), time.Time{}))}
	}
	p := NewPrices([]Edition{
		one("default", 1, time.Time{}), one("default", 3, noon.Add(time.Hour)), one("default", 2, noon), one("default", 4, noon.Add(time.Hour)),
		one("b", 1, noon), one("retail", 1, time.Time{}),
	}, "default",
		[]Choice{{Server: "pbx2", Trunk: "PJSIP/b-*", Deck: "b"}, {Tenant: "acme", Deck: "missing"}},
		[]Choice{{Tenant: "globex", Deck: "retail"}, {Tenant: "acme", Deck: "missing"}})
	for _, c := range []struct {
		call   Call
		at     time.Time
		deck   string
		number int
	}{
		{Call{"pbx1", "t", "PJSIP/b-1"}, noon.Add(-1), "default", 1},
		{Call{"pbx1", "t", "PJSIP/b-1"}, noon, "default", 2},
		{Call{"pbx1", "t", "PJSIP/b-1"}, noon.Add(time.Hour - 1), "default", 2},
		{Call{"pbx1", "t", "PJSIP/b-1"}, noon.Add(time.Hour), "default", 4}, // of two from one moment the later import
		{Call{"pbx2", "acme", "PJSIP/b-1"}, noon, "b", 1},
		{Call{"pbx2", "t", "PJSIP/b-1"}, noon.Add(-1), "", 0}, // its deck has not begun, and no other one stands in
		{Call{"pbx2", "t", "PJSIP/c"}, noon, "default", 2},
		{Call{"pbx1", "acme", "PJSIP/c"}, noon, "", 0},
	} {
		e, ok := p.Buying(c.call, c.at)
		if ok != (c.deck != "") || ok && (e.Deck.Name() != c.deck || e.Number != c.number) {
			t.Errorf("%+v at %s: edition %d, %v; want %s@%d", c.call, c.at, e.Number, ok, c.deck, c.number)
		}
	}
	if e, wanted, found := p.Selling(Call{Tenant: "globex"}, noon); !wanted || !found || e.Deck.Name() != "retail" {
		t.Errorf("globex buys by %+v, %v, %v", e, wanted, found)
	}
	if _, wanted, found := p.Selling(Call{Tenant: "acme"}, noon); !wanted || found {
		t.Errorf("a deck that is not there: %v, %v", wanted, found)
	}
	if _, wanted, _ := p.Selling(Call{Tenant: "t"}, noon); wanted {
		t.Error("a tenant without a selling deck has one")
	}
	if at := p.NextTakeover(noon.Add(-time.Hour)); !at.Equal(noon) {
		t.Errorf("the next edition takes over at %s", at)
	}
	if at := p.NextTakeover(noon); !at.Equal(noon.Add(time.Hour)) {
		t.Errorf("the one after it takes over at %s", at)
	}
	if at := p.NextTakeover(noon.Add(time.Hour)); !at.IsZero() {
		t.Errorf("after the last one comes another at %s", at)
	}
	if !p.Any(noon) || (*Prices)(nil).Any(noon) || NewPrices(nil, "default", nil, nil).Any(noon) {
		t.Error("Any")
	}
	if _, ok := (*Prices)(nil).Buying(Call{}, noon); ok || !(*Prices)(nil).NextTakeover(noon).IsZero() {
		t.Error("no prices have a deck")
	}
}

func TestExchanged(t *testing.T) {
	tiers, err := ParseTiers("after 60 0.05", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := priced("39", 100_000, time.Time{})
	r.Connect, r.Tiers = 50_000, tiers
	d := named(t, "carrier", r, priced("44", 1, time.Time{}))
	e, err := d.Exchanged("USD", 1_087_001)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := e.Lookup("390612345678", noon)
	if got.PerMinute != 108_701 || got.Connect != 54_351 || got.Tiers.String() != "after 60 0.054351" || e.Currency() != "USD" {
		t.Errorf("%+v %s in %s", got, got.Tiers, e.Currency())
	}
	if got, _ := e.Lookup("44", noon); got.PerMinute != 2 {
		t.Errorf("a millionth is %v", got.PerMinute)
	}
	if was, _ := d.Lookup("39", noon); was.PerMinute != 100_000 || was.Tiers.String() != "after 60 0.05" || d.Currency() != "EUR" {
		t.Errorf("the deck itself has changed: %+v %s", was, was.Tiers)
	}
	if _, err := named(t, "dear", priced("39", maxPrice, noon)).Exchanged("USD", money.Max); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("prices that do not fit: %v", err)
	}
	if _, err := d.Exchanged("IDR", maxPrice*100); err == nil {
		t.Error("prices that nobody believes pass")
	}
}

func TestLookupOfRatesThatEnd(t *testing.T) {
	base, offer, closed := priced("39", 10, time.Time{}), priced("39", 5, noon), priced("393", 0, time.Time{})
	offer.ValidUntil, closed.Closed = noon.Add(time.Hour), true
	d := newDeck(t, base, offer, closed, Rate{Prefix: "44", PerMinute: 7, First: 1, Next: 1, ValidUntil: noon})
	for at, price := range map[time.Time]money.Amount{noon.Add(-1): 10, noon: 5, noon.Add(time.Hour - 1): 5, noon.Add(time.Hour): 10} {
		if r, ok := d.Lookup("3906", at); !ok || r.PerMinute != price {
			t.Errorf("at %s: %v, %v", at, r.PerMinute, ok)
		}
	}
	if r, ok := d.Lookup("39347", noon); !ok || !r.Closed || r.Prefix != "393" {
		t.Errorf("a closed prefix is %+v, %v", r, ok)
	}
	if _, ok := d.Lookup("442", noon); ok {
		t.Error("a rate that has ended is found")
	}
}
