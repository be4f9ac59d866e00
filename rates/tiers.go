package rates

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/money"
)

// Tiers are prices per minute that hold in the place of a rate's own: at some hours of the week, or
// once a call has lasted for a time. Of several that hold at a moment the last one counts. They
// never change once made. A nil *Tiers has no tier.
type Tiers struct {
	zone *time.Location
	list []tier
	text string
}

// tier is one price and when it holds.
type tier struct {
	days      uint8 // bit n is set for time.Weekday(n)
	from, to  int   // seconds of the local day: from <= s < to
	after     time.Duration
	perMinute money.Amount
}

const (
	maxTiers     = 20
	maxTiersText = 1000
	wholeDay     = 24 * 60 * 60
	everyDay     = 1<<7 - 1
)

// ParseTiers reads tiers as decks and the store write them:
//
//	mon-fri 08:00-18:00 0.12 | sat,sun 0.04 | after 600 0.08
//
// Each tier has days, hours, the seconds of the call from which it holds, and a price per minute;
// all but the price may be missing. Hours do not go over midnight: write two tiers. They are those
// of the zone, in which nil is UTC. The empty text is nil.
func ParseTiers(text string, zone *time.Location) (*Tiers, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if len(text) > maxTiersText {
		return nil, fmt.Errorf("tiers have %d characters: at most %d", len(text), maxTiersText)
	}
	if zone == nil {
		zone = time.UTC
	}
	t := &Tiers{zone: zone}
	for part := range strings.SplitSeq(text, "|") {
		one, err := parseTier(strings.Fields(part))
		if err != nil {
			return nil, fmt.Errorf("tier %.60q: %w", strings.TrimSpace(part), err)
		}
		t.list = append(t.list, one)
	}
	if len(t.list) > maxTiers {
		return nil, fmt.Errorf("%d tiers: at most %d", len(t.list), maxTiers)
	}
	if t.text = t.write(); len(t.text) > maxTiersText {
		return nil, fmt.Errorf("tiers have %d characters with all days named: at most %d", len(t.text), maxTiersText)
	}
	return t, nil
}

func parseTier(words []string) (tier, error) {
	t := tier{days: everyDay, to: wholeDay}
	var err error
	if len(words) > 1 && strings.Trim(words[0], "abcdefghijklmnopqrstuvwxyz,-") == "" && words[0] != "after" {
		if t.days, err = parseDays(words[0]); err != nil {
			return t, err
		}
		words = words[1:]
	}
	if len(words) > 1 && strings.Contains(words[0], ":") {
		from, to, _ := strings.Cut(words[0], "-")
		var err1, err2 error
		t.from, err1 = parseHour(from)
		t.to, err2 = parseHour(to)
		if err := errors.Join(err1, err2); err != nil {
			return t, err
		}
		if t.from >= t.to {
			return t, fmt.Errorf("hours %s go over midnight or are none: write one tier up to 24:00 and one from 00:00", words[0])
		}
		words = words[1:]
	}
	if len(words) > 2 && words[0] == "after" {
		seconds, err := strconv.Atoi(words[1])
		if err != nil || seconds < 1 || seconds > maxIncrement {
			return t, fmt.Errorf("after %.20q: write seconds from 1 to %d", words[1], maxIncrement)
		}
		t.after = time.Duration(seconds) * time.Second
		words = words[2:]
	}
	if len(words) != 1 {
		return t, errors.New(`write days, hours, a time of the call and a price, such as "mon-fri 08:00-18:00 after 60 0.12"`)
	}
	if t.perMinute, err = money.Parse(words[0]); err != nil {
		return t, err
	}
	if t.perMinute < 0 || t.perMinute > maxPrice {
		return t, fmt.Errorf("price %v: write one from 0 to %v", t.perMinute, maxPrice)
	}
	return t, nil
}

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseDays reads "mon-fri", "sat,sun" and mixtures; a span may go over the end of the week.
func parseDays(text string) (uint8, error) {
	var days uint8
	for span := range strings.SplitSeq(text, ",") {
		first, last, spans := strings.Cut(span, "-")
		from, to := dayOf(first), dayOf(last)
		if !spans {
			to = from
		}
		if from < 0 || to < 0 {
			return 0, fmt.Errorf("%.20q are no days: write them like mon-fri or sat,sun", span)
		}
		for d := from; ; d = (d + 1) % 7 {
			days |= 1 << d
			if d == to {
				break
			}
		}
	}
	return days, nil
}

