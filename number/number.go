// Package number turns the digits that somebody dialled into a destination: an E.164 number with
// its country and class.
//
// What is dialled comes from phones and from attackers, so it is cleaned here, by the plan of the
// server, before any numbering data sees it: the numbering library alone would turn letters into
// digits and swallow * and #. The classes are labels from public numbering data. They say what a
// number is meant to be, never that a call is honest.
package number

// Class is what kind of number a destination is. Its text is what config files, the store and
// metrics show.
type Class string

// The classes.
const (
	// Emergency is an emergency number of the plan's country, or one that the plan lists.
	Emergency Class = "emergency"
	// TollFree is free for the caller: free numbers of the plan's own country, and +800. A free
	// number of another country is free only there, so it counts as International.
	TollFree Class = "toll-free"
	// National is every other number of the plan's country.
	National Class = "national"
	// International is every other number elsewhere.
	International Class = "international"
	// Premium is a number whose price goes in part to the called, at home or abroad.
	Premium Class = "premium"
	// Satellite is a number behind 870, 881, 882 or 883.
	Satellite Class = "satellite"
	// Unknown is a number the numbering data has no place for: no such country calling code or
	// area code, or no number of that country looks so. Carriers may well route and bill it.
	Unknown Class = "unknown"
)

// Destination is a dialled number made sense of.
type Destination struct {
	// Digits are the E.164 digits without +, at most 32; more than fifteen only where more were
	// dialled and no country has such a number. What is dialled beyond the longest number of a
	// country is left out, as exchanges do. Where Short is set they are the digits as dialled.
	Digits string
	// CallingCode is the country calling code that Digits begin with, such as "39", or "" where
	// there is none. Short Digits do not begin with it: a deck that has a price for a short code
	// lists CallingCode and Digits together, and only that exact prefix may be asked for.
	CallingCode string
	// Country is the ISO 3166 code, or "" where there is none: global networks, and unknown
	// country calling codes or area codes.
	Country string
	Class   Class
	// International means that the number is not of the plan's country. It is set whatever the
	// class is, for numbers without a country too, and never for a short number.
	International bool
	// Short marks emergency numbers and short codes. Their Digits mean something only in the
	// plan's country: to a deck of E.164 prefixes 1254 would look like a number in America.
	Short bool
}
