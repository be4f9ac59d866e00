package daemon

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/bill"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// Reconcile compares a carrier's bill with the ledger, leg by leg.
func (b backend) Reconcile(ctx context.Context, r web.RecordsRequest, body io.Reader) (web.BillSummary, error) {
	c, _ := b.current()
	s, err := serverNamed(c, r.Server)
	if err != nil {
		return web.BillSummary{}, err
	}
	zone, err := zoneOf(c, r.Zone)
	if err != nil {
		return web.BillSummary{}, err
	}
	told, err := bill.Read(body, r.File, bill.Options{Map: r.Map, Zone: zone})
	if err != nil {
		return web.BillSummary{}, web.Errorf(http.StatusUnprocessableEntity, "%v", err)
	}
	terms := bill.Terms{Rounding: r.Rounding, Tolerance: cmp.Or(r.Tolerance, usualTolerance), Unit: told.Unit}
	all := len(told.Rows)
	legs, err := b.legsOf(ctx, s.Name, r.Trunk, told)
	if err != nil {
		return web.BillSummary{}, err
	}
	first, last := told.Between()
	summary := web.BillSummary{Server: s.Name, File: r.File, Rows: len(told.Rows), NoLongerKept: all - len(told.Rows), Columns: told.Columns,
		Rounding: r.Rounding.String(), First: web.MomentOrNull(first), Last: web.MomentOrNull(last)}
	fact := guard.BillCompared{Seen: guard.Seen{Server: s.Name}, Source: r.File}
	numbers, calendar := numbersOf(c, s, r.Trunk), limits.NewCalendar(c.Zone)
	taken := idsOfLegs(legs)
	for _, p := range bill.Match(told.Rows, numbers, legs, r.Rounding) {
		if p.Row == nil && (p.Leg.Started.Before(first.Add(-bill.Window)) || p.Leg.Started.After(last.Add(bill.Window))) {
			continue // it is on another bill
		}
		if more := judge(&summary, p, terms); !more || !r.Apply {
			continue
		}
		if p.Leg != nil {
			fact.Charges = append(fact.Charges, correctionFor(p, calendar)...)
			continue
		}
		leg, charge := billedOnly(p.Row, numbers.Guess(p.Row.Number), s.Name, r.Trunk, calendar, taken)
		fact.Legs, fact.Charges = append(fact.Legs, leg), append(fact.Charges, charge)
	}
	for _, list := range [][]web.Difference{summary.Longer, summary.Shorter, summary.UnknownHere, summary.UnknownThere} {
		farthest(list)
	}
	dearest(summary.Dearer)
	dearest(summary.Cheaper)
	for _, charge := range fact.Charges {
		summary.Applied++
		summary.Correction += charge.Amount
	}
	if len(fact.Charges) == 0 && len(summary.Longer) == 0 {
		return summary, nil
	}
	fact.At, fact.Longer, fact.Worst = time.Now(), len(summary.Longer), evidenceOf(summary.Longer)
	return summary, b.handle(ctx, fact)
}

// legsOf gives the legs of the time of a bill, of which it leaves the calls whose legs are all kept, with their
// numbers.
func (b backend) legsOf(ctx context.Context, server, trunk string, told *bill.Bill) ([]guard.Leg, error) {
	if err := b.recorder.settled(ctx); err != nil {
		return nil, err
	}
	first, last := told.Between()
	legs, err := b.legsBetween(ctx, server, trunk, first.Add(-bill.Window-bill.Ringing), last.Add(bill.Window))
	if err != nil {
		return nil, err
	}
	c, _ := b.current()
	since, err := b.keptSince(ctx)
	if err == nil {
		since, err = wholeSince(since, legs, c.Zone)
	}
	if err != nil {
		return nil, err
	}
	kept := make([]bill.Row, 0, len(told.Rows))
	for _, row := range told.Rows {
		if !row.Start.Before(since) {
			kept = append(kept, row)
		}
	}
	if told.Rows = kept; len(kept) == 0 {
		return nil, web.Errorf(http.StatusUnprocessableEntity, "the calls before %s are no longer kept with their numbers, and the bill has no later ones: there is nothing to compare",
			since.In(c.Zone).Format(time.DateTime))
	}
	return legs, nil
}

// legsBetween gives the legs of a server, and of a trunk where one is named, that began between two
// moments, day by day so that an answer never has too many.
func (b backend) legsBetween(ctx context.Context, server, trunk string, from, to time.Time) ([]guard.Leg, error) {
	var all []guard.Leg
	for ; from.Before(to); from = from.Add(24 * time.Hour) {
		until := from.Add(24 * time.Hour)
		if until.After(to) {
			until = to
		}
		legs, err := b.store.Calls(ctx, store.CallsQuery{Server: server, Since: from, Until: until, Limit: mostLegs})
		if err != nil {
			return nil, err
		}
		if len(legs) == mostLegs {
			return nil, web.Errorf(http.StatusUnprocessableEntity, "there are %d legs or more on the day from %s: more than can be compared", mostLegs, from.Format(time.DateTime))
		}
		for _, l := range legs {
			if trunk == "" || strings.HasPrefix(l.Name, trunk+"-") || l.Name == billName("") {
				all = append(all, l)
			}
		}
	}
	return all, nil
}

