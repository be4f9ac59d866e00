package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/cdr"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/store/postgres"
	"github.com/fraudguard/fraudguard/web"
)

// tableFlags are what the command line says of a table of records.
type tableFlags struct{ url, name, passwordFile string }

func (t *tableFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&t.url, "table", "", "URL of the PostgreSQL database with the records, instead of a file")
	c.Flags().StringVar(&t.name, "table-name", "cdr", "name of the table there, with its schema before a point where it is in one of its own")
	c.Flags().StringVar(&t.passwordFile, "table-password-file", "", "file with the password for the database (default: as PostgreSQL's own programs find it, such as PGPASSFILE)")
}

// closeWithin bounds the farewell to a server.
const closeWithin = 5 * time.Second

// importFrom reads the table and sends its rows.
func (t *tableFlags) importFrom(ctx context.Context, s *session, f *recordsFlags) (err error) {
	if f.Format != "" {
		return wrongUse(errors.New("--format is for files: a table says its columns itself"))
	}
	request, err := f.request("table " + t.name)
	if err := errors.Join(err, postgres.CheckReaderURL(t.url)); err != nil {
		return wrongUse(err)
	}
	var password config.Secret
	if t.passwordFile != "" {
		if password, err = config.ReadSecret(t.passwordFile); err != nil {
			return wrongUse(err)
		}
	}
	conn, err := postgres.OpenReader(ctx, t.url, password.Reveal())
	if err != nil {
		return err
	}
	defer func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer cancel()
		err = errors.Join(err, conn.Close(limited))
	}()
	summary, err := sendTable(ctx, s, conn, request, t.name)
	if err != nil {
		return err
	}
	return s.show(ctx, summary, func(p place, to *page) { writeRecords(to, p, summary) })
}

// sendTable sends the rows of a table. The HTTP client may still be at the body when it has the answer,
// so that it gets one that can be closed under it.
func sendTable(ctx context.Context, s *session, conn *pgx.Conn, r web.RecordsRequest, name string) (web.RecordsSummary, error) {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	table, err := cdr.OpenTable(reading, conn, cdr.TableOptions{Name: name, Map: r.Map, Since: r.Since})
	if err != nil {
		return web.RecordsSummary{}, err
	}
	body, rows := io.Pipe()
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(rows, table)
		_ = rows.CloseWithError(err) // it never fails
		read <- err
	}()
	r.Format, r.Map = cdr.Table, nil
	bar := newRowProgress(body, table.Rows, table.Done, s.errs)
	summary, err := s.ImportRecords(ctx, r, bar, -1)
	bar.end()
	_ = body.Close() // it never fails
	stop()
	if fault := <-read; fault != nil && !errors.Is(fault, io.ErrClosedPipe) && !errors.Is(fault, context.Canceled) {
		err = fault // because of it the body broke off
	}
	return summary, errors.Join(err, table.Close())
}
