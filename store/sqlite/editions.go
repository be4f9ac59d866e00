package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

const (
	editionColumns = "name, edition, currency, size, valid_from, saved, timezone, file, digest"
	rateColumns    = "deck, position, prefix, route, per_minute, connect, first_increment, next_increment, minimum, grace, " +
		"tiers, closed, valid_from, valid_until"
	rateValues = 14
	// ratesAtOnce is how many rows one statement inserts: enough that the rows cost more than the
	// statement.
	ratesAtOnce = 100
)

// SaveEdition adds an edition; store.Store says what that means.
func (s *Store) SaveEdition(ctx context.Context, deck *rates.Deck, e store.EditionInfo) (store.EditionInfo, error) {
	saved, err := s.saveEdition(ctx, deck, e)
	if err != nil {
		return store.EditionInfo{}, s.explain("save a deck to", err)
	}
	return saved, nil
}

func (s *Store) saveEdition(ctx context.Context, deck *rates.Deck, e store.EditionInfo) (store.EditionInfo, error) {
	e, err := store.PrepareEdition(deck, e)
	if err != nil {
		return e, err
	}
	tx, err := s.write.BeginTx(ctx, nil) // at once the only one that writes, so the number stays free
	if err != nil {
		return e, err
	}
	defer tx.Rollback()
	stored, err := list(ctx, tx, scanEdition, "SELECT "+editionColumns+" FROM decks WHERE name = ? ORDER BY edition", e.Name)
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
	result, err := tx.ExecContext(ctx, "INSERT INTO decks ("+editionColumns+") VALUES ("+marks(9)+")",
		e.Name, e.Number, e.Currency, e.Rates, stamp(e.ValidFrom), stamp(e.Saved), e.Timezone, e.File, e.Digest)
	if err != nil {
		return e, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return e, err
	}
	if err := insertRates(ctx, tx, id, deck, e.Timezone); err != nil {
		return e, err
	}
	return e, tx.Commit()
}

func insertRates(ctx context.Context, tx *sql.Tx, id int64, deck *rates.Deck, zone string) error {
	text := func(rows int) string {
		values := strings.Repeat(", ("+marks(rateValues)+")", rows)
		return "INSERT INTO rates (" + rateColumns + ") VALUES " + values[len(", "):]
	}
	many, err := tx.PrepareContext(ctx, text(ratesAtOnce))
	if err != nil {
		return err
	}
	defer many.Close()
	whole := context.WithoutCancel(ctx) // the context is looked at between the statements
	var terms store.TermsReader
	values := make([]any, 0, ratesAtOnce*rateValues)
	position := 0
	for r := range deck.All() {
		if err := terms.CheckRate(&r, zone); err != nil {
			return err
		}
		values = append(values, id, position, r.Prefix, store.Text(r.Route), int64(r.PerMinute), int64(r.Connect), r.First, r.Next,
			r.Minimum, r.Grace, r.Tiers.String(), r.Closed, stamp(r.ValidFrom), stamp(r.ValidUntil))
		position++
		if len(values) < cap(values) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := many.ExecContext(whole, values...); err != nil {
			return err
		}
		values = values[:0]
	}
	if len(values) == 0 {
		return nil
	}
	_, err = tx.ExecContext(ctx, text(len(values)/rateValues), values...)
	return err
}

// Edition gives one edition of a deck.
func (s *Store) Edition(ctx context.Context, name string, number int) (*rates.Deck, error) {
	deck, err := s.edition(ctx, name, number)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("edition %d of deck %.50q: %w", number, name, store.ErrNotFound)
	}
	return deck, s.explain("read a deck from", err)
}

