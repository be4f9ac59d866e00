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
	waiting, lost, storeError := b.recorder.state()
	s := web.Status{
		Version: b.version, Mode: c.Mode, Started: web.Moment(b.started), Timezone: c.Timezone, Currency: c.Currency,
		Deck:  deckInForce(c, lists),
		Store: web.StoreStatus{URL: c.Store.URL, Waiting: waiting},
	}
	if storeError != nil {
		s.Store.Error = storeError.Error()
	}
	err := b.ask(ctx, func(g *guard.Guard) { s.LiveLegs, s.Blocks = len(g.Live(time.Now())), len(g.Blocks()) })
	if err != nil {
		return s, err
	}
	if s.NoticesWaiting, err = b.store.OutboxWaiting(ctx); err != nil && s.Store.Error == "" {
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
	if s.Store.Error != "" {
		s.NotGuarded = append(s.NotGuarded, fmt.Sprintf("the record: the store does not answer, %d records wait in memory (%s)", waiting, s.Store.Error))
	}
	if n := b.wrongTotals(); n > 0 {
		s.NotGuarded = append(s.NotGuarded, fmt.Sprintf("the ledger: %d figures are not the sums of their charges; see fraudguard verify", n))
	}
	if lost > 0 {
		s.NotGuarded = append(s.NotGuarded, fmt.Sprintf("the record: %d records were lost because the store was away for too long", lost))
	}
	return s, nil
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
