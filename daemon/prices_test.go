package daemon

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

// importList imports a price list and gives what came of it.
func (s *site) importList(list string, r web.ImportRequest) (web.RatesSummary, error) {
	if r.Deck == "" {
		r.Deck = "default"
	}
	r.File = "test.csv"
	return s.client.ImportRates(s.t.Context(), r, strings.NewReader(list), int64(len(list)))
}

// price is what a minute to a number costs now, and the edition that says so.
func (s *site) price(q web.LookupQuery) (money.Amount, int) {
	s.t.Helper()
	found, err := s.client.LookupRate(s.t.Context(), q)
	if err != nil {
		s.t.Fatal(err)
	}
	if found.PerMinute == nil {
		return -1, found.Edition
	}
	return *found.PerMinute, found.Edition
}

var london = web.LookupQuery{Number: "+442079460000"}

// TestEditions: an import adds an edition, a dry run and a bad one add none, and a restart finds the
// one in force and those to come.
func TestEditions(t *testing.T) {
	x := newExchange(t, "pbx1")
	s := newSite(t, "enforce", caps, x).run()
	if first, err := s.importList(priceList, web.ImportRequest{}); err != nil || first.Edition != 1 || !first.InForce || first.ValidFrom != nil || first.Difference.Added != 2 {
		t.Fatalf("%+v, %v", first, err)
	}
	dear := strings.Replace(priceList, "0.0600", "0.0700", 1)
	if dry, err := s.importList(dear, web.ImportRequest{DryRun: true}); err != nil || dry.Edition != 0 || dry.Difference.Changed != 1 || dry.InForce {
		t.Errorf("%+v, %v", dry, err)
	}
	var refused *web.Error
	if _, err := s.importList(dear+"45,x\n", web.ImportRequest{}); !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity {
		t.Errorf("a bad row: %v", err)
	}
	if _, err := s.importList(dear, web.ImportRequest{Digest: strings.Repeat("0", 64)}); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("another file: %v", err)
	}
	if _, err := s.importList(dear, web.ImportRequest{ValidFrom: "tomorrow"}); !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		t.Errorf("no moment: %v", err)
	}
	if p, edition := s.price(london); p != 60_000 || edition != 1 {
		t.Errorf("a minute costs %s by edition %d", p, edition)
	}
	coming := time.Now().Add(8 * time.Second)
	second, err := s.importList(dear, web.ImportRequest{ValidFrom: coming.Format(time.RFC3339Nano)})
	if err != nil || second.Edition != 2 || second.InForce || !second.Coming {
		t.Fatalf("%+v, %v", second, err)
	}
	s.stop()
	s = s.again().run()
	if p, edition := s.price(london); time.Now().Before(coming) && (p != 60_000 || edition != 1) {
		t.Errorf("after a restart a minute costs %s by edition %d", p, edition)
	}
	waitFor(t, "the second edition", func() bool { _, edition := s.price(london); return edition == 2 })
	if time.Now().Before(coming) {
		t.Error("it took over too early")
	}
	decks, err := s.client.Decks(t.Context())
	if err != nil || len(decks) != 2 || decks[0].State != web.DeckOld || decks[1].State != web.DeckInForce {
		t.Errorf("%+v, %v", decks, err)
	}
	if st := s.status(); st.Deck == nil || st.Deck.Edition != 2 {
		t.Errorf("the status says %+v", st.Deck)
	}
}

// TestCurrencies: a list in another currency is exchanged, at a rate that a reload can change, and
// refused without one.
func TestCurrencies(t *testing.T) {
	x := newExchange(t, "pbx1")
	with := func(rest string) string { return rest + "[abuse.repeated_number]\ncalls = 0\n" }
	s := newSite(t, "enforce", with("[rates]\nexchange = { USD = \"0.50\" }\n"), x).run()
	var refused *web.Error
	if _, err := s.importList(priceList, web.ImportRequest{Currency: "GBP"}); !errors.As(err, &refused) || !strings.Contains(refused.Message, "[rates.exchange]") {
		t.Errorf("a currency without an exchange: %v", err)
	}
	if _, err := s.importList("prefix,price,currency\n44,0.06,GBP\n", web.ImportRequest{Currency: "USD"}); err == nil {
		t.Error("a file in another currency than it is said to be passes")
	}
	if sum, err := s.importList(priceList, web.ImportRequest{Currency: "USD"}); err != nil || sum.Currency != "USD" {
		t.Fatalf("%+v, %v", sum, err)
	}
	if p, _ := s.price(london); p != 30_000 {
		t.Errorf("a minute costs %s", p)
	}
	s.write(s.settings("enforce", with("[rates]\nexchange = { USD = \"0.60\" }\n"), x))
	s.reload()
	if p, _ := s.price(london); p != 36_000 {
		t.Errorf("after the exchange has changed a minute costs %s", p)
	}
	s.write(s.settings("enforce", with(""), x))
	if err := s.client.Reload(t.Context()); !errors.As(err, &refused) || !strings.Contains(refused.Message, "[rates.exchange]") {
		t.Errorf("a reload that leaves the list without an exchange: %v", err)
	}
	if p, _ := s.price(london); p != 36_000 {
		t.Errorf("after a refused reload a minute costs %s", p)
	}
	s.stop()
	s = s.again().run() // all else is guarded, and it says what is not
	s.unguarded(`there is no price list "default"`, true)
}