// numbersOf says how the numbers of a bill may be written: as the trunk that it is for has them, where it is
// for one, or any other, or as phones of the server dial. A call that only the bill has is found again by all
// of these, whether or not the trunk is named the next time.
func numbersOf(c *config.Config, s *config.Server, trunk string) bill.Numbers {
	rules := c.Rules().Servers[s.Name]
	var plans []number.Plan
	if trunk != "" {
		plans = append(plans, rules.PlanOf(trunk))
	}
	for _, t := range rules.TrunkPlans {
		plans = append(plans, t.Plan)
	}
	return bill.NewNumbers(rules.Plan, plans...)
}

// judge puts a pair in its place, and says whether the carrier wants more for it than the ledger has.
func judge(s *web.BillSummary, p bill.Pair, terms bill.Terms) (more bool) {
	var d web.Difference
	if p.Leg != nil {
		d = differenceOf(p.Leg, 0)
		s.Cost += p.Leg.Cost
	}
	if p.Row != nil {
		d.Told, d.Billed, d.Line = p.Row.Lasted.Seconds(), p.Row.Cost, p.Row.Line
		if p.Row.Cost != nil {
			s.Billed += *p.Row.Cost
		}
	}
	switch {
	case p.Leg == nil:
		d.Number, d.Started = p.Row.Number, web.Moment(p.Row.Start)
		s.UnknownHere = append(s.UnknownHere, d)
		return p.Row.Cost != nil && *p.Row.Cost > 0
	case p.Row == nil:
		s.UnknownThere = append(s.UnknownThere, d)
	case p.Longer(terms) > 0:
		s.Longer = append(s.Longer, d)
		return true
	case p.Longer(terms) < 0:
		s.Shorter = append(s.Shorter, d)
	case p.Dearer(terms) > 0:
		s.Dearer = append(s.Dearer, d)
		return true
	case p.Dearer(terms) < 0:
		s.Cheaper = append(s.Cheaper, d)
	default:
		s.Matched++
	}
	return false
}

// correctionFor charges what the bill has more for a leg; that can be nothing. Its key is that of the
// call on the bill, whose file may have any name, and of what it costs there: a carrier can send a bill
// again with other prices.
func correctionFor(p bill.Pair, calendar limits.Calendar) []guard.Charge {
	l, seconds := p.Leg, wholeSeconds(p.Row.Lasted)
	lasted := time.Duration(seconds)*time.Second - time.Millisecond // the last second has begun
	cost := l.Rate.Cost(l.Answered, lasted)
	price := cost
	if l.Sold != nil {
		price = l.Sold.Cost(l.Answered, lasted)
	}
	kind := fmt.Sprintf("carrier-%d-%d", p.Row.Start.Unix(), p.Row.Lasted.Milliseconds())
	more := max(cost-l.Cost, 0)
	if p.Row.Cost != nil {
		kind, more = kind+"-"+p.Row.Cost.String(), *p.Row.Cost-l.Cost
	}
	unbilled := max(seconds, l.Rate.BilledSeconds(lasted)) - l.BilledSeconds
	if more <= 0 && unbilled <= 0 {
		return nil
	}
	charge := guard.Charge{
		Server: l.Server, Leg: l.ID, Kind: kind,
		Day: calendar.Window(limits.Day, l.Ended).Key, Account: l.Account, At: l.Ended,
		Amount: more, Price: max(price-l.Price, 0), BilledSeconds: max(unbilled, 0),
		International: l.International, Route: l.Rate.Route,
	}
	return []guard.Charge{charge}
}

func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func idsOfLegs(legs []guard.Leg) map[string]bool {
	ids := make(map[string]bool, len(legs))
	for i := range legs {
		ids[legs[i].ID] = true
	}
	return ids
}

// billedID is the ID of a leg that only a bill has. Its number is in it as a hash: the ID stays when the
// number is cut. Of several calls to one number in one second each gets an ID that is not taken yet.
func billedID(row *bill.Row, number string, taken map[string]bool) string {
	sum := sha256.Sum256([]byte(number))
	for n := 0; ; n++ {
		if id := fmt.Sprintf("bill:%d:%x:%d", row.Start.Unix(), sum[:6], n); !taken[id] {
			taken[id] = true
			return id
		}
	}
}

// billName is the name of a leg that only a bill has, which says what trunk the bill was for.
func billName(trunk string) string {
	if trunk == "" {
		return "bill"
	}
	return trunk + "-bill"
}

// billedOnly makes a leg of a call that only the bill has, so that the bill finds it the next time.
// Nobody knows who made it.
func billedOnly(row *bill.Row, number, server, trunk string, calendar limits.Calendar, taken map[string]bool) (guard.Leg, guard.Charge) {
	day := calendar.Window(limits.Day, row.Start).Key
	l := guard.Leg{
		Server: server, ID: billedID(row, number, taken), Name: billName(trunk),
		Account: limits.Account{Tenant: "unknown", Extension: server}, PaidBy: "only the carrier's bill has it",
		Dialled: row.Number, Number: number, Day: day, AnsweredDay: day,
		Started: row.Start, Answered: row.Start, Ended: row.Start.Add(row.Lasted), Verdict: guard.Allowed, RecordedSeconds: -1,
	}
	return l, guard.Charge{
		Server: server, Leg: l.ID, Day: day, Kind: guard.KindCall, Account: l.Account, At: l.Ended,
		Amount: *row.Cost, Price: *row.Cost, BilledSeconds: wholeSeconds(row.Lasted),
	}
}
