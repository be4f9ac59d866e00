package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fraudguard/fraudguard/guard"
)

const (
	// listen is for what the triggers of steps 00003 and 00005 tell: the name of a table. ofEditions is the
	// one that has the editions of decks.
	listen, ofEditions = "LISTEN fraudguard", "decks"
	// quietMost is how long nothing may be heard, before the server is asked whether it is there: a line can
	// break without a word.
	quietMost = 10 * time.Second
)

// Watch listens, on a connection of its own, until that breaks.
func (s *Store) Watch(ctx context.Context, inForce, editions func()) error {
	return s.explain("watch", s.watch(ctx, inForce, editions))
}

func (s *Store) watch(ctx context.Context, inForce, editions func()) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, listen); err != nil {
		return err
	}
	inForce()
	editions()
	for {
		table, err := hear(ctx, conn)
		switch {
		case err != nil:
			return err
		case table == ofEditions:
			editions()
		default:
			inForce()
		}
	}
}

// hear waits for a notification, and gives the table of which it tells.
func hear(ctx context.Context, conn *pgx.Conn) (table string, err error) {
	for {
		quiet, cancel := context.WithTimeout(ctx, quietMost)
		told, err := conn.WaitForNotification(quiet)
		cancel()
		if err == nil {
			return told.Payload, nil
		}
		if ctx.Err() != nil || !pgconn.Timeout(err) {
			return "", err
		}
		there, cancel := context.WithTimeout(ctx, connectTimeout)
		err = conn.Ping(there)
		cancel()
		if err != nil {
			return "", fmt.Errorf("the server does not answer any more: %w", err)
		}
	}
}

// InForce gives the blocks and caps that count.
func (s *Store) InForce(ctx context.Context) (found []guard.Block, caps []guard.Override, err error) {
	err = s.oneMoment(ctx, func(tx pgx.Tx) error {
		var ofBlocks, ofCaps error
		found, ofBlocks = blocks(ctx, tx, false)
		caps, ofCaps = overrides(ctx, tx)
		return errors.Join(ofBlocks, ofCaps)
	})
	return found, caps, s.explain("read blocks and caps from", err)
}
