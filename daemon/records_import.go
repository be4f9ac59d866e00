package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/fraudguard/fraudguard/cdr"
	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/web"
)

const (
	// longestCall is how long before a record its leg can have begun.
	longestCall = 26 * time.Hour
	// readAtOnce is for how many records the store is asked at once, handAtOnce how many of them the
	// guard takes between two other facts.
	readAtOnce, handAtOnce = 2000, 100
	// mostLegs bounds what the store gives for them.
	mostLegs = 100_000
	// faultsTold and faultsMost bound the rows that make no sense: those that are told, and those
	// after which it is another file.
	faultsTold, faultsMost = 20, 1000
	// worstTold is how many examples an incident has, and differencesTold an answer.
	worstTold, differencesTold = 10, 10_000
	// usualTolerance is that of records and bills.
	usualTolerance = 2 * time.Second
)

// zoneOf is the zone that a request names, or the ledger's.
func zoneOf(c *config.Config, name string) (*time.Location, error) {
	if name == "" {
		return c.Zone, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, web.Errorf(http.StatusBadRequest, "there is no time zone %.40q: write one such as Europe/Rome or UTC", name)
	}
	return zone, nil
}

// ImportRecords reads call records, and brings them to the guard in pieces.
func (b backend) ImportRecords(ctx context.Context, r web.RecordsRequest, body io.Reader) (web.RecordsSummary, error) {
	c, lists := b.current()
	s, err := serverNamed(c, r.Server)
	if err != nil {
		return web.RecordsSummary{}, err
	}
	o := cdr.Options{Format: r.Format}
	if o.Zone, err = zoneOf(c, r.Zone); err != nil {
		return web.RecordsSummary{}, err
	}
	for column, text := range r.Map {
		n, err := strconv.Atoi(text)
		if err != nil {
			return web.RecordsSummary{}, web.Errorf(http.StatusBadRequest, "--map %.40s=%.40s: write the column's number, as in %.40s=5", column, text, column)
		}
		if o.Map == nil {
			o.Map = make(map[string]int)
		}
		o.Map[column] = n
	}
	source, err := cdr.NewReader(body, r.File, o)
	if err != nil {
		return web.RecordsSummary{}, web.Errorf(http.StatusBadRequest, "%v", err)
	}
	i := &recordsImport{backend: b, ctx: ctx, config: c, source: source, request: r, lists: lists, shorter: make(map[string]web.Difference)}
	i.request.Server, i.request.Tolerance = s.Name, cmp.Or(r.Tolerance, usualTolerance)
	i.summary = web.RecordsSummary{Server: s.Name, File: r.File, DryRun: r.DryRun}
	err = i.run()
	b.log.Info("call records imported", "server", s.Name, "file", r.File, "rows", i.summary.Rows, "charged", i.summary.Charged,
		"corrected", i.summary.Corrected, "differing", i.summary.Differing, "cost", i.summary.Cost.String(), "dry_run", r.DryRun, "error", err)
	return i.summary, err
}

// recordsImport is an import under way.
type recordsImport struct {
	backend
	ctx     context.Context
	config  *config.Config
	source  cdr.Source
	request web.RecordsRequest
	lists   priceLists
	summary web.RecordsSummary
	// shorter are the legs of which the records so far say less than was metered; others may follow.
	shorter map[string]web.Difference
	differs int // those of which they say more
}

func (i *recordsImport) run() error {
	for ended := false; !ended; {
		var records []guard.CallRecord
		var err error
		if records, ended, err = i.read(); err != nil {
			return err
		}
		if len(records) == 0 {
			continue
		}
		if err := i.take(records); err != nil {
			return err
		}
	}
	if i.summary.Rows == 0 && i.summary.Bad > 0 {
		return web.Errorf(http.StatusUnprocessableEntity, "no row can be read:\n%s", i.summary.Faults[0])
	}
	for _, d := range i.shorter {
		i.summary.Differences = append(i.summary.Differences, d)
	}
	i.summary.Differing = i.differs + len(i.shorter)
	return i.tellDifferences()
}

