package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ami/amitest"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
)

// nobody is a sink that is told in vain, but for the list that shows that a link works.
type nobody struct{ listed chan struct{} }

func (nobody) Up(ami.Info)                  {}
func (nobody) Down(error)                   {}
func (nobody) Event(ami.Message, time.Time) {}
func (nobody) Gap(uint64, time.Time)        {}
func (n nobody) Channels([]ami.Message, time.Time) {
	select {
	case n.listed <- struct{}{}:
	default:
	}
}

// ordering is a server of which only the link and the orders run.
type ordering struct {
	*server
	manager *amitest.Server
	listed  chan struct{}
	cancel  context.CancelFunc
	work    sync.WaitGroup
	ctx     context.Context
}

// startOrdering brings up a link without a network, so that it can live in a bubble of synctest.
func startOrdering(t *testing.T) *ordering {
	t.Helper()
	o := &ordering{manager: amitest.New(t), listed: make(chan struct{}, 1)}
	link := ami.NewLink(ami.Config{Server: "pbx1", Addr: "pbx1", User: amitest.User, Secret: amitest.Secret,
		DialContext: o.manager.DialContext, PingEvery: time.Hour}, nil, nobody{o.listed})
	o.server = &server{config: config.Server{Name: "pbx1"}, log: quiet, link: link, orders: newOrders(link, quiet),
		hangs: make(chan guard.HangUp, hangUpQueue), facts: make(chan guard.Fact, factQueue), counts: newCounts().of("pbx1")}
	o.ctx, o.cancel = context.WithCancel(t.Context())
	o.work.Go(func() { link.Run(o.ctx) })
	<-o.listed
	return o
}

func (o *ordering) send() { o.work.Go(func() { o.orders.run(o.ctx) }) }

func (o *ordering) end() {
	o.cancel()
	o.work.Wait()
	o.manager.Close()
}

// sent are the actions of one name, as "channel=value" or "key=value".
func (o *ordering) sent(name string) []string {
	var sent []string
	for _, a := range o.manager.Actions() {
		if a.Name == name {
			sent = append(sent, a.Get("Channel")+a.Get("Key")+"="+a.Get("Value")+a.Get("Val"))
		}
	}
	return sent
}

// TestOrders: an order that waits is replaced by a newer one about the same thing and keeps its
// place, and the others keep their order.
func TestOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := startOrdering(t)
		defer o.end()
		o.manager.AddChannel("PJSIP/carrier-1", "1.1")
		o.manager.AddChannel("PJSIP/carrier-2", "1.2")
		now := time.Now()
		o.carryOut(guard.LimitTime{ID: "1.1", After: time.Minute}, now)
		o.carryOut(guard.LimitTime{ID: "1.2", After: 2 * time.Minute}, now)
		o.carryOut(guard.RaiseFlag{Key: "block/number/44", Value: "0"}, now)
		o.carryOut(guard.LimitTime{ID: "1.1", After: 10 * time.Second}, now)
		o.carryOut(guard.LowerFlag{Key: "block/number/44"}, now)
		o.carryOut(guard.RaiseFlag{Key: "block/number/39", Value: "7"}, now)
		o.send()
		synctest.Wait()
		if got, want := o.sent("Setvar"), []string{"1.1=10.000", "1.2=120.000"}; !slices.Equal(got, want) {
			t.Errorf("limits %q, want %q", got, want)
		}
		if got := slices.Concat(o.sent("DBPut"), o.sent("DBDel")); !slices.Equal(got, []string{"block/number/39=7", "block/number/44="}) {
			t.Errorf("flags %q", got)
		}
	})
}

// TestFlagsAnew: the flags that are raised after all were lowered are there in the end, those too
// that an order which still waited was about.
func TestFlagsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := startOrdering(t)
		defer o.end()
		for range 2 {
			o.carryOut(guard.RaiseFlag{Key: "block/number/44", Value: "0"}, time.Now())
			o.carryOut(guard.RaiseFlag{Key: "block/number/7", Value: "0"}, time.Now())
			o.carryOut(guard.LowerAllFlags{Key: "block"}, time.Now())
			o.carryOut(guard.RaiseFlag{Key: "block/number/44", Value: "5"}, time.Now())
		}
		o.send()
		synctest.Wait()
		if value, ok := o.manager.DB("fraudguard", "block/number/44"); value != "5" {
			t.Errorf("the flag that was raised last is %q, %v", value, ok)
		}
		if value, ok := o.manager.DB("fraudguard", "block/number/7"); ok {
			t.Errorf("a flag that was lowered is %q", value)
		}
	})
}

