package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
)

// Bounds of what one record takes up. Names and numbers come from phones and carriers, and must
// neither fill the disk nor stand in the way of the other records of their batch.
const (
	// MaxKey bounds, in bytes, what a record is known by: servers, IDs, accounts, channels.
	MaxKey = 200
	// MaxText bounds all other texts, in bytes.
	MaxText = 1000
	// MaxItems bounds the evidence and the actions of an incident.
	MaxItems = 50
	// MaxCharge bounds the amount of a charge either way, in millionths: a billion.
	MaxCharge = 1_000_000_000_000_000
	// MaxSeconds bounds the seconds of a charge either way.
	MaxSeconds = 1_000_000_000
)

// Refused says which records of a batch never can be stored, and why. The others are stored.
type Refused struct {
	Records []RefusedRecord
}

// RefusedRecord is one record that cannot be stored.
type RefusedRecord struct {
	Record guard.Record
	Reason string
}

// Error tells how many records were refused, and the first one's reason.
func (r *Refused) Error() string {
	return fmt.Sprintf("%d records cannot be stored, the others are; the first: %s", len(r.Records), r.Records[0].Reason)
}

// Prepare makes records fit to be stored: texts become valid UTF-8 without NUL and are cut at their
// bounds, amounts and times are held within theirs, times are in UTC and whole microseconds. A key
// that had to be changed gets a hash of its first form appended, so that two keys never become one.
// Records without a key, with a day that is none, or with tiers that could not be read again, come
// back as refused, which is nil where there are none.
func Prepare(records []guard.Record) (fit []guard.Record, refused *Refused) {
	fit = make([]guard.Record, 0, len(records))
	var terms TermsReader
	for _, r := range records {
		if reason := unfit(r, &terms); reason != "" {
			if refused == nil {
				refused = new(Refused)
			}
			refused.Records = append(refused.Records, RefusedRecord{Record: r, Reason: reason})
			continue
		}
		fit = append(fit, bound(r))
	}
	return fit, refused
}

// unfit says why a record cannot be stored.
func unfit(r guard.Record, terms *TermsReader) string {
	switch r := r.(type) {
	case guard.Leg:
		return unfitLeg(r, terms)
	case guard.Charge:
		switch {
		case r.Server == "" || r.Leg == "" || r.Kind == "":
			return fmt.Sprintf("charge of kind %.50q for leg %.50q of server %.50q: all three are needed as its key",
				r.Kind, r.Leg, r.Server)
		case !isDay(r.Day):
			return fmt.Sprintf("charge for leg %.50q: day %.20q is not written like 2026-11-21", r.Leg, r.Day)
		}
	case guard.Incident:
		if r.ID == "" || r.At.IsZero() {
			return fmt.Sprintf("incident %.50q of rule %.50q: an ID and a time are needed", r.ID, r.Rule)
		}
	case guard.Block:
		if r.ID == "" || r.Since.IsZero() {
			return fmt.Sprintf("block %.50q on %.50q: an ID and a start are needed", r.ID, r.Target)
		}
	case guard.CapChange:
		return unfitCap(r)
	default:
		return fmt.Sprintf("%T is no record", r)
	}
	return ""
}

func unfitLeg(l guard.Leg, terms *TermsReader) string {
	switch {
	case l.Server == "" || l.ID == "":
		return fmt.Sprintf("leg %.50q of server %.50q: both are needed as its key", l.ID, l.Server)
	case l.Started.IsZero():
		return fmt.Sprintf("leg %.50q has no start", l.ID)
	case !isDay(l.Day):
		return fmt.Sprintf("leg %.50q: day %.20q is not written like 2026-11-21", l.ID, l.Day)
	case !l.Answered.IsZero() && !isDay(l.AnsweredDay):
		return fmt.Sprintf("leg %.50q: the day of its answer, %.20q, is not written like 2026-11-21", l.ID, l.AnsweredDay)
	}
	for _, r := range [...]*rates.Rate{&l.Rate, l.Sold} {
		if r == nil {
			continue
		}
		if err := terms.check(r.Tiers, r.Tiers.Zone().String()); err != nil {
			return fmt.Sprintf("leg %.50q: rate of prefix %.20q: %v", l.ID, r.Prefix, err)
		}
	}
	return ""
}

func unfitCap(c guard.CapChange) string {
	value := c.Value
	if c.Unset {
		value = limits.Unlimited
	}
	if err := c.Kind.Check(value); err != nil {
		return fmt.Sprintf("cap of %.50q: %v", c.Subject, err)
	}
	// A subject is found again by its text.
	text := c.Subject.String()
	if again, err := limits.ParseSubject(text); err != nil || again != c.Subject || Key(text) != text {
		return fmt.Sprintf("cap %s of %.50q: that is nobody's name", c.Kind, text)
	}
	if c.At.IsZero() {
		return fmt.Sprintf("cap %s of %.50q: a time is needed", c.Kind, text)
	}
	return ""
}

// CheckCurrency says why a text cannot be the currency of a ledger.
func CheckCurrency(code string) error {
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("currency %.20q: write an ISO code such as EUR", code)
	}
	return nil
}

