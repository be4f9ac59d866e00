package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	enduranceCalls = 10_000
	// atOnce calls begin together, and their events are mixed, as on a busy server.
	atOnce = 20
	// enduranceRate is calls a second: what a very large site sees in its worst minute, and slow enough
	// that the daemon is not what limits it.
	enduranceRate = 250
	sampleEvery   = enduranceCalls / 10
)

func measureEndurance(ctx context.Context, b *bench) error {
	calls, err := newScript("plain-call-22")
	if err != nil {
		return err
	}
	pbx, err := newScriptedPBX()
	if err != nil {
		return err
	}
	defer pbx.close()
	d, err := b.startDaemon(ctx, "endurance", fmt.Sprintf(`[[server]]
name = "pbx1"
ami = %q
ami_user = "bench"
ami_secret = "bench"
ari = %q
ari_user = "bench"
ari_password = "bench"
trunks = ["PJSIP/carrier"]
country = "IT"
`, pbx.manager.address(), pbx.rest.url()))
	if err != nil {
		return err
	}
	defer d.stop()
	samples, err := pbx.play(ctx, calls, d.cmd.Process.Pid)
	if err != nil {
		return err
	}
	if err := checkLedger(ctx, d); err != nil {
		return err
	}
	return enduranceResults(b, samples)
}

// enduranceResults compares the second thousand of calls with the last; the first also starts up.
func enduranceResults(b *bench, samples []usage) error {
	last := len(samples) - 1
	cpu := func(i int) float64 { return samples[i].cpu - samples[i-1].cpu }
	var each, memory []string
	for i := 1; i <= last; i++ {
		each = append(each, fmt.Sprintf("%.2f", cpu(i)))
		memory = append(memory, fmt.Sprintf("%.0f", samples[i].resident/1e6))
	}
	b.add(result{What: "CPU for the second 1,000 calls", Value: cpu(2), Unit: "s", Note: "each 1,000: " + strings.Join(each, " ")})
	b.add(result{What: "CPU for the last 1,000 calls", Value: cpu(last), Unit: "s", Ratio: cpu(last) / cpu(2), Beside: "the second", Goal: "flat"})
	b.add(result{What: "memory after 2,000 calls", Value: samples[2].resident / 1e6, Unit: "MB", Note: "each 1,000: " + strings.Join(memory, " ")})
	b.add(result{What: "memory after 10,000 calls", Value: samples[last].resident / 1e6, Unit: "MB",
		Ratio: samples[last].resident / samples[2].resident, Beside: "after 2,000",
		Note: "ended legs wait ten seconds for their call record"})
	return nil
}

// checkLedger waits until the ledger has all calls: what was not done must not look fast.
func checkLedger(ctx context.Context, d *daemon) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		out, err := d.command(ctx, "ledger", "--json")
		var rows []struct{ Calls, Attempts int }
		if err == nil {
			err = json.Unmarshal([]byte(out), &rows)
		}
		calls := 0
		for _, r := range rows {
			calls += r.Calls
		}
		if calls == enduranceCalls {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the ledger has %d calls, not %d (%v)", calls, enduranceCalls, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// script is the events of one recorded call, with places for what differs from call to call.
type script struct{ events []string }

// newScript takes the events that the daemon's filters let through: Asterisk itself keeps the rest back.
func newScript(scene string) (*script, error) {
	events, err := recording(scene)
	if err != nil {
		return nil, err
	}
	var s script
	for _, e := range events {
		name, _, _ := strings.Cut(strings.TrimPrefix(e, "Event: "), "\r\n")
		switch name {
		case "Newchannel", "Newstate", "DialBegin", "DialEnd", "Hangup", "Cdr":
			s.events = append(s.events, e)
		}
	}
	if len(s.events) < 8 {
		return nil, fmt.Errorf("recording %s has only %d events of a call", scene, len(s.events))
	}
	return &s, nil
}

// perform writes the events of a number of calls that run side by side.
func (s *script) perform(first, count int) string {
	names := make([]*strings.Replacer, count)
	for i := range names {
		call := first + i
		names[i] = strings.NewReplacer(
			"1795261054.0", fmt.Sprintf("1795261054.%d", 2*call+10), "1795261054.1", fmt.Sprintf("1795261054.%d", 2*call+11),
			"PJSIP/101-00000000", fmt.Sprintf("PJSIP/%d-%08x", 100+call%500, 2*call), "PJSIP/carrier-00000001", fmt.Sprintf("PJSIP/carrier-%08x", 2*call+1))
	}
	var b strings.Builder
	for _, e := range s.events {
		for _, n := range names {
			b.WriteString(n.Replace(e))
		}
	}
	return b.String()
}

// scriptedPBX is the two doors of an Asterisk behind which nobody is.
type scriptedPBX struct {
	manager *manager
	rest    *restServer

	mu       sync.Mutex
	guard    *managerSession // that has listed the channels, and so watches
	watching chan struct{}
	limited  int // time limits that were set
}

func newScriptedPBX() (*scriptedPBX, error) {
	p := &scriptedPBX{watching: make(chan struct{}, 1)}
	var err error
	if p.rest, err = newRESTServer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }); err != nil {
		return nil, err
	}
	if p.manager, err = newManager("", p.answer); err != nil {
		p.rest.close()
		return nil, err
	}
	return p, nil
}

func (p *scriptedPBX) close() {
	p.manager.close()
	p.rest.close()
}

func (p *scriptedPBX) answer(s *managerSession, a action) {
	switch a["Action"] {
	case "Challenge", "Login":
		s.admit(a)
	case "ListCommands":
		s.success(a, "Setvar: x", "Hangup: x", "DBPut: x", "DBDel: x", "CoreShowChannels: x", "Filter: x", "CoreSettings: x", "ModuleCheck: x")
	case "CoreSettings":
		s.success(a, "AsteriskVersion: 22.10.1", "CoreCDRenabled: Yes")
	case "CoreShowChannels":
		s.send(successOf(a, "EventList: start", "Message: Channels will follow") +
			"Event: CoreShowChannelsComplete\r\nEventList: Complete\r\nListItems: 0\r\nActionID: " + a["ActionID"] + "\r\n\r\n")
		p.mu.Lock()
		p.guard = s
		p.mu.Unlock()
		select {
		case p.watching <- struct{}{}:
		default:
		}
	case "Setvar":
		if a["Variable"] == "TIMEOUT(absolute)" {
			p.mu.Lock()
			p.limited++
			p.mu.Unlock()
		}
		s.success(a)
	default:
		s.success(a)
	}
}

// watched waits until somebody watches, and gives the session on which that is.
func (p *scriptedPBX) watched(ctx context.Context) (*managerSession, error) {
	select {
	case <-p.watching:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(30 * time.Second):
		return nil, fmt.Errorf("the daemon does not watch")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.guard, nil
}

// play sends the calls at their pace, and takes a sample of the process before, and after each tenth.
func (p *scriptedPBX) play(ctx context.Context, calls *script, pid int) ([]usage, error) {
	s, err := p.watched(ctx)
	if err != nil {
		return nil, err
	}
	var samples []usage
	sample := func() error {
		u, err := usageOf(pid)
		samples = append(samples, u)
		return err
	}
	if err := sample(); err != nil {
		return nil, err
	}
	tick := time.NewTicker(time.Second * atOnce / enduranceRate)
	defer tick.Stop()
	for done := 0; done < enduranceCalls; {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		s.send(calls.perform(done, atOnce))
		if done += atOnce; done%sampleEvery == 0 {
			if err := sample(); err != nil {
				return nil, err
			}
		}
	}
	return samples, nil
}
