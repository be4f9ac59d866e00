// Package limits keeps what each account has spent in the running day and month, the money held
// for its live legs, and the caps on both. It answers two questions: may this leg begin, and until
// when may the live legs go on. It is pure: the time comes with each question.
package limits

import (
	"github.com/fraudguard/fraudguard/money"
)

// Account is who pays for a leg. The account of a whole tenant has no extension.
type Account struct {
	Tenant, Extension string
}

// String gives "tenant/extension".
func (a Account) String() string { return a.Tenant + "/" + a.Extension }

// tenant is the account that stands for all extensions of a's tenant together.
func (a Account) tenant() Account { return Account{Tenant: a.Tenant} }

// Usage is what an account used in one window.
type Usage struct {
	// Cost is what the carrier bills, Price what the tenant pays: the same where nothing is sold
	// at a price of its own.
	Cost, Price money.Amount
	// BilledSeconds is the sum of begun increments, which the carrier bills, not of talk time.
	BilledSeconds int64
	// InternationalSeconds are those of them that went abroad.
	InternationalSeconds int64
	// Calls were answered; Attempts count whether answered or not.
	Calls, Attempts int64
}

// RouteRow is what an account used of one route in one local day.
type RouteRow struct {
	Account Account
	// Day is written "2026-11-21". Route is empty for legs without a priced route.
	Day, Route string
	// Seconds are billed ones, the sum of begun increments.
	Seconds int64
}

func (u *Usage) add(v Usage) {
	u.Cost, u.Price = sum(u.Cost, v.Cost), sum(u.Price, v.Price)
	u.BilledSeconds += v.BilledSeconds
	u.InternationalSeconds += v.InternationalSeconds
	u.Calls += v.Calls
	u.Attempts += v.Attempts
}

// sum adds, and stays at the largest amount where the sum does not fit: a total beyond all amounts
// is beyond every cap, and that is what it is asked for.
func sum(a, b money.Amount) money.Amount {
	s, err := money.Add(a, b)
	if err != nil {
		return money.Max
	}
	return s
}

// Money says which money the caps count.
type Money int

// What caps can count.
const (
	Cost  Money = iota // what the carrier bills
	Price              // what the tenant pays
)

// of picks the money that is counted.
func (m Money) of(u Usage) money.Amount {
	if m == Price {
		return u.Price
	}
	return u.Cost
}