// isDay says whether s is a calendar day as the ledger writes it, so that its first seven bytes are
// the month.
func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func bound(r guard.Record) guard.Record {
	switch r := r.(type) {
	case guard.Leg:
		return boundLeg(r)
	case guard.Charge:
		r.Server, r.Leg, r.Kind, r.Account = Key(r.Server), Key(r.Leg), Key(r.Kind), account(r.Account)
		r.At = instant(r.At)
		r.Amount, r.Price = min(max(r.Amount, -MaxCharge), MaxCharge), min(max(r.Price, -MaxCharge), MaxCharge)
		r.BilledSeconds = min(max(r.BilledSeconds, -MaxSeconds), MaxSeconds)
		r.Route = Text(r.Route)
		return r
	case guard.Incident:
		return boundIncident(r)
	case guard.Block:
		r.ID, r.Target.Account = Key(r.ID), account(r.Target.Account)
		for _, s := range []*string{&r.Target.Number, &r.Target.Prefix, &r.Target.Country, &r.Target.Server} {
			*s = Key(*s)
		}
		r.Reason, r.Source, r.LiftedBy = Text(r.Reason), Text(r.Source), Text(r.LiftedBy)
		r.Since, r.Until, r.Lifted = instant(r.Since), instant(r.Until), instant(r.Lifted)
		return r
	case guard.CapChange:
		r.Who, r.At = Text(r.Who), instant(r.At)
		return r
	}
	return r
}

func boundLeg(l guard.Leg) guard.Leg {
	l.Server, l.ID, l.Account = Key(l.Server), Key(l.ID), account(l.Account)
	for _, s := range []*string{&l.Name, &l.PaidBy, &l.Dialled, &l.Number, &l.Country, &l.Deck, &l.Verdict, &l.Reason} {
		*s = Text(*s)
	}
	for _, t := range []*time.Time{&l.Started, &l.Answered, &l.Ended, &l.LimitedUntil} {
		*t = instant(*t)
	}
	if l.Answered.IsZero() {
		l.AnsweredDay = ""
	}
	l.Rate = boundRate(l.Rate)
	if l.Sold != nil {
		sold := boundRate(*l.Sold)
		l.Sold = &sold
	}
	l.RecordedSeconds = max(l.RecordedSeconds, -1)
	l.Cost, l.Price, l.BilledSeconds = 0, 0, 0
	return l
}

func boundRate(r rates.Rate) rates.Rate {
	r.Prefix, r.Route = Text(r.Prefix), Text(r.Route)
	r.ValidFrom, r.ValidUntil = instant(r.ValidFrom), instant(r.ValidUntil)
	return r
}

func boundIncident(i guard.Incident) guard.Incident {
	i.ID, i.Server, i.Account, i.Leg = Key(i.ID), Key(i.Server), account(i.Account), Key(i.Leg)
	i.Rule, i.Number, i.Seen, i.At = Text(i.Rule), Text(i.Number), Text(i.Seen), instant(i.At)
	i.Evidence = append([]guard.Evidence(nil), i.Evidence[:min(len(i.Evidence), MaxItems)]...)
	for n, e := range i.Evidence {
		i.Evidence[n] = guard.Evidence{Name: Text(e.Name), Value: Text(e.Value)}
	}
	i.Actions = append([]string(nil), i.Actions[:min(len(i.Actions), MaxItems)]...)
	for n, a := range i.Actions {
		i.Actions[n] = Text(a)
	}
	return i
}

func account(a limits.Account) limits.Account {
	return limits.Account{Tenant: Key(a.Tenant), Extension: Key(a.Extension)}
}

// Key gives s where it can be a key as it is; else its beginning, cleaned, and a hash of the whole.
func Key(s string) string {
	if len(s) <= MaxKey && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	hash := "~" + hex.EncodeToString(sum[:8])
	return clean(s, MaxKey-len(hash)) + hash
}

// Text gives s as valid UTF-8 without NUL, of MaxText bytes at most; where it was longer, "…" says so.
func Text(s string) string {
	const more = "…"
	cleaned := clean(s, MaxText)
	if len(s) > MaxText {
		cleaned = clean(s, MaxText-len(more)) + more
	}
	return cleaned
}

// clean gives at most size bytes of the beginning of s, in whole characters. What is no character
// becomes "?", which is never longer than what it stands for.
func clean(s string, size int) string {
	if len(s) > size {
		for size > 0 && !utf8.RuneStart(s[size]) {
			size--
		}
		s = s[:size]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}

var (
	firstInstant = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	lastInstant  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// instant gives t in UTC and whole microseconds, within the years that every engine can show.
func instant(t time.Time) time.Time {
	switch {
	case t.IsZero():
		return time.Time{}
	case t.Before(firstInstant):
		return firstInstant
	case t.After(lastInstant):
		return lastInstant
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

// add is the sum, or the largest number of its sign where the sum does not fit.
func add(a, b int64) int64 {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < -math.MaxInt64-b:
		return -math.MaxInt64
	}
	return a + b
}
