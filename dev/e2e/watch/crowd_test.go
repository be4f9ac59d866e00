package watch

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
)

// crowd is how many calls begin at once, and fits how many of them the cap has room for: each costs
// 1.80 as soon as it is answered.
const crowd, fits = 50, 10

// TestCrowd: fifty calls at once of one extension, and of one tenant, under a cap that has room for
// ten. Whatever their order, just ten are answered, and the carrier bills the cap to the last cent.
func TestCrowd(t *testing.T) {
	for _, test := range []struct {
		name       string
		ask        bool
		extensions []string
		cap        string
	}{
		{"an extension that asks", true, []string{"101"}, "[caps.extension]\ncost_per_day = \"18.00\"\n"},
		{"an extension that is watched", false, []string{"101"}, "[caps.extension]\ncost_per_day = \"18.00\"\n"},
		{"a tenant that asks", true, []string{"101", "102", "103", "104", "105"}, "[caps.tenant]\ncost_per_day = \"18.00\"\n"},
		{"a tenant that is watched", false, []string{"101", "102", "103", "104", "105"}, "[caps.tenant]\ncost_per_day = \"18.00\"\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
				g := begin(t, ctx, s)
				if test.ask {
					asking(t, ctx, s, g)
				}
				phones := make([]*sip.Phone, len(test.extensions))
				for i, extension := range test.extensions {
					phones[i] = must[*sip.Phone](t)(s.Phone(ctx, extension))
				}
				answered := callAtOnce(t, ctx, phones)
				if len(answered) != fits {
					t.Errorf("%d of %d calls were answered, the cap has room for %d", len(answered), crowd, fits)
				}
				if asked := len(s.Carrier.Bills()); test.ask && asked != fits {
					t.Errorf("%d calls reached the carrier", asked)
				}
				for _, call := range answered {
					check(t, call.Hangup())
				}
				settled(t, ctx, s, g)
				if billed, charged := amount(t, s.Carrier.Total()), ledger(t, ctx, s, ""); billed != amount(t, "18.00") || charged != billed {
					t.Errorf("the carrier bills %s, the ledger says %s, the cap is 18.00", billed, charged)
				}
			}, site.Options{Ask: test.ask, Rules: test.cap + "[abuse.repeated_number]\ncalls = 0\n", Phones: map[string][]string{"acme": test.extensions},
				Answers: map[string]sip.Behaviour{"00371": {RingFor: 8 * time.Second}}})
		})
	}
}

// callAtOnce dials from all phones in turns, each call another number, and gives the calls that were
// answered once all of them have been answered or refused.
func callAtOnce(t *testing.T, ctx context.Context, phones []*sip.Phone) []*sip.Call {
	var mu sync.Mutex
	var answered []*sip.Call
	var calls sync.WaitGroup
	for i := range crowd {
		calls.Go(func() {
			call, err := phones[i%len(phones)].Dial(ctx, fmt.Sprintf("00371%08d", 20000000+i))
			if err != nil {
				t.Error(err)
				return
			}
			if call.WaitAnswered(ctx) != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			answered = append(answered, call)
		})
	}
	calls.Wait()
	return answered
}
