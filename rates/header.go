package rates

import (
	"slices"
	"strings"
	"unicode"
)

// field is what a column of a file means.
type field int

const (
	prefixField field = iota
	countryField
	cityField
	routeField
	priceField
	connectField
	incrementField
	firstField
	nextField
	minimumField
	graceField
	tiersField
	validFromField
	validUntilField
	statusField
	currencyField
	fields
)

var fieldNames = [fields]string{
	"prefix", "country", "city", "route", "price", "connect", "increment", "first", "next",
	"minimum", "grace", "tiers", "valid_from", "valid_until", "status", "currency",
}

// Fields lists what a column can be: prefix; or country and city, which are calling codes; route,
// price, connect, increment, first, next, minimum, grace, tiers, valid_from, valid_until, status
// and currency.
func Fields() []string { return slices.Clone(fieldNames[:]) }

func isField(name string) bool { return slices.Contains(fieldNames[:], name) }

// meaning is what a column's name says of it. Of several columns for one field, such as an old and
// a new price, the one with the highest rank is taken.
type meaning struct {
	field    field
	rank     int
	currency string // that of a price
	mark     string // or "$", which several have
	order    string // of the day and the month in a date
}

// The ranks where they matter.
const (
	plain     = 1 // every field
	partial   = 0 // a prefix that may lack the country's code
	countries = 0 // a route that is only the country's name
	current   = 0 // a price that a new one may replace
	newer     = 2
)

// meaningOf tells a column by its name, written in any case and with _ or - for spaces. It is false
// for a name that is not known well enough: the column of a price per second, in cents or at night
// is not one of prices.
func meaningOf(name string) (meaning, bool) {
	if strings.Contains(name, "%") {
		return meaning{}, false
	}
	if m, ok := priceMeaning(name); ok {
		return m, true
	}
	base, inside := name, ""
	if open := strings.IndexAny(name, "(["); open > 0 {
		base, inside = name[:open], name[open:]
	}
	base = strings.ToLower(strings.Join(words(base), " "))
	if m, ok := secondsMeaning(base, inside); ok {
		return m, true
	}
	m, ok := plainMeaning(base)
	if m.field == validFromField || m.field == validUntilField {
		m.order = orderIn(inside)
	}
	return m, ok
}

// words divides a name where something stands that is no letter, digit or currency sign.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Sc, r)
	})
}

// priceMeaning knows prices per minute and fees by the words of their names, of which those that
// tell the unit do not matter, but none may tell another one.
func priceMeaning(name string) (m meaning, ok bool) {
	m = meaning{rank: plain}
	all := words(name)
	if m.currency, m.mark, ok = currencyIn(all); !ok {
		return m, false
	}
	var said []string
	per, minutes, known := false, false, m.currency != "" || m.mark != ""
	for _, word := range all {
		lower := strings.ToLower(word)
		switch {
		case codeIn(word) != "", isMark(word), lower == "in":
		case lower == "per":
			per = true
		case isMinute(lower) && (per || len(said) > 0 || known) && (lower != "min" || per || isRatio(name)):
			minutes = true
		default:
			said = append(said, lower)
		}
	}
	switch strings.Join(said, " ") {
	case "":
		m.field, ok = priceField, minutes
	case "price", "rate", "cost", "tariff", "charge", "voice rate":
		m.field = priceField
	case "new price", "new rate", "new cost", "new tariff", "new charge":
		m.field, m.rank = priceField, newer
	case "current price", "current rate":
		m.field, m.rank = priceField, current
	case "call price", "call rate": // "price per call" turned round, where it says "per"
		if m.field = priceField; per && !minutes {
			m.field = connectField
		}
	case "price call", "rate call", "cost call", "charge call", "tariff call":
		if m.field = connectField; minutes {
			m.field = priceField
		}
	case "call": // as in "EUR/call"
		m.field, ok = connectField, (per || known && isRatio(name)) && !minutes
	case "connect", "connect fee", "connection fee", "connect cost", "connection cost", "connect charge", "connection charge", "connection",
		"connect price", "connection price", "connect rate", "connection rate", "price connection", "rate connection", "charge connection",
		"setup", "setup fee", "setup cost", "setup charge", "set up fee", "call setup fee", "call setup", "fee call", "connect fee call",
		"connection fee call", "setup fee call", "flagfall", "flag fall":
		m.field, ok = connectField, !minutes
	default:
		return m, false
	}
	return m, ok
}

func isMinute(word string) bool {
	return word == "min" || word == "mins" || word == "minute" || word == "minutes"
}

// isRatio says whether a name writes "per" as a slash: "Price/Min" is the price of a minute, and
// "Price Min" may be the lowest price.
func isRatio(name string) bool { return strings.Contains(name, "/") }

