package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// report is what is known when the evening is over.
type report struct {
	began     time.Time
	incidents []web.Incident
	calls     []web.Call
	ledger    []web.LedgerRow
	guarded   []row // the carrier's bill by extension
	unguarded []row
	mine      money.Amount // the whole bill of the guarded carrier
	theirs    money.Amount
}

// row is a carrier's bill for the numbers of one extension.
type row struct {
	extension string
	cost      money.Amount
	seconds   int64
	calls     int
}

// look gathers everything, once the guard has written it down.
func look(ctx context.Context, s *site.Site, g *site.Guard, other *site.Site, began time.Time) (*report, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := g.WaitStatus(ctx, "everything is written down", func(st web.Status) bool {
		return st.LiveLegs == 0 && st.Store.Waiting == 0
	})
	if err != nil {
		return nil, err
	}
	client := s.Client()
	defer client.Close()
	r := &report{began: began}
	if r.incidents, err = client.Incidents(ctx, store.IncidentsQuery{}); err != nil {
		return nil, err
	}
	if r.calls, err = client.Calls(ctx, store.CallsQuery{}); err != nil {
		return nil, err
	}
	if r.ledger, err = client.Ledger(ctx, web.LedgerQuery{Period: limits.Day}); err != nil {
		return nil, err
	}
	if r.guarded, r.mine, err = billed(s.Carrier); err != nil {
		return nil, err
	}
	r.unguarded, r.theirs, err = billed(other.Carrier)
	return r, err
}

// billed reads a carrier's bill. The carrier knows no extensions, but no two dial the same number.
func billed(c *sip.Carrier) ([]row, money.Amount, error) {
	rows := []row{{extension: honest}, {extension: stolen}, {extension: pumped}, {extension: forwarded}}
	for _, bill := range c.Bills() {
		if bill.Answered.IsZero() {
			continue
		}
		cost, err := money.Parse(c.Cost(bill))
		if err != nil {
			return nil, 0, err
		}
		for i := range rows {
			if slices.Contains(numbers[rows[i].extension], bill.Number) {
				rows[i].cost += cost
				rows[i].seconds += int64(c.Billed(bill) / time.Second)
				rows[i].calls++
			}
		}
	}
	total, err := money.Parse(c.Total())
	return rows, total, err
}

func (r *report) print(w io.Writer) {
	fmt.Fprintln(w, "What happened, in seconds since the evening began:")
	fmt.Fprintln(w)
	r.timeline(w)
	fmt.Fprintln(w, "\nWho spent what today: fraudguard's ledger, the carrier's bill, and the bill of the unguarded site:")
	fmt.Fprintln(w)
	r.table(w)
	if r.theirs > 0 {
		fmt.Fprintf(w, "\nThe guarded site pays %s, the unguarded one %s for the same %s: fraudguard saved %s (%d %%).\n",
			r.mine, r.theirs, evening, r.theirs-r.mine, int64(100*(r.theirs-r.mine)/r.theirs))
	}
}

// moment is one line of the timeline.
type moment struct {
	at   time.Time
	who  string
	text string
}

func (r *report) timeline(w io.Writer) {
	var moments []moment
	for _, c := range r.calls {
		moments = append(moments, moment{c.Started, c.Extension, "dials +" + c.Number + in(c.Route)})
		if c.Ended == nil {
			continue
		}
		switch {
		case c.Verdict == "deny":
			moments = append(moments, moment{*c.Ended, c.Extension,
				fmt.Sprintf("  refused: +%s is hung up %s after dialling, unanswered", c.Number, milliseconds(c.Ended.Sub(c.Started)))})
		case c.Verdict == "cut":
			moments = append(moments, moment{*c.Ended, c.Extension,
				fmt.Sprintf("  cut: +%s after %d s billed, %s", c.Number, c.BilledSeconds, c.Cost)})
		case c.Answered != nil:
			moments = append(moments, moment{*c.Ended, c.Extension,
				fmt.Sprintf("  ends: +%s after %d s billed, %s", c.Number, c.BilledSeconds, c.Cost)})
		}
	}
	for _, i := range r.incidents {
		moments = append(moments, moment{i.At, i.Extension, fmt.Sprintf("! %s: %s -> %s", i.Rule, i.Seen, strings.Join(i.Actions, ", "))})
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return a.at.Compare(b.at) })
	for _, m := range moments {
		fmt.Fprintf(w, "%7.3f  %s  %s\n", m.at.Sub(r.began).Seconds(), m.who, m.text)
	}
}

func in(route string) string {
	if route == "" || route == "unpriced" {
		return ""
	}
	return " (" + route + ")"
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func (r *report) table(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "extension\tledger\tcarrier\tunguarded\t  who\t")
	var total money.Amount
	for i, g := range r.guarded {
		cost := r.spent(g.extension)
		total += cost
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t  %s\t\n", g.extension, cost, g.cost, r.unguarded[i].cost, who[g.extension])
	}
	fmt.Fprintf(t, "all\t%s\t%s\t%s\t\t\n", total, r.mine, r.theirs)
	t.Flush()
}

// spent is what the ledger says of an extension.
func (r *report) spent(extension string) money.Amount {
	for _, l := range r.ledger {
		if l.Extension == extension {
			return l.Cost
		}
	}
	return 0
}

// verdict says whether the evening was as promised: the ledger is the bill, thieves were stopped,
// and nobody honest was.
func (r *report) verdict() error {
	var wrong []error
	for i, g := range r.guarded {
		if got := r.spent(g.extension); got != g.cost {
			wrong = append(wrong, fmt.Errorf("the ledger of %s says %s, the carrier bills %s", g.extension, got, g.cost))
		}
		if g.extension != honest && r.unguarded[i].cost <= g.cost {
			wrong = append(wrong, fmt.Errorf("the theft on %s was not stopped", g.extension))
		}
	}
	for _, c := range r.calls {
		if (c.Extension == honest || c.Number == "112") && c.Verdict != "allow" {
			wrong = append(wrong, fmt.Errorf("the call of %s to +%s was not let through: %s", c.Extension, c.Number, c.Reason))
		}
	}
	if !slices.ContainsFunc(r.calls, func(c web.Call) bool { return c.Number == "112" && c.Answered != nil }) {
		wrong = append(wrong, errors.New("the emergency call of the blocked extension was not answered"))
	}
	return errors.Join(wrong...)
}
