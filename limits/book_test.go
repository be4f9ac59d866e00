package limits

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

var (
	acme101 = Account{"acme", "101"}
	acme102 = Account{"acme", "102"}
	noon    = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

func caps(extension, tenantDay, tenantMonth money.Amount) Caps {
	return Caps{Values: map[Subject]Values{
		{Scope: PerExtension}: {CostPerDay: Value(extension)},
		{Scope: PerTenant}:    {CostPerDay: Value(tenantDay), CostPerMonth: Value(tenantMonth)},
	}}
}

func TestAdmit(t *testing.T) {
	c := caps(2*money.Unit, 3*money.Unit, 100*money.Unit)
	c.Values[Subject{}][RouteCostPerMinute] = 500_000
	b := NewBook(NewCalendar(time.UTC), c, noon)
	cheap := rates.Rate{PerMinute: 500_000, First: 60, Next: 60}
	if r, ok := b.Admit(&Leg{Account: acme101, Rate: rates.Rate{PerMinute: 500_001, First: 1, Next: 1}}, noon, time.Hour); ok || r.Rule() != RouteCap {
		t.Errorf("a dearer route is admitted: %+v", r)
	}
	// Four ringing legs hold the whole cap, before one of them has cost anything.
	for range 4 {
		if r, ok := b.Admit(&Leg{Account: acme101, Rate: cheap}, noon, time.Hour); !ok {
			t.Fatalf("refused within the cap: %+v", r)
		}
		b.Add(&Leg{Account: acme101, Rate: cheap})
	}
	r, ok := b.Admit(&Leg{Account: acme101, Rate: cheap}, noon, time.Hour)
	if ok || r.Rule() != "caps.extension.cost_per_day" || r.Held != Value(2*money.Unit) || r.Spent != 0 || r.Needed != 500_000 {
		t.Errorf("a leg beyond the cap: %+v, %v", r, ok)
	}
	// The tenant's cap counts besides, and the extension that reaches it is another one.
	for range 2 {
		if r, ok := b.Admit(&Leg{Account: acme102, Rate: cheap}, noon, time.Hour); !ok {
			t.Fatalf("refused within the cap: %+v", r)
		}
		b.Add(&Leg{Account: acme102, Rate: cheap})
	}
	if r, ok := b.Admit(&Leg{Account: acme102, Rate: cheap}, noon, time.Hour); ok || r.Rule() != "caps.tenant.cost_per_day" || r.Account != (Account{Tenant: "acme"}) {
		t.Errorf("a leg beyond the tenant's cap: %+v, %v", r, ok)
	}
	if _, ok := b.Admit(&Leg{Account: Account{"globex", "201"}, Rate: cheap}, noon, time.Hour); !ok {
		t.Error("another tenant pays for it")
	}
	// The next day begins with nothing spent.
	b.Post(acme101, "2026-11-21", Usage{Cost: 2 * money.Unit}, noon)
	if got := b.Spent(acme101, Day, noon.AddDate(0, 0, 1)); got != 0 {
		t.Errorf("the next day begins with %s spent", got)
	}
	if got := b.Spent(Account{Tenant: "acme"}, Month, noon.AddDate(0, 0, 1)); got != 2*money.Unit {
		t.Errorf("the month has %s spent", got)
	}
}

// TestFits: the price of a route is held to the nearest cap, also where it is not known who pays.
func TestFits(t *testing.T) {
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{
		{}: {RouteCostPerMinute: 100}, {PerExtension, "acme", ""}: {RouteCostPerMinute: 200},
		{PerExtension, "acme", "101"}: {RouteCostPerMinute: Unlimited}, {PerTenant, "globex", ""}: {RouteCostPerMinute: 50},
	}}, noon)
	for _, c := range []struct {
		account Account
		price   money.Amount
		fits    bool
	}{
		{Account{}, 100, true}, {Account{}, 101, false}, {Account{Tenant: "acme"}, 200, true}, {Account{Tenant: "acme"}, 201, false},
		{acme102, 201, false}, {acme101, 201, true}, {Account{"globex", "201"}, 51, false}, {Account{"globex", "201"}, 50, true},
	} {
		r, fits := b.Fits(&Leg{Account: c.account, Rate: rates.Rate{PerMinute: c.price, First: 1, Next: 1}}, noon, time.Hour)
		if fits != c.fits || !fits && r.Rule() != RouteCap {
			t.Errorf("%s at %s fits: %v, %s", c.account, c.price, fits, r.Rule())
		}
	}
}

