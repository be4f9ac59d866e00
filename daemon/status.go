package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/ami"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/web"
)

// Status says how fraudguard is, and first of all what is not guarded at the moment.
func (b backend) Status(ctx context.Context) (web.Status, error) {
	c, lists := b.current()
	record := b.recorder.state()
	s := web.Status{
		Version: b.version, Mode: c.Mode, Started: web.Moment(b.started), Timezone: c.Timezone, Currency: c.Currency,
		Deck:  deckInForce(c, lists),
		Store: storeStatus(c, record),
	}
	err := b.ask(ctx, func(g *guard.Guard) { s.LiveLegs, s.Blocks = len(g.Live(time.Now())), len(g.Blocks()) })
	if err != nil {
		return s, err
	}
	limited, cancel := context.WithTimeout(ctx, outboxTimeout)
	defer cancel()
	if s.NoticesWaiting, err = b.store.OutboxWaiting(limited); err != nil && s.Store.Error == "" {
		s.Store.Error = err.Error()
	}
	s.NotGuarded = missing(c, lists)
	for _, settings := range c.Server {
		b.mu.Lock()
		up := b.servers[settings.Name]
		who, lost := b.lost[settings.Name]
		b.mu.Unlock()
		if lost {
			s.NotGuarded = append(s.NotGuarded, fmt.Sprintf("%s: another fraudguard has taken this server (%s), and this one watches and steers it no more", settings.Name, who))
		}
		if up == nil {
			continue
		}
		status, faults := up.status()
		s.Servers = append(s.Servers, status)
		s.NotGuarded = append(s.NotGuarded, faults...)
	}
	s.NotGuarded = append(s.NotGuarded, unrecorded(s.Store, record, b.behind)...)
	if n := b.wrongTotals(); n > 0 {
		s.NotGuarded = append(s.NotGuarded, fmt.Sprintf("the ledger: %d figures are not the sums of their charges; see fraudguard verify", n))
	}
	return s, nil
}

// outboxTimeout bounds how long a status waits for the store.
const outboxTimeout = 3 * time.Second

func storeStatus(c *config.Config, record recordState) web.StoreStatus {
	s := web.StoreStatus{
		URL: c.Store.URL, Waiting: record.waiting(), AwaySince: web.MomentOrNull(record.away),
		Journal: web.JournalStatus{Folder: c.Store.Journal, Waiting: record.journal.Records, Bytes: record.journal.Bytes, Damaged: append([]string{}, record.journal.Bad...)},
	}
	if record.err != nil {
		s.Error = record.err.Error()
	}
	if !record.away.IsZero() {
		s.AwaySeconds = int64(time.Since(record.away) / time.Second)
	}
	if record.keepErr != nil {
		s.Journal.Error = record.keepErr.Error()
	}
	return s
}

// unrecorded says what of the record is not safe, or is missing.
func unrecorded(s web.StoreStatus, record recordState, behind int) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if s.Error != "" {
		say("the record: the store does not answer, now for %s; %d records wait in the journal (%.1f MiB), %d in memory (%s)",
			time.Duration(s.AwaySeconds)*time.Second, s.Journal.Waiting, float64(s.Journal.Bytes)/(1<<20), record.memory, s.Error)
	}
	if s.Journal.Error != "" {
		say("the record: the journal takes no records, %d wait in memory and are lost if fraudguard ends now (%s)", record.memory, s.Journal.Error)
	}
	if record.lost > 0 {
		say("the record: %d records were lost because the store was away for too long", record.lost)
	}
	for _, file := range s.Journal.Damaged {
		say("the record: a part of the journal was damaged and records may be missing; it is kept as %s", file)
	}
	if behind > 0 {
		say("cost: %d records waited in the journal at the start and could not be stored, so the caps do not count them; once the store answers, restart fraudguard", behind)
	}
	return out
}

// deckInForce is the general price list's edition in force, nil where there is none.
func deckInForce(c *config.Config, lists priceLists) *web.StatusDeck {
	e, ok := lists.inForce(c.Rates.Deck, time.Now())
	if !ok {
		return nil
	}
	return &web.StatusDeck{Name: e.Deck.Name(), Edition: e.Number, Currency: e.Deck.Currency(), Rates: e.Deck.Len()}
}

// missing says what the configuration itself leaves unguarded.
func missing(c *config.Config, lists priceLists) []string {
	var out []string
	if c.Mode == "observe" {
		out = append(out, `everything: mode is "observe", nothing is refused, hung up or blocked`)
	}
	lacked := missingDecks(c, lists, time.Now())
	for _, name := range lacked {
		sentence := "cost: there is no price list %q, so caps on cost cannot act; import one with: fraudguard rates import FILE --deck %s"
		if len(lacked) < len(c.Rates.Decks()) {
			sentence = "cost: there is no price list %q, and calls that it is to price have none; import one with: fraudguard rates import FILE --deck %s"
		}
		out = append(out, fmt.Sprintf(sentence, name, name))
	}
	return out
}

// status says how the link is, and what on this server is not guarded.
func (s *server) status() (web.Server, []string) {
	link := s.link.Status()
	s.mu.Lock()
	ariError, askError, second := s.ariError, s.askError, s.second
	s.mu.Unlock()
	w := web.Server{
		Name: s.config.Name, State: string(link.State), Since: web.MomentOrNull(link.Since),
		Events: link.Events, Dropped: link.Dropped, Reconnects: max(link.Sessions, 1) - 1,
	}
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, s.config.Name+": "+fmt.Sprintf(format, args...))
	}
	if link.State != ami.Up {
		w.Detail = link.LastError
		fault("no link to Asterisk, its calls are not watched (%s)", orNone(link.LastError))
	}
	for _, sentence := range link.Missing {
		fault("%s", sentence)
	}
	if ariError != nil {
		fault("the REST interface does not work, hang-ups go by AMI, which is slower (%v)", ariError)
	}
	if askError != nil {
		fault("calls cannot ask, the dialplan decides by its fail mode (%v)", askError)
	}
	if second != "" {
		fault("another fraudguard guards this Asterisk too, with another store (%s)", second)
	}
	if link.State == ami.Up {
		details := slices.Clone(link.Unproven)
		if link.Asterisk != "" {
			details = append([]string{"Asterisk " + link.Asterisk}, details...)
		}
		w.Detail = strings.Join(details, "; ")
	}
	return w, faults
}

func orNone(reason string) string {
	if reason == "" {
		return "connecting"
	}
	return reason
}
