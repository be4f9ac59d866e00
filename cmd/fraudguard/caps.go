package main

import "github.com/fraudguard/fraudguard/limits"

// capText writes the value of a cap with its unit.
func capText(kind limits.Kind, value limits.Value, currency string) string {
	text := kind.Format(value)
	switch {
	case value == limits.Unlimited:
	case kind.Unit() == limits.InMoney:
		text += " " + currency
	case kind.Unit() == limits.InMinutes:
		text += " min"
	case kind.Unit() == limits.InPercent:
		text += " %"
	}
	return text
}
