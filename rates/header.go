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

// meaning is what a column's name says of it. Of several columns for one field, such as an old and
// a new price, the one with the highest rank is taken.
type meaning struct {
	field    field
	rank     int
	currency string // that of a price
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
	if m, ok := priceMeaning(words(name)); ok {
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
func priceMeaning(words []string) (meaning, bool) {
	m := meaning{rank: plain}
	var said []string
	per, minutes := false, false
	for _, word := range words {
		lower := strings.ToLower(word)
		switch code := codeIn(word); {
		case code != "" && m.currency != "" && m.currency != code:
			return m, false
		case code != "":
			m.currency = code
		case lower == "per":
			per = true
		case isMinute(lower) && (per || len(said) > 0 || m.currency != ""):
			minutes = true
		case lower != "in" && word != "$" && word != "£" && word != "¥":
			said = append(said, lower)
		}
	}
	switch strings.Join(said, " ") {
	case "":
		if !minutes {
			return m, false
		}
	case "price", "rate", "cost", "tariff", "charge", "call price", "call rate", "price call", "voice rate":
	case "new price", "new rate", "new cost", "new tariff", "new charge":
		m.rank = newer
	case "current price", "current rate":
		m.rank = current
	case "connect", "connect fee", "connection fee", "connect cost", "connection cost", "connect charge", "connection charge", "connection",
		"setup", "setup fee", "setup cost", "setup charge", "set up fee", "call setup fee", "call setup", "fee call", "connect fee call",
		"connection fee call", "setup fee call":
		m.field = connectField
		return m, !minutes
	default:
		return m, false
	}
	m.field = priceField
	return m, true
}

func isMinute(word string) bool {
	return word == "min" || word == "mins" || word == "minute" || word == "minutes"
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
