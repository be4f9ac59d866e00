package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// version is that of the encoding, and stands in the head of each segment. A field that is added to
// a record goes to the end of its method below, under "if c.version >= the next one", so that
// what an older program has left can still be read.
const version = 1

// What a record is, as the first byte of it.
const (
	aLeg byte = iota + 1
	aCharge
	anIncident
	aBlock
	aCapChange
)

// maxRecord bounds one record, in bytes. One that the store can take has a tenth of that.
const maxRecord = 1 << 20

// errShort is a record that ends before all of it was read.
var errShort = errors.New("the record ends too early")

// coder writes a record's fields, or reads them: each method below does both, so that what is
// written and what is read cannot differ. The first fault ends it.
type coder struct {
	version uint8
	reading bool
	bytes   []byte // what was written, or what is still to be read
	terms   *store.TermsReader
	err     error
}

// encode appends a record.
func encode(to []byte, r guard.Record) ([]byte, error) {
	c := coder{version: version, bytes: to}
	kind := kindOf(r)
	if kind == 0 {
		return to, fmt.Errorf("%T is no record", r)
	}
	c.bytes = append(c.bytes, kind)
	c.record(kind, r)
	if size := len(c.bytes) - len(to); c.err == nil && size > maxRecord {
		c.err = fmt.Errorf("a record of %d bytes: at most %d", size, maxRecord)
	}
	if c.err != nil {
		return to, c.err
	}
	return c.bytes, nil
}

// decode reads the one record that text is.
func decode(text []byte, version uint8, terms *store.TermsReader) (guard.Record, error) {
	if len(text) == 0 {
		return nil, errShort
	}
	c := coder{version: version, reading: true, bytes: text[1:], terms: terms}
	r := c.record(text[0], nil)
	if c.err == nil && len(c.bytes) > 0 {
		c.err = fmt.Errorf("%d bytes follow the record", len(c.bytes))
	}
	if c.err != nil {
		return nil, c.err
	}
	return r, nil
}

func kindOf(r guard.Record) byte {
	switch r.(type) {
	case guard.Leg:
		return aLeg
	case guard.Charge:
		return aCharge
	case guard.Incident:
		return anIncident
	case guard.Block:
		return aBlock
	case guard.CapChange:
		return aCapChange
	}
	return 0
}

func (c *coder) record(kind byte, r guard.Record) guard.Record {
	switch kind {
	case aLeg:
		return code(c, r, (*coder).leg)
	case aCharge:
		return code(c, r, (*coder).charge)
	case anIncident:
		return code(c, r, (*coder).incident)
	case aBlock:
		return code(c, r, (*coder).block)
	case aCapChange:
		return code(c, r, (*coder).capChange)
	}
	c.fail(fmt.Errorf("there is no kind %d of records", kind))
	return nil
}

// code runs a method over a copy of the record, or over an empty one where it is read.
func code[R guard.Record](c *coder, r guard.Record, fields func(*coder, *R)) guard.Record {
	var one R
	if !c.reading {
		one = r.(R)
	}
	fields(c, &one)
	return one
}

func (c *coder) leg(l *guard.Leg) {
	c.texts(&l.Server, &l.ID, &l.Name, &l.Account.Tenant, &l.Account.Extension, &l.PaidBy, &l.Dialled, &l.Number, &l.Country)
	c.flags(&l.International, &l.Retried, &l.Priced, &l.Estimated)
	c.texts(&l.Deck, &l.Day, &l.AnsweredDay, &l.Verdict, &l.Reason)
	c.rate(&l.Rate)
	sold := l.Sold != nil
	if c.flags(&sold); sold {
		if l.Sold == nil {
			l.Sold = new(rates.Rate)
		}
		c.rate(l.Sold)
	}
	c.times(&l.Started, &l.Answered, &l.Ended, &l.LimitedUntil)
	c.ints(&l.Cause)
	c.amounts(&l.Cost, &l.Price)
	c.numbers(&l.BilledSeconds, &l.RecordedSeconds)
}

func (c *coder) charge(r *guard.Charge) {
	c.texts(&r.Server, &r.Leg, &r.Day, &r.Kind, &r.Account.Tenant, &r.Account.Extension, &r.Route)
	c.times(&r.At)
	c.amounts(&r.Amount, &r.Price)
	c.numbers(&r.BilledSeconds)
	c.flags(&r.Estimated, &r.International)
}

func (c *coder) incident(i *guard.Incident) {
	c.texts(&i.ID, &i.Server, &i.Rule, &i.Account.Tenant, &i.Account.Extension, &i.Number, &i.Leg, &i.Seen)
	c.times(&i.At)
	c.flags(&i.Observed, &i.Urgent)
	i.Evidence = list(c, i.Evidence, func(e *guard.Evidence) { c.texts(&e.Name, &e.Value) })
	i.Actions = list(c, i.Actions, func(a *string) { c.texts(a) })
}

