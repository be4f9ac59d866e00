package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
)

// rateChange is one line of a difference, for scripts.
type rateChange struct {
	Prefix string        `json:"prefix"`
	Change string        `json:"change"` // "added", "changed", "removed"
	Route  string        `json:"route"`
	Old    *money.Amount `json:"old_per_minute"`
	New    *money.Amount `json:"new_per_minute"`
	What   string        `json:"what"` // what else has changed
}

func newRatesDiffCommand() *cobra.Command {
	var limit int
	c := onDaemon(&cobra.Command{
		Use:   "diff A B",
		Short: "Compare two stored price lists, prefix by prefix",
		Long: "Compare two stored price lists, prefix by prefix. Each is a deck's name, which means its edition in force,\n" +
			"or a deck and an edition, such as default@3.",
		Example: "  fraudguard rates diff default@3 default\n  fraudguard rates diff carrier-a carrier-b --json",
		Args:    arguments("a price list", "another one"),
	}, func(ctx context.Context, s *session, args []string) error {
		if err := checkLimit(limit); err != nil {
			return err
		}
		a, err := fetchDeck(ctx, s, args[0])
		if err != nil {
			return err
		}
		b, err := fetchDeck(ctx, s, args[1])
		if err != nil {
			return err
		}
		if a.Currency() != b.Currency() {
			return fmt.Errorf("%s is in %s and %s in %s: their prices cannot be compared", args[0], a.Currency(), args[1], b.Currency())
		}
		changes := []rateChange{}
		for c := range rates.Diff(a, b) {
			if len(changes) > limit {
				break
			}
			changes = append(changes, changeOf(c))
		}
		if len(changes) > limit {
			changes = changes[:limit]
			fmt.Fprintf(s.errs, "Only the first %d are shown: --limit shows more.\n", limit)
		}
		return s.show(ctx, changes, func(_ place, to *page) {
			writeDifference(to, rates.Compare(a, b))
			to.gap()
			rows := [][]string{{"PREFIX", "CHANGE", "ROUTE", "FROM", "TO", "WHAT ELSE"}}
			for _, c := range changes {
				rows = append(rows, []string{c.Prefix, c.Change, c.Route, amountOrNone(c.Old), amountOrNone(c.New), c.What})
			}
			if len(changes) > 0 {
				to.table(rows...)
			}
		})
	})
	c.Flags().IntVar(&limit, "limit", 1000, "how many prefixes at most")
	return c
}

func amountOrNone(a *money.Amount) string {
	if a == nil {
		return ""
	}
	return a.String()
}

func changeOf(c rates.Change) rateChange {
	switch {
	case c.Old == nil:
		return rateChange{Prefix: c.Prefix, Change: "added", Route: c.New.Route, New: &c.New.PerMinute}
	case c.New == nil:
		return rateChange{Prefix: c.Prefix, Change: "removed", Route: c.Old.Route, Old: &c.Old.PerMinute}
	}
	return rateChange{Prefix: c.Prefix, Change: "changed", Route: c.New.Route, Old: &c.Old.PerMinute, New: &c.New.PerMinute, What: whatElse(c.Old, c.New)}
}

// whatElse names what has changed besides the price per minute.
func whatElse(x, y *rates.Rate) string {
	var all []string
	note := func(changed bool, format string, args ...any) {
		if changed {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	note(x.Route != y.Route, "route was %s", x.Route)
	note(x.Connect != y.Connect, "connect fee %s to %s", x.Connect, y.Connect)
	note(x.First != y.First || x.Next != y.Next, "increments %d/%d to %d/%d", x.First, x.Next, y.First, y.Next)
	note(x.Minimum != y.Minimum, "minimum %d to %d s", x.Minimum, y.Minimum)
	note(x.Grace != y.Grace, "grace %d to %d s", x.Grace, y.Grace)
	note(x.Tiers.String() != y.Tiers.String(), "tiers %q to %q", x.Tiers.String(), y.Tiers.String())
	note(!x.Closed && y.Closed, "closed")
	note(x.Closed && !y.Closed, "open again")
	note(!x.ValidFrom.Equal(y.ValidFrom), "valid from %s", dayOrAlways(y.ValidFrom))
	note(!x.ValidUntil.Equal(y.ValidUntil), "another end")
	return strings.Join(all, ", ")
}

func dayOrAlways(t time.Time) string {
	if t.IsZero() {
		return "always"
	}
	return t.UTC().Format(time.RFC3339)
}

// fetchDeck gets a price list by "name" or "name@edition".
func fetchDeck(ctx context.Context, s *session, text string) (*rates.Deck, error) {
	name, number, err := readEdition(text)
	if err != nil {
		return nil, wrongUse(err)
	}
	_, deck, err := s.Deck(ctx, name, number)
	return deck, err
}

func readEdition(text string) (name string, number int, err error) {
	name, edition, found := strings.Cut(text, "@")
	if !found {
		return name, 0, nil
	}
	if number, err = strconv.Atoi(edition); err != nil || number < 1 {
		return "", 0, fmt.Errorf("%.80q: write a deck's name, or a name and an edition such as default@3", text)
	}
	return name, number, nil
}