// TestDecksByTrunk: a list for a trunk has to be there before the configuration names it, and the
// status tells of one that is not.
func TestDecksByTrunk(t *testing.T) {
	x := newExchange(t, "pbx1")
	buying := "[[rates.buying]]\ntrunk = \"PJSIP/carrier\"\ndeck = \"b\"\n"
	s := newSite(t, "enforce", buying, x).run()
	s.importPrices(priceList)
	s.unguarded(`there is no price list "b"`, true)
	if p, _ := s.price(london); p != -1 {
		t.Errorf("by a list that is not there a minute costs %s", p)
	}
	x.hungUp(x.dial(cheap)) // it has no price
	if found := s.incidents("rates.unpriced"); len(found) != 1 || !strings.Contains(found[0].Seen, "is not there") {
		t.Errorf("%+v", found)
	}
	if sum, err := s.importList("prefix,price\n44,0.09\n", web.ImportRequest{Deck: "b"}); err != nil || !sum.InForce {
		t.Fatalf("%+v, %v", sum, err)
	}
	s.unguarded(`there is no price list "b"`, false)
	if p, _ := s.price(london); p != 90_000 {
		t.Errorf("a minute costs %s", p)
	}
	other := london
	other.Trunk = "PJSIP/other"
	if _, err := s.client.LookupRate(t.Context(), other); err == nil || !strings.Contains(err.Error(), "no trunk of pbx1") {
		t.Errorf("a trunk that is none: %v", err)
	}
	if sum, err := s.importList("prefix,price\n44,0.08\n", web.ImportRequest{Deck: "unused"}); err != nil || sum.InForce || sum.Coming {
		t.Errorf("%+v, %v", sum, err)
	}
	if _, deck, err := s.client.Deck(t.Context(), "unused", 0); err != nil || deck.Len() != 1 {
		t.Errorf("a list that is not used: %v", err)
	}
}

// leaver is a store whose client goes away once an edition is stored.
type leaver struct {
	store.Store
	leave context.CancelFunc
}

func (l *leaver) SaveEdition(ctx context.Context, d *rates.Deck, e store.EditionInfo) (store.EditionInfo, error) {
	info, err := l.Store.SaveEdition(ctx, d, e)
	l.leave()
	return info, err
}

// TestClientThatLeaves: what is stored is in force, or it is not stored.
func TestClientThatLeaves(t *testing.T) {
	s := newSite(t, "enforce", "", newExchange(t, "pbx1"))
	ctx, cancel := context.WithCancel(t.Context())
	s.store = &leaver{s.store, cancel}
	s.run()
	_, _ = backend{s.Daemon}.ImportRates(ctx, web.ImportRequest{Deck: "default", File: "a.csv"}, strings.NewReader("prefix,price\n39,0.5\n"))
	decks, err := s.client.Decks(t.Context())
	if err != nil || len(decks) != 1 || !decks[0].InForce {
		t.Errorf("%+v, %v", decks, err)
	}
}

// TestTwoEditionsOfOneMoment: a correction for the same moment takes the wrong one's place.
func TestTwoEditionsOfOneMoment(t *testing.T) {
	s := newSite(t, "enforce", "", newExchange(t, "pbx1")).run()
	moment := time.Now().Add(2 * time.Second).Format(time.RFC3339Nano)
	for _, price := range []string{"9", "0.5"} {
		if _, err := s.importList("prefix,price\n44,"+price+"\n", web.ImportRequest{ValidFrom: moment}); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "the correction", func() bool { _, edition := s.price(london); return edition == 2 })
	if d, _, err := s.client.Deck(t.Context(), "default", 0); err != nil || d.Edition != 2 || !d.InForce {
		t.Errorf("%+v, %v", d, err)
	}
}