// TestLimitShrinks: a time limit is what is left of it at the moment in which it is sent, and what
// has run out meanwhile is the shortest that there is. One that is taken back stays so.
func TestLimitShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := startOrdering(t)
		defer o.end()
		for i, after := range []time.Duration{time.Second, time.Minute, 2 * time.Minute, 0} {
			o.manager.AddChannel(fmt.Sprintf("PJSIP/carrier-%d", i), fmt.Sprintf("1.%d", i))
			o.carryOut(guard.LimitTime{ID: fmt.Sprintf("1.%d", i), After: after}, time.Now())
		}
		pass(45500 * time.Millisecond)
		o.send()
		synctest.Wait()
		if got, want := o.sent("Setvar"), []string{"1.0=0.001", "1.1=14.500", "1.2=74.500", "1.3=0.000"}; !slices.Equal(got, want) {
			t.Errorf("limits %q, want %q", got, want)
		}
	})
}

// TestOrdersOfASilentAsterisk wait for it one after the other, hold up nobody who gives them, and are
// sent with what is left of them once it answers.
func TestOrdersOfASilentAsterisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := startOrdering(t)
		defer o.end()
		o.manager.AddChannel("PJSIP/carrier-1", "1.1")
		o.manager.Silence(true)
		o.send()
		began := time.Now()
		for round := range 100 {
			for id := range 1000 {
				o.carryOut(guard.LimitTime{ID: "other." + strconv.Itoa(id), After: time.Minute}, time.Now())
			}
			o.carryOut(guard.LimitTime{ID: "1.1", After: time.Duration(round+1) * time.Minute}, time.Now())
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("giving orders took %s", took)
		}
		if n := o.waiting(); n > 1001 {
			t.Errorf("%d orders wait about 1001 channels", n)
		}
		pass(5 * orderTimeout)
		o.manager.Silence(false)
		pass(orderTimeout)
		synctest.Wait()
		got, _ := o.manager.Var("1.1", "TIMEOUT(absolute)")
		if seconds, err := strconv.ParseFloat(got, 64); err != nil || seconds > 6000-5*orderTimeout.Seconds() || seconds < 6000-7*orderTimeout.Seconds() {
			t.Errorf("the limit is %q, want what is left of 6000 s", got)
		}
		if n := o.waiting(); n != 0 {
			t.Errorf("%d orders still wait", n)
		}
	})
}

// TestOrdersWithoutALink are let go, and hold up nobody.
func TestOrdersWithoutALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := startOrdering(t)
		defer o.end()
		o.send()
		o.manager.Refuse(true)
		o.manager.Cut()
		synctest.Wait()
		if _, err := o.link.Do(t.Context(), ami.NewAction("Ping")); !errors.Is(err, ami.ErrDown) {
			t.Fatalf("the link is not down: %v", err)
		}
		began := time.Now()
		for i := range 5000 {
			o.carryOut(guard.RaiseFlag{Key: strconv.Itoa(i), Value: "0"}, time.Now())
		}
		synctest.Wait()
		if took := time.Since(began); took != 0 || o.waiting() != 0 {
			t.Errorf("after %s %d orders wait", took, o.waiting())
		}
		if sent := o.sent("DBPut"); len(sent) != 0 {
			t.Errorf("sent %q", sent)
		}
	})
}

func (o *ordering) waiting() int {
	o.orders.mu.Lock()
	defer o.orders.mu.Unlock()
	return len(o.orders.queue)
}

// TestLimitRefused: a time limit that Asterisk does not take is told, and asked for again until it
// stands.
func TestLimitRefused(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	s.importPrices(priceList)
	x.ami.Fail("Setvar", "Permission denied")
	id := x.dial(cheap)
	found := s.incidents("limit.failed")
	if len(found) != 1 || found[0].Leg != id || !found[0].Urgent || !strings.Contains(found[0].Seen, "Permission denied") {
		t.Errorf("%+v", found)
	}
	x.ami.Fail("Setvar", "")
	waitFor(t, "the limit", func() bool { _, set := x.ami.Var(id, "TIMEOUT(absolute)"); return set })
	x.end(id)
}

// TestFailedLimitsAreCounted: one that Asterisk refuses is, and none of a channel that is gone.
func TestFailedLimitsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := startOrdering(t)
		defer o.end()
		ctx, cancel := context.WithCancel(t.Context())
		o.work.Go(func() { o.orders.run(ctx) })
		defer cancel()
		for words, want := range map[string]float64{"Permission denied": 1, "No such channel": 0} {
			before := testutil.ToFloat64(o.counts.limitsFailed)
			o.manager.Fail("Setvar", words)
			o.carryOut(guard.LimitTime{ID: "1.1", After: time.Minute}, time.Now())
			synctest.Wait()
			facts := len(o.server.facts)
			if got := testutil.ToFloat64(o.counts.limitsFailed) - before; got != want || facts == 0 {
				t.Errorf("%q is counted %v times, with %d facts", words, got, facts)
			}
		}
	})
}