// TestUnusualLegs: a refused leg holds nothing while it rings, and an exempt one is never ended.
func TestUnusualLegs(t *testing.T) {
	b := NewBook(NewCalendar(time.UTC), caps(money.Unit, money.Unit, money.Unit), noon)
	dear := rates.Rate{PerMinute: 60 * money.Unit, First: 1, Next: 1}
	refused := &Leg{Account: acme101, Rate: dear, Refused: true}
	b.Add(refused)
	if _, ok := b.Admit(&Leg{Account: acme101, Rate: rates.Rate{PerMinute: 60 * money.Unit, First: 1, Next: 1}}, noon, time.Hour); !ok {
		t.Error("a refused leg holds money")
	}
	b.Answer(refused, noon)
	if _, ok := b.Admit(&Leg{Account: acme101, Rate: rates.Rate{PerMinute: 1, First: 1, Next: 1}}, noon, time.Hour); ok {
		t.Error("a refused leg that was answered all the same is free")
	}
	exempt := &Leg{Account: acme101, Rate: dear, Answered: noon, Exempt: true}
	b.Add(exempt)
	for _, d := range b.Deadlines("acme", noon.Add(time.Minute), time.Hour) {
		if d.Leg == exempt && (d.Cap != nil || !d.At.Equal(noon.Add(time.Minute+time.Hour))) {
			t.Errorf("an exempt leg is to end at %s", d.At)
		}
	}
}

// TestDeadlines: whatever legs there are, if each ends at its deadline no cap is broken. A leg
// that is alone could not begin one increment more.
func TestDeadlines(t *testing.T) {
	zones := []string{"UTC", "Europe/Rome", "America/Sao_Paulo", "Asia/Kolkata"}
	rapid.Check(t, func(t *rapid.T) {
		calendar := NewCalendar(zone(t, rapid.SampledFrom(zones).Draw(t, "zone")))
		now := time.Unix(1_540_000_000+rapid.Int64Range(0, 20_000_000).Draw(t, "now"), 0)
		amount := func(name string) money.Amount { return money.Amount(rapid.Int64Range(0, 40_000_000).Draw(t, name)) }
		limits := caps(amount("extension cap"), amount("day cap"), amount("month cap"))
		limits.Count = rapid.SampledFrom([]Money{Cost, Price}).Draw(t, "count")
		b := NewBook(calendar, limits, now)
		horizon := time.Duration(rapid.IntRange(1, 240).Draw(t, "horizon")) * time.Minute
		for i := range rapid.IntRange(1, 6).Draw(t, "legs") {
			l := &Leg{Account: Account{"acme", fmt.Sprint(101 + rapid.IntRange(0, 1).Draw(t, "extension"))}, Rate: tiered(t)}
			if rapid.Bool().Draw(t, "sold") {
				sold := tiered(t)
				l.Sold = &sold
			}
			if _, ok := b.Admit(l, now, time.Hour); !ok {
				continue
			}
			if rapid.Bool().Draw(t, "answered") {
				// Only as long ago as it can afford, or it would have been cut before.
				l.Answered = now.Add(-time.Duration(rapid.IntRange(0, 900).Draw(t, fmt.Sprint("ago", i))) * time.Second)
			}
			b.Add(l)
			if !fit(b, calendar, limits, acmes(b), now, func(l *Leg) time.Time { return now }) {
				b.End(l, l.Answered)
				return // the draw itself breaks a cap
			}
		}
		deadlines := b.Deadlines("acme", now, horizon)
		at := make(map[*Leg]time.Time)
		for _, d := range deadlines {
			if d.At.Before(now) || d.At.After(now.Add(horizon)) {
				t.Fatalf("a deadline %s is outside of %s and the horizon %s", d.At, now, horizon)
			}
			at[d.Leg] = d.At
		}
		if !fit(b, calendar, limits, acmes(b), now, func(l *Leg) time.Time { return at[l] }) {
			t.Fatalf("all legs end at their deadlines, and a cap is broken: %+v", deadlines)
		}
		tight(t, b, calendar, limits, now, deadlines, at)
	})
}

// acmes gives the live legs of the tenant acme.
func acmes(b *Book) []*Leg {
	if p := b.live[Account{Tenant: "acme"}]; p != nil {
		return p.legs
	}
	return nil
}

