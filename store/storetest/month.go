package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
)

// So many accounts are charged once on each of so many days by the statements of [Month].
const (
	MonthAccounts = 100_000
	MonthDays     = 30
)

const monthCost = 12_500 // of each charge

// Month gives SQL that every engine takes. It fills an empty store with a month of charges, a minute each, of which
// last is the final day in UTC, and with the ledger of it. The calls that the ledger counts have no legs, as if they had
// been deleted long since.
func Month(last time.Time) []string {
	var all []string
	for ago := range MonthDays {
		day := last.UTC().AddDate(0, 0, -ago)
		all = append(all, fmt.Sprintf(`WITH RECURSIVE a(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM a WHERE n < %d)
			INSERT INTO charges (server, leg, day, kind, tenant, extension, at, amount, price, billed_seconds, estimated, international, route)
			SELECT 'pbx1', '%d.' || n, '%s', 'call', 'tenant' || (n / 100), CAST(100 + n %% 100 AS text), %d, %d, %d, 60, FALSE, n %% 2 = 1,
				'Italy, Rome' FROM a`, MonthAccounts-1, day.Unix(), day.Format(time.DateOnly), day.UnixMicro(), monthCost, 2*monthCost))
	}
	return append(all,
		`INSERT INTO ledger_days (period, tenant, extension, cost, price, billed_seconds, international_seconds, calls, attempts)
			SELECT day, tenant, extension, sum(amount), sum(price), sum(billed_seconds),
				sum(CASE WHEN international THEN billed_seconds ELSE 0 END), count(*), count(*) FROM charges GROUP BY day, tenant, extension`,
		`INSERT INTO ledger_months (period, tenant, extension, cost, price, billed_seconds, international_seconds, calls, attempts)
			SELECT substr(period, 1, 7), tenant, extension, sum(cost), sum(price), sum(billed_seconds), sum(international_seconds), sum(calls),
				sum(attempts) FROM ledger_days GROUP BY 1, tenant, extension`,
		`INSERT INTO ledger_routes (day, tenant, extension, route, billed_seconds)
			SELECT day, tenant, extension, route, sum(billed_seconds) FROM charges GROUP BY day, tenant, extension, route`)
}

// MonthEnd is a last day for [Month] that has all its days in one month.
var MonthEnd = time.Date(2026, 11, MonthDays, 12, 0, 0, 0, time.UTC)

// StartGuard times the start of a guard at MonthEnd, all of whose accounts have caps, on a store that holds the month
// before. It reports the seconds of Load, of guard.New, and of both, as load-s, guard-s and start-s.
func StartGuard(b *testing.B, s store.Store) {
	b.Helper()
	capped := limits.Values{limits.CostPerDay: 20_000_000, limits.CostPerMonth: 200_000_000, limits.MinutesPerDay: 36_000}
	rules := guard.Rules{Calendar: limits.NewCalendar(time.UTC), Caps: limits.Caps{Values: map[limits.Subject]limits.Values{
		{Scope: limits.PerExtension}: capped, {Scope: limits.PerTenant}: capped,
	}}}
	var loaded, made time.Duration
	for b.Loop() {
		began := time.Now()
		state, err := s.Load(b.Context(), MonthEnd.Format(time.DateOnly), MonthEnd.Add(-time.Hour))
		if err != nil {
			b.Fatal(err)
		}
		loaded += time.Since(began)
		began = time.Now()
		g := guard.New(rules, nil, state, MonthEnd)
		made += time.Since(began)
		if rows := g.Ledger(limits.Month, MonthEnd); len(rows) != MonthAccounts || rows[0].Cost != MonthDays*monthCost || rows[0].Attempts != MonthDays {
			b.Fatalf("%d accounts, the first %+v", len(rows), rows[0])
		}
	}
	b.ReportMetric(loaded.Seconds()/float64(b.N), "load-s")
	b.ReportMetric(made.Seconds()/float64(b.N), "guard-s")
	b.ReportMetric((loaded+made).Seconds()/float64(b.N), "start-s")
}
