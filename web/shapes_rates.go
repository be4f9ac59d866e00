package web

import (
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/number"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

type (
	// RatesSummary says what an import did, or in a dry run would do.
	RatesSummary struct {
		Deck     string `json:"deck"`
		Edition  int    `json:"edition"` // 0 in a dry run
		Currency string `json:"currency"`
		Rates    int    `json:"rates"`
		// ValidFrom is when the edition takes over; null is always.
		ValidFrom *time.Time `json:"valid_from"`
		// InForce says whether it prices calls from now on, Coming whether it will from ValidFrom on.
		InForce bool   `json:"in_force"`
		Coming  bool   `json:"coming"`
		DryRun  bool   `json:"dry_run"`
		Digest  string `json:"digest"` // SHA-256 of the file
		// Layout is what was understood of the file.
		Layout rates.Layout `json:"layout"`
		// Carried counts the prefixes that the list prices only later, for which the old price goes on
		// until then, or else theirs counts from the beginning.
		Carried int `json:"carried"`
		// Difference compares with the edition in force at ValidFrom.
		Difference rates.Difference `json:"difference"`
	}

	// RateLookup is what a number costs, and how that was found.
	RateLookup struct {
		Server  string `json:"server"`
		Tenant  string `json:"tenant"`
		Trunk   string `json:"trunk"` // "" is dialled by a phone
		Dialled string `json:"dialled"`
		// Steps lead from what was dialled to the number.
		Steps         []number.Step `json:"steps"`
		Number        string        `json:"number"` // E.164 digits
		Country       string        `json:"country"`
		Class         string        `json:"class"`
		International bool          `json:"international"`
		Currency      string        `json:"currency"`
		// Price is what the carrier charges, Selling what the tenant pays; null is the same.
		Price
		Selling *Price `json:"selling"`
		// Rule refuses every call to the number, and Reason says why; both are empty where none does.
		Rule   string `json:"rule"`
		Reason string `json:"reason"`
	}

	// Price is what one price list says of a number. Without a price, prefix and route are empty, the
	// prices null and the increments 0.
	Price struct {
		Deck       string        `json:"deck"`
		Edition    int           `json:"edition"`
		Priced     bool          `json:"priced"`
		Closed     bool          `json:"closed"`
		Prefix     string        `json:"prefix"` // "" is the price of what is unpriced
		Route      string        `json:"route"`
		PerMinute  *money.Amount `json:"per_minute"`
		Connect    *money.Amount `json:"connect"`
		First      int           `json:"first"`   // seconds
		Next       int           `json:"next"`    // seconds
		Minimum    int           `json:"minimum"` // seconds
		Grace      int           `json:"grace"`   // seconds
		Tiers      string        `json:"tiers"`
		ValidFrom  *time.Time    `json:"valid_from"`
		ValidUntil *time.Time    `json:"valid_until"`
	}

	// Deck is a stored edition of a price list.
	Deck struct {
		Name     string `json:"name"`
		Edition  int    `json:"edition"`
		Currency string `json:"currency"`
		// Timezone is that of its days and hours.
		Timezone  string     `json:"timezone"`
		Rates     int        `json:"rates"`
		ValidFrom *time.Time `json:"valid_from"` // null is always
		Saved     time.Time  `json:"saved"`
		File      string     `json:"file"`
		State     DeckState  `json:"state"`
		InForce   bool       `json:"in_force"`
	}
)

// DeckState is what an edition is to the guard.
type DeckState string

// The states of an edition.
const (
	DeckInForce DeckState = "in force"
	DeckComing  DeckState = "coming"
	DeckOld     DeckState = "old"
	// DeckUnused is of a deck that the configuration does not name.
	DeckUnused DeckState = "unused"
)

// RateLookupOf gives what was found for a number its shape.
func RateLookupOf(q LookupQuery, l guard.Lookup, currency string) RateLookup {
	r := RateLookup{
		Server: q.Server, Tenant: q.Tenant, Trunk: q.Trunk, Dialled: q.Number, Steps: orEmpty(l.Steps),
		Number: l.Destination.Digits, Country: l.Destination.Country, Class: string(l.Destination.Class),
		International: l.Destination.International, Currency: currency,
		Price: priceOf(l.Bought), Rule: l.Rule, Reason: l.Seen,
	}
	if l.Sold != nil {
		sold := priceOf(*l.Sold)
		r.Selling = &sold
	}
	return r
}

func priceOf(q guard.Quote) Price {
	p := Price{Deck: q.Deck, Edition: q.Edition, Priced: q.Priced, Closed: q.Rate.Closed}
	if q.Priced {
		r := &q.Rate
		p.Prefix, p.Route, p.First, p.Next, p.Minimum, p.Grace = r.Prefix, r.Route, r.First, r.Next, r.Minimum, r.Grace
		p.PerMinute, p.Connect, p.Tiers = &r.PerMinute, &r.Connect, r.Tiers.String()
		p.ValidFrom, p.ValidUntil = MomentOrNull(r.ValidFrom), MomentOrNull(r.ValidUntil)
	}
	return p
}

// DeckOf gives a stored edition its shape.
func DeckOf(e store.EditionInfo, state DeckState) Deck {
	return Deck{
		Name: e.Name, Edition: e.Number, Currency: e.Currency, Timezone: e.Timezone, Rates: e.Rates,
		ValidFrom: MomentOrNull(e.ValidFrom), Saved: Moment(e.Saved), File: e.File, State: state, InForce: state == DeckInForce,
	}
}