// tight checks a deadline that a cap sets for a leg that is alone.
func tight(t *rapid.T, b *Book, c Calendar, limits Caps, now time.Time, deadlines []Deadline, at map[*Leg]time.Time) {
	for _, d := range deadlines {
		if r := d.Leg.rate(limits.Count); d.Cap == nil || r.PerMinute == 0 || r.Tiers != nil || len(deadlines) > 1 {
			continue // an increment that is free need not end the leg, and does not
		}
		longer := func(l *Leg) time.Time { return at[l].Add(time.Microsecond) }
		if fit(b, c, limits, acmes(b), now, longer) {
			t.Fatalf("the deadline %s is needlessly early", d.At)
		}
	}
}

// fit adds up, window by window and increment by increment, what the legs cost up to their ends,
// and holds it to the caps.
func fit(b *Book, c Calendar, limits Caps, legs []*Leg, now time.Time, end func(*Leg) time.Time) bool {
	spent := make(map[string]money.Amount)
	for _, l := range legs {
		from, r := l.from(now), l.rate(limits.Count)
		for offset := time.Duration(0); offset == 0 || from.Add(offset).Before(end(l)); {
			next := offset + time.Duration(r.Next)*time.Second
			if offset == 0 {
				next = time.Duration(r.First) * time.Second
			}
			price := r.Cost(from, next) - r.Cost(from, offset)
			if offset == 0 {
				price = r.Cost(from, 0)
			}
			moment := from.Add(offset)
			spent["e"+l.Account.Extension+c.Window(Day, moment).Key] += price
			spent["d"+c.Window(Day, moment).Key] += price
			spent["m"+c.Window(Month, moment).Key] += price
			offset = next
		}
	}
	for key, amount := range spent {
		switch {
		case key[0] == 'e' && Value(amount) > limits.Values[Subject{}][CostPerDay],
			key[0] == 'd' && Value(amount) > limits.Values[Subject{Scope: PerTenant}][CostPerDay],
			key[0] == 'm' && Value(amount) > limits.Values[Subject{Scope: PerTenant}][CostPerMonth]:
			return false
		}
	}
	return true
}

// tiered draws a rate, often with other prices at some hours or after some time.
func tiered(t *rapid.T) rates.Rate {
	text := rapid.SampledFrom([]string{"", "", "after 120 2.5", "00:00-06:00 0.01 | after 300 0.5", "sat,sun 0"}).Draw(t, "tiers")
	tiers, err := rates.ParseTiers(text, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return rates.Rate{
		PerMinute: money.Amount(rapid.Int64Range(0, 3_000_000).Draw(t, "price")),
		Connect:   money.Amount(rapid.Int64Range(0, 100_000).Draw(t, "connect")),
		First:     rapid.SampledFrom([]int{1, 30, 60}).Draw(t, "first"), Next: rapid.SampledFrom([]int{1, 6, 60}).Draw(t, "next"),
		Tiers: tiers,
	}
}

// TestChargesAddUp: however a call lies over midnights, of days that have 23, 24 or 25 hours or
// begin at 01:00, its charges are together what it costs, to the last millionth.
func TestChargesAddUp(t *testing.T) {
	zones := []string{"Europe/Rome", "America/Sao_Paulo", "Asia/Beirut", "Asia/Kolkata", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		c := NewCalendar(zone(t, rapid.SampledFrom(zones).Draw(t, "zone")))
		answered := time.Unix(1_540_000_000+rapid.Int64Range(0, 20_000_000).Draw(t, "answered"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		length := time.Duration(rapid.Int64Range(0, int64(72*time.Hour)).Draw(t, "length"))
		sold := tiered(t)
		sold.Grace, sold.Minimum = rapid.SampledFrom([]int{0, 6}).Draw(t, "grace"), rapid.SampledFrom([]int{0, 45}).Draw(t, "minimum")
		l := &Leg{Account: acme101, Rate: tiered(t), Sold: &sold}
		b := NewBook(c, Caps{}, answered)
		b.Add(l)
		b.Answer(l, answered)
		var cost, price money.Amount
		var seconds int64
		for _, charge := range b.End(l, answered.Add(length)) {
			cost += charge.Amount
			price += charge.Price
			seconds += charge.BilledSeconds
			if charge.Amount < 0 || charge.Price < 0 || charge.BilledSeconds < 0 {
				t.Fatalf("a negative charge: %+v", charge)
			}
		}
		if want := l.Rate.Cost(answered, length); cost != want || seconds != l.Rate.BilledSeconds(length) {
			t.Fatalf("charged %s for %d s, the call costs %s for %d s", cost, seconds, want, l.Rate.BilledSeconds(length))
		}
		if want := sold.Cost(answered, length); price != want {
			t.Fatalf("charged %s to the tenant, the call is sold for %s", price, want)
		}
	})
}

// TestMidnights: the increment that begins at midnight belongs to the new day, whenever that is.
func TestMidnights(t *testing.T) {
	for _, c := range []struct {
		zone     string
		answered time.Time // an hour before midnight
		day      string
	}{
		{"UTC", time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC), "2026-11-22"},
		{"Asia/Kolkata", time.Date(2026, 11, 21, 17, 30, 0, 0, time.UTC), "2026-11-22"},
		{"Asia/Beirut", time.Date(2026, 3, 28, 21, 0, 0, 0, time.UTC), "2026-03-29"},      // begins at 01:00
		{"America/Havana", time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC), "2026-11-01"},    // 00:00 to 01:00 comes twice
		{"America/Sao_Paulo", time.Date(2018, 11, 4, 2, 0, 0, 0, time.UTC), "2018-11-04"}, // begins at 01:00
	} {
		b := NewBook(NewCalendar(zone(t, c.zone)), Caps{}, c.answered)
		l := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: money.Unit, First: 60, Next: 60}}
		b.Add(l)
		b.Answer(l, c.answered)
		charges := b.End(l, c.answered.Add(time.Hour+time.Second))
		if len(charges) != 2 || charges[0].BilledSeconds != 3600 || charges[1].Day != c.day || charges[1].BilledSeconds != 60 {
			t.Errorf("%s: %+v", c.zone, charges)
		}
	}
}

