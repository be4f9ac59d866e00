package site

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/web"
)

// apart is by how much less time can pass between the answer and the end of a call where Asterisk is than
// where the carrier is, on a busy machine. Calls that end in the middle of a second do not feel it.
const apart = 200 * time.Millisecond

// Exact is the slack of legs that the guard has watched from their beginning to their end.
func Exact(string) int { return 0 }

// Whole holds the record of the guard at a socket to the carrier's bill, once all calls have ended and all
// is stored. Each answered call is a leg, and one only; it costs no less than the carrier takes, and no more
// than that and slack increments, which is 0 for a number that was watched all the time. The ledger of the
// running day, in the guard's memory and in the store, is the sum of the legs, no account has anything held,
// and "fraudguard verify" finds nothing. Each number may be dialled once, and each account has to have a cap
// on its cost per day. The error lists all that is not so.
func (s *Site) Whole(ctx context.Context, socket string, slack func(number string) int) error {
	client := web.NewClient(socket)
	defer client.Close()
	legs, err := s.Legs(ctx, socket)
	wrong := []error{err}
	var sum money.Amount
	for _, leg := range legs {
		sum += leg.Cost
	}
	for _, bill := range s.Carrier.Bills() {
		billed := bill.Duration()
		leg, known := legs[bill.Number]
		delete(legs, bill.Number)
		most := s.cost(bill) + money.Amount(slack(bill.Number))*s.increment(bill.Number)
		least := s.cost(bill)
		if earlier := bill.Ended.Add(-apart); earlier.After(bill.Answered) {
			bill.Ended = earlier
			least = s.cost(bill)
		}
		if !known && !bill.Answered.IsZero() || leg.Cost < least || leg.Cost > most {
			wrong = append(wrong, fmt.Errorf("the leg to %s is charged %s, and not from %s to %s: the carrier bills %s; known %v, %+v",
				bill.Number, leg.Cost, least, most, billed, known, leg))
		}
	}
	for number, leg := range legs {
		if leg.Cost != 0 {
			wrong = append(wrong, fmt.Errorf("the carrier knows of no call to %s: %+v", number, leg))
		}
	}
	wrong = append(wrong, s.holdsNothing(ctx, client, sum))
	if out, err := s.Run(ctx, "verify", "--socket", socket); err != nil {
		wrong = append(wrong, fmt.Errorf("%s%w", out, err))
	}
	return errors.Join(wrong...)
}

// Legs gives the legs of the guard at a socket by their numbers as the carrier has them. That a number has
// two is an error.
func (s *Site) Legs(ctx context.Context, socket string) (map[string]web.Call, error) {
	client := web.NewClient(socket)
	defer client.Close()
	found, err := client.Calls(ctx, store.CallsQuery{Limit: 100_000})
	if err != nil {
		return nil, err
	}
	legs, wrong := make(map[string]web.Call), []error(nil)
	for _, leg := range found {
		number := "00" + leg.Number
		if other, twice := legs[number]; twice {
			wrong = append(wrong, fmt.Errorf("there are two legs to %s: %+v, %+v", number, other, leg))
		}
		legs[number] = leg
	}
	return legs, errors.Join(wrong...)
}

// holdsNothing looks at what the guard's ledger has for the running day, which is to come to a sum, and to
// be what the store has. What an account has used of a cap is what it has spent and what is held for it, so
// that where nothing is held it is what the ledger has.
func (s *Site) holdsNothing(ctx context.Context, client *web.Client, sum money.Amount) error {
	rows, err := client.Ledger(ctx, web.LedgerQuery{Period: limits.Day})
	if err != nil {
		return err
	}
	var wrong []error
	var total money.Amount
	for _, row := range rows {
		total += row.Cost
		stored, err := s.stored(ctx, row)
		if err == nil && stored != row.Cost {
			err = fmt.Errorf("%s/%s has spent %s, and the store says %s", row.Tenant, row.Extension, row.Cost, stored)
		}
		wrong = append(wrong, err)
		used, err := usedBy(ctx, client, limits.Subject{Tenant: row.Tenant, Extension: row.Extension})
		if err == nil && used != row.Cost {
			err = fmt.Errorf("%s/%s has spent %s, and of its cap %s are used: the rest is held for nobody", row.Tenant, row.Extension, row.Cost, used)
		}
		wrong = append(wrong, err)
	}
	if total != sum || sum == 0 {
		wrong = append(wrong, fmt.Errorf("the ledger says %s, the legs come to %s", total, sum))
	}
	return errors.Join(wrong...)
}

// stored is what the store has in the place of a row.
func (s *Site) stored(ctx context.Context, row web.LedgerRow) (cost money.Amount, err error) {
	c, err := config.Load(s.ConfigPath())
	if err != nil {
		return 0, err
	}
	opened, err := engine.Open(ctx, c.Store.URL, c.Store.Password.Reveal())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	rows, err := opened.Ledger(ctx, store.LedgerQuery{Tenant: row.Tenant, Extension: row.Extension, Period: limits.Day, From: row.Period, To: row.Period})
	for _, r := range rows {
		cost += r.Cost
	}
	return cost, err
}

// usedBy is what an account has used of its cap on the cost per day.
func usedBy(ctx context.Context, client *web.Client, account limits.Subject) (money.Amount, error) {
	caps, err := client.Caps(ctx, &account)
	if err != nil {
		return 0, err
	}
	for _, c := range caps {
		if c.Cap == limits.CostPerDay.String() && c.Used != nil {
			return money.Parse(*c.Used)
		}
	}
	return 0, fmt.Errorf("%s has no cap on its cost per day, so that nobody sees what is held for it", account)
}

// CapHeld looks at what the carrier bills for the numbers with a prefix: that is a cap, but for as many
// increments, which had begun, or of which no whole one was left.
func (s *Site) CapHeld(prefix string, most money.Amount, increments int) error {
	var sum money.Amount
	for _, bill := range s.Carrier.Bills() {
		if strings.HasPrefix(bill.Number, prefix) {
			sum += s.cost(bill)
		}
	}
	if room := money.Amount(increments) * s.increment(prefix); sum > most+room || sum < most-room {
		return fmt.Errorf("the calls to %s came to %s, the cap is %s", prefix, sum, most)
	}
	return nil
}

// cost is what the carrier takes for a call.
func (s *Site) cost(bill sip.Bill) money.Amount {
	amount, err := money.Parse(s.Carrier.Cost(bill))
	if err != nil {
		panic(err) // the carrier has added it up itself
	}
	return amount
}

// increment is the price of the first increment of a call.
func (s *Site) increment(number string) money.Amount {
	began := time.Now()
	return s.cost(sip.Bill{Number: number, Answered: began, Ended: began.Add(time.Nanosecond)})
}
