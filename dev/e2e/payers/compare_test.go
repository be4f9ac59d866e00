package payers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/web"
)

// bill is a row of one of the carriers' bills.
type bill struct {
	sip.Bill
	carrier *sip.Carrier
	second  bool
}

// where is the number as the shape writes it: that of the second carrier has its trunk before it.
func (b bill) where() string {
	if b.second {
		return "backup " + b.Number
	}
	return b.Number
}

// owed is a sum of billed legs.
type owed struct {
	seconds int64
	cost    money.Amount
}

// bills are all rows of this shape, in the order of the calls.
func (p *play) bills() []bill {
	var rows []bill
	for _, carrier := range []*sip.Carrier{p.Carrier, p.backup} {
		for _, row := range carrier.Bills() {
			if strings.HasPrefix(e164(row.Number), p.digits()) {
				rows = append(rows, bill{row, carrier, carrier == p.backup})
			}
		}
	}
	slices.SortFunc(rows, func(a, b bill) int { return a.Invited.Compare(b.Invited) })
	return rows
}

// e164 are the digits of a number as the carrier gets it.
func e164(number string) string { return strings.TrimPrefix(strings.TrimPrefix(number, "00"), "+") }

// compare holds the guard's calls and ledger to the carriers' bills, leg by leg.
func (p *play) compare() {
	p.t.Helper()
	p.wait("all legs have ended", func() bool {
		return !slices.ContainsFunc(p.bills(), func(b bill) bool { return b.Ended.IsZero() })
	})
	bills := p.bills()
	if len(bills) == 0 {
		p.t.Fatal("the carrier was not called")
	}
	var calls []web.Call
	p.wait("the guard has closed all legs", func() bool {
		calls = p.calls()
		return len(calls) == len(bills) && !slices.ContainsFunc(calls, func(c web.Call) bool { return c.Ended == nil })
	})
	spent := make(map[string]owed)
	for _, b := range bills {
		i := slices.IndexFunc(calls, func(c web.Call) bool { return c.Number == e164(b.Number) })
		if i < 0 {
			p.t.Fatalf("the guard has no leg for %s", b)
		}
		who := p.sameLeg(b, calls[i])
		calls = slices.Delete(calls, i, i+1)
		sum := spent[who]
		sum.seconds += int64(b.carrier.Billed(b.Bill) / time.Second)
		sum.cost += amount(p.t, b.carrier.Cost(b.Bill))
		spent[who] = sum
	}
	p.mu.Lock()
	for who, sum := range spent {
		all := p.owed[who]
		p.owed[who] = owed{all.seconds + sum.seconds, all.cost + sum.cost}
	}
	p.mu.Unlock()
	for _, row := range p.ledger(p.ctx, p.t, "--tenant", p.tenant()) {
		who := row.Tenant + "/" + row.Extension
		if want := spent[who]; row.Cost != want.cost || row.BilledSeconds != want.seconds {
			p.t.Errorf("the ledger charges %s %s for %d s; the carrier bills it %s for %d s", who, row.Cost, row.BilledSeconds, want.cost, want.seconds)
		}
	}
}

// sameLeg holds one call of the guard to its row in the carrier's bill, and says who has to pay.
func (p *play) sameLeg(b bill, c web.Call) string {
	p.t.Helper()
	var who string
	for number, payer := range p.shape.pays {
		if p.Replace(number) == b.where() {
			who = p.account(payer)
		}
	}
	if who == "" {
		p.t.Fatalf("a leg went to %s, which is no number of this shape", b.Number)
	}
	if got := c.Tenant + "/" + c.Extension; got != who || c.Number != e164(b.Number) {
		p.t.Errorf("the leg to %s is paid by %s, not by %s (the guard says that it went to %s)", b.Number, got, who, c.Number)
	}
	billed, cost := int64(b.carrier.Billed(b.Bill)/time.Second), amount(p.t, b.carrier.Cost(b.Bill))
	if c.BilledSeconds != billed || c.Cost != cost || (c.Answered != nil) == b.Answered.IsZero() {
		p.t.Errorf("the guard charges %d s, %s for %s; the carrier bills %d s, %s", c.BilledSeconds, c.Cost, b, billed, cost)
	}
	if free := slices.ContainsFunc(p.shape.unpaid, func(n string) bool { return p.Replace(n) == b.where() }); free != (billed == 0) {
		p.t.Errorf("the carrier billed %d s for the leg to %s", billed, b.Number)
	}
	return who
}

// calls are the guard's legs of this shape, in the order of the calls.
func (p *play) calls() []web.Call {
	p.t.Helper()
	var all []web.Call
	decode(p.ctx, p.t, p.stage, &all, "calls", "--json", "--limit", "1000")
	all = slices.DeleteFunc(all, func(c web.Call) bool { return !strings.HasPrefix(e164(c.Number), p.digits()) })
	// Asterisk counts its channels: "1795282171.94".
	slices.SortFunc(all, func(a, b web.Call) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (s *stage) ledger(ctx context.Context, t *testing.T, args ...string) []web.LedgerRow {
	t.Helper()
	var rows []web.LedgerRow
	decode(ctx, t, s, &rows, append([]string{"ledger", "--json"}, args...)...)
	return rows
}

// nothingElse holds the whole ledger to what all shapes together owe.
func (s *stage) nothingElse(t *testing.T) {
	t.Helper()
	for _, row := range s.ledger(t.Context(), t) {
		who := row.Tenant + "/" + row.Extension
		if want := s.owed[who]; row.Cost != want.cost || row.BilledSeconds != want.seconds {
			t.Errorf("in the end %s is charged %s for %d s; the carrier bills %s for %d s", who, row.Cost, row.BilledSeconds, want.cost, want.seconds)
		}
		delete(s.owed, who)
	}
	for who, sum := range s.owed {
		if sum.cost != 0 {
			t.Errorf("%s owes %s, and is not in the ledger", who, sum.cost)
		}
	}
}

// decode runs a command of fraudguard that prints JSON.
func decode(ctx context.Context, t *testing.T, s *stage, into any, args ...string) {
	t.Helper()
	out, err := s.Run(ctx, args...)
	if err == nil {
		err = json.Unmarshal([]byte(out), into)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("fraudguard %s: %w\n%s", strings.Join(args, " "), err, out))
	}
}

func amount(t *testing.T, text string) money.Amount {
	t.Helper()
	a, err := money.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
