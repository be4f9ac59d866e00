package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// smallDisk puts the store on a disk of a few megabytes of its own. It gives the disk's folder, and what
// takes the disk away.
func smallDisk(t *testing.T, s *site.Site) (disk string, gone func()) {
	t.Helper()
	disk = filepath.Join(s.Folder, "disk")
	check(t, os.Mkdir(disk, 0o700))
	check(t, syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=4m"))
	gone = func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
	edit(t, s, "sqlite:"+s.Folder+"/fraudguard.db", "sqlite:"+disk+"/fraudguard.db")
	return disk, gone
}

// fill takes all that is left of a disk, and gives what brings it back.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	name := filepath.Join(disk, "full")
	file := must[*os.File](t)(os.Create(name))
	defer file.Close()
	for {
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			return func() { check(t, os.Remove(name)) }
		}
	}
}

// waits gives the status once the store is away and so much of the record waits.
func waits(t *testing.T, ctx context.Context, g *site.Guard, what string, good func(web.StoreStatus) bool) {
	t.Helper()
	check(t, g.WaitStatus(ctx, what, func(st web.Status) bool { return good(st.Store) }))
}

// TestStoreAway: the store's disk is full and the journal has another one. Calls are refused as before,
// what they cost waits in the journal, the guard is killed and comes back twice, and when the store
// takes records again the ledger is the carrier's bill, and what reached its cap meanwhile is used up.
func TestStoreAway(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		disk, gone := smallDisk(t, s)
		defer gone()
		edit(t, s, "[store]\n", fmt.Sprintf("[store]\njournal = %q\n", filepath.Join(s.Folder, "waiting")))
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		first := must[*sip.Call](t)(phone.Dial(ctx, "00442011111111"))
		check(t, first.WaitAnswered(ctx))
		up(t, ctx, s, g, 1)
		waits(t, ctx, g, "all is stored", func(st web.StoreStatus) bool { return st.Waiting == 0 })

		free := fill(t, disk)
		second := must[*sip.Call](t)(phone.Dial(ctx, "00442022222222"))
		check(t, second.WaitAnswered(ctx))
		answered := time.Now()
		up(t, ctx, s, g, 2)
		halfway(ctx, answered)
		check(t, first.Hangup())
		check(t, g.WaitStatus(ctx, "the first call is over", func(st web.Status) bool { return st.LiveLegs == 1 }))
		refused(t, ctx, s, phone, "00449901111111")
		thief := must[*sip.Phone](t)(s.Phone(ctx, "201"))
		theft := must[*sip.Call](t)(thief.Dial(ctx, "00449001111111"))
		check(t, theft.WaitAnswered(ctx))
		must[sip.State](t)(theft.WaitOver(ctx)) // at its cap
		check(t, g.WaitStatus(ctx, "the stolen call is over", func(st web.Status) bool { return st.LiveLegs == 1 }))
		waits(t, ctx, g, "the record is in the journal", func(st web.StoreStatus) bool {
			return st.AwaySince != nil && st.Journal.Waiting >= 8 && st.Journal.Waiting == st.Waiting
		})
		out := command(t, ctx, s, 0, "status").out
		says(t, out, "NOT GUARDED", "the record: the store does not answer, now for ", "records wait in the journal (", "the disk is full")

		g.Kill()
		g = must[*site.Guard](t)(s.StartGuard(ctx)) // it can read the store, and not write it
		says(t, command(t, ctx, s, 0, "status").out, "cost: ", "records waited in the journal at the start and could not be stored")
		refused(t, ctx, s, phone, "00449902222222")
		waits(t, ctx, g, "that is in the journal too", func(st web.StoreStatus) bool { return st.Journal.Waiting >= 10 && st.Journal.Waiting == st.Waiting })
		g.Kill()
		free()
		g = must[*site.Guard](t)(s.StartGuard(ctx))
		waits(t, ctx, g, "the journal is empty", func(st web.StoreStatus) bool { return st.Journal.Bytes == 0 && st.AwaySince == nil })
		if _, ok := live(t, ctx, s)["442022222222"]; !ok {
			t.Error("the call that lives on is not known")
		}
		refused(t, ctx, s, thief, "00449002222222")
		halfway(ctx, answered)
		check(t, second.Hangup())
		settled(t, ctx, s, g)
		capHeld(t, s, "004490", "0.10", 1)
		// Of the second call the guard found nothing in the store when it came back, so it took it up anew
		// from the moment its channel was made, which the list of Asterisk gives in whole seconds.
		whole(t, ctx, s, s.Socket(), func(number string) int { return 4 * strings.Count(number, "00442022222222") })
		if n := len(incidents(t, ctx, s, "caps.route.cost_per_minute")); n != 2 {
			t.Errorf("%d incidents of the two refusals", n)
		}
	}, site.Options{Rules: "[caps.route]\ncost_per_minute = \"5.00\"\n[caps.extension]\ncost_per_day = \"0.10\"\n",
		Prices:  append([]site.Price{{Prefix: "4499", Route: "United Kingdom dear", PerMinute: "9.00", First: 1, Next: 1}}, prices...),
		Answers: map[string]sip.Behaviour{"004499": {RingFor: 5 * time.Second}, "00449002": {RingFor: 5 * time.Second}}})
}

