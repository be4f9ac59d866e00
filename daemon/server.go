package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/ari"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
)

const (
	// hangUpWorkers is how many hang-ups one Asterisk is asked for at the same time.
	hangUpWorkers = 8
	// hangUpQueue bounds the hang-ups that wait; the guard asks again for what was not done.
	hangUpQueue = 4096
	// hangUpTimeout is below the time within which the guard wants to see the end.
	hangUpTimeout = 900 * time.Millisecond
	// ariProbe is how often the REST interface is asked whether it works.
	ariProbe = 5 * time.Second
	// noChannel is no channel's ID: Asterisk makes them of digits and a point.
	noChannel = "fraudguard-probe"
	// compareEvery is how often the channels that live are compared with those that events told of.
	compareEvery = 2 * time.Second
	// callRejected is the Q.850 cause of a hang-up by AMI.
	callRejected = 21
)

// server is one Asterisk: the link that brings facts, and the hands that carry out effects.
type server struct {
	config config.Server
	// holder is this guard, as it shows itself in Asterisk.
	holder string
	log    *slog.Logger
	facts  chan<- guard.Fact
	link   *ami.Link
	ari    *ari.Client
	orders *orders
	hangs  chan guard.HangUp
	// answers are the verdicts on calls that ask.
	answers chan guard.Answer
	counts  *serverCounts
	stop    context.CancelFunc
	done    sync.WaitGroup

	mu sync.Mutex
	// ariWorks says whether the REST interface would hang up, and askWorks whether calls can ask.
	ariWorks, askWorks works
	// second is another guard that is seen in Asterisk; "" where there is none.
	second string
}

// newServer makes the clients of one Asterisk; start brings them up.
func newServer(c config.Server, holder string, facts chan<- guard.Fact, counts *serverCounts, log *slog.Logger) (*server, error) {
	log = log.With("server", c.Name)
	s := &server{config: c, holder: holder, log: log, facts: facts, counts: counts, hangs: make(chan guard.HangUp, hangUpQueue), answers: make(chan guard.Answer, verdictQueue)}
	amiConfig := ami.Config{Server: c.Name, Addr: c.AMI, User: c.AMIUser, Secret: c.AMISecret.Reveal()}
	if c.AMITLS {
		authorities, err := authoritiesFrom(c.AMICAFile)
		if err != nil {
			return nil, fmt.Errorf("server %s: ami_ca_file: %w", c.Name, err)
		}
		amiConfig.TLS = &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}
	}
	s.link = ami.NewLink(amiConfig, ami.Filters(), sink{s})
	s.orders = newOrders(s.link, log)
	var err error
	s.ari, err = ari.New(ari.Config{URL: c.ARI, User: c.ARIUser, Password: c.ARIPassword.Reveal(), Application: "fraudguard"})
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", c.Name, err)
	}
	return s, nil
}

// authoritiesFrom reads a PEM file; none means those of the system.
func authoritiesFrom(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	return pool, nil
}

func (s *server) start(ctx context.Context) {
	ctx, s.stop = context.WithCancel(ctx)
	s.done.Go(func() { s.link.Run(ctx) })
	s.done.Go(func() { s.orders.run(ctx) })
	s.done.Go(func() { s.ari.Warm(ctx) })
	s.done.Go(func() { s.probe(ctx) })
	s.done.Go(func() { s.compare(ctx) })
	s.done.Go(func() { s.show(ctx) })
	for range hangUpWorkers {
		s.done.Go(func() { s.hangUps(ctx) })
	}
	if s.config.Admission != "ask" {
		return
	}
	s.done.Go(func() { s.listen(ctx) })
	s.done.Go(func() { s.beat(ctx) })
	for range verdictWorkers {
		s.done.Go(func() { s.verdicts(ctx) })
	}
}

// end stops everything that start began and waits for it.
func (s *server) end() {
	s.stop()
	s.done.Wait()
	s.ari.Close()
}

// carryOut begins an effect; it never waits.
func (s *server) carryOut(e guard.Effect, now time.Time) {
	switch e := e.(type) {
	case guard.HangUp:
		select {
		case s.hangs <- e:
		default:
			s.log.Error("too many hang-ups wait; this one is asked for again", "channel", e.ID)
		}
	case guard.Answer:
		select {
		case s.answers <- e:
		default:
			s.log.Error("too many verdicts wait; the dialplan decides by its fail mode", "channel", e.ID)
		}
	case guard.LimitTime:
		until := now.Add(e.After)
		s.orders.put("limit "+e.ID, order{action: func() ami.Action {
			left := max(time.Until(until), time.Millisecond)
			if e.After == 0 {
				left = 0
			}
			return ami.Setvar(e.ID, "TIMEOUT(absolute)", strconv.FormatFloat(left.Seconds(), 'f', 3, 64))
		}, failed: func(ctx context.Context, err error) {
			if e.After > 0 {
				gone := noSuchChannel(err)
				if !gone {
					s.counts.limitsFailed.Inc()
				}
				s.send(ctx, guard.LimitFailed{Seen: s.seen(time.Now()), ID: e.ID, Gone: gone, Reason: err.Error()})
			}
		}})
	case guard.RaiseFlag:
		s.orders.put("flag "+e.Key, order{action: func() ami.Action { return ami.DBPut(flagFamily, e.Key, e.Value) }})
	case guard.LowerAllFlags:
		s.orders.drop("flag " + e.Key + "/") // else one raised anew would keep its place, and be sent before this
		s.orders.put("flags "+e.Key, order{action: func() ami.Action {
			return ami.NewAction("DBDelTree").With("Family", flagFamily).With("Key", e.Key)
		}})
	case guard.LowerFlag:
		s.orders.put("flag "+e.Key, order{action: func() ami.Action { return ami.DBDel(flagFamily, e.Key) }})
	}
}

