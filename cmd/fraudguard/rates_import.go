package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/web"
)

func newRatesImportCommand() *cobra.Command {
	var deck, increments, maxPrice string
	c := onDaemon(&cobra.Command{
		Use:   "import FILE --deck NAME",
		Short: "Read a price list in CSV and put it in the place of the deck with that name",
		Long: "Read a price list in CSV and put it, whole and at once, in the place of the deck with that name.\n" +
			"If a row is bad, the rows are listed and the old deck stays.",
		Example: "  fraudguard rates import carrier.csv --deck default\n  fraudguard rates import carrier.csv --deck default --increments 1/1",
		Args:    arguments("a file"),
	}, func(ctx context.Context, s *session, args []string) error {
		options, err := readOptions(increments, maxPrice)
		if err != nil {
			return wrongUse(err)
		}
		file, size, err := openDeck(args[0])
		if err != nil {
			return err
		}
		defer file.Close()
		body := newProgress(file, size, s.errs)
		summary, err := s.ImportRates(ctx, deck, filepath.Base(args[0]), body, size, options)
		body.end()
		if err != nil {
			return err
		}
		return s.show(ctx, summary, func(_ place, to *page) { writeSummary(to, summary) })
	})
	c.Flags().StringVar(&deck, "deck", "", "name of the deck")
	c.Flags().StringVar(&increments, "increments", "", "billing increments in seconds where the file has none, such as 60/60 (the default) or 1/1")
	c.Flags().StringVar(&maxPrice, "max-price", "", "highest price per minute that is believed (default 1000)")
	_ = c.MarkFlagRequired("deck") // fails only for a flag that is not there
	return c
}

func readOptions(increments, maxPrice string) (rates.ReadOptions, error) {
	var o rates.ReadOptions
	if increments != "" {
		first, next, _ := strings.Cut(increments, "/")
		var err1, err2 error
		o.First, err1 = strconv.Atoi(first)
		o.Next, err2 = strconv.Atoi(next)
		if err1 != nil || err2 != nil || o.First < 1 || o.Next < 1 {
			return o, fmt.Errorf("--increments %.20q: write the seconds of the first and of each following one, such as 60/60 or 30/6", increments)
		}
	}
	if maxPrice != "" {
		var err error
		if o.MaxPrice, err = money.Parse(maxPrice); err != nil || o.MaxPrice <= 0 {
			return o, fmt.Errorf("--max-price %.40q: write an amount such as 5000", maxPrice)
		}
	}
	return o, nil
}

// openDeck opens a price list. The size is -1 where only its end tells it.
func openDeck(path string) (*os.File, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("the price list cannot be read: %w", err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = errors.New("it is a directory: name a CSV file")
	case info.Size() > web.MaxRates:
		err = fmt.Errorf("it has %d MiB: a price list has at most %d", info.Size()>>20, web.MaxRates>>20)
	case !info.Mode().IsRegular():
		return file, -1, nil
	default:
		return file, info.Size(), nil
	}
	file.Close()
	return nil, 0, fmt.Errorf("%s cannot be used: %w", path, err)
}

func writeSummary(to *page, s web.RatesSummary) {
	to.line("Deck %s has %d rates (%s).", s.Deck, s.Rates, s.Currency)
	if s.InForce {
		to.line("It is in force from now on.")
	} else {
		to.line("It is NOT in force: the configuration names another one. Write deck = %q under [rates], then: fraudguard reload", s.Deck)
	}
}

// progress shows on a terminal how much of a large file has been sent.
type progress struct {
	io.Reader
	to          io.Writer // nil where nothing is to be shown
	sent, total int64
	// shown is the percentage drawn last. The HTTP client reads a body on a goroutine of its own.
	shown atomic.Int64
}

const (
	// shownFrom is the size of the smallest file that takes long enough for a bar.
	shownFrom = 1 << 20
	barWidth  = 30
)

func newProgress(file io.Reader, size int64, to io.Writer) *progress {
	p := &progress{Reader: file, total: size}
	p.shown.Store(-1)
	if terminal, ok := to.(*os.File); ok && size >= shownFrom {
		if info, err := terminal.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.to = to
		}
	}
	return p
}

// Read reads on and draws the bar where it has grown.
func (p *progress) Read(into []byte) (int, error) {
	n, err := p.Reader.Read(into)
	p.sent += int64(n)
	if percent := min(p.sent*100/max(p.total, 1), 100); p.to != nil && percent != p.shown.Load() {
		p.shown.Store(percent)
		full := int(percent) * barWidth / 100
		fmt.Fprintf(p.to, "\r[%s%s] %3d %% of %d MiB", strings.Repeat("#", full), strings.Repeat("-", barWidth-full), percent, p.total>>20)
		if percent == 100 {
			fmt.Fprint(p.to, " sent; it is being read and stored")
		}
	}
	return n, err
}

// end leaves the bar's line.
func (p *progress) end() {
	if p.shown.Load() >= 0 && p.to != nil {
		fmt.Fprintln(p.to)
	}
}
