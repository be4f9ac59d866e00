package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

const (
	rateColumns = "deck, position, prefix, route, per_minute, connect, first_increment, next_increment, valid_from"
	rateValues  = 9
	// ratesAtOnce is how many rows one statement inserts: enough that the rows cost more than the
	// statement.
	ratesAtOnce = 100
)

// SaveDeck puts a deck in the place of the one with the same name.
func (s *Store) SaveDeck(ctx context.Context, deck *rates.Deck, at time.Time) error {
	return s.explain("save a deck to", s.saveDeck(ctx, deck, at))
}

func (s *Store) saveDeck(ctx context.Context, deck *rates.Deck, at time.Time) error {
	name := deck.Name()
	if store.Key(name) != name || name == "" {
		return fmt.Errorf("deck name %.50q: it has 1 to %d bytes of UTF-8 without NUL", name, store.MaxKey)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "DELETE FROM decks WHERE name = ?", name); err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, "INSERT INTO decks (name, currency, size, saved) VALUES (?, ?, ?, ?)",
		name, store.Text(deck.Currency()), deck.Len(), stamp(at))
	if err != nil {
		return err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	if err := insertRates(ctx, tx, id, deck); err != nil {
		return err
	}
	return tx.Commit()
}

func insertRates(ctx context.Context, tx *sql.Tx, id int64, deck *rates.Deck) error {
	row := ", (" + marks(rateValues) + ")"
	text := func(rows int) string {
		values := ""
		for range rows {
			values += row
		}
		return "INSERT INTO rates (" + rateColumns + ") VALUES " + values[len(", "):]
	}
	many, err := tx.PrepareContext(ctx, text(ratesAtOnce))
	if err != nil {
		return err
	}
	defer many.Close()
	whole := context.WithoutCancel(ctx) // the context is looked at between the statements
	values := make([]any, 0, ratesAtOnce*rateValues)
	position := 0
	for r := range deck.All() {
		from := stamp(r.ValidFrom)
		if !moment(from).Equal(r.ValidFrom) {
			return fmt.Errorf("rate of prefix %s: it is valid from %v, and only whole microseconds can be stored", r.Prefix, r.ValidFrom)
		}
		values = append(values, id, position, r.Prefix, store.Text(r.Route), int64(r.PerMinute), int64(r.Connect), r.First, r.Next, from)
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

// Deck gives the deck of a name.
func (s *Store) Deck(ctx context.Context, name string) (*rates.Deck, error) {
	deck, err := s.deck(ctx, name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("deck %.50q: %w", name, store.ErrNotFound)
	}
	return deck, s.explain("read a deck from", err)
}

func (s *Store) deck(ctx context.Context, name string) (*rates.Deck, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	var id int64
	var currency string
	var size int
	err = tx.QueryRowContext(ctx, "SELECT id, currency, size FROM decks WHERE name = ?", name).Scan(&id, &currency, &size)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT prefix, route, per_minute, connect, first_increment, next_increment, valid_from
		FROM rates WHERE deck = ? ORDER BY position`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make([]rates.Rate, 0, size)
	var r rates.Rate
	var validFrom sql.NullInt64
	for rows.Next() {
		if err := rows.Scan(&r.Prefix, &r.Route, &r.PerMinute, &r.Connect, &r.First, &r.Next, &validFrom); err != nil {
			return nil, err
		}
		r.ValidFrom = moment(validFrom)
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return rates.NewDeck(name, currency, all)
}

// Decks lists the decks by name.
func (s *Store) Decks(ctx context.Context) ([]store.DeckInfo, error) {
	decks, err := list(ctx, s.read, func(row scanner) (d store.DeckInfo, err error) {
		var saved sql.NullInt64
		err = row.Scan(&d.Name, &d.Currency, &d.Rates, &saved)
		d.Saved = moment(saved)
		return d, err
	}, "SELECT name, currency, size, saved FROM decks ORDER BY name")
	return decks, s.explain("list decks of", err)
}