// read gives the next records.
func (i *recordsImport) read() (records []guard.CallRecord, ended bool, err error) {
	for len(records) < readAtOnce {
		record, err := i.source.Next()
		var fault *cdr.RowError
		switch {
		case errors.Is(err, io.EOF):
			return records, true, nil
		case errors.As(err, &fault):
			if i.summary.Bad++; i.summary.Bad <= faultsTold {
				i.summary.Faults = append(i.summary.Faults, fault.Error())
			}
			if i.summary.Bad > faultsMost {
				return nil, false, web.Errorf(http.StatusUnprocessableEntity, "%s has more than %d rows that make no sense; the first: %s",
					i.request.File, faultsMost, i.summary.Faults[0])
			}
			continue
		case err != nil:
			return nil, false, err
		}
		if record.Ended.After(time.Now().Add(time.Minute)) {
			return nil, false, web.Errorf(http.StatusUnprocessableEntity, "a call of %s ends at %s, which is still to come: name the time zone of the file with --zone",
				record.Channel, record.Ended.In(i.config.Zone).Format(time.DateTime))
		}
		i.summary.Rows++
		if !record.Ended.Before(i.request.Since) {
			records = append(records, record)
		}
	}
	return records, false, nil
}

// span gives the time of records.
func span(records []guard.CallRecord) (from, to time.Time) {
	from, to = records[0].Started, records[0].Ended
	for _, r := range records {
		if r.Started.Before(from) {
			from = r.Started
		}
		if r.Ended.After(to) {
			to = r.Ended
		}
	}
	return from, to
}

