package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/web"
)

func newStatusCommand() *cobra.Command {
	return onDaemon(&cobra.Command{
		Use:     "status",
		Short:   "Show what is guarded, and first of all what is not",
		Example: "  fraudguard status\n  fraudguard status --json | jq -r '.not_guarded[]'",
		Args:    arguments(),
	}, func(ctx context.Context, s *session, _ []string) error {
		status, err := s.Status(ctx)
		if err != nil {
			return err
		}
		if s.json {
			return printJSON(s.out, status)
		}
		var to page
		writeStatus(&to, placeOf(status), status)
		return to.print(s.out)
	})
}

func writeStatus(to *page, p place, s web.Status) {
	if len(s.NotGuarded) == 0 {
		to.line("All that the configuration asks for is guarded.")
	} else {
		to.line("NOT GUARDED")
		for _, sentence := range s.NotGuarded {
			to.line("  ! %s", sentence)
		}
	}
	to.gap()
	deck := "none"
	if s.Deck != nil {
		deck = fmt.Sprintf("%s (%d rates, %s)", rates.EditionName(s.Deck.Name, s.Deck.Edition), s.Deck.Rates, s.Deck.Currency)
	}
	to.table(
		[]string{"Version", s.Version},
		[]string{"Mode", s.Mode},
		[]string{"Running since", p.moment(s.Started)},
		[]string{"Time zone", s.Timezone},
		[]string{"Price list", deck},
		[]string{"Store", storeLine(p, s.Store)},
		[]string{"Live legs", strconv.Itoa(s.LiveLegs)},
		[]string{"Blocks in force", strconv.Itoa(s.Blocks)},
		[]string{"Notices waiting", waiting(s.NoticesWaiting)},
	)
	to.gap()
	if len(s.Servers) == 0 {
		to.line("There is no server.")
		return
	}
	rows := [][]string{{"SERVER", "STATE", "SINCE", "EVENTS", "LOST", "RECONNECTS", "DETAIL"}}
	for _, v := range s.Servers {
		since := ""
		if v.Since != nil {
			since = p.moment(*v.Since)
		}
		rows = append(rows, []string{v.Name, v.State, since, figure(v.Events), figure(v.Dropped), figure(v.Reconnects), v.Detail})
	}
	to.table(rows...)
}

// storeLine says where the record is kept, and how much of it is not there yet.
func storeLine(p place, s web.StoreStatus) string {
	line := s.URL
	if s.Waiting > 0 {
		line += fmt.Sprintf(", %d records wait", s.Waiting)
	}
	if s.Journal.Waiting > 0 {
		line += fmt.Sprintf(" (%d of them in %s, %.1f MiB)", s.Journal.Waiting, s.Journal.Folder, float64(s.Journal.Bytes)/(1<<20))
	}
	if s.AwaySince != nil {
		line += fmt.Sprintf(", away since %s (%s)", p.moment(*s.AwaySince), time.Duration(s.AwaySeconds)*time.Second)
	}
	if s.Error != "" {
		line += ": " + s.Error
	}
	return line
}

// waiting lists the channels that have something left to tell.
func waiting(notices map[string]int) string {
	var parts []string
	for _, channel := range slices.Sorted(maps.Keys(notices)) {
		if n := notices[channel]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d for %s", n, channel))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func figure(n uint64) string { return strconv.FormatUint(n, 10) }
