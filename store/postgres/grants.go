package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

// relations are what the program has in its database, and what a running guard, or a backup with its role,
// does with each. All that is not here is none of its business.
var relations = []struct {
	rights, kind string
	names        []string
}{
	{"SELECT, INSERT", "TABLE", []string{"ledger"}},
	{"SELECT, INSERT, UPDATE, DELETE", "TABLE", []string{"legs", "charges", "ledger_days", "ledger_months", "ledger_routes", "incidents",
		"blocks", "caps", "outbox", "decks", "rates", "pruned_legs", "leases"}},
	{"USAGE, SELECT", "SEQUENCE", []string{"outbox_id_seq", "decks_id_seq"}}, // SELECT is for pg_dump
	{"SELECT", "SEQUENCE", []string{goose.DefaultTablename + "_id_seq"}},
	{"SELECT", "TABLE", []string{"calls", "charges_readable", "ledger_daily", "ledger_monthly", "ledger_daily_routes", "caps_readable",
		"incidents_readable", "blocks_readable", "outbox_readable", "decks_readable", "rates_readable", goose.DefaultTablename}},
}

// Grants gives the statements that let a role do what a running guard and a backup do: read and write rows
// of its tables, and nothing else.
func Grants(role, schema string) []string {
	to := pgx.Identifier{role}.Sanitize()
	statements := []string{fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", pgx.Identifier{schema}.Sanitize(), to)}
	for _, r := range relations {
		for _, name := range r.names {
			statements = append(statements, fmt.Sprintf("GRANT %s ON %s %s TO %s", r.rights, r.kind, pgx.Identifier{schema, name}.Sanitize(), to))
		}
	}
	return statements
}

// Grant carries Grants out, all or none, as the owner of the tables in the database that a URL
// names. It gives the statements; with dry it does nothing else.
func Grant(ctx context.Context, url, password, role string, dry bool) ([]string, error) {
	config, err := read(url, password)
	if err != nil {
		return nil, err
	}
	statements, err := grant(ctx, config.ConnConfig, role, dry)
	return statements, explain("grant rights in", nameOf(config.ConnConfig), err)
}

func grant(ctx context.Context, config *pgx.ConnConfig, role string, dry bool) ([]string, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var schema string
	var known bool
	err = conn.QueryRow(ctx, "SELECT coalesce(current_schema(), 'public'), EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role).Scan(&schema, &known)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, fmt.Errorf("there is no role %.63q; make it first: CREATE ROLE %s LOGIN", role, pgx.Identifier{role}.Sanitize())
	}
	statements := Grants(role, schema)
	if dry {
		return statements, nil
	}
	return statements, pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}