func dayOf(name string) int {
	for d, known := range dayNames {
		if name == known {
			return d
		}
	}
	return -1
}

// parseHour reads "08:30" into seconds of the day; 24:00 is its end.
func parseHour(text string) (int, error) {
	hour, minute, colon := strings.Cut(text, ":")
	h, err1 := strconv.ParseUint(hour, 10, 8)
	m, err2 := strconv.ParseUint(minute, 10, 8)
	if !colon || len(hour) != 2 || len(minute) != 2 || err1 != nil || err2 != nil || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%.20q is no time of the day: write it like 08:30", text)
	}
	return int(h*60+m) * 60, nil
}

// String gives the tiers as ParseTiers reads them, and equal tiers as equal texts.
func (t *Tiers) String() string {
	if t == nil {
		return ""
	}
	return t.text
}

func (t *Tiers) write() string {
	var b strings.Builder
	for i, one := range t.list {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(daysOf(one.days))
		if one.from != 0 || one.to != wholeDay {
			fmt.Fprintf(&b, "%02d:%02d-%02d:%02d ", one.from/3600, one.from/60%60, one.to/3600, one.to/60%60)
		}
		if one.after > 0 {
			fmt.Fprintf(&b, "after %d ", int(one.after/time.Second))
		}
		b.WriteString(one.perMinute.String())
	}
	return b.String()
}

// Zone is the one whose hours they are; nil where there are no tiers.
func (t *Tiers) Zone() *time.Location {
	if t == nil {
		return nil
	}
	return t.zone
}

// equal says whether two tiers say the same.
func (t *Tiers) equal(other *Tiers) bool {
	return t.String() == other.String() && t.Zone().String() == other.Zone().String()
}

// daysOf writes days one by one, with a space behind; every day is written as none.
func daysOf(days uint8) string {
	if days == everyDay {
		return ""
	}
	var names []string
	for d, name := range dayNames {
		if days&(1<<d) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",") + " "
}

// at gives the price that holds at an offset of a call, where a tier does, and the next offset at
// which that can change.
func (t *Tiers) at(answered time.Time, offset time.Duration) (price money.Amount, change time.Duration, found bool) {
	local := answered.Add(offset).In(t.zone)
	second := secondOf(local)
	change = math.MaxInt64
	for _, one := range t.list {
		if one.after > offset {
			change = min(change, one.after)
		}
		if one.days != everyDay || one.from != 0 || one.to != wholeDay {
			change = min(change, offset+untilNext(local, second, &one))
		}
		if one.after <= offset && one.holds(local.Weekday(), second) {
			price, found = one.perMinute, true
		}
	}
	return price, change, found
}

func secondOf(local time.Time) int { return local.Hour()*3600 + local.Minute()*60 + local.Second() }

func (t *tier) holds(day time.Weekday, second int) bool {
	return t.days&(1<<day) != 0 && t.from <= second && second < t.to
}

// untilNext is how long after a local moment the clock next passes one of the tier's bounds, a
// midnight, or a change of the clock itself.
func untilNext(local time.Time, second int, t *tier) time.Duration {
	next := wholeDay
	if second < t.from {
		next = t.from
	} else if second < t.to {
		next = t.to
	}
	until := time.Duration(next-second)*time.Second - time.Duration(local.Nanosecond())
	if _, end := local.ZoneBounds(); !end.IsZero() {
		until = min(until, end.Sub(local))
	}
	return until
}

// with gives the tiers with every price changed.
func (t *Tiers) with(change func(money.Amount) money.Amount) *Tiers {
	if t == nil {
		return nil
	}
	changed := &Tiers{zone: t.zone, list: make([]tier, len(t.list))}
	for i, one := range t.list {
		one.perMinute = change(one.perMinute)
		changed.list[i] = one
	}
	changed.text = changed.write()
	return changed
}

// Flat is the rate without its tiers, at the highest of all its prices per minute: no call at the
// rate costs more than the same one at that.
func (r *Rate) Flat() Rate {
	flat := *r
	flat.Tiers = nil
	if r.Tiers != nil {
		for i := range r.Tiers.list {
			flat.PerMinute = max(flat.PerMinute, r.Tiers.list[i].perMinute)
		}
	}
	return flat
}
