package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

const editionColumns = "name, edition, currency, size, valid_from, saved, timezone, file, digest"

// rateColumns are those that COPY writes.
var rateColumns = []string{"deck", "position", "prefix", "route", "per_minute", "connect", "first_increment", "next_increment",
	"minimum", "grace", "tiers", "closed", "valid_from", "valid_until"}

// patient lets the statements of a transaction take as long as a price list of a million rates needs.
var patient = fmt.Sprintf("SET LOCAL statement_timeout = %d", deckTimeout.Milliseconds())

// SaveEdition adds an edition; store.Store says what that means. Save does not wait for it.
func (s *Store) SaveEdition(ctx context.Context, deck *rates.Deck, e store.EditionInfo) (store.EditionInfo, error) {
	e, err := store.PrepareEdition(deck, e)
	if err == nil {
		err = s.change(ctx, func(tx pgx.Tx) (err error) {
			e, err = saveEdition(ctx, tx, deck, e)
			return err
		})
	}
	if err != nil {
		return store.EditionInfo{}, s.explain("save a deck to", err)
	}
	return e, nil
}

func saveEdition(ctx context.Context, tx pgx.Tx, deck *rates.Deck, e store.EditionInfo) (store.EditionInfo, error) {
	if _, err := tx.Exec(ctx, patient); err != nil {
		return e, err
	}
	// From here on the only one that adds editions, so the number stays free; others still read.
	if _, err := tx.Exec(ctx, "LOCK TABLE decks IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return e, err
	}
	stored, err := list(ctx, tx, scanEdition, "SELECT "+editionColumns+" FROM decks WHERE name = $1 ORDER BY edition", e.Name)
	if err != nil {
		return e, err
	}
	if e.MayRepeat(stored) {
		newest := stored[len(stored)-1]
		if same, err := sameRates(ctx, tx, newest, deck); err != nil || same {
			return newest, err
		}
	}
	e = e.Following(stored)
	var id int64
	err = tx.QueryRow(ctx, "INSERT INTO decks ("+editionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
		e.Name, e.Number, e.Currency, e.Rates, stamp(e.ValidFrom), stamp(e.Saved), e.Timezone, e.File, e.Digest).Scan(&id)
	if err != nil {
		return e, err
	}
	next, stop := iter.Pull(deck.All())
	defer stop()
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"rates"}, rateColumns, &rateSource{ctx: ctx, next: next, deck: id, zone: e.Timezone, position: -1})
	return e, err
}

// rateSource gives the rows of a deck to COPY.
type rateSource struct {
	ctx      context.Context
	next     func() (rates.Rate, bool)
	deck     int64
	zone     string
	terms    store.TermsReader
	rate     rates.Rate
	position int
	err      error
}

// Next goes to the next row.
func (s *rateSource) Next() (more bool) {
	if s.rate, more = s.next(); !more {
		return false
	}
	s.position++
	if s.position%1000 == 0 {
		s.err = s.ctx.Err()
	}
	if s.err == nil {
		s.err = s.terms.CheckRate(&s.rate, s.zone)
	}
	return s.err == nil
}

// Values is the row.
func (s *rateSource) Values() ([]any, error) {
	r := &s.rate
	return []any{s.deck, s.position, r.Prefix, store.Text(r.Route), int64(r.PerMinute), int64(r.Connect), r.First, r.Next,
		r.Minimum, r.Grace, r.Tiers.String(), r.Closed, stamp(r.ValidFrom), stamp(r.ValidUntil)}, nil
}

// Err says why there are no more rows, if not because the deck ends.
func (s *rateSource) Err() error { return s.err }

// Edition gives one edition of a deck.
func (s *Store) Edition(ctx context.Context, name string, number int) (*rates.Deck, error) {
	var deck *rates.Deck
	err := s.oneMoment(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, patient); err != nil {
			return err
		}
		var where condition
		where.add("name = %s", name)
		where.add("edition = %s", number)
		e, err := one(ctx, tx, scanEdition, "SELECT "+editionColumns+" FROM decks"+where.String(), where.values...)
		if err != nil {
			return err
		}
		all, err := readRates(ctx, tx, e)
		if err != nil {
			return err
		}
		deck, err = rates.NewDeck(name, e.Currency, all)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("edition %d of deck %.50q: %w", number, name, store.ErrNotFound)
	}
	return deck, s.explain("read a deck from", err)
}

// readRates reads the rates of a stored edition, in the order of a deck. Names of routes come many
// times over, and each is kept once.
func readRates(ctx context.Context, tx pgx.Tx, e store.EditionInfo) ([]rates.Rate, error) {
	rows, err := tx.Query(ctx, `SELECT position, prefix, route, per_minute, connect, first_increment, next_increment, minimum, grace,
		tiers, closed, valid_from, valid_until
		FROM rates WHERE deck = (SELECT id FROM decks WHERE name = $1 AND edition = $2) ORDER BY position`, e.Name, e.Number)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make([]rates.Rate, 0, e.Rates)
	routes := make(map[string]string)
	var terms store.TermsReader
	var r rates.Rate // and the others too are out here, or each row would have its own
	var position int
	var route, tiers string
	var validFrom, validUntil pgtype.Int8
	for rows.Next() {
		if err := rows.Scan(&position, &r.Prefix, &route, &r.PerMinute, &r.Connect, &r.First, &r.Next, &r.Minimum, &r.Grace,
			&tiers, &r.Closed, &validFrom, &validUntil); err != nil {
			return nil, err
		}
		if position != len(all) {
			return nil, meddled(e)
		}
		if r.Tiers, err = terms.Tiers(tiers, e.Timezone); err != nil {
			return nil, fmt.Errorf("edition %d of deck %q: rate of prefix %.20q: %w", e.Number, e.Name, r.Prefix, err)
		}
		known, ok := routes[route]
		if !ok {
			known, routes[route] = route, route
		}
		r.Route, r.ValidFrom, r.ValidUntil = known, moment(validFrom), moment(validUntil)
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(all) != e.Rates {
		return nil, meddled(e)
	}
	return all, nil
}

// meddled says that an edition, which is never changed, was.
func meddled(e store.EditionInfo) error {
	return fmt.Errorf("edition %d of deck %q does not have the rates that were saved: somebody changed the table; import the list again", e.Number, e.Name)
}

// sameRates says whether a stored edition has the rates of a deck.
func sameRates(ctx context.Context, tx pgx.Tx, e store.EditionInfo, deck *rates.Deck) (bool, error) {
	stored, err := readRates(ctx, tx, e)
	if err != nil {
		return false, err
	}
	n := 0
	for r := range deck.All() {
		if !store.SameRate(r, stored[n]) {
			return false, nil
		}
		n++
	}
	return true, nil
}

// Editions lists all editions by name and number.
func (s *Store) Editions(ctx context.Context) ([]store.EditionInfo, error) {
	all, err := list(ctx, s.pool, scanEdition, "SELECT "+editionColumns+" FROM decks ORDER BY name, edition")
	return all, s.explain("list decks of", err)
}

func scanEdition(row store.Row) (e store.EditionInfo, err error) {
	var validFrom, saved pgtype.Int8
	err = row.Scan(&e.Name, &e.Number, &e.Currency, &e.Rates, &validFrom, &saved, &e.Timezone, &e.File, &e.Digest)
	e.ValidFrom, e.Saved = moment(validFrom), moment(saved)
	return e, err
}
