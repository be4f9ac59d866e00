package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/cdr"
	"github.com/fraudguard/fraudguard/web"
)

// recordsFlags are what the command line says of a file of records or of a bill.
type recordsFlags struct {
	web.RecordsRequest
	columns []string
	since   string
}

func (f *recordsFlags) add(c *cobra.Command, columns string) {
	c.Flags().StringVar(&f.Server, "server", "", "the Asterisk whose calls they are (default: the first of the configuration)")
	c.Flags().StringSliceVar(&f.columns, "map", nil, columns)
	c.Flags().StringVar(&f.Zone, "zone", "", "time zone of the times, such as Europe/Rome or UTC (default: the ledger's)")
	c.Flags().DurationVar(&f.Tolerance, "tolerance", 2*time.Second, "how much longer or shorter a call may be without being told of")
}

func (f *recordsFlags) request(path string) (web.RecordsRequest, error) {
	r := f.RecordsRequest
	r.File = labelOf(path)
	if r.Tolerance <= 0 {
		return r, fmt.Errorf("--tolerance %s: write a length of time such as 2s", r.Tolerance)
	}
	if f.since != "" {
		var err error
		if r.Since, err = time.Parse(time.RFC3339, f.since); err != nil {
			if r.Since, err = time.ParseInLocation(time.DateOnly, f.since, time.Local); err != nil {
				return r, fmt.Errorf("--since %.40q: write a day such as 2026-11-01, or a moment such as 2026-11-21T10:00:00Z", f.since)
			}
		}
	}
	for _, text := range f.columns {
		column, where, found := strings.Cut(text, "=")
		if !found || where == "" {
			return r, fmt.Errorf("--map %.80q: write column=where, separated by commas", text)
		}
		if r.Map == nil {
			r.Map = make(map[string]string)
		}
		r.Map[strings.TrimSpace(column)] = strings.TrimSpace(where)
	}
	return r, nil
}

func newImportCDRCommand() *cobra.Command {
	var f recordsFlags
	var t tableFlags
	c := onDaemon(&cobra.Command{
		Use:   "cdr [FILE]",
		Short: "Charge the calls that only Asterisk's own call records know",
		Long: "Read Asterisk's own call records, the Master.csv of cdr_csv or cdr_custom, and charge the paid calls of which\n" +
			"nobody else knows: those of an outage, and of the time before fraudguard. What was metered is not charged\n" +
			"again, what had been estimated is corrected, and what differs is told in an incident record.differs.\n" +
			"The same file again changes nothing, and one that was interrupted goes on where it stopped.\n\n" +
			"Another template of cdr_custom needs the number of each column: " + strings.Join(cdr.Columns(), ", ") + ".\n\n" +
			"With --table the records are those of a table in PostgreSQL, as cdr_pgsql and cdr_adaptive_odbc write it. It is\n" +
			"read by this command, which needs the right to SELECT and no other. Columns that have other names there are\n" +
			"told with --map; those that are missing follow from others as far as they can.",
		Example: "  fraudguard import cdr /var/log/asterisk/cdr-csv/Master.csv\n" +
			"  fraudguard import cdr /var/log/asterisk/cdr-custom/Master.csv --server pbx1 --dry-run\n" +
			"  fraudguard import cdr Master.csv --since 2026-11-01 --zone UTC\n" +
			"  fraudguard import cdr own.csv --map channel=1,dstchannel=2,lastapp=3,lastdata=4,start=5,answer=6,end=7,billsec=8\n" +
			"  fraudguard import cdr --table postgres://reader@db.example.org/asterisk --table-password-file reader.secret --since 2026-11-01",
		Args: func(c *cobra.Command, args []string) error {
			if t.url != "" {
				return arguments()(c, args)
			}
			return arguments("a file")(c, args)
		},
	}, func(ctx context.Context, s *session, args []string) error {
		if t.url != "" {
			return t.importFrom(ctx, s, &f)
		}
		request, err := f.request(args[0])
		if err != nil {
			return wrongUse(err)
		}
		file, size, err := openFile(args[0], "call records", web.MaxRecords)
		if err != nil {
			return err
		}
		defer file.Close()
		body := newProgress(file, size, s.errs)
		summary, err := s.ImportRecords(ctx, request, body, size)
		body.end()
		if err != nil {
			return err
		}
		return s.show(ctx, summary, func(p place, to *page) { writeRecords(to, p, summary) })
	})
	f.add(c, "the number of each column, as in channel=1,dstchannel=2; of a table its name, as in start=began")
	t.add(c)
	c.Flags().StringVar(&f.Format, "format", "", "csv for cdr_csv, custom for cdr_custom (default: found out)")
	c.Flags().StringVar(&f.since, "since", "", "leave out calls that ended before")
	c.Flags().BoolVar(&f.DryRun, "dry-run", false, "say what would be done, and change nothing")
	return c
}

func writeRecords(to *page, p place, s web.RecordsSummary) {
	if s.DryRun {
		to.line("Nothing was changed. This is what an import would do:")
	}
	if s.First != nil {
		to.line("%d call records of server %s, from %s to %s", s.Rows, s.Server, p.moment(*s.First), p.moment(*s.Last))
	} else {
		to.line("%d call records of server %s", s.Rows, s.Server)
	}
	count := func(n int) string { return fmt.Sprint(n) }
	to.table(
		[]string{"charged, nobody had watched them", count(s.Charged)},
		[]string{"corrected, they had been estimated", count(s.Corrected)},
		[]string{"known already", count(s.Known)},
		[]string{"known, and they differ", count(s.Differing)},
		[]string{"not answered", count(s.Unbilled)},
		[]string{"not outbound", count(s.NotOutbound)},
		[]string{p.cost(), s.Cost.String()},
	)
	writeNoLongerKept(to, s.NoLongerKept)
	writeDifferences(to, p, "Legs that differ", s.Differences)
	if s.Bad > 0 {
		to.gap()
		to.line("%d rows make no sense and were left out:", s.Bad)
		for _, fault := range s.Faults {
			to.line("  %s", fault)
		}
	}
}

// writeNoLongerKept says how many calls were left out because nobody can tell whether they are charged.
func writeNoLongerKept(to *page, calls int) {
	if calls > 0 {
		to.gap()
		to.line("%d calls are so old that the calls of their days are no longer kept: they were left out, because they may be in the ledger.", calls)
	}
}

// differencesShown bounds a table of differences; --json has all that the daemon tells.
const differencesShown = 20

func writeDifferences(to *page, p place, title string, all []web.Difference) {
	if len(all) == 0 {
		return
	}
	to.gap()
	if to.line("%s: %d", title, len(all)); len(all) > differencesShown {
		to.line("These are %d of them; --json has more.", differencesShown)
	}
	rows := [][]string{{"STARTED", "ACCOUNT", "NUMBER", "METERED (s)", "TOLD (s)", p.cost(), "BILLED", "LEG"}}
	for _, d := range all[:min(len(all), differencesShown)] {
		account, billed := "", ""
		if d.Tenant != "" {
			account = d.Tenant + "/" + d.Extension
		}
		if d.Billed != nil {
			billed = d.Billed.String()
		}
		rows = append(rows, []string{p.moment(d.Started), account, d.Number, fmt.Sprintf("%.1f", d.Metered), fmt.Sprintf("%.1f", d.Told),
			d.Cost.String(), billed, d.Leg})
	}
	to.table(rows...)
}
