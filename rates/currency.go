package rates

import (
	"cmp"
	"strings"
)

// currencies are the codes of ISO 4217 that are believed where they stand beside a price or in a
// header. ALL and TOP are left out because they are words, which headers have too.
const currencies = " AED AFN AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK" +
	" DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW" +
	" KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG" +
	" QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST" +
	" XAF XCD XCG XDR XOF XPF YER ZAR ZMW ZWG "

// isCurrency says whether a text has the form of a currency's code.
func isCurrency(text string) bool {
	return len(text) == 3 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// codeIn is the currency that a word of a header stands for, "" where it stands for none. Small
// letters count for those of which no English word is one.
func codeIn(word string) string {
	if word == "€" {
		return "EUR"
	}
	switch word {
	case "usd", "eur", "gbp", "chf", "cad", "aud", "Usd", "Eur", "Gbp", "euro", "Euro", "EURO", "euros", "Euros":
		word = strings.ToUpper(word)[:3]
	}
	if isCurrency(word) && strings.Contains(currencies, " "+word+" ") {
		return word
	}
	return ""
}

// isMark says whether a word is a sign that several currencies have.
func isMark(word string) bool { return word == "$" || word == "£" || word == "¥" }

// couldMean says whether a currency is written with a sign.
func couldMean(sign, code string) bool {
	switch sign {
	case "€":
		return code == "EUR"
	case "£":
		return strings.Contains(" GBP GIP FKP SHP EGP LBP SDG SSP SYP ", " "+code+" ")
	case "¥":
		return code == "JPY" || code == "CNY"
	case "$":
		return strings.Contains(" USD AUD BBD BMD BND BSD BZD CAD CLP COP ARS DOP FJD GYD HKD JMD KYD LRD MXN NAD NIO NZD SBD SGD SRD TTD TWD UYU XCD ", " "+code+" ")
	}
	return false
}

// marked is a column whose header has such a sign.
type marked struct{ mark, column string }

// currencyIn is what the name of a column says of the currency: a code, a sign, or both. It is not ok
// where it says two.
func currencyIn(words []string) (code, mark string, ok bool) {
	for _, word := range words {
		one := codeIn(word)
		if one != "" && code != "" && code != one || isMark(word) && mark != "" && mark != word {
			return "", "", false
		}
		code = cmp.Or(code, one)
		if isMark(word) {
			mark = word
		}
	}
	return code, mark, true
}

// settleMarks holds the signs in the headers against the currency, which a row may have told.
func (s *sheet) settleMarks() {
	for _, m := range s.header.marks {
		switch {
		case s.stated.code == "":
			s.refuse(s.header.line, m.column, "which currency is %s? Tell it with --currency, such as --currency USD", m.mark)
		case !couldMean(m.mark, s.stated.code):
			s.refuse(s.header.line, m.column, "%s is not %s, as the prices are said to be: tell the currency with --currency, such as --currency USD", m.mark, s.stated.code)
		default:
			continue
		}
		return
	}
}

// statement is what was said of the currency, and in which line; 0 is the caller.
type statement struct {
	code string
	line int
	told bool // that another place says something else
}

// state takes in that the file says its currency.
func (s *sheet) state(line int, column, code string) {
	switch {
	case s.stated.code == "":
		s.stated = statement{code: strings.Clone(code), line: line}
	case s.stated.code == code:
	case s.stated.told:
		return
	case s.stated.line == 0:
		s.refuse(line, column, "the prices are in %s, and --currency says %s", code, s.stated.code)
		s.stated.told = true
	default:
		s.refuse(line, column, "the prices are in %s here and in %s in line %d: a deck has one currency, divide the file", code, s.stated.code, s.stated.line)
		s.stated.told = true
	}
	if s.currency == "" {
		s.currency = s.stated.code
	}
}