// flagFamily is the family in Asterisk's database in which all flags are.
const flagFamily = "fraudguard"

func (s *server) hangUps(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.hangs:
			s.hangUp(ctx, e)
		}
	}
}

// hangUp asks for the end of a channel, and tells the guard where Asterisk says no.
func (s *server) hangUp(ctx context.Context, e guard.HangUp) {
	limited, cancel := context.WithTimeout(ctx, hangUpTimeout)
	defer cancel()
	s.counts.hangUps[e.Way].Inc()
	var err error
	gone := false
	if e.Way == guard.ByAMI {
		_, err = s.link.Do(limited, ami.Hangup(e.ID, callRejected))
		gone = noSuchChannel(err)
	} else {
		err = s.ari.Hangup(limited, e.ID, reasonFor(e))
		gone = errors.Is(err, ari.ErrNotFound)
	}
	if err == nil || ctx.Err() != nil {
		return
	}
	if !gone {
		s.counts.hangUpsFailed[e.Way].Inc()
		s.log.Warn("Asterisk did not take a hang-up", "channel", e.ID, "way", e.Way.String(), "error", err)
	}
	s.send(ctx, guard.HangUpFailed{Seen: s.seen(time.Now()), ID: e.ID, Way: e.Way, Gone: gone, Reason: err.Error()})
}

// noSuchChannel says whether Asterisk refused an action because its channel has ended.
func noSuchChannel(err error) bool {
	var refused *ami.ResponseError
	return errors.As(err, &refused) && refused.Message == "No such channel"
}

// compare keeps asking the REST interface which channels live, so that nobody can hide one from the
// manager's events.
func (s *server) compare(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(compareEvery):
		}
		found := guard.ChannelsFound{Seen: s.seen(time.Now())}
		channels, err := s.ari.Channels(ctx)
		if err != nil {
			continue // probe tells of it
		}
		for _, c := range channels {
			found.Channels = append(found.Channels, guard.Channel{ID: c.ID, Name: c.Name, AccountCode: c.AccountCode})
		}
		s.send(ctx, found)
	}
}

// reasonFor is what the other side is told.
func reasonFor(e guard.HangUp) ari.Reason {
	if e.Refused {
		return ari.ReasonRejected
	}
	return ari.ReasonNormal
}

// probe keeps asking whether the REST interface would hang up, for status to tell. A ping would not
// show that the user may only read.
func (s *server) probe(ctx context.Context) {
	for {
		err := s.ari.Hangup(ctx, noChannel, ari.ReasonNormal)
		if errors.Is(err, ari.ErrNotFound) {
			err = nil
		}
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		changed := !s.ariWorks.known || (err == nil) != s.ariWorks.well()
		s.ariWorks = works{err, true}
		s.mu.Unlock()
		if changed && err != nil {
			s.log.Warn("the REST interface does not work; hang-ups go by AMI", "error", err)
		} else if changed {
			s.log.Info("the REST interface answers")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(ariProbe):
		}
	}
}

func (s *server) seen(at time.Time) guard.Seen { return guard.Seen{Server: s.config.Name, At: at} }

func (s *server) send(ctx context.Context, f guard.Fact) {
	select {
	case s.facts <- f:
	case <-ctx.Done():
	}
}

// sink makes facts of what the link tells. The daemon takes facts until all links have ended, so
// that sending one always comes to an end.
type sink struct{ *server }

// Up tells that the link stands.
func (s sink) Up(i ami.Info) {
	s.log.Info("linked to Asterisk", "version", i.Asterisk)
	s.facts <- guard.ServerUp{Seen: s.seen(i.At)}
}

// Down tells that the link broke.
func (s sink) Down(reason error) {
	s.log.Warn("no link to Asterisk; its calls are not watched, and stay under the limits they have", "error", reason)
	s.facts <- guard.ServerDown{Seen: s.seen(time.Now()), Reason: reason.Error()}
}

// Event passes an event on, if it is a fact.
func (s sink) Event(m ami.Message, at time.Time) {
	if f, ok := ami.Fact(s.config.Name, m, at); ok {
		s.facts <- f
	}
}

// Gap tells that events are missing; the list that follows sets the guard right.
func (s sink) Gap(dropped uint64, at time.Time) {
	s.log.Warn("events from Asterisk were missed; its channels are listed anew", "events", dropped)
	s.facts <- guard.EventsMissed{Seen: s.seen(at)}
}

// Channels passes the list of live channels on.
func (s sink) Channels(list []ami.Message, at time.Time) {
	s.facts <- ami.Listed(s.config.Name, list, at)
}
