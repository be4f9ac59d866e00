package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/dev/asterisk"
)

const (
	askCalls = 410  // of each, one after the other
	askWarm  = 10   // of those, not counted
	askCrowd = 2000 // admissions at full speed
	askAtOne = 40   // of those, at the same time
)

// askDialplan times by Asterisk's own clock, from before the question to after the answer. The bare
// program is asked by a copy of the shipped dialplan, and besides by nothing but Stasis().
const askDialplan = `#tryinclude fraudguard.conf
#tryinclude bareguard.conf
[asking]
exten => bare,1,Set(FRAUDGUARD_TENANT=acme)
 same => n,Set(FRAUDGUARD_EXTENSION=101)
 same => n,Set(BEGAN=${STRFTIME(,,%s%6q)})
 same => n,Gosub(bareguard,ask,1(00390612345678))
 same => n,Set(ENDED=${STRFTIME(,,%s%6q)})
 same => n,UserEvent(Asked,Who: bare,Began: ${BEGAN},Ended: ${ENDED},Result: ${FRAUDGUARD_RESULT})
 same => n,Hangup()
exten => alone,1,Set(BEGAN=${STRFTIME(,,%s%6q)})
 same => n,Stasis(bareguard)
 same => n,Set(ENDED=${STRFTIME(,,%s%6q)})
 same => n,UserEvent(Asked,Who: alone,Began: ${BEGAN},Ended: ${ENDED},Result: ALLOW)
 same => n,Hangup()
exten => guard,1,Set(FRAUDGUARD_TENANT=acme)
 same => n,Set(FRAUDGUARD_EXTENSION=101)
 same => n,Set(BEGAN=${STRFTIME(,,%s%6q)})
 same => n,Gosub(fraudguard,ask,1(00390612345678))
 same => n,Set(ENDED=${STRFTIME(,,%s%6q)})
 same => n,UserEvent(Asked,Who: guard,Began: ${BEGAN},Ended: ${ENDED},Result: ${FRAUDGUARD_RESULT})
 same => n,Hangup()
`

// measureAsk sets a call that asks the daemon beside one that asks a program which only lets it go on,
// on the same Asterisk; then it has the daemon asked as fast as Asterisk can.
func measureAsk(ctx context.Context, b *bench) error {
	s, err := newAskStage(ctx, b)
	if err != nil {
		return err
	}
	defer s.close()
	took := map[string][]float64{}
	for i := range askCalls {
		for turn := range 3 {
			who := [...]string{"guard", "bare", "alone"}[(i+turn)%3]
			if err := s.originate(ctx, who); err != nil {
				return err
			}
			ms, err := s.asked(ctx, who)
			if err != nil {
				return fmt.Errorf("call %d of %s: %w\nthe daemon's log:\n%s", i, who, err, tailOf(s.daemon.log.String()))
			}
			if i >= askWarm {
				took[who] = append(took[who], ms)
			}
		}
	}
	note := func(who string) string { return fmt.Sprintf("p99 %.2f ms", percentile(took[who], 99)) }
	b.add(result{What: "a call that asks the daemon", Value: median(took["guard"]), Unit: "ms", Note: note("guard"),
		Ratio: median(took["guard"]) / median(took["bare"]), Beside: "bare ARI", Goal: "<= 1.3"})
	b.add(result{What: "a call that asks a bare ARI program", Value: median(took["bare"]), Unit: "ms", Note: note("bare")})
	b.add(result{What: "a call in a bare Stasis(), without our dialplan", Value: median(took["alone"]), Unit: "ms", Note: note("alone"),
		Ratio: median(took["alone"]) / median(took["guard"]), Beside: "asking the daemon"})
	return s.crowd(ctx, b)
}

// askStage is a real Asterisk, the daemon in ask mode, the bare program, and an AMI
// session that makes the calls.
type askStage struct {
	pbx     *asterisk.Server
	manager *ami.Session
	daemon  *daemon
	stop    func() // the bare program
}

