package bill

import (
	"slices"
	"strings"

	"github.com/fraudguard/fraudguard/number"
)

// Numbers are the ways in which a carrier may have written the numbers of a bill. Most write E.164,
// with or without +, some as their customers dial; the digits alone do not always tell which.
type Numbers struct {
	// home has only the country, so that no rule for what phones dial changes an E.164 number.
	home  number.Plan
	plans []number.Plan
}

// NewNumbers reads numbers as E.164, and as they are dialled by any of the plans, the likeliest first, or
// by the custom of the home plan's country. Outside lines are left out of account: no carrier sees them.
// The plans are checked ones.
func NewNumbers(home number.Plan, plans ...number.Plan) Numbers {
	n := Numbers{home: number.Plan{Country: home.Country, Classes: home.Classes}}
	custom := number.Plan{Country: home.Country, AreaCode: home.AreaCode, Classes: home.Classes}
	for _, p := range slices.Concat(plans, []number.Plan{home, custom}) {
		p.OutsideLine = ""
		n.plans = append(n.plans, p)
	}
	return n
}

// readings gives a number as legs have it, once for each way, always in the same order; "" where it makes
// no sense in that way. The last is for legs whose digits were no number, which have them as dialled.
func (n Numbers) readings(written string) []string {
	all := make([]string, 0, n.ways())
	all = append(all, n.international(written).Digits)
	for i := range n.plans {
		d, err := n.plans[i].Parse(written)
		if err != nil {
			d.Digits = ""
		}
		all = append(all, d.Digits)
	}
	return append(all, strings.TrimPrefix(written, "+"))
}

// ways is how many readings there are.
func (n Numbers) ways() int { return len(n.plans) + 2 }

// international reads a number as E.164, whether + or 00 stands before it or nothing.
func (n Numbers) international(written string) number.Destination {
	digits := strings.TrimPrefix(strings.TrimPrefix(written, "+"), "00")
	d, err := n.home.Parse("+" + digits)
	if err != nil {
		return number.Destination{}
	}
	return d
}

// Guess is what a number is taken for where no leg tells: E.164 where that gives a number of a known
// country and class, else as it is dialled.
func (n Numbers) Guess(written string) string {
	if d := n.international(written); d.Country != "" && d.Class != number.Unknown && !d.Short {
		return d.Digits
	}
	for i := range n.plans {
		if d, err := n.plans[i].Parse(written); err == nil && !d.Short {
			return d.Digits
		}
	}
	return strings.TrimPrefix(written, "+")
}
