package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/sip"
)

const (
	watchLegs = 510 // of each
	watchWarm = 10  // of those, not counted
)

// contestant is one of the two that hang up, with a trunk, a phone and a way to ARI of its own, so
// that both can watch the same Asterisk and neither touches the other's legs.
type contestant struct {
	name, trunk string
	relay       *relay
	phone       *sip.Phone
	asked, done []float64 // ms from the DialBegin that the observer saw
}

func measureWatch(ctx context.Context, b *bench) error {
	stage, err := newStage(ctx)
	if err != nil {
		return err
	}
	defer stage.close()
	d, err := stage.startDaemon(ctx, b)
	if err != nil {
		return err
	}
	defer d.stop()
	stop, err := stage.startBlind(ctx, b)
	if err != nil {
		return err
	}
	defer stop()
	for i := range watchLegs {
		// They take turns at going first.
		for turn := range stage.contestants {
			c := &stage.contestants[(i+turn)%len(stage.contestants)]
			if err := stage.call(ctx, c, i); err != nil {
				return fmt.Errorf("leg %d of %s: %w\nthe daemon's log:\n%s", i, c.name, err, tailOf(d.log.String()))
			}
		}
	}
	watchResults(b, stage.contestants)
	return nil
}

func watchResults(b *bench, all []contestant) {
	guard, blind := all[0], all[1]
	for _, span := range []struct {
		name, goal   string
		ours, theirs []float64
	}{
		{"DialBegin to ARI DELETE", "", guard.asked, blind.asked},
		{"DialBegin to Hangup event", "<= 1.3", guard.done, blind.done},
	} {
		note := func(v []float64) string { return fmt.Sprintf("p99 %.2f ms, %d legs", percentile(v, 99), len(v)) }
		b.add(result{What: span.name + ", the daemon", Value: median(span.ours), Unit: "ms", Note: note(span.ours),
			Ratio: median(span.ours) / median(span.theirs), Beside: "blind", Goal: span.goal})
		b.add(result{What: span.name + ", blind program", Value: median(span.theirs), Unit: "ms", Note: note(span.theirs)})
	}
}

func tailOf(s string) string { return s[max(0, len(s)-2000):] }

// stage is a real Asterisk, a carrier that rings and never answers, two phones, and an observer.
type stage struct {
	pbx         *asterisk.Server
	carriers    []*sip.Carrier
	observer    *ami.Session
	contestants []contestant
}

func newStage(ctx context.Context) (*stage, error) {
	s := &stage{contestants: []contestant{{name: "the daemon", trunk: "guarded"}, {name: "the blind program", trunk: "blind"}}}
	if err := s.build(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) build(ctx context.Context) error {
	options := asterisk.Options{Version: "22", AMIUsers: []asterisk.AMIUser{
		{Name: "observer", Read: "call", WriteTimeout: 10 * time.Second}, {Name: "blind", Read: "call", WriteTimeout: 10 * time.Second}}}
	for i, c := range s.contestants {
		carrier, err := sip.NewCarrier(sip.CarrierOptions{Answers: map[string]sip.Behaviour{"": {NoAnswer: true}}})
		if err != nil {
			return err
		}
		s.carriers = append(s.carriers, carrier)
		options.Trunks = append(options.Trunks, asterisk.Trunk{Name: c.trunk, Addr: carrier.Addr()})
		options.Tenants = append(options.Tenants, asterisk.Tenant{Name: "tenant-of-" + c.trunk, Trunk: c.trunk,
			Extensions: []asterisk.Extension{{Number: fmt.Sprint(101 + i)}}})
	}
	var err error
	if s.pbx, err = asterisk.Start(ctx, options); err != nil {
		return err
	}
	target := strings.TrimSuffix(strings.TrimPrefix(s.pbx.ARIURL, "http://"), "/ari")
	for i := range s.contestants {
		c, user := &s.contestants[i], fmt.Sprint(101+i)
		if c.relay, err = newRelay(target); err != nil {
			return err
		}
		if c.phone, err = sip.NewPhone(sip.PhoneOptions{User: user, Password: s.pbx.Password(user), Registrar: s.pbx.SIPAddr}); err != nil {
			return err
		}
	}
	s.observer, err = ami.Dial(ctx, ami.Config{Server: "pbx1", Addr: s.pbx.AMIAddr, User: "observer", Secret: s.pbx.AMISecret("observer")})
	return err
}

func (s *stage) close() {
	if s.observer != nil {
		s.observer.Close()
	}
	for _, c := range s.contestants {
		if c.phone != nil {
			c.phone.Close()
		}
		if c.relay != nil {
			c.relay.close()
		}
	}
	for _, c := range s.carriers {
		c.Close()
	}
	if s.pbx != nil {
		if err := s.pbx.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: stopping Asterisk:", err)
		}
	}
}

func (s *stage) startDaemon(ctx context.Context, b *bench) (*daemon, error) {
	return b.startDaemon(ctx, "watch", fmt.Sprintf(`[[server]]
name = "pbx1"
ami = %q
ami_user = "guard"
ami_secret = %q
ari = %q
ari_user = "guard"
ari_password = %q
trunks = ["PJSIP/%s"]
country = "IT"
`, s.pbx.AMIAddr, s.pbx.AMISecret("guard"), s.contestants[0].relay.url(), s.pbx.ARIPassword("guard"), s.contestants[0].trunk))
}

// startBlind runs the other program, a process of its own as well, and gives what ends it.
func (s *stage) startBlind(ctx context.Context, b *bench) (stop func(), err error) {
	program, err := b.build(ctx, ".", "./blind", "blind")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "BLIND_AMI="+s.pbx.AMIAddr, "BLIND_AMI_SECRET="+s.pbx.AMISecret("blind"),
		"BLIND_ARI="+s.contestants[1].relay.url(), "BLIND_ARI_PASSWORD="+s.pbx.ARIPassword("guard"), "BLIND_TRUNK=PJSIP/"+s.contestants[1].trunk)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "accepted") {
		stop()
		return nil, fmt.Errorf("the blind program did not log in: %q, %v", line, err)
	}
	return stop, nil
}

// call makes one leg and notes when its end was asked for, and when it came.
func (s *stage) call(ctx context.Context, c *contestant, i int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	call, err := c.phone.Dial(ctx, fmt.Sprintf("00881%07d", 2000000+i))
	if err != nil {
		return err
	}
	var id string
	var began, ended time.Time
	for ended.IsZero() {
		e, err := s.observer.Next(ctx)
		if err != nil {
			return fmt.Errorf("the observer waits for the leg %q: %w", id, err)
		}
		switch m := e.Event; {
		case m.Event() == "DialBegin" && strings.HasPrefix(m.Get("DestChannel"), "PJSIP/"+c.trunk+"-"):
			id, began = m.Get("DestUniqueid"), e.At
		case m.Event() == "Hangup" && id != "" && m.Get("Uniqueid") == id:
			ended = e.At
		}
	}
	if _, err := call.WaitOver(ctx); err != nil {
		return err
	}
	asked, ok := c.relay.askedAt(id)
	if !ok {
		return errors.New("the leg ended and nobody had asked for it by ARI")
	}
	if i >= watchWarm {
		c.asked = append(c.asked, asked.Sub(began).Seconds()*1000)
		c.done = append(c.done, ended.Sub(began).Seconds()*1000)
	}
	return nil
}
