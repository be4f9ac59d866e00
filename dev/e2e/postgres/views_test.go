package postgres

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/sqlite"
	"github.com/fraudguard/fraudguard/store/storetest"
)

func deck(t *testing.T) *rates.Deck {
	t.Helper()
	tiers, err := rates.ParseTiers("sat,sun 0.04", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	d, err := rates.NewDeck("carrier", "EUR", []rates.Rate{{Prefix: "3906", Route: "Rome", PerMinute: 12_500, Connect: 50_000, First: 60,
		Next: 30, Minimum: 45, Grace: 3, Tiers: tiers, ValidFrom: storetest.Began, ValidUntil: storetest.Began.Add(time.Hour)},
		{Prefix: "7", First: 1, Next: 1, Closed: true}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestColumns compares the columns of each view with those of SQLite's, in their order.
func TestColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fraudguard.db")
	file, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want := make(map[string][]string)
	rows, err := db.Query("SELECT v.name, c.name FROM sqlite_schema v, pragma_table_info(v.name) c WHERE v.type = 'view' ORDER BY v.name, c.cid")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var view, column string
		if err := rows.Scan(&view, &column); err != nil {
			t.Fatal(err)
		}
		want[view] = append(want[view], column)
	}
	if rows.Err() != nil || len(want) < 10 {
		t.Fatalf("%d views: %v", len(want), rows.Err())
	}
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		for view, columns := range want {
			got := strings.Fields(value(t, s, name, "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = '"+view+"'"))
			if !slices.Equal(got, columns) {
				t.Errorf("%s:\n got %s\nwant %s", view, got, columns)
			}
		}
		if got := value(t, s, name, "SELECT count(*) FROM information_schema.views WHERE table_schema = 'public'"); got != strconv.Itoa(len(want)) {
			t.Errorf("there are %s views, and SQLite has %d", got, len(want))
		}
	})
}

func TestViews(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		opened := open(t, s, name)
		over := func(subject string, kind limits.Kind, v limits.Value) guard.Record {
			return guard.CapChange{Override: guard.Override{Subject: limits.Subject{Tenant: subject}, Kind: kind, Value: v, Who: "jo", At: storetest.Began}}
		}
		records := []guard.Record{guard.Block{ID: "b1", Target: guard.Target{Account: storetest.Payer}, Reason: "too often", Source: "jo", Since: storetest.Began}}
		for _, kind := range limits.Kinds() {
			seven, err := kind.Parse("7")
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, over("acme", kind, seven), over("free", kind, limits.Unlimited))
		}
		if err := opened.Save(t.Context(), append(storetest.Call("1.1"), records...), []string{"mail"}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := opened.SaveEdition(t.Context(), deck(t), store.EditionInfo{Saved: storetest.Began, File: "it's.csv"}); err != nil {
				t.Fatal(err)
			}
		}
		const rate = " FROM rates_readable WHERE prefix = '3906' AND edition = 1"
		for query, want := range map[string]string{
			"SELECT min(value) || max(value) FROM caps_readable WHERE subject = 'acme/*'":                    "77",
			"SELECT min(value) || max(value) FROM caps_readable WHERE subject = 'free/*'":                    "nonenone",
			"SELECT who || at FROM caps_readable WHERE subject = 'acme/*' AND kind = 'cost_per_day'":         "jo2026-11-21 12:00:00.5+00",
			"SELECT route || billed_seconds FROM ledger_daily_routes WHERE day = '2026-11-21'":               "Italy, Rome60",
			"SELECT international_seconds FROM ledger_daily":                                                 "60",
			"SELECT international || route FROM charges_readable":                                            "trueItaly, Rome",
			"SELECT target FROM blocks_readable":                                                             "acme/101",
			"SELECT cost FROM calls WHERE extension = '101'":                                                 "0.012500",
			"SELECT round(sum(cost), 2) FROM calls WHERE started >= '2026-11-21'":                            "0.01",
			"SELECT date(ended) FROM calls":                                                                  "2026-11-21",
			"SELECT ended - answered FROM calls":                                                             "00:00:59",
			"SELECT price_per_minute FROM calls":                                                             "0.012500",
			"SELECT billed_seconds FROM calls WHERE route LIKE 'Italy%'":                                     "60",
			"SELECT count(*) FROM calls WHERE estimated OR abs(recorded_seconds - billed_seconds) > 60":      "0",
			"SELECT amount FROM charges_readable WHERE at > '2026-11-21T12:00'":                              "0.012500",
			"SELECT cost FROM ledger_daily WHERE day = '2026-11-21' AND tenant = 'acme'":                     "0.012500",
			"SELECT attempts FROM ledger_monthly WHERE month = '2026-11'":                                    "1",
			"SELECT at FROM incidents_readable":                                                              "2026-11-21 12:01:00.5+00",
			"SELECT evidence -> 0 ->> 'value' FROM incidents_readable":                                       "<20.00 & no more>",
			"SELECT actions ->> 0 FROM incidents_readable":                                                   "hang up",
			"SELECT until FROM blocks_readable WHERE lifted IS NULL":                                         "NULL",
			"SELECT due FROM outbox_readable WHERE channel = 'mail' AND sent IS NULL":                        "2026-11-21 12:01:00.5+00",
			"SELECT connect_fee FROM rates_readable WHERE deck = 'carrier' AND prefix < '5' AND edition = 1": "0.050000",
			"SELECT deck || ' ' || price || ' ' || sold_per_minute FROM calls":                               "carrier@2 0.025000 0.025000",
			"SELECT sum(price) FROM charges_readable":                                                        "0.025000",
			"SELECT price FROM ledger_monthly":                                                               "0.025000",
			"SELECT string_agg(deck || edition || currency || rates, ',') FROM decks_readable":               "carrier1EUR2,carrier2EUR2",
			"SELECT valid_from FROM decks_readable WHERE edition = 1":                                        "NULL",
			"SELECT saved || file || timezone FROM decks_readable WHERE edition = 2":                         "2026-11-21 12:00:00.5+00it's.csvUTC",
			"SELECT minimum || ' ' || grace || ' ' || tiers" + rate:                                          "45 3 sun,sat 0.04",
			"SELECT valid_from || ' ' || valid_until" + rate:                                                 "2026-11-21 12:00:00.5+00 2026-11-21 13:00:00.5+00",
			"SELECT first_increment || '/' || next_increment || ' ' || closed" + rate:                        "60/30 false",
		} {
			if got := value(t, s, name, query); got != want {
				t.Errorf("%s\n got %s\nwant %s", query, got, want)
			}
		}
	})
}

// TestZone shows moments to a session in its own zone.
func TestZone(t *testing.T) {
	each(t, func(t *testing.T, s *postgres.Server) {
		name := newDatabase(t, s)
		if err := open(t, s, name).Save(t.Context(), storetest.Call("1"), nil); err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), s.OwnerURL(name)+"&timezone=Europe/Rome")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT started::text FROM calls").Scan(&got); err != nil || got != "2026-11-21 13:00:00.5+01" {
			t.Errorf("%s, %v", got, err)
		}
	})
}