// take asks the store what it knows of records, and hands them to the guard.
func (i *recordsImport) take(records []guard.CallRecord) error {
	from, to := span(records)
	if first := web.Moment(from); i.summary.First == nil || first.Before(*i.summary.First) {
		i.summary.First = &first
	}
	if last := web.Moment(to); i.summary.Last == nil || last.After(*i.summary.Last) {
		i.summary.Last = &last
	}
	prices, err := i.pricesOf(from, to)
	if err != nil {
		return err
	}
	if err := i.recorder.settled(i.ctx); err != nil {
		return err
	}
	known, err := i.store.Calls(i.ctx, store.CallsQuery{
		Server: i.request.Server, Names: channelNames(records), Limit: mostLegs, Since: from.Add(-longestCall), Until: to.Add(longestCall),
	})
	if err != nil {
		return err
	}
	// It is asked last: what was pruned before the legs were read is left out, what is pruned after was read.
	kept, err := i.keptSince(i.ctx)
	if err != nil {
		return err
	}
	all := len(records)
	records = slices.DeleteFunc(records, func(r guard.CallRecord) bool { return r.Started.Before(kept) })
	i.summary.NoLongerKept += all - len(records)
	if i.summary.First != nil && wrongZone(records, known) {
		return web.Errorf(http.StatusUnprocessableEntity, "the calls of %s are in the ledger at other hours: name the time zone of the file with --zone", i.request.File)
	}
	byName := make(map[string][]guard.Leg)
	for _, l := range known {
		byName[l.Name] = append(byName[l.Name], l)
	}
	for piece := range slices.Chunk(records, handAtOnce) {
		f := guard.RecordsRead{Seen: guard.Seen{Server: i.request.Server, At: time.Now()}, Records: piece, Prices: prices,
			Tolerance: i.request.Tolerance, DryRun: i.request.DryRun}
		for _, name := range channelNames(piece) {
			f.Known = append(f.Known, byName[name]...)
		}
		err := i.ask(i.ctx, func(g *guard.Guard) {
			effects, taken := g.TakeRecords(f)
			i.carryOut(effects)
			for _, t := range taken {
				i.count(&t)
				if t.As >= guard.Unbilled && t.As <= guard.Corrected {
					byName[t.Leg.Name] = replaced(byName[t.Leg.Name], t.Leg)
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// replaced puts a leg in the place of what was known of it.
func replaced(legs []guard.Leg, l guard.Leg) []guard.Leg {
	at := slices.IndexFunc(legs, func(k guard.Leg) bool { return k.ID == l.ID })
	if at < 0 {
		return append(legs, l)
	}
	legs[at] = l
	return legs
}

// wrongZone says whether legs of the records' channels are in the ledger some quarters of an hour
// away, and none at the records' own time.
func wrongZone(records []guard.CallRecord, known []guard.Leg) bool {
	const near, quarter = 3 * time.Second, 15 * time.Minute
	moved := 0
	for _, r := range records {
		for _, l := range known {
			if l.Name != r.Destination || r.Answered.IsZero() || l.Answered.IsZero() {
				continue
			}
			off := r.Answered.Sub(l.Answered)
			if off.Abs() <= near {
				return false
			}
			if rest := (off - off.Round(quarter)).Abs(); rest <= near && (r.Ended.Sub(r.Answered)-l.Ended.Sub(l.Answered)).Abs() <= near {
				moved++
			}
		}
	}
	return moved >= 3
}

// count adds what became of a leg to the summary.
func (i *recordsImport) count(t *guard.Taken) {
	key := t.Leg.ID
	delete(i.shorter, key)
	switch t.As {
	case guard.NotOutbound:
		i.summary.NotOutbound++
	case guard.Unbilled:
		i.summary.Unbilled++
	case guard.Charged:
		i.summary.Charged++
		i.summary.Cost += t.Leg.Cost
	case guard.Corrected:
		i.summary.Corrected++
		i.summary.Cost += t.Changed
	case guard.Agreed:
		i.summary.Known++
	case guard.Differing:
		d := differenceOf(&t.Leg, t.Recorded)
		if t.By < 0 {
			i.shorter[key] = d
		} else if i.differs++; len(i.summary.Differences) < differencesTold {
			i.summary.Differences = append(i.summary.Differences, d)
		}
	}
}

func differenceOf(l *guard.Leg, told time.Duration) web.Difference {
	d := web.Difference{Leg: l.ID, Tenant: l.Account.Tenant, Extension: l.Account.Extension, Number: l.Number,
		Started: web.Moment(l.Started), Told: told.Seconds(), Cost: l.Cost}
	if !l.Answered.IsZero() {
		d.Metered = l.Ended.Sub(l.Answered).Seconds()
	}
	return d
}

// farthest sorts differences, the farthest off first.
func farthest(all []web.Difference) {
	slices.SortStableFunc(all, func(x, y web.Difference) int { return cmp.Compare(abs(y.Told-y.Metered), abs(x.Told-x.Metered)) })
}

// dearest sorts legs that cost something else on a bill, those farthest off first.
func dearest(all []web.Difference) {
	slices.SortStableFunc(all, func(x, y web.Difference) int {
		return cmp.Compare(abs(float64(*y.Billed-y.Cost)), abs(float64(*x.Billed-x.Cost)))
	})
}

func abs(x float64) float64 { return max(x, -x) }

// evidenceOf writes the farthest differences for an incident.
func evidenceOf(all []web.Difference) []guard.Evidence {
	var evidence []guard.Evidence
	for _, d := range all[:min(len(all), worstTold)] {
		evidence = append(evidence, guard.Evidence{
			Name:  "leg " + d.Leg,
			Value: fmt.Sprintf("%s/%s to %s at %s: metered %.1f s, told %.1f s", d.Tenant, d.Extension, d.Number, d.Started.Format(time.RFC3339), d.Metered, d.Told),
		})
	}
	return evidence
}

// tellDifferences makes one incident of all differences.
func (i *recordsImport) tellDifferences() error {
	farthest(i.summary.Differences)
	if i.summary.Differing == 0 || i.request.DryRun {
		return nil
	}
	return i.handle(i.ctx, guard.RecordsDiffer{Seen: guard.Seen{Server: i.request.Server, At: time.Now()}, Source: i.request.File,
		Legs: i.summary.Differing, Worst: evidenceOf(i.summary.Differences)})
}

// pricesOf gives the prices that were in force between two moments. Only the editions of the last
// question are kept.
func (i *recordsImport) pricesOf(from, to time.Time) (*rates.Prices, error) {
	stored, err := i.store.Editions(i.ctx)
	if err != nil {
		return nil, fmt.Errorf("the price lists cannot be read: %w", err)
	}
	lists := make(priceLists)
	var editions []rates.Edition
	for _, name := range i.config.Rates.Decks() {
		for _, info := range between(stored, name, from, to) {
			e, have := i.lists[editionName(info)]
			if !have || e.Deck.Currency() != i.config.Currency {
				if e, err = i.loadEdition(i.ctx, i.config, info); err != nil {
					return nil, err
				}
			}
			lists[editionName(info)] = e
			editions = append(editions, e)
		}
	}
	i.lists = lists
	return i.config.Rates.Prices(editions), nil
}

// between are the editions of a deck that were in force at some time between two moments.
func between(stored []store.EditionInfo, name string, from, to time.Time) []store.EditionInfo {
	var all []store.EditionInfo
	if e, ok := storedInForce(stored, name, from); ok {
		all = append(all, e)
	}
	for _, e := range stored {
		if e.Name == name && e.ValidFrom.After(from) && !e.ValidFrom.After(to) {
			all = append(all, e)
		}
	}
	return all
}