// isUnclear says whether a name that is not understood is about what calls cost: what stands in the
// column is then not left out in silence. What was once, and changes in percent, do not matter.
func isUnclear(name string) bool {
	all := words(strings.ToLower(name))
	if strings.Contains(name, "%") || slices.ContainsFunc(all, func(word string) bool {
		return slices.Contains([]string{"old", "previous", "prev", "former"}, word)
	}) {
		return false
	}
	if open := strings.IndexAny(name, "(["); open > 0 {
		if _, ok := secondsMeaning(strings.Join(words(strings.ToLower(name[:open])), " "), ""); ok {
			return true // in another unit
		}
	}
	return slices.ContainsFunc(all, func(word string) bool {
		switch strings.TrimRight(word, "s0123456789") {
		case "call", "fee", "charge", "surcharge", "peak", "offpeak", "night", "evening", "weekend", "min", "minimum", "minimal",
			"interval", "increment", "pulse", "setup", "connect", "connection", "flagfall":
			return true
		}
		return false
	})
}

// secondsMeaning knows what is counted in seconds, unless the name says another unit.
func secondsMeaning(base, inside string) (meaning, bool) {
	for _, word := range words(inside) {
		if !slices.Contains([]string{"s", "sec", "secs", "second", "seconds", "in"}, strings.ToLower(word)) {
			return meaning{}, false
		}
	}
	for _, unit := range []string{" sec", " secs", " seconds", " in seconds", " s"} {
		if cut, found := strings.CutSuffix(base, unit); found && base != "free seconds" {
			base = cut
		}
	}
	switch base {
	case "increment", "increments", "billing increment", "billing increments", "interval", "intervals", "billing interval", "billing", "rounding",
		"charging interval", "pulse", "billing terms":
		return meaning{field: incrementField, rank: plain}, true
	case "first", "first increment", "first interval", "initial increment", "initial interval", "interval 1", "interval1", "initial", "increment 1":
		return meaning{field: firstField, rank: plain}, true
	case "next", "next increment", "next interval", "following increment", "following interval", "subsequent increment", "subsequent interval",
		"interval n", "intervaln", "subsequent", "increment n", "additional increment", "interval 2", "increment 2", "second increment", "second interval":
		return meaning{field: nextField, rank: plain}, true
	case "minimum", "minimum time", "minimum duration", "min duration", "min time", "minimum seconds", "minimum billing", "minimum billing time",
		"minimum call duration", "minimal time":
		return meaning{field: minimumField, rank: plain}, true
	case "grace", "grace time", "grace period", "free seconds", "free time":
		return meaning{field: graceField, rank: plain}, true
	}
	return meaning{}, false
}

func plainMeaning(base string) (meaning, bool) {
	m := meaning{rank: plain}
	switch base {
	case "prefix", "prefixes", "code", "codes", "dial code", "dial codes", "dialcode", "dialcodes", "dial prefix", "dialing code", "dialing codes",
		"dialling code", "dialling codes", "dialing prefix", "dialling prefix", "destination code", "destination codes", "destination prefix", "route code",
		"number prefix", "phone prefix", "full code", "full prefix", "breakout code", "e 164", "e164", "e164 prefix", "e 164 prefix":
		m.field = prefixField
	case "area code", "area codes", "areacode", "areacodes":
		m.field, m.rank = prefixField, partial
	case "country code", "country codes", "countrycode", "country dial code", "country calling code", "calling code", "country prefix", "cc":
		m.field = countryField
	case "city code", "city codes", "citycode", "citycodes", "city prefix", "city prefixes", "national code", "national codes", "ndc", "ndcs":
		m.field = cityField
	case "route", "destination", "destinations", "destination name", "description", "name", "route name", "country destination", "destination country",
		"country and destination", "destination description", "location", "breakout", "zone name", "area name":
		m.field = routeField
	case "country", "country name":
		m.field, m.rank = routeField, countries
	case "tiers", "tier prices":
		m.field = tiersField
	case "valid from", "effective", "effective date", "effective from", "effective on", "start date", "from date", "start", "begin date", "date effective",
		"valid since", "activation date", "effectivedate", "startdate":
		m.field = validFromField
	case "valid until", "valid to", "end date", "expiry date", "expiry", "expiration date", "expires", "effective to", "effective until", "to date",
		"until date", "date end", "enddate", "expirydate":
		m.field = validUntilField
	case "status", "change", "changes", "change type", "type of change", "rate change", "price change", "change status", "rate status", "code status",
		"change indicator", "status change", "changed", "action":
		m.field = statusField
	case "currency", "currency code", "curr", "ccy", "iso currency":
		m.field = currencyField
	default:
		return m, false
	}
	return m, true
}

// orderIn reads "(DD/MM/YYYY)".
func orderIn(inside string) string {
	switch strings.ToLower(strings.Join(words(inside), "/")) {
	case "dd/mm/yyyy", "d/m/yyyy":
		return dayFirst
	case "mm/dd/yyyy", "m/d/yyyy":
		return monthFirst
	}
	return ""
}
