package daemon

import (
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/rates"
)

// condition is how the daemon is at a moment: what the status says and what the metrics show is made of
// it, so that they never differ. It is known without the store, the loop and the network, each of which
// can be what does not answer.
type condition struct {
	at     time.Time
	config *config.Config
	lists  priceLists
	record recordState
	// behind and wrongTotals are as in Daemon.
	behind, wrongTotals int
	// facts are those that wait for the guard.
	facts   int
	servers []serverCondition // in the order of the configuration
}

// serverCondition is how one Asterisk is.
type serverCondition struct {
	name string
	// lost says that another guard has taken the server, and holder which.
	lost   bool
	holder string
	// watched says that the server is up here; what follows is zero otherwise.
	watched bool
	link    ami.Status
	ari     works
	// asks says whether calls are to ask, and asking whether they can.
	asks   bool
	asking works
	// second is another guard that is seen in Asterisk; "" where there is none.
	second string
}

// works is whether something was found to work; known is false until it was tried.
type works struct {
	err   error
	known bool
}

func (w works) well() bool { return w.known && w.err == nil }

// condition looks at everything. The locks that it takes are held for some assignments each.
func (d *Daemon) condition() condition {
	c := condition{at: time.Now(), record: d.recorder.state(), behind: d.behind, wrongTotals: d.wrongTotals(), facts: len(d.facts)}
	c.config, c.lists = d.current()
	for _, settings := range c.config.Server {
		s := serverCondition{name: settings.Name}
		d.mu.Lock()
		up := d.servers[settings.Name]
		s.holder, s.lost = d.lost[settings.Name]
		d.mu.Unlock()
		if up != nil {
			up.describe(&s)
		}
		c.servers = append(c.servers, s)
	}
	return c
}

// describe says how the server is.
func (s *server) describe(to *serverCondition) {
	to.watched, to.asks, to.link = true, s.config.Admission == "ask", s.link.Status()
	s.mu.Lock()
	defer s.mu.Unlock()
	to.ari, to.asking, to.second = s.ariWorks, s.askWorks, s.second
}

// awayFor is for how long the store has not taken records; 0 while it does.
func (c condition) awayFor() time.Duration {
	if c.record.away.IsZero() {
		return 0
	}
	return c.at.Sub(c.record.away)
}

// deck is the general price list's edition in force.
func (c condition) deck() (rates.Edition, bool) { return c.lists.inForce(c.config.Rates.Deck, c.at) }

// notGuarded says in sentences what is not guarded; storeError is why the store does not answer.
func (c condition) notGuarded(storeError string) []string {
	all := c.missing()
	for _, s := range c.servers {
		all = append(all, s.faults()...)
	}
	all = append(all, c.unrecorded(storeError)...)
	if c.wrongTotals > 0 {
		all = append(all, fmt.Sprintf("the ledger: %d figures are not the sums of their charges; see fraudguard verify", c.wrongTotals))
	}
	return all
}

// missing says what the configuration itself leaves unguarded.
func (c condition) missing() []string {
	var out []string
	if c.config.Mode == "observe" {
		out = append(out, `everything: mode is "observe", nothing is refused, hung up or blocked`)
	}
	lacked := missingDecks(c.config, c.lists, c.at)
	for _, name := range lacked {
		sentence := "cost: there is no price list %q, so caps on cost cannot act; import one with: fraudguard rates import FILE --deck %s"
		if len(lacked) < len(c.config.Rates.Decks()) {
			sentence = "cost: there is no price list %q, and calls that it is to price have none; import one with: fraudguard rates import FILE --deck %s"
		}
		out = append(out, fmt.Sprintf(sentence, name, name))
	}
	return out
}

// faults says what on the server is not guarded.
func (s serverCondition) faults() []string {
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, s.name+": "+fmt.Sprintf(format, args...))
	}
	if s.lost {
		fault("another fraudguard has taken this server (%s), and this one watches and steers it no more", s.holder)
	}
	if !s.watched {
		return faults
	}
	if s.link.State != ami.Up {
		fault("no link to Asterisk, its calls are not watched (%s)", orNone(s.link.LastError))
	}
	for _, sentence := range s.link.Missing {
		fault("%s", sentence)
	}
	if s.ari.err != nil {
		fault("the REST interface does not work, hang-ups go by AMI, which is slower (%v)", s.ari.err)
	}
	if s.asking.err != nil {
		fault("calls cannot ask, the dialplan decides by its fail mode (%v)", s.asking.err)
	}
	if s.second != "" {
		fault("another fraudguard guards this Asterisk too, with another store (%s)", s.second)
	}
	return faults
}

func orNone(reason string) string {
	if reason == "" {
		return "connecting"
	}
	return reason
}

// unrecorded says what of the record is not safe, or is missing.
func (c condition) unrecorded(storeError string) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	r := c.record
	if storeError != "" {
		say("the record: the store does not answer, now for %s; %d records wait in the journal (%.1f MiB), %d in memory (%s)",
			c.awayFor().Truncate(time.Second), r.journal.Records, float64(r.journal.Bytes)/(1<<20), r.memory, storeError)
	}
	if r.keepErr != nil {
		say("the record: the journal takes no records, %d wait in memory and are lost if fraudguard ends now (%v)", r.memory, r.keepErr)
	}
	if r.lost > 0 {
		say("the record: %d records were lost because the store was away for too long", r.lost)
	}
	for _, file := range r.journal.Bad {
		say("the record: a part of the journal was damaged and records may be missing; it is kept as %s", file)
	}
	if c.behind > 0 {
		say("cost: %d records waited in the journal at the start and could not be stored, so the caps do not count them; once the store answers, restart fraudguard", c.behind)
	}
	return out
}
