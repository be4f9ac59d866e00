package records

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// perSecond is what every second costs, at 0.60 a minute by the second.
const perSecond = money.Amount(10_000)

// evening is a site under way.
type evening struct {
	*site.Site
	t     *testing.T
	ctx   context.Context
	guard *site.Guard
}

// each plays a test on both Asterisks.
func each(t *testing.T, o site.Options, test func(e *evening)) {
	t.Parallel()
	for _, version := range asterisk.Versions() {
		t.Run("Asterisk "+version, func(t *testing.T) {
			t.Parallel()
			play(t, version, o, test)
		})
	}
}

// play plays a test on one Asterisk.
func play(t *testing.T, version string, o site.Options, test func(e *evening)) {
	ctx, cancel := context.WithTimeout(t.Context(), 120*time.Second)
	defer cancel()
	o.Version = version
	o.Modules = append([]string{"cdr_csv.so", "cdr_custom.so", "res_cdrel_custom.so"}, o.Modules...) // the last one does the work of the second since 22
	o.Phones = map[string][]string{"acme": {"101", "102"}}
	o.Prices = []site.Price{{Prefix: "44", Route: "United Kingdom", PerMinute: "0.60", First: 1, Next: 1}}
	o.Answers = map[string]sip.Behaviour{"004420999": {Refuse: 486}}
	s, err := site.New(ctx, program, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if t.Failed() {
			t.Log(s.Log())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	e := &evening{Site: s, t: t, ctx: ctx}
	e.begin()
	e.check(s.ImportPrices(ctx))
	test(e)
}

func (e *evening) check(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// begin starts the guard, or starts it again, and waits until nothing lives any more that it knew.
func (e *evening) begin() {
	e.t.Helper()
	var err error
	e.guard, err = e.StartGuard(e.ctx)
	e.check(err)
}

func (e *evening) settled() {
	e.t.Helper()
	e.check(e.Carrier.WaitAllEnded(e.ctx))
	e.check(e.guard.WaitStatus(e.ctx, "all legs are closed and stored", func(st web.Status) bool { return st.LiveLegs == 0 && st.Store.Waiting == 0 }))
}

func (e *evening) phone() *sip.Phone {
	e.t.Helper()
	p, err := e.Phone(e.ctx, "101")
	e.check(err)
	return p
}

// dial begins a call that the carrier answers.
func (e *evening) dial(p *sip.Phone, number string) *sip.Call {
	e.t.Helper()
	call, err := p.Dial(e.ctx, number)
	e.check(err)
	e.check(call.WaitAnswered(e.ctx))
	return call
}

// talk lets a call last; that is a length of talk, and no wait for something to happen.
func (e *evening) talk(d time.Duration) {
	select {
	case <-time.After(d):
	case <-e.ctx.Done():
	}
}

// csv is the path of what a module of Asterisk writes, once it has at least so many rows.
func (e *evening) csv(module string, rows int) string {
	e.t.Helper()
	path := filepath.Join(e.Asterisk.Folder, "log", module, "Master.csv")
	e.check(e.guard.Wait(e.ctx, fmt.Sprintf("%s has %d rows", path, rows), func() bool {
		text, _ := os.ReadFile(path)
		return strings.Count(string(text), "\n") >= rows
	}))
	return path
}

// run runs a command and reads its JSON.
func run[T any](e *evening, args ...string) (answer T) {
	e.t.Helper()
	out, err := e.Run(e.ctx, append(args, "--json")...)
	e.check(err)
	e.check(json.Unmarshal([]byte(out), &answer))
	return answer
}

// spent is what the ledger has for the day, by account.
func (e *evening) spent() map[string]money.Amount {
	e.t.Helper()
	client := e.Client()
	defer client.Close()
	rows, err := client.Ledger(e.ctx, web.LedgerQuery{Period: limits.Day})
	e.check(err)
	all := make(map[string]money.Amount)
	for _, row := range rows {
		all[row.Tenant+"/"+row.Extension] = row.Cost
	}
	return all
}

func (e *evening) total() money.Amount {
	e.t.Helper()
	total, err := money.Parse(e.Carrier.Total())
	e.check(err)
	return total
}

// costs gives what each number's leg was charged.
func (e *evening) costs() map[string]money.Amount {
	e.t.Helper()
	client := e.Client()
	defer client.Close()
	calls, err := client.Calls(e.ctx, store.CallsQuery{})
	e.check(err)
	all := make(map[string]money.Amount)
	for _, c := range calls {
		if _, twice := all["00"+c.Number]; twice {
			e.t.Errorf("there are two legs to %s", c.Number)
		}
		all["00"+c.Number] = c.Cost
	}
	return all
}

// sameAsBill holds each leg to the carrier's bill. Where a leg has two records, Asterisk cuts a second
// off each, and the leg may be charged one second more.
func (e *evening) sameAsBill(transferred ...string) {
	e.t.Helper()
	costs := e.costs()
	var total money.Amount
	for _, bill := range e.Carrier.Bills() {
		want, err := money.Parse(e.Carrier.Cost(bill))
		e.check(err)
		got, most := costs[bill.Number], want
		total += got
		for _, number := range transferred {
			if number == bill.Number {
				most += perSecond
			}
		}
		if got < want || got > most {
			e.t.Errorf("the leg to %s is charged %s, the carrier bills %s for %s", bill.Number, got, want, bill.Duration())
		}
	}
	if spent := e.spent(); len(spent) != 1 || spent["acme/101"] != total {
		e.t.Errorf("the ledger says %v, the legs come to %s", spent, total)
	}
}
