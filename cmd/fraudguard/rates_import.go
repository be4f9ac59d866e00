package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/web"
)

// importFlags are what the command line of an import says.
type importFlags struct {
	deck, increments, maxPrice, currency, validFrom, decimal, dates string
	columns                                                         []string
	dryRun, yes                                                     bool
}

func newRatesImportCommand() *cobra.Command {
	var f importFlags
	c := onDaemon(&cobra.Command{
		Use:   "import FILE --deck NAME",
		Short: "Read a price list in CSV and make it the newest edition of the deck with that name",
		Long: "Read a price list in CSV and make it, whole and at once, the newest edition of the deck with that name.\n" +
			"If a row is bad, the rows are listed and nothing changes. On a terminal it is shown first what was\n" +
			"understood and what would change, and asked whether to go on.\n\n" +
			"Columns are found by their names. Where that fails, name them: --map prefix=Code,price=Rate. The fields are\n" +
			strings.Join(rates.Fields(), ", ") + ".",
		Example: "  fraudguard rates import carrier.csv --deck default\n" +
			"  fraudguard rates import carrier.csv --deck default --dry-run\n" +
			"  fraudguard rates import december.csv --deck default --valid-from 2026-12-01\n" +
			"  fraudguard rates import usd.csv --deck carrier-b --currency USD --map prefix=Code,price=\"Rate (USD)\"\n" +
			"  fraudguard rates import carrier.csv --deck default --increments 1/1 --decimal comma",
		Args: arguments("a file"),
	}, func(ctx context.Context, s *session, args []string) error {
		request, err := f.request(args[0])
		if err != nil {
			return wrongUse(err)
		}
		return importRates(ctx, s, args[0], request, f.yes)
	})
	c.Flags().StringVar(&f.deck, "deck", "", "name of the deck")
	c.Flags().StringSliceVar(&f.columns, "map", nil, "which column is what: field=header, or field=#3 for the third column")
	c.Flags().StringVar(&f.currency, "currency", "", "currency of the prices (default: that of the file, or else of the ledger)")
	c.Flags().StringVar(&f.validFrom, "valid-from", "", "when it takes over, in the ledger's time zone (default: at once)")
	c.Flags().StringVar(&f.increments, "increments", "", "billing increments in seconds where the file has none, such as 60/60 (the default) or 1/1")
	c.Flags().StringVar(&f.maxPrice, "max-price", "", "highest price per minute that is believed (default 1000)")
	c.Flags().StringVar(&f.decimal, "decimal", "", "decimal sign of the prices where the file leaves it open: point or comma")
	c.Flags().StringVar(&f.dates, "dates", "", "order of dates such as 01/02/2026: month-first (the default) or day-first")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "read and compare, and change nothing")
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	_ = c.MarkFlagRequired("deck") // fails only for a flag that is not there
	return c
}

func (f *importFlags) request(path string) (web.ImportRequest, error) {
	r := web.ImportRequest{Deck: f.deck, File: labelOf(path), Currency: f.currency, ValidFrom: f.validFrom, DryRun: f.dryRun}
	o := &r.Options
	o.Decimal, o.Dates = f.decimal, f.dates
	if f.increments != "" {
		first, next, _ := strings.Cut(f.increments, "/")
		var err1, err2 error
		o.First, err1 = strconv.Atoi(first)
		o.Next, err2 = strconv.Atoi(next)
		if err1 != nil || err2 != nil || o.First < 1 || o.Next < 1 {
			return r, fmt.Errorf("--increments %.20q: write the seconds of the first and of each following one, such as 60/60 or 30/6", f.increments)
		}
	}
	if f.maxPrice != "" {
		var err error
		if o.MaxPrice, err = money.Parse(f.maxPrice); err != nil || o.MaxPrice <= 0 {
			return r, fmt.Errorf("--max-price %.40q: write an amount such as 5000", f.maxPrice)
		}
	}
	for _, text := range f.columns {
		field, header, found := strings.Cut(text, "=")
		if !found || header == "" {
			return r, fmt.Errorf("--map %.80q: write field=header, such as price=Rate", text)
		}
		if o.Map == nil {
			o.Map = make(map[string]string)
		}
		field = strings.TrimSpace(field)
		if _, twice := o.Map[field]; twice {
			return r, fmt.Errorf("--map names %.40q twice: write it once", field)
		}
		o.Map[field] = header
	}
	return r, nil
}

