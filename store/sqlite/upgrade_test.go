package sqlite

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/rates"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/migrations"
)

// begun makes a file as the first migration leaves it, with rows in it.
func begun(t *testing.T, rows string) (path string) {
	t.Helper()
	path, _ = stepped(t, 1, rows)
	return path
}

// stepped makes a file as some of the migrations leave it, with rows in it, and says how many there are.
func stepped(t *testing.T, steps int, rows string) (path string, all int) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "fraudguard.db")
	db, err := sql.Open("sqlite", (&Store{path: path}).source("rwc"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := migrations.SQLite()
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	sources := provider.ListSources()
	if steps > 0 {
		if _, err := provider.UpTo(t.Context(), sources[steps-1].Version); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(rows); err != nil {
		t.Fatal(err)
	}
	return path, len(sources)
}

const begunRows = `
	INSERT INTO legs VALUES ('pbx1', '1', 'PJSIP/carrier-1', 'acme', '101', 'phone', '90039061', '39061', 'IT', 1, 0, 1, '3906',
		'Rome', 12500, 1, 60, 30, 1795262400000000, '2026-11-21', '2026-11-21', 1795262400000000, 1795262401000000, NULL,
		1795263301000000, 0, 'allow', '', 0, NULL);
	INSERT INTO legs VALUES ('pbx1', '0', '', 'acme', '101', '', '', '', '', 0, 1, 0, '', 'unpriced', 0, 0, 60, 60, NULL,
		'2026-11-21', '', 1795262300000000, NULL, 1795262399000000, NULL, 1, 'deny', 'rates.unpriced', 16, 0);
	INSERT INTO charges VALUES ('pbx1', '1', '2026-11-21', 'call', 'acme', '101', 1795262500000000, 25000, 120, 0);
	INSERT INTO charges VALUES ('pbx1', '1', '2026-11-21', 'correction-1', 'acme', '101', NULL, -5000, -24, 1);
	INSERT INTO charges VALUES ('pbx1', 'gone', '2026-11-21', 'call', 'acme', '101', NULL, 0, 7, 0);
	INSERT INTO ledger_days VALUES ('2026-11-21', 'acme', '101', 20000, 96, 1, 2);
	INSERT INTO ledger_days VALUES ('2026-11-20', 'acme', '102', 9223372036854775807, 1, 2, 3);
	INSERT INTO ledger_months VALUES ('2026-11', 'acme', '101', 20000, 96, 1, 2);
	INSERT INTO ledger_months VALUES ('2026-11', 'acme', '102', 9223372036854775807, 1, 2, 3);
	INSERT INTO incidents VALUES ('i1', 1795262399000000, 'pbx1', 'rates.unpriced', 'acme', '101', '', '0', 'seen', '[]', '[]', 0, 0);
	INSERT INTO outbox (channel, incident, due) VALUES ('mail', 'i1', 1795262399000000);
	INSERT INTO blocks VALUES ('b1', 'acme', '101', '', 'why', 'who', 1795262399000000, NULL, NULL, '');
	INSERT INTO blocks VALUES ('b2', '', '', '39061', 'why', 'who', 1795262399000001, NULL, NULL, '');
	INSERT INTO decks VALUES (3, 'default', 'EUR', 3, 1795262300000000);
	INSERT INTO decks VALUES (7, 'other', 'USD', 1, 1795262301000000);
	INSERT INTO rates VALUES (3, 0, '39', 'Italy', 10000, 5, 60, 60, NULL);
	INSERT INTO rates VALUES (3, 1, '3906', 'Rome', 20000, 0, 30, 6, 1795262400000000);
	INSERT INTO rates VALUES (3, 2, '3906', 'Rome', 12500, 0, 60, 30, NULL);
	INSERT INTO rates VALUES (7, 0, '1', 'USA', 1, 0, 1, 1, NULL);`

// TestUpgrade brings a file of the first version through, with all that is in it.
func TestUpgrade(t *testing.T) {
	path := begun(t, begunRows)
	for range 2 { // the second time there is nothing to do
		s := open(t, path)
		checkUpgraded(t, s)
		shut(t, s)
	}
	s := open(t, path)
	deck, err := rates.NewDeck("default", "EUR", []rates.Rate{{Prefix: "39", First: 1, Next: 1}})
	if err != nil {
		t.Fatal(err)
	}
	saved, err := s.SaveEdition(t.Context(), deck, store.EditionInfo{Saved: start})
	if err != nil || saved.Number != 2 || !saved.ValidFrom.Equal(start) {
		t.Errorf("the next edition: %+v, %v", saved, err)
	}
	if err := s.Save(t.Context(), call("9"), nil); err != nil {
		t.Fatal(err)
	}
	if got := value(t, s.read, "SELECT cost || ' ' || price FROM ledger_daily WHERE day = '2026-11-21'"); got != "0.0325 0.045" {
		t.Errorf("the ledger goes on with %s", got)
	}
}

func checkUpgraded(t *testing.T, s *Store) {
	t.Helper()
	at := func(seconds int64) time.Time { return time.Unix(1795262400+seconds, 0).UTC() }
	wantEditions := []store.EditionInfo{
		{Name: "default", Number: 1, Currency: "EUR", Timezone: "UTC", Rates: 3, Saved: at(-100)},
		{Name: "other", Number: 1, Currency: "USD", Timezone: "UTC", Rates: 1, Saved: at(-99)},
	}
	editions, err := s.Editions(t.Context())
	if err != nil || !slices.Equal(editions, wantEditions) {
		t.Errorf("editions: %v\n got %+v\nwant %+v", err, editions, wantEditions)
	}
	wantRates := []rates.Rate{
		{Prefix: "39", Route: "Italy", PerMinute: 10_000, Connect: 5, First: 60, Next: 60},
		{Prefix: "3906", Route: "Rome", PerMinute: 20_000, First: 30, Next: 6, ValidFrom: at(0)},
		{Prefix: "3906", Route: "Rome", PerMinute: 12_500, First: 60, Next: 30},
	}
	deck, err := s.Edition(t.Context(), "default", 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(deck.All()); !slices.Equal(got, wantRates) {
		t.Errorf("rates:\n got %+v\nwant %+v", got, wantRates)
	}

	live := guard.Leg{Server: "pbx1", ID: "1", Name: "PJSIP/carrier-1", Account: alice, PaidBy: "phone", Dialled: "90039061",
		Number: "39061", Country: "IT", International: true, Priced: true, Day: "2026-11-21", AnsweredDay: "2026-11-21", Started: at(0),
		Answered: at(1), LimitedUntil: at(901), Verdict: guard.Allowed, Cost: 20_000, Price: 20_000, BilledSeconds: 96, RecordedSeconds: -1,
		Rate: rates.Rate{Prefix: "3906", Route: "Rome", PerMinute: 12_500, Connect: 1, First: 60, Next: 30, ValidFrom: at(0)}}
	state, err := s.Load(t.Context(), "2026-11-21", at(-1000))
	if err != nil || len(state.Live) != 1 || state.Live[0] != live {
		t.Errorf("live legs: %v\n got %+v\nwant %+v", err, state.Live, live)
	}
	wantDays := []limits.Row{
		{Account: limits.Account{Tenant: "acme", Extension: "102"}, Key: "2026-11",
			Usage: limits.Usage{Cost: 9223372036854775807, Price: 9223372036854775807, BilledSeconds: 1, Calls: 2, Attempts: 3}},
		{Account: alice, Key: "2026-11-21", Usage: limits.Usage{Cost: 20_000, Price: 20_000, BilledSeconds: 96, InternationalSeconds: 96, Calls: 1, Attempts: 2}},
	}
	if !slices.Equal(state.Days, wantDays) {
		t.Errorf("days:\n got %+v\nwant %+v", state.Days, wantDays)
	}
	wantRoutes := []limits.RouteRow{{Account: alice, Day: "2026-11-21", Route: "", Seconds: 7}, {Account: alice, Day: "2026-11-21", Route: "Rome", Seconds: 96}}
	if !slices.Equal(state.Routes, wantRoutes) || len(state.Overrides) != 0 {
		t.Errorf("routes %+v and caps %+v", state.Routes, state.Overrides)
	}
	wantBlocks := []guard.Target{{Account: alice}, {Number: "39061"}}
	if len(state.Blocks) != 2 || state.Blocks[0].Target != wantBlocks[0] || state.Blocks[1].Target != wantBlocks[1] {
		t.Errorf("blocks %+v", state.Blocks)
	}
	for query, want := range map[string]string{
		"SELECT group_concat(target, ' ') FROM blocks_readable":       "acme/101 +39061",
		"SELECT max(international_seconds) FROM ledger_monthly":       "96",
		"PRAGMA integrity_check":                                      "ok",
		"SELECT count(*) FROM pragma_foreign_key_check":               "0",
		"SELECT count(*) FROM legs":                                   "2",
		"SELECT min(price) FROM ledger_monthly":                       "0.02",
		"SELECT sum(price) || ' ' || min(price) FROM charges":         "20000 -5000",
		"SELECT count(*) FROM rates":                                  "4",
		"SELECT count(*) FROM sqlite_schema WHERE name LIKE '%befo%'": "0",
		"SELECT \"table\" FROM pragma_foreign_key_list('rates')":      "decks",
	} {
		if got := value(t, s.read, query); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
	if waiting, err := s.OutboxWaiting(t.Context()); err != nil || waiting["mail"] != 1 || len(state.Blocks) != 2 {
		t.Errorf("notices %v, blocks %v: %v", waiting, state.Blocks, err)
	}
}

// TestUpgradeStepByStep brings up a file of each version, with a block in it, and uses it.
func TestUpgradeStepByStep(t *testing.T) {
	for step, all := 0, 0; step <= all; step++ {
		rows := ""
		if step > 0 {
			rows = "INSERT INTO blocks (id, tenant, extension, number, reason, source, since, lifted_by) VALUES ('b1', 'acme', '101', '', '', 'who', 1795262399000000, '')"
		}
		var path string
		path, all = stepped(t, step, rows)
		if would, err := Migrate(t.Context(), path, true); err != nil || len(would) != all-step {
			t.Errorf("after %d steps it would take %v, %v", step, would, err)
		}
		for range 2 {
			s := open(t, path)
			if err := s.Save(t.Context(), call("9"), nil); err != nil {
				t.Fatal(err)
			}
			proof, err := s.Verify(t.Context(), "2026-01-01", "2026-12-31")
			if err != nil || len(proof.Discrepancies) != 0 || proof.Days != 1 {
				t.Errorf("after %d steps: %+v, %v", step, proof, err)
			}
			if kept, err := s.Currency(t.Context(), "EUR"); err != nil || kept != "EUR" {
				t.Errorf("after %d steps: currency %q, %v", step, kept, err)
			}
			if blocks, err := s.Blocks(t.Context(), false); err != nil || len(blocks) != min(step, 1) {
				t.Errorf("after %d steps: blocks %+v, %v", step, blocks, err)
			}
			shut(t, s)
		}
	}
}

// TestUpgradeFails has something in the way of the second step.
func TestUpgradeFails(t *testing.T) {
	path := begun(t, begunRows+"CREATE TABLE decks_before (id)")
	if s, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "decks_before") {
		t.Fatalf("Open gives %v, %v", s, err)
	}
	execute(t, path, "DROP TABLE decks_before")
	checkUpgraded(t, open(t, path))
}

// TestUpgradeTogether lets several processes bring one file up to date at the same time.
func TestUpgradeTogether(t *testing.T) {
	path := begun(t, begunRows)
	const processes = 4
	opened := make(chan error, processes)
	for range processes {
		go func() {
			s, err := Open(t.Context(), path)
			if err == nil {
				err = s.Close()
			}
			opened <- err
		}()
	}
	for range processes {
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
	checkUpgraded(t, open(t, path))
}
