package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	limitLegs    = 1000
	limitSeconds = 60
	limitChurn   = 10 // legs that begin, and end, in each second
)

// measureLimits has a thousand live legs of one tenant come near its cap, while ten begin and ten end
// each second, and counts what the daemon tells Asterisk about their time limits.
func measureLimits(ctx context.Context, b *bench) error {
	calls, err := newScript("plain-call-22")
	if err != nil {
		return err
	}
	begin, end := calls.split()
	pbx, err := newScriptedPBX()
	if err != nil {
		return err
	}
	defer pbx.close()
	// Each leg costs a cent by the minute, so that the cap is some two minutes away.
	d, err := b.startDaemon(ctx, "limits", fmt.Sprintf(`[[server]]
name = "pbx1"
ami = %q
ami_user = "bench"
ami_secret = "bench"
ari = %q
ari_user = "bench"
ari_password = "bench"
trunks = ["PJSIP/carrier"]
country = "IT"

[caps.tenant]
cost_per_day = "30.00"
`, pbx.manager.address(), pbx.rest.url()))
	if err != nil {
		return err
	}
	defer d.stop()
	s, err := pbx.watched(ctx)
	if err != nil {
		return err
	}
	for done := 0; done < limitLegs; done += atOnce {
		s.send(begin.perform(done, atOnce))
	}
	if err := pbx.untilLimited(ctx, limitLegs); err != nil {
		return err
	}
	before, err := usageOf(d.cmd.Process.Pid)
	if err != nil {
		return err
	}
	var each []float64
	tick := time.NewTicker(time.Second / limitChurn)
	defer tick.Stop()
	told := pbx.limits()
	for i := range limitSeconds * limitChurn {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		s.send(begin.perform(limitLegs+i, 1))
		s.send(end.perform(i, 1))
		if (i+1)%limitChurn == 0 {
			now := pbx.limits()
			each, told = append(each, float64(now-told)), now
		}
	}
	after, err := usageOf(d.cmd.Process.Pid)
	if err != nil {
		return err
	}
	total := 0.0
	for _, n := range each {
		total += n
	}
	b.add(result{What: "time limits told to Asterisk, 1,000 live legs near a cap", Value: total / limitSeconds, Unit: "/s", Goal: "bounded",
		Note: fmt.Sprintf("at most %.0f in a second; %d legs begin and %d end in each", percentile(each, 100), limitChurn, limitChurn)})
	b.add(result{What: "processor time for that", Value: (after.cpu - before.cpu) / limitSeconds * 1000, Unit: "ms/s"})
	return nil
}

// split cuts a call in two: what comes up to its answer, and its end.
func (s *script) split() (begin, end *script) {
	at := len(s.events)
	for i, e := range s.events {
		if strings.HasPrefix(e, "Event: Hangup\r\n") {
			at = i
			break
		}
	}
	return &script{s.events[:at]}, &script{s.events[at:]}
}

// limits is how many time limits were told so far.
func (p *scriptedPBX) limits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limited
}

// untilLimited waits until so many time limits were told, and no more come.
func (p *scriptedPBX) untilLimited(ctx context.Context, legs int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for last := -1; ; {
		now := p.limits()
		if now >= legs && now == last {
			return nil
		}
		last = now
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d legs got a time limit", now, legs)
		case <-time.After(time.Second):
		}
	}
}