func (s *Store) edition(ctx context.Context, name string, number int) (*rates.Deck, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	e, err := scanEdition(tx.QueryRowContext(ctx, "SELECT "+editionColumns+" FROM decks WHERE name = ? AND edition = ?", name, number))
	if err != nil {
		return nil, err
	}
	all, err := readRates(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	return rates.NewDeck(name, e.Currency, all)
}

// readRates reads the rates of a stored edition, in the order of a deck. Names of routes come many
// times over, and each is kept once.
func readRates(ctx context.Context, tx *sql.Tx, e store.EditionInfo) ([]rates.Rate, error) {
	rows, err := tx.QueryContext(ctx, `SELECT prefix, route, per_minute, connect, first_increment, next_increment, valid_from
		FROM rates WHERE deck = (SELECT id FROM decks WHERE name = ? AND edition = ?) ORDER BY position`, e.Name, e.Number)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make([]rates.Rate, 0, e.Rates)
	routes := make(map[string]string)
	var r rates.Rate // and the others too are out here, or each row would have its own
	var route string
	var validFrom sql.NullInt64
	for rows.Next() {
		if err := rows.Scan(&r.Prefix, &route, &r.PerMinute, &r.Connect, &r.First, &r.Next, &validFrom); err != nil {
			return nil, err
		}
		known, ok := routes[route]
		if !ok {
			known, routes[route] = route, route
		}
		r.Route, r.ValidFrom = known, store.Moment(validFrom)
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(all) != e.Rates {
		return nil, meddled(e)
	}
	return all, readRareTerms(ctx, tx, e, all)
}

// readRareTerms reads the terms that most rates do not have, for those that have one: each column
// of a million rows that say nothing would cost a tenth of a second.
func readRareTerms(ctx context.Context, tx *sql.Tx, e store.EditionInfo, all []rates.Rate) error {
	rows, err := tx.QueryContext(ctx, `SELECT position, prefix, minimum, grace, tiers, closed, valid_until FROM rates
		WHERE deck = (SELECT id FROM decks WHERE name = ? AND edition = ?)
		AND (minimum <> 0 OR grace <> 0 OR tiers <> '' OR closed <> 0 OR valid_until IS NOT NULL)`, e.Name, e.Number)
	if err != nil {
		return err
	}
	defer rows.Close()
	var terms store.TermsReader
	var position int
	var prefix, tiers string
	var validUntil sql.NullInt64
	var read rates.Rate
	for rows.Next() {
		if err := rows.Scan(&position, &prefix, &read.Minimum, &read.Grace, &tiers, &read.Closed, &validUntil); err != nil {
			return err
		}
		if position < 0 || position >= len(all) || all[position].Prefix != prefix {
			return meddled(e)
		}
		r := &all[position]
		if r.Tiers, err = terms.Tiers(tiers, e.Timezone); err != nil {
			return fmt.Errorf("edition %d of deck %q: rate of prefix %.20q: %w", e.Number, e.Name, prefix, err)
		}
		r.Minimum, r.Grace, r.Closed, r.ValidUntil = read.Minimum, read.Grace, read.Closed, store.Moment(validUntil)
	}
	return rows.Err()
}

// meddled says that an edition, which is never changed, was.
func meddled(e store.EditionInfo) error {
	return fmt.Errorf("edition %d of deck %q does not have the rates that were saved: somebody changed the table; import the list again", e.Number, e.Name)
}

// sameRates says whether a stored edition has the rates of a deck.
func sameRates(ctx context.Context, tx *sql.Tx, e store.EditionInfo, deck *rates.Deck) (bool, error) {
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
	all, err := list(ctx, s.read, scanEdition, "SELECT "+editionColumns+" FROM decks ORDER BY name, edition")
	return all, s.explain("list decks of", err)
}

func scanEdition(row store.Row) (e store.EditionInfo, err error) {
	var validFrom, saved sql.NullInt64
	err = row.Scan(&e.Name, &e.Number, &e.Currency, &e.Rates, &validFrom, &saved, &e.Timezone, &e.File, &e.Digest)
	e.ValidFrom, e.Saved = store.Moment(validFrom), store.Moment(saved)
	return e, err
}
