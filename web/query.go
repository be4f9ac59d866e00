package web

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/store"
)

const (
	maxParam = 200 // bytes
	maxTexts = 40
	maxRows  = 100_000 // of one answer
)

var periodKey = map[limits.Period]*regexp.Regexp{
	limits.Day:   regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	limits.Month: regexp.MustCompile(`^\d{4}-\d\d$`),
}

// params reads a request's parameters strictly: each at most once, none unknown, all bounded. The
// first fault is kept, and end tells it.
type params struct {
	values url.Values
	known  []string
	err    error
}

func (p *params) fail(format string, args ...any) {
	if p.err == nil {
		p.err = wrong(format, args...)
	}
}

func (p *params) text(name string) string {
	p.known = append(p.known, name)
	all := p.values[name]
	if len(all) > 1 {
		p.fail("%s is given %d times", name, len(all))
	}
	if len(all) == 0 {
		return ""
	}
	if len(all[0]) > maxParam || strings.ContainsAny(all[0], "\r\n\x00") {
		p.fail("%s has more than %d bytes or a line break", name, maxParam)
		return ""
	}
	return all[0]
}

// texts gives all values of a parameter that can be given several times.
func (p *params) texts(name string) []string {
	all := p.values[name]
	delete(p.values, name)
	if len(all) > maxTexts {
		p.fail("%s is given %d times: at most %d", name, len(all), maxTexts)
		return nil
	}
	for _, text := range all {
		if len(text) > maxParam || strings.ContainsAny(text, "\r\n\x00") {
			p.fail("%s has more than %d bytes or a line break", name, maxParam)
		}
	}
	return all
}

func (p *params) flag(name string) bool {
	switch text := p.text(name); text {
	case "", "false":
		return false
	case "true":
		return true
	default:
		p.fail("%s=%.20q: write true or false", name, text)
		return false
	}
}

func (p *params) count(name string, most int) int {
	text := p.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		p.fail("%s=%.20q: write a number from 1 to %d", name, text, most)
	}
	return n
}

func (p *params) moment(name string) time.Time {
	text := p.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		p.fail("%s=%.40q: write a moment such as 2026-11-21T10:00:00Z", name, text)
	}
	return t
}

func (p *params) end() error {
	for name := range p.values {
		if !slices.Contains(p.known, name) {
			p.fail("parameter %.40q is unknown: allowed are %s", name, strings.Join(p.known, ", "))
		}
	}
	return p.err
}

func readCallsQuery(values url.Values) (store.CallsQuery, error) {
	p := params{values: values}
	q := store.CallsQuery{
		Tenant: p.text("tenant"), Extension: p.text("extension"),
		Since: p.moment("since"), Until: p.moment("until"),
		LiveOnly: p.flag("live"), Limit: p.count("limit", maxRows),
	}
	return q, p.end()
}

func readIncidentsQuery(values url.Values) (store.IncidentsQuery, error) {
	p := params{values: values}
	q := store.IncidentsQuery{
		Tenant: p.text("tenant"), Extension: p.text("extension"), Rule: p.text("rule"),
		Since: p.moment("since"), Until: p.moment("until"), Limit: p.count("limit", maxRows),
	}
	return q, p.end()
}

func readLedgerQuery(values url.Values) (LedgerQuery, error) {
	p := params{values: values}
	q := LedgerQuery{Tenant: p.text("tenant"), Extension: p.text("extension")}
	switch period := p.text("period"); period {
	case "", limits.Day.String():
	case limits.Month.String():
		q.Period = limits.Month
	default:
		p.fail("period=%.20q: write day or month", period)
	}
	if q.Key = p.text("key"); q.Key != "" {
		if err := CheckPeriod(q.Period, q.Key); err != nil {
			p.fail("%v", err)
		}
	}
	return q, p.end()
}

// CheckPeriod says in words what is wrong with a day ("2026-11-21") or a month ("2026-11"), or
// gives nil.
func CheckPeriod(period limits.Period, key string) error {
	layout := "2006-01-02"
	if period == limits.Month {
		layout = "2006-01"
	}
	if _, err := time.Parse(layout, key); err != nil || !periodKey[period].MatchString(key) {
		return wrong("%.40q is no %s: write it like %s", key, period, "2026-11-21"[:len(layout)])
	}
	return nil
}

func readImportQuery(values url.Values) (ImportRequest, error) {
	p := params{values: values}
	r := ImportRequest{
		File: filepath.Base(p.text("file")), Currency: p.text("currency"), ValidFrom: p.text("valid_from"),
		Digest: p.text("digest"), DryRun: p.flag("dry_run"),
	}
	o := &r.Options
	o.First, o.Next = p.count("first", 86_400), p.count("next", 86_400)
	o.Decimal, o.Dates = p.text("decimal"), p.text("dates")
	if text := p.text("max_price"); text != "" {
		var err error
		if o.MaxPrice, err = money.Parse(text); err != nil || o.MaxPrice <= 0 {
			p.fail("max_price=%.40q: write an amount such as 5000", text)
		}
	}
	if (o.First == 0) != (o.Next == 0) {
		p.fail("write both first and next, or neither")
	}
	for _, text := range p.texts("map") {
		field, header, found := strings.Cut(text, "=")
		if !found || header == "" {
			p.fail("map=%.80q: write field=header, such as price=Rate", text)
		}
		if o.Map == nil {
			o.Map = make(map[string]string)
		}
		o.Map[field] = header
	}
	return r, p.end()
}

// values gives the parameters that are not empty.
func values(pairs ...string) url.Values {
	v := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

func momentText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func countText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func flagText(set bool) string {
	if !set {
		return ""
	}
	return "true"
}
