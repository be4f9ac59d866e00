package watch

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// another writes the configuration of a second guard of the same Asterisk, with a socket of its own
// and, where it says so, a store of its own.
func another(t *testing.T, s *site.Site, ownStore bool) (config, socket string) {
	t.Helper()
	config, socket = filepath.Join(s.Folder, "second.toml"), filepath.Join(s.Folder, "second.sock")
	text := strings.Replace(string(must[[]byte](t)(os.ReadFile(s.ConfigPath()))), s.Socket(), socket, 1)
	if ownStore {
		text = strings.Replace(text, "fraudguard.db", "second.db", 1)
	} else { // as on another machine
		text = strings.Replace(text, "[store]\n", fmt.Sprintf("[store]\njournal = %q\n", filepath.Join(s.Folder, "second.journal")), 1)
	}
	check(t, os.WriteFile(config, []byte(text), 0o600))
	return config, socket
}

// launch starts a second guard, which ends with the test.
func launch(t *testing.T, s *site.Site, config string) *exec.Cmd {
	t.Helper()
	log := must[*os.File](t)(os.OpenFile(filepath.Join(s.Folder, "second.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600))
	defer log.Close()
	second := exec.Command(program, "run", "--config", config)
	second.Stderr = log
	second.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	check(t, second.Start())
	t.Cleanup(func() {
		_ = second.Process.Kill() // it may have ended
		_ = second.Wait()
	})
	return second
}

// unguarded waits until a guard's status has a sentence about what is not guarded, or has it no more.
func unguarded(t *testing.T, ctx context.Context, g *site.Guard, socket, sentence string, wanted bool) {
	t.Helper()
	client := web.NewClient(socket)
	defer client.Close()
	check(t, g.Wait(ctx, fmt.Sprintf("%s says %q: %v", socket, sentence, wanted), func() bool {
		status, err := client.Status(ctx)
		return err == nil && slices.ContainsFunc(status.NotGuarded, func(s string) bool { return strings.Contains(s, sentence) }) == wanted
	}))
}

// TestSecondGuard: a second guard with the same store is refused, and the first goes on; one with a
// store of its own is seen by the first in Asterisk, and sees it.
func TestSecondGuard(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00442011111111"))
		check(t, call.WaitAnswered(ctx))
		config, _ := another(t, s, false)
		refusal := command(t, ctx, s, 1, "run", "--config", config)
		says(t, refusal.said, "another fraudguard guards server pbx1 already, with the same store", fmt.Sprintf("process %d on", g.PID()))
		up(t, ctx, s, g, 1)

		config, socket := another(t, s, true)
		second := launch(t, s, config)
		const sentence = "another fraudguard guards this Asterisk too, with another store"
		unguarded(t, ctx, g, s.Socket(), fmt.Sprintf("%s (process %d on ", sentence, second.Process.Pid), true)
		unguarded(t, ctx, g, socket, fmt.Sprintf("%s (process %d on ", sentence, g.PID()), true)
		client := s.Client()
		defer client.Close()
		check(t, g.Wait(ctx, "the incident is recorded", func() bool {
			found, err := client.Incidents(ctx, store.IncidentsQuery{Rule: "guard.second"})
			return err == nil && len(found) == 1 && found[0].Urgent
		}))
		check(t, second.Process.Signal(syscall.SIGTERM))
		unguarded(t, ctx, g, s.Socket(), sentence, false)
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		if got, want := ledger(t, ctx, s, "101"), billed(t, s, "0044"); got != want {
			t.Errorf("the ledger has %s, the carrier billed %s", got, want)
		}
		command(t, ctx, s, 0, "verify")
	}, site.Options{})
}

// TestTakenOver: a guard that is suspended for too long loses its server to a second one with the same
// store. When it goes on it lets go, and the call that lived through all this is charged once.
func TestTakenOver(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00442011111111"))
		check(t, call.WaitAnswered(ctx))
		up(t, ctx, s, g, 1)
		check(t, g.WaitStatus(ctx, "all is stored", func(st web.Status) bool { return st.Store.Waiting == 0 }))
		check(t, g.Suspend())
		began := time.Now()
		config, socket := another(t, s, false)
		launch(t, s, config)
		client := web.NewClient(socket)
		defer client.Close()
		check(t, g.Wait(ctx, "the second guards", func() bool {
			status, err := client.Status(ctx)
			return err == nil && len(status.Servers) == 1 && status.Servers[0].State == "up" && status.LiveLegs == 1
		}))
		if took := time.Since(began); took < 5*time.Second {
			t.Errorf("the second took the server after %s from one that lives", took)
		}
		check(t, g.Resume())
		unguarded(t, ctx, g, s.Socket(), "pbx1: another fraudguard has taken this server", true)
		check(t, call.Hangup())
		check(t, s.Carrier.WaitAllEnded(ctx))
		check(t, g.Wait(ctx, "the end is charged", func() bool {
			rows, err := client.Ledger(ctx, web.LedgerQuery{})
			status, failed := client.Status(ctx)
			return err == nil && failed == nil && len(rows) == 1 && status.LiveLegs == 0 && status.Store.Waiting == 0
		}))
		rows := must[[]web.LedgerRow](t)(client.Ledger(ctx, web.LedgerQuery{}))
		if want := billed(t, s, "0044"); rows[0].Cost != want {
			t.Errorf("the second has %s, the carrier billed %s", rows[0].Cost, want)
		}
		proof := must[web.Proof](t)(client.Verify(ctx, web.VerifyQuery{}))
		if len(proof.Discrepancies) != 0 || proof.Days != 1 {
			t.Errorf("%+v", proof)
		}
		stop(t, ctx, g)
		if again := must[[]web.LedgerRow](t)(client.Ledger(ctx, web.LedgerQuery{Key: rows[0].Period})); again[0].Cost != rows[0].Cost {
			t.Errorf("once the first had ended, %s became %s", rows[0].Cost, again[0].Cost)
		}
	}, site.Options{})
}
