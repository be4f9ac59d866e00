package daemon

import (
	"context"
	"errors"
	"time"

	"github.com/fraudguard/fraudguard/guard"
)

// errEnding is the answer to a question that comes while the daemon ends.
var errEnding = errors.New("fraudguard is ending")

// recordTolerance is by how many seconds Asterisk's own record of a leg may differ from ours, before
// that is worth telling. Records are cut to whole seconds, and a leg can be part of several.
const recordTolerance = 2

// loop owns the guard: it takes facts in and carries effects out, one fact after the other.
func (d *Daemon) loop(ctx context.Context, g *guard.Guard) {
	defer close(d.stopped)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case f := <-d.facts:
			d.take(g, f)
		case now := <-timer.C:
			d.carryOut(g.Handle(guard.Tick{Seen: guard.Seen{At: now}}))
		case ask := <-d.asks:
			ask(g)
		case <-ctx.Done():
			return
		}
		wait := time.Hour
		if at, ok := g.Next(); ok {
			wait = max(time.Until(at), 0)
		}
		timer.Reset(wait)
	}
}

// take gives a fact from Asterisk to the guard, begins the effects, and only then counts.
func (d *Daemon) take(g *guard.Guard, f guard.Fact) {
	effects := g.Handle(f)
	d.carryOut(effects)
	d.counts.judged(f, effects)
}

// ask runs a question in the loop and waits for it.
func (d *Daemon) ask(ctx context.Context, question func(*guard.Guard)) error {
	done := make(chan struct{})
	select {
	case d.asks <- func(g *guard.Guard) { question(g); close(done) }:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stopped:
		return errEnding
	}
	<-done
	return nil
}

// handle brings a fact to the guard between two others, and waits until its effects are under way.
func (d *Daemon) handle(ctx context.Context, f guard.Fact) error {
	return d.ask(ctx, func(g *guard.Guard) { d.carryOut(g.Handle(f)) })
}

// carryOut begins all effects, in their order; it never waits.
func (d *Daemon) carryOut(effects []guard.Effect) {
	if len(effects) == 0 {
		return
	}
	d.beginEffects(effects)
	d.counts.carriedOut(effects)
}

func (d *Daemon) beginEffects(effects []guard.Effect) {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	var records []guard.Record
	for _, e := range effects {
		switch e := e.(type) {
		case guard.Save:
			if d.isLost(e.Record) {
				continue
			}
			d.tell(e.Record)
			records = append(records, e.Record)
		case guard.FindLegs:
			d.findLegs(e)
		case guard.FindTotals:
			d.findTotals(e)
		case guard.HangUp:
			d.order(e.Server, e, now)
		case guard.Answer:
			d.order(e.Server, e, now)
		case guard.LimitTime:
			d.order(e.Server, e, now)
		case guard.RaiseFlag:
			d.order(e.Server, e, now)
		case guard.LowerFlag:
			d.order(e.Server, e, now)
		case guard.LowerAllFlags:
			d.order(e.Server, e, now)
		}
	}
	if len(records) > 0 {
		d.recorder.add(records...)
	}
}

func (d *Daemon) order(server string, e guard.Effect, now time.Time) {
	if _, lost := d.lost[server]; lost {
		return
	}
	if s := d.servers[server]; s != nil {
		s.carryOut(e, now)
	}
}

// isLost says whether a record is of a leg on a server that another guard has taken, which records it.
func (d *Daemon) isLost(r guard.Record) bool {
	server := ""
	switch r := r.(type) {
	case guard.Leg:
		server = r.Server
	case guard.Charge:
		server = r.Server
	}
	_, lost := d.lost[server]
	return lost
}

// tell logs one line for each decision, and one when it is done.
func (d *Daemon) tell(r guard.Record) {
	switch r := r.(type) {
	case guard.Incident:
		if r.Urgent && d.recorder.behind() {
			d.notices.tellNow(r)
		}
		d.log.Warn("incident", "id", r.ID, "rule", r.Rule, "account", r.Account.String(), "number", r.Number,
			"server", r.Server, "seen", r.Seen, "actions", r.Actions, "observed", r.Observed)
	case guard.Block:
		if r.Lifted.IsZero() {
			d.log.Warn("blocked", "target", r.Target.String(), "by", r.Source, "until", r.Until, "reason", r.Reason)
		} else {
			d.log.Info("unblocked", "target", r.Target.String(), "by", r.LiftedBy)
		}
	case guard.Leg:
		if !r.Ended.IsZero() {
			d.tellLeg(r)
		}
	}
}

// tellLeg logs what a leg came to. Where Asterisk's own record of the call comes after the end, a
// second line has it, and says whether it differs.
func (d *Daemon) tellLeg(l guard.Leg) {
	line := []any{"server", l.Server, "id", l.ID, "account", l.Account.String(), "number", l.Number,
		"verdict", l.Verdict, "reason", l.Reason, "lived", l.Ended.Sub(l.Started).String(),
		"billed_seconds", l.BilledSeconds, "cost", l.Cost.String(), "estimated", l.Estimated}
	if l.RecordedSeconds >= 0 && !l.Answered.IsZero() {
		talked := int64(l.Ended.Sub(l.Answered) / time.Second)
		line = append(line, "talked_seconds", talked, "recorded_seconds", l.RecordedSeconds,
			"differs", max(talked-l.RecordedSeconds, l.RecordedSeconds-talked) > recordTolerance)
	}
	d.log.Info("leg", line...)
}
