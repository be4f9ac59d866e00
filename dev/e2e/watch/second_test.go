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
// store of its own is seen by the first in Asterisk, and sees it. Although both steer the calls, the cap of
// the first is held, and it charges them to the second.
func TestSecondGuard(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00442011111111"))
		check(t, call.WaitAnswered(ctx))
		answered := time.Now()
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
		theft := dial(t, ctx, s, "201", "00449001111111")
		check(t, theft.WaitAnswered(ctx))
		must[sip.State](t)(theft.WaitOver(ctx)) // at its cap
		check(t, second.Process.Signal(syscall.SIGTERM))
		unguarded(t, ctx, g, s.Socket(), sentence, false)
		halfway(ctx, answered)
		check(t, call.Hangup())
		settled(t, ctx, s, g)
		whole(t, ctx, s, s.Socket(), site.Exact)
		capHeld(t, s, "00449", "0.20", 1)
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.20\"\n"})
}

// TestTakenOver: a guard that is suspended for too long loses its server to a second one with the same
// store. When it goes on it lets go, and the call that lived through all this is charged once. A stolen one
// ends at its cap meanwhile, whoever watches, and the second one knows that the cap is used up.
func TestTakenOver(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
		call := must[*sip.Call](t)(phone.Dial(ctx, "00442011111111"))
		check(t, call.WaitAnswered(ctx))
		answered := time.Now()
		thief := must[*sip.Phone](t)(s.Phone(ctx, "201"))
		theft := must[*sip.Call](t)(thief.Dial(ctx, "00449001111111"))
		up(t, ctx, s, g, 2)
		pause(ctx, 300*time.Millisecond) // Asterisk has its limit
		check(t, g.WaitStatus(ctx, "all is stored", func(st web.Status) bool { return st.Store.Waiting == 0 }))
		check(t, g.Suspend())
		began := time.Now()
		config, socket := another(t, s, false)
		launch(t, s, config)
		client := web.NewClient(socket)
		defer client.Close()
		check(t, g.Wait(ctx, "the second guards, and the stolen call is over", func() bool {
			status, err := client.Status(ctx)
			return err == nil && len(status.Servers) == 1 && status.Servers[0].State == "up" && status.LiveLegs == 1 && status.Store.Waiting == 0
		}))
		if took := time.Since(began); took < 5*time.Second {
			t.Errorf("the second took the server after %s from one that lives", took)
		}
		check(t, g.Resume())
		unguarded(t, ctx, g, s.Socket(), "pbx1: another fraudguard has taken this server", true)
		must[sip.State](t)(theft.WaitOver(ctx))
		refused(t, ctx, s, thief, "00449002222222")
		halfway(ctx, answered)
		check(t, call.Hangup())
		check(t, s.Carrier.WaitAllEnded(ctx))
		for _, what := range []string{"no leg is live", "the ends are charged"} { // a status is no one moment
			check(t, g.Wait(ctx, what, func() bool {
				status, err := client.Status(ctx)
				return err == nil && status.LiveLegs == 0 && status.Store.Waiting == 0
			}))
		}
		capHeld(t, s, "00449", "0.30", 1)
		// Nobody may have watched the end of the stolen call: it is then charged up to its limit.
		assumed := func(number string) int { return strings.Count(number, "00449001111111") }
		whole(t, ctx, s, socket, assumed)
		stop(t, ctx, g) // which has nothing to add
		whole(t, ctx, s, socket, assumed)
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.30\"\n", Answers: map[string]sip.Behaviour{"00449002": {RingFor: 5 * time.Second}}})
}