func newAskStage(ctx context.Context, b *bench) (*askStage, error) {
	s := &askStage{stop: func() {}}
	if err := s.build(ctx, b); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *askStage) build(ctx context.Context, b *bench) (err error) {
	if s.pbx, err = asterisk.Start(ctx, asterisk.Options{Version: "22", Dialplan: askDialplan,
		AMIUsers: []asterisk.AMIUser{{Name: "caller", Read: "user", Write: "originate,user", WriteTimeout: 10 * time.Second}}}); err != nil {
		return err
	}
	server := fmt.Sprintf(`[[server]]
name = "pbx1"
ami = %q
ami_user = "guard"
ami_secret = %q
ari = %q
ari_user = "guard"
ari_password = %q
trunks = ["PJSIP/carrier"]
country = "IT"
admission = "ask"
`, s.pbx.AMIAddr, s.pbx.AMISecret("guard"), s.pbx.ARIURL, s.pbx.ARIPassword("guard"))
	if s.daemon, err = b.startDaemon(ctx, "ask", server); err != nil {
		return err
	}
	config := filepath.Join(b.folder, "ask", "fraudguard.toml")
	if out, err := exec.CommandContext(ctx, s.daemon.program, "init", "--config", config, "--dialplan", "plain", "--output", filepath.Join(s.pbx.Folder, "etc")).CombinedOutput(); err != nil {
		return fmt.Errorf("writing the dialplan: %w\n%s", err, out)
	}
	shipped, err := os.ReadFile(filepath.Join(s.pbx.Folder, "etc", "fraudguard.conf"))
	if err != nil {
		return err
	}
	bare := strings.ReplaceAll(string(shipped), "fraudguard", "bareguard")
	if err := os.WriteFile(filepath.Join(s.pbx.Folder, "etc", "bareguard.conf"), []byte(bare), 0o644); err != nil {
		return err
	}
	if _, err := s.pbx.Console(ctx, "dialplan reload"); err != nil {
		return err
	}
	if s.stop, err = b.startBare(ctx, s.pbx); err != nil {
		return err
	}
	s.manager, err = ami.Dial(ctx, ami.Config{Server: "pbx1", Addr: s.pbx.AMIAddr, User: "caller", Secret: s.pbx.AMISecret("caller")})
	if err != nil {
		return err
	}
	return s.untilAsked(ctx)
}

func (s *askStage) close() {
	if s.manager != nil {
		s.manager.Close()
	}
	s.stop()
	if s.daemon != nil {
		s.daemon.stop()
	}
	if s.pbx != nil {
		if err := s.pbx.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: stopping Asterisk:", err)
		}
	}
}

func (b *bench) startBare(ctx context.Context, pbx *asterisk.Server) (stop func(), err error) {
	program, err := b.build(ctx, ".", "./bare", "bare")
	if err != nil {
		return func() {}, err
	}
	cmd := exec.Command(program)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "BARE_ARI="+pbx.ARIURL, "BARE_ARI_PASSWORD="+pbx.ARIPassword("guard"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return func() {}, err
	}
	if err := cmd.Start(); err != nil {
		return func() {}, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return stop, fmt.Errorf("the bare program did not connect: %q, %w", line, err)
	}
	return stop, nil
}

// originate makes a call; what becomes of it is an event.
func (s *askStage) originate(ctx context.Context, who string) error {
	_, err := s.manager.Do(ctx, ami.NewAction("Originate").With("Channel", "Local/"+who+"@asking/n").
		With("Application", "Wait").With("Data", "60").With("Async", "true"))
	return err
}

// asked waits for the end of a question, and gives how long it took in milliseconds.
func (s *askStage) asked(ctx context.Context, who string) (ms float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		e, err := s.manager.Next(ctx)
		if err != nil {
			return 0, err
		}
		m := e.Event
		if m.Event() != "UserEvent" || m.Get("Who") != who {
			continue
		}
		began, err := strconv.ParseInt(m.Get("Began"), 10, 64)
		ended, err2 := strconv.ParseInt(m.Get("Ended"), 10, 64)
		if err != nil || err2 != nil || m.Get("Result") != "ALLOW" {
			return 0, fmt.Errorf("the answer was %q, from %q to %q", m.Get("Result"), m.Get("Began"), m.Get("Ended"))
		}
		return float64(ended-began) / 1000, nil
	}
}

// untilAsked waits until the dialplan asks the daemon, and not its fail mode.
func (s *askStage) untilAsked(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		globals, err := s.pbx.Console(ctx, "dialplan show globals")
		if err != nil {
			return err
		}
		apps, err := s.pbx.Console(ctx, "ari show apps")
		if err != nil {
			return err
		}
		if strings.Contains(globals, "FRAUDGUARD_HEARTBEAT") && strings.Contains(apps, "fraudguard") {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// crowd has the daemon asked as fast as Asterisk makes calls, and says what one admission costs it.
func (s *askStage) crowd(ctx context.Context, b *bench) error {
	before, err := usageOf(s.daemon.cmd.Process.Pid)
	if err != nil {
		return err
	}
	began := time.Now()
	var took []float64
	for made := 0; len(took) < askCrowd; {
		for ; made < askCrowd && made-len(took) < askAtOne; made++ {
			if err := s.originate(ctx, "guard"); err != nil {
				return err
			}
		}
		ms, err := s.asked(ctx, "guard")
		if err != nil {
			return fmt.Errorf("admission %d of a crowd: %w\nthe daemon's log:\n%s", len(took), err, tailOf(s.daemon.log.String()))
		}
		took = append(took, ms)
	}
	lasted := time.Since(began).Seconds()
	after, err := usageOf(s.daemon.cmd.Process.Pid)
	if err != nil {
		return err
	}
	perCall := (after.cpu - before.cpu) / askCrowd
	b.add(result{What: "admissions at full speed, 40 at once", Value: askCrowd / lasted, Unit: "/s",
		Note: fmt.Sprintf("median %.1f ms, p99 %.1f ms", median(took), percentile(took, 99))})
	b.add(result{What: "the daemon's processor time for one admission", Value: perCall * 1000, Unit: "ms",
		Note: fmt.Sprintf("one core would do %.0f a second", 1/perCall)})
	return nil
}