// TestCapsCountPrice: what the tenant pays fills the caps, where they count that.
func TestCapsCountPrice(t *testing.T) {
	c := Caps{Count: Price, Values: map[Subject]Values{{}: {CostPerDay: Value(2 * money.Unit)}}}
	b := NewBook(NewCalendar(time.UTC), c, noon)
	sold := &rates.Rate{PerMinute: money.Unit, First: 60, Next: 60}
	l := &Leg{Account: acme101, Rate: rates.Rate{PerMinute: 1, First: 1, Next: 1}, Sold: sold}
	b.Add(l)
	b.Answer(l, noon)
	if got := ends(b, noon, time.Hour)[l]; got != 2*time.Minute {
		t.Errorf("the leg may go on for %s", got)
	}
	if charge := b.End(l, noon.Add(time.Minute))[0]; charge.Price != money.Unit || charge.Amount != 1 {
		t.Errorf("charged %+v", charge)
	}
	if got := b.Spent(acme101, Day, noon); got != money.Unit {
		t.Errorf("spent %s", got)
	}
	if r, ok := b.Admit(&Leg{Account: acme101, Rate: l.Rate, Sold: &rates.Rate{PerMinute: 2 * money.Unit, First: 60, Next: 60}}, noon, time.Hour); ok {
		t.Errorf("a leg that is sold too dear is admitted: %+v", r)
	}
	if _, ok := b.Admit(&Leg{Account: acme101, Rate: rates.Rate{PerMinute: 9 * money.Unit, First: 60, Next: 60}, Sold: sold}, noon, time.Hour); !ok {
		t.Error("the cost fills a cap on the price")
	}
}

// TestGrace: a call that would be free if it ended at once is still asked for its first increment.
func TestGrace(t *testing.T) {
	b := NewBook(NewCalendar(time.UTC), Caps{Values: map[Subject]Values{{}: {CostPerDay: Value(money.Unit)}}}, noon)
	r := rates.Rate{PerMinute: money.Unit, First: 60, Next: 60, Grace: 6}
	first := &Leg{Account: acme101, Rate: r}
	if _, ok := b.Admit(first, noon, time.Hour); !ok {
		t.Fatal("refused within the cap")
	}
	b.Add(first)
	if r, ok := b.Admit(&Leg{Account: acme101, Rate: r}, noon, time.Hour); ok {
		t.Errorf("the first increment of a ringing leg is not held: %+v", r)
	}
	b.Answer(first, noon)
	second := &Leg{Account: acme101, Rate: r, Answered: noon}
	b.Add(second)
	if got := ends(b, noon, time.Hour); got[first] != 5*time.Second && got[second] != 5*time.Second {
		t.Errorf("the legs may go on for %v", got)
	}
	if charge := b.End(second, noon.Add(5*time.Second))[0]; charge.Amount != 0 || charge.BilledSeconds != 0 {
		t.Errorf("a call within the grace is charged %+v", charge)
	}
}
