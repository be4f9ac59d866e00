package daemon

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ari"
	"github.com/fraudguard/fraudguard/guard"
)

const (
	// verdictWorkers is how many verdicts are on their way to one Asterisk at the same time.
	verdictWorkers = 8
	// verdictQueue bounds the verdicts that wait; the dialplan waits for none of them for long.
	verdictQueue = 4096
	// verdictTimeout bounds one verdict. The dialplan has gone on long before.
	verdictTimeout = 2 * time.Second
	// beatEvery is how often the dialplan is shown that somebody is there to be asked.
	beatEvery = 2 * time.Second
	// heartbeat is the global variable that shows it: the Unix time by Asterisk's own clock.
	heartbeat = "FRAUDGUARD_HEARTBEAT"
	// verdictContext and verdictLabel are where the dialplan takes a verdict.
	verdictContext, verdictLabel = "fraudguard-verdict", "verdict"
	// mostAsked bounds what is asked for, in bytes; no number is as long.
	mostAsked = 256
)

// listen makes facts of the calls that ask.
func (s *server) listen(ctx context.Context) {
	for event := range s.ari.Events(ctx) {
		switch event := event.(type) {
		case ari.Gap:
			if event.Connected {
				s.setAsking(ctx, nil)
			} else {
				s.log.Warn("calls that asked were missed; the dialplan decided by its fail mode", "calls", event.Lost)
			}
		case ari.Disconnected:
			s.setAsking(ctx, event.Err)
		case ari.StasisStart:
			s.send(ctx, s.asked(event))
		}
	}
}

// setAsking notes whether calls can ask; err says why not.
func (s *server) setAsking(ctx context.Context, err error) {
	s.mu.Lock()
	changed := !s.askWorks.known || (err == nil) != s.askWorks.well()
	s.askWorks = works{err, true}
	s.mu.Unlock()
	if !changed {
		return
	}
	if err != nil {
		s.log.Warn("calls cannot ask; the dialplan decides by its fail mode", "error", err)
		s.send(ctx, guard.AskingEnded{Seen: s.seen(time.Now())})
		return
	}
	s.log.Info("calls can ask")
	s.send(ctx, guard.AskingBegun{Seen: s.seen(time.Now())})
}

// asked reads what the dialplan says in Stasis(fraudguard,ask,tenant,extension,limit,number). The
// number stands last, because a phone can put commas in it; limit is what ${TIMEOUT(absolute)} was.
// Without all that, it is the extension that the channel is at.
func (s *server) asked(e ari.StasisStart) guard.AdmissionAsked {
	f := guard.AdmissionAsked{
		Seen: s.seen(time.Now()),
		Channel: guard.Channel{
			ID: e.Channel.ID, Name: e.Channel.Name, State: guard.StateRinging, AccountCode: e.Channel.AccountCode,
			Context: e.Channel.Dialplan.Context, Exten: e.Channel.Dialplan.Extension,
		},
		Number: e.Channel.Dialplan.Extension,
	}
	if len(e.Args) >= 5 && e.Args[0] == "ask" {
		f.Tenant, f.Extension, f.Number = e.Args[1], e.Args[2], strings.Join(e.Args[4:], ",")
		f.Channel.Context, f.Channel.Exten = "", "" // those of fraudguard's own dialplan
		if seconds, err := strconv.ParseFloat(e.Args[3], 64); err == nil && seconds > 0 && seconds < 1e6 {
			f.Limit = time.Duration(seconds * float64(time.Second))
		}
	}
	f.Number = f.Number[:min(len(f.Number), mostAsked)]
	return f
}

func (s *server) verdicts(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.answers:
			s.answer(ctx, e)
		}
	}
}

// answer sends a call on to where the dialplan takes the verdict. Where there is no such place, the
// variables are set one by one, and a call that is refused is hung up.
func (s *server) answer(ctx context.Context, e guard.Answer) {
	limited, cancel := context.WithTimeout(ctx, verdictTimeout)
	defer cancel()
	to := ari.Destination{Context: verdictContext, Extension: verdictExtension(e), Label: verdictLabel}
	err := s.ari.Continue(limited, e.ID, to)
	if errors.Is(err, ari.ErrNotFound) {
		err = s.answerBare(limited, e)
	}
	if err == nil || ctx.Err() != nil {
		return
	}
	gone := errors.Is(err, ari.ErrNotFound)
	if !gone {
		s.counts.verdictsFailed.Inc()
		s.log.Warn("Asterisk did not take a verdict", "channel", e.ID, "error", err)
	}
	s.send(ctx, guard.VerdictFailed{Seen: s.seen(time.Now()), ID: e.ID, Gone: gone, Reason: err.Error()})
}

// verdictExtension writes a verdict as the extension at which the dialplan takes it: one request
// instead of one for each variable.
func verdictExtension(e guard.Answer) string {
	if e.Allow {
		return "allow" + seconds(e.Limit)
	}
	return "refuse" + e.Reason
}

func seconds(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
}

func (s *server) answerBare(ctx context.Context, e guard.Answer) error {
	variables := [][2]string{{"FRAUDGUARD_RESULT", "DENY"}, {"FRAUDGUARD_REASON", e.Reason}, {"CDR(userfield)", "fraudguard:" + e.Reason}}
	if e.Allow {
		variables = [][2]string{{"FRAUDGUARD_RESULT", "ALLOW"}, {"FRAUDGUARD_LIMIT", seconds(e.Limit)}, {"TIMEOUT(absolute)", seconds(e.Limit)}}
	}
	for _, v := range variables {
		if err := s.ari.SetVariable(ctx, e.ID, v[0], v[1]); err != nil {
			return err
		}
	}
	if e.Allow {
		return s.ari.Continue(ctx, e.ID, ari.Destination{})
	}
	return s.ari.Hangup(ctx, e.ID, ari.ReasonRejected)
}

// beat keeps showing the dialplan that fraudguard is there and reaches Asterisk, by Asterisk's own
// clock. When it stops, the dialplan asks nobody.
func (s *server) beat(ctx context.Context) {
	for {
		if err := s.beatOnce(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ami.ErrDown) {
			s.log.Warn("the dialplan cannot be shown that fraudguard is there", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(beatEvery):
		}
	}
}

func (s *server) beatOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, orderTimeout)
	defer cancel()
	pong, err := s.link.Do(ctx, ami.NewAction("Ping"))
	if err != nil {
		return err
	}
	now, _, _ := strings.Cut(pong.Get("Timestamp"), ".")
	if _, err := strconv.ParseUint(now, 10, 63); err != nil {
		return errors.New("the answer to a ping has no time")
	}
	_, err = s.link.Do(ctx, ami.NewAction("Setvar").With("Variable", heartbeat).With("Value", now))
	return err
}
