package sqlite

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
)

// value asks for one value as an administrator would.
func value(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var v sql.NullString
	if err := db.QueryRow(query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !v.Valid {
		return "NULL"
	}
	return v.String
}

// TestMeddled changes the rows of an edition behind the store's back.
func TestMeddled(t *testing.T) {
	for _, change := range []string{
		"DELETE FROM rates WHERE position = 0",
		"UPDATE rates SET position = 9 WHERE position = 1",
		"INSERT INTO rates SELECT deck, 2, prefix || '1', route, 0, 0, 1, 1, 0, 0, '', 0, NULL, NULL FROM rates WHERE position = 0",
		"UPDATE rates SET tiers = 'sun'",
	} {
		s := newStore(t)
		deck, err := rates.NewDeck("carrier", "EUR", []rates.Rate{{Prefix: "1", First: 1, Next: 1}, {Prefix: "2", First: 1, Next: 1, Grace: 5}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: start}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.write.Exec(change); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Edition(t.Context(), "carrier", 1); err == nil || !strings.Contains(err.Error(), `edition 1 of deck "carrier"`) {
			t.Errorf("%s: %v, %v", change, got, err)
		}
	}
}

// TestMeddledCaps has caps in the file that this version does not know.
func TestMeddledCaps(t *testing.T) {
	for _, row := range []string{"'acme/101', 'kind_of_tomorrow', 1", "'a/b/c', 'cost_per_day', 1"} {
		s := newStore(t)
		if _, err := s.write.Exec("INSERT INTO caps (subject, kind, value, who, at) VALUES (" + row + ", 'jo', 1)"); err != nil {
			t.Fatal(err)
		}
		// A cap that is not understood is no reason to go on without it.
		if state, err := s.Load(t.Context(), "2026-11-21", start); err == nil || !strings.Contains(err.Error(), `cap "`) {
			t.Errorf("%s: %+v, %v", row, state.Overrides, err)
		}
	}
}

func TestViews(t *testing.T) {
	s := newStore(t)
	caps := []guard.Record{}
	for _, kind := range limits.Kinds() {
		value, err := kind.Parse("7")
		if err != nil {
			t.Fatal(err)
		}
		caps = append(caps, guard.CapChange{Override: guard.Override{Subject: limits.Subject{Tenant: "acme"}, Kind: kind, Value: value, Who: "jo", At: start}},
			guard.CapChange{Override: guard.Override{Subject: limits.Subject{Tenant: "free"}, Kind: kind, Value: limits.Unlimited, Who: "jo", At: start}})
	}
	block := guard.Block{ID: "b1", Target: guard.Target{Account: alice}, Reason: "too often", Source: "jo", Since: start}
	if err := s.Save(t.Context(), append(append(call("1.1"), block), caps...), []string{"mail"}); err != nil {
		t.Fatal(err)
	}
	tiers, err := rates.ParseTiers("sat,sun 0.04", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	deck, err := rates.NewDeck("carrier", "EUR", []rates.Rate{{Prefix: "3906", Route: "Rome", PerMinute: 12_500, Connect: 50_000, First: 60,
		Next: 30, Minimum: 45, Grace: 3, Tiers: tiers, ValidFrom: start, ValidUntil: start.Add(time.Hour)}, {Prefix: "7", First: 1, Next: 1, Closed: true}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: start, File: "it's.csv"}); err != nil {
			t.Fatal(err)
		}
	}
	const rate = " FROM rates_readable WHERE prefix = '3906' AND edition = 1"
	for query, want := range map[string]string{
		"SELECT min(value + 0) || ' ' || max(value + 0) FROM caps_readable WHERE subject = 'acme/*'": "7 7",
		"SELECT count(*) FROM caps_readable WHERE subject = 'acme/*'":                                fmt.Sprint(len(limits.Kinds())),
		"SELECT min(value) || max(value) FROM caps_readable WHERE subject = 'free/*'":                "nonenone",
		"SELECT who || at FROM caps_readable WHERE subject = 'acme/*' AND kind = 'cost_per_day'":     "jo2026-11-21T12:00:00.500Z",
		"SELECT route || billed_seconds FROM ledger_daily_routes WHERE day = '2026-11-21'":           "Italy, Rome60",
		"SELECT international_seconds FROM ledger_daily":                                             "60",
		"SELECT international_seconds FROM ledger_monthly":                                           "60",
		"SELECT international || route FROM charges_readable":                                        "1Italy, Rome",
		"SELECT target FROM blocks_readable":                                                         "acme/101",
		"SELECT cost FROM calls WHERE extension = '101'":                                             "0.0125",
		"SELECT sum(cost) FROM calls WHERE started >= '2026-11-21'":                                  "0.0125",
		"SELECT started FROM calls":                                                                  "2026-11-21T12:00:00.500Z",
		"SELECT date(ended) FROM calls":                                                              "2026-11-21",
		"SELECT price_per_minute FROM calls":                                                         "0.0125",
		"SELECT billed_seconds FROM calls WHERE route LIKE 'Italy%'":                                 "60",
		"SELECT count(*) FROM calls WHERE ended IS NULL":                                             "0",
		"SELECT amount FROM charges_readable WHERE at > '2026-11-21T12:00'":                          "0.0125",
		"SELECT cost FROM ledger_daily WHERE day = '2026-11-21' AND tenant = 'acme'":                 "0.0125",
		"SELECT attempts FROM ledger_monthly WHERE month = '2026-11'":                                "1",
		"SELECT at FROM incidents_readable":                                                          "2026-11-21T12:01:00.500Z",
		"SELECT json_extract(evidence, '$[0].value') FROM incidents_readable":                        "<20.00 & no more>",
		"SELECT evidence LIKE '%<20.00 & no more>%' FROM incidents_readable":                         "1",
		"SELECT until FROM blocks_readable WHERE lifted IS NULL":                                     "NULL",
		"SELECT since FROM blocks_readable":                                                          "2026-11-21T12:00:00.500Z",
		"SELECT due FROM outbox_readable WHERE channel = 'mail' AND sent IS NULL":                    "2026-11-21T12:01:00.500Z",
		"SELECT connect_fee FROM rates_readable WHERE deck = 'carrier' AND prefix>'39'":              "0.05",
		"SELECT deck || ' ' || price || ' ' || sold_per_minute FROM calls":                           "carrier@2 0.025 0.025",
		"SELECT sum(price) FROM charges_readable":                                                    "0.025",
		"SELECT price FROM ledger_daily":                                                             "0.025",
		"SELECT price FROM ledger_monthly":                                                           "0.025",
		"SELECT group_concat(deck || edition || currency || rates) FROM decks_readable":              "carrier1EUR2,carrier2EUR2",
		"SELECT valid_from FROM decks_readable WHERE edition = 1":                                    "NULL",
		"SELECT valid_from FROM decks_readable WHERE edition = 2":                                    "2026-11-21T12:00:00.500Z",
		"SELECT saved || file || timezone FROM decks_readable WHERE edition = 1":                     "2026-11-21T12:00:00.500Zit's.csvUTC",
		"SELECT count(*) FROM rates_readable WHERE edition = 2":                                      "2",
		"SELECT minimum || ' ' || grace || ' ' || tiers" + rate:                                      "45 3 sun,sat 0.04",
		"SELECT valid_from || ' ' || valid_until" + rate:                                             "2026-11-21T12:00:00.500Z 2026-11-21T13:00:00.500Z",
		"SELECT first_increment || '/' || next_increment || ' ' || closed" + rate:                    "60/30 0",
		"SELECT closed FROM rates_readable WHERE prefix = '7' AND edition = 1":                       "1",
	} {
		if got := value(t, s.read, query); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}