func (c *coder) block(b *guard.Block) {
	t := &b.Target
	c.texts(&b.ID, &t.Account.Tenant, &t.Account.Extension, &t.Number, &t.Prefix, &t.Country, &t.Server)
	c.flags(&t.Everything)
	c.texts(&b.Reason, &b.Source, &b.LiftedBy)
	c.times(&b.Since, &b.Until, &b.Lifted)
}

func (c *coder) capChange(r *guard.CapChange) {
	scope := int(r.Subject.Scope)
	c.ints(&scope)
	r.Subject.Scope = limits.Scope(scope)
	c.texts(&r.Subject.Tenant, &r.Subject.Extension)
	c.kind(&r.Kind)
	value := int64(r.Value)
	c.numbers(&value)
	r.Value = limits.Value(value)
	c.texts(&r.Who)
	c.times(&r.At)
	c.flags(&r.Unset)
}

// kind is written by its name, because a kind's number is not the same in each version.
func (c *coder) kind(k *limits.Kind) {
	if !c.reading && (*k < 0 || int(*k) >= len(limits.Kinds())) {
		c.fail(fmt.Errorf("there is no cap with number %d", int(*k)))
		return
	}
	name := ""
	if !c.reading {
		name = k.String()
	}
	c.texts(&name)
	if c.reading && c.err == nil {
		var err error
		*k, err = limits.KindNamed(name)
		c.fail(err)
	}
}

func (c *coder) rate(r *rates.Rate) {
	c.texts(&r.Prefix, &r.Route)
	c.amounts(&r.PerMinute, &r.Connect)
	c.ints(&r.First, &r.Next, &r.Minimum, &r.Grace)
	tiers := store.TiersText(r.Tiers)
	c.texts(&tiers)
	if c.reading && c.err == nil {
		var err error
		r.Tiers, err = c.terms.ZonedTiers(tiers)
		c.fail(err)
	}
	c.flags(&r.Closed)
	c.times(&r.ValidFrom, &r.ValidUntil)
}

func (c *coder) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// take gives the next n bytes that are to be read, nil where there are fewer.
func (c *coder) take(n uint64) []byte {
	if c.err != nil || n > uint64(len(c.bytes)) {
		c.fail(errShort)
		return nil
	}
	taken := c.bytes[:n:n]
	c.bytes = c.bytes[n:]
	return taken
}

func (c *coder) texts(all ...*string) {
	for _, s := range all {
		if c.reading {
			*s = string(c.take(c.length()))
			continue
		}
		c.bytes = append(binary.AppendUvarint(c.bytes, uint64(len(*s))), *s...)
	}
}

// length reads how long what follows is.
func (c *coder) length() uint64 {
	if c.err != nil {
		return 0
	}
	n, size := binary.Uvarint(c.bytes)
	if size <= 0 {
		c.fail(errShort)
		return 0
	}
	c.bytes = c.bytes[size:]
	return n
}

func (c *coder) numbers(all ...*int64) {
	for _, n := range all {
		if !c.reading {
			c.bytes = binary.AppendVarint(c.bytes, *n)
			continue
		}
		if c.err != nil {
			return
		}
		value, size := binary.Varint(c.bytes)
		if size <= 0 {
			c.fail(errShort)
			return
		}
		*n, c.bytes = value, c.bytes[size:]
	}
}

func (c *coder) ints(all ...*int) {
	for _, n := range all {
		wide := int64(*n)
		c.numbers(&wide)
		*n = int(wide)
	}
}

func (c *coder) amounts(all ...*money.Amount) {
	for _, a := range all {
		wide := int64(*a)
		c.numbers(&wide)
		*a = money.Amount(wide)
	}
}

func (c *coder) flags(all ...*bool) {
	for _, f := range all {
		if !c.reading {
			b := byte(0)
			if *f {
				b = 1
			}
			c.bytes = append(c.bytes, b)
			continue
		}
		b := c.take(1)
		if c.err == nil && b[0] > 1 {
			c.fail(fmt.Errorf("%d is neither yes nor no", b[0]))
		}
		*f = c.err == nil && b[0] == 1
	}
}

// times keeps moments to the nanosecond, without their zone; the zero time stays so.
func (c *coder) times(all ...*time.Time) {
	for _, t := range all {
		seconds, nanoseconds := t.Unix(), int64(t.Nanosecond())
		c.numbers(&seconds, &nanoseconds)
		if !c.reading || c.err != nil {
			continue
		}
		if nanoseconds < 0 || nanoseconds >= int64(time.Second) {
			c.fail(fmt.Errorf("%d are no nanoseconds of a second", nanoseconds))
			return
		}
		*t = time.Unix(seconds, nanoseconds).UTC()
	}
}

// list is the number of elements and then each; none is nil.
func list[E any](c *coder, all []E, one func(*E)) []E {
	if !c.reading {
		c.bytes = binary.AppendUvarint(c.bytes, uint64(len(all)))
		for i := range all {
			one(&all[i])
		}
		return all
	}
	n := c.length()
	if n > uint64(len(c.bytes)) { // each element has a byte at least
		c.fail(errShort)
		return nil
	}
	for range n {
		var e E
		if one(&e); c.err != nil {
			return nil
		}
		all = append(all, e)
	}
	return all
}