// TestDiskFull: neither store nor journal takes records. Calls are refused and cut as before, somebody is
// told at once and once, and when there is room again nothing is missing.
func TestDiskFull(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		hook := newReceiver(t, new(atomic.Bool))
		check(t, s.Configure("", fmt.Sprintf("[caps.extension]\ncost_per_day = \"0.10\"\n[notify.webhook]\nurl = \"%s/hook\"\nsecret = %q\n", hook.URL, hookSecret)))
		disk, gone := smallDisk(t, s)
		defer gone()
		g := begin(t, ctx, s)
		honest := dial(t, ctx, s, "201", "00442011111111")
		check(t, honest.WaitAnswered(ctx))
		answered := time.Now()
		up(t, ctx, s, g, 1)
		waits(t, ctx, g, "all is stored", func(st web.StoreStatus) bool { return st.Waiting == 0 })

		free := fill(t, disk)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		theft := must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
		check(t, theft.WaitAnswered(ctx))
		must[sip.State](t)(theft.WaitOver(ctx)) // at its cap
		refused(t, ctx, s, phone, "00449002222222")
		waits(t, ctx, g, "the journal is full too", func(st web.StoreStatus) bool {
			return strings.Contains(st.Journal.Error, "no space left") && st.Waiting >= 5
		})
		says(t, command(t, ctx, s, 0, "status").out, "NOT GUARDED", "the record: the store does not answer, now for ",
			"the record: the journal takes no records, ", "lost if fraudguard ends now")
		check(t, g.Wait(ctx, "somebody is told", func() bool {
			for _, line := range logged(s, "incident") {
				if line["rule"] == "store.journal_full" {
					return hook.has(fmt.Sprintf("%s %s", line["rule"], line["id"]))
				}
			}
			return false
		}))
		halfway(ctx, answered)
		check(t, honest.Hangup())
		check(t, g.WaitStatus(ctx, "no leg lives", func(st web.Status) bool { return st.LiveLegs == 0 }))
		free()
		settled(t, ctx, s, g)
		waits(t, ctx, g, "the store answers", func(st web.StoreStatus) bool { return st.AwaySince == nil && st.Journal.Error == "" })
		whole(t, ctx, s, s.Socket(), site.Exact)
		capHeld(t, s, "00449", "0.10", 0)
		if n := len(incidents(t, ctx, s, "store.journal_full")); n != 1 {
			t.Errorf("%d incidents of one full disk", n)
		}
	}, site.Options{Answers: map[string]sip.Behaviour{"00449002": {RingFor: 5 * time.Second}}})
}

// has says whether an incident came, by its rule and ID.
func (r *receiver) has(incident string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got[incident] > 0
}