// labelOf is what a file is called in messages and lists.
func labelOf(path string) string {
	const longest = 200 // bytes
	name := filepath.Base(path)
	return strings.ToValidUTF8(name[:min(len(name), longest)], "")
}

// importRates sends the file, on a terminal once more before to ask whether what would come of it is
// wanted.
func importRates(ctx context.Context, s *session, path string, r web.ImportRequest, yes bool) error {
	asks := !yes && !r.DryRun && !s.json && isTerminal(s.in)
	if asks {
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return wrongUse(fmt.Errorf("%s can be read only once, and would have to be read before and after the question: name a file, or write --yes", path))
		}
		trial := r
		trial.DryRun = true
		summary, err := sendRates(ctx, s, path, trial)
		if err != nil {
			return err
		}
		if err := s.show(ctx, summary, func(_ place, to *page) { writePreview(to, summary) }); err != nil {
			return err
		}
		fmt.Fprint(s.errs, "Import it? [y/N] ")
		if !saidYes(ctx, s.in) {
			return errors.New("nothing was imported")
		}
		r.Digest = summary.Digest
	}
	summary, err := sendRates(ctx, s, path, r)
	if err != nil {
		return err
	}
	return s.show(ctx, summary, func(p place, to *page) {
		if !asks {
			writePreview(to, summary)
			to.gap()
		}
		writeOutcome(to, p, summary)
	})
}

// saidYes waits for an answer, or until ctx ends.
func saidYes(ctx context.Context, in io.Reader) bool {
	answers := make(chan string, 1)
	go func() {
		answer, _ := bufio.NewReader(in).ReadString('\n')
		answers <- strings.ToLower(strings.TrimSpace(answer))
	}()
	select {
	case answer := <-answers:
		return answer == "y" || answer == "yes"
	case <-ctx.Done():
		return false
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// sendRates sends the file. A regular one is read twice, so that one that changes meanwhile is
// noticed.
func sendRates(ctx context.Context, s *session, path string, r web.ImportRequest) (web.RatesSummary, error) {
	file, size, err := openDeck(path)
	if err != nil {
		return web.RatesSummary{}, err
	}
	defer file.Close()
	if size >= 0 && r.Digest == "" {
		digest := sha256.New()
		if _, err := io.Copy(digest, file); err != nil {
			return web.RatesSummary{}, fmt.Errorf("the price list cannot be read: %w", err)
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return web.RatesSummary{}, fmt.Errorf("the price list cannot be read: %w", err)
		}
		r.Digest = hex.EncodeToString(digest.Sum(nil))
	}
	body := newProgress(file, size, s.errs)
	summary, err := s.ImportRates(ctx, r, body, size)
	body.end()
	return summary, err
}

// openDeck opens a price list. The size is -1 where only its end tells it.
func openDeck(path string) (*os.File, int64, error) {
	return openFile(path, "price list", web.MaxRates)
}

// openFile opens a file that is sent to the daemon. The size is -1 where only its end tells it.
func openFile(path, what string, most int64) (*os.File, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("the %s cannot be read: %w", what, err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = errors.New("it is a directory: name a CSV file")
	case info.Size() > most:
		err = fmt.Errorf("it has %d MiB: a %s has at most %d", info.Size()>>20, what, most>>20)
	case !info.Mode().IsRegular():
		return file, -1, nil
	default:
		return file, info.Size(), nil
	}
	file.Close()
	return nil, 0, fmt.Errorf("%s cannot be used: %w", path, err)
}
