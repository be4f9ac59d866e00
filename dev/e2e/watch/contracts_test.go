package watch

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
)

// printed runs a command with --json and gives the only object that it prints, or the only one of
// its list.
func printed(t *testing.T, ctx context.Context, s *site.Site, args ...string) map[string]any {
	t.Helper()
	out := command(t, ctx, s, 0, append(args, "--json")...).out
	var one map[string]any
	if json.Unmarshal([]byte(out), &one) == nil {
		return one
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		t.Fatalf("fraudguard %s --json: %v: %s", strings.Join(args, " "), err, out)
	}
	return list[0]
}

// keys demands exactly these keys.
func keys(t *testing.T, what string, object map[string]any, want string) {
	t.Helper()
	have := slices.Sorted(maps.Keys(object))
	wanted := strings.Fields(want)
	slices.Sort(wanted)
	if !slices.Equal(have, wanted) {
		t.Errorf("%s has the keys %v, not %v", what, have, wanted)
	}
}

// decimal demands a JSON string that holds an amount.
func decimal(t *testing.T, object map[string]any, key, want string) {
	t.Helper()
	if text, ok := object[key].(string); !ok || amount(t, text) != amount(t, want) {
		t.Errorf("%s is %v, not the string %q", key, object[key], want)
	}
}

// moment demands a JSON string in the form of RFC 3339.
func moment(t *testing.T, object map[string]any, key string) {
	t.Helper()
	text, _ := object[key].(string)
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		t.Errorf("%s is %v: %v", key, object[key], err)
	}
}

const callKeys = "id server tenant extension number route started answered ended billed_seconds cost verdict reason"

// TestContracts: what the commands print for scripts has the keys, the forms and the exit codes
// that are promised.
func TestContracts(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		says(t, command(t, ctx, s, 1, "status").said, s.Socket())
		g := begin(t, ctx, s)
		call := dial(t, ctx, s, "101", "0037111111111")
		up(t, ctx, s, g, 1)
		one := printed(t, ctx, s, "calls", "--live")
		keys(t, "calls --live", one, callKeys)
		if one["ended"] != nil || one["verdict"] != "allow" {
			t.Errorf("a live call: %v", one)
		}
		check(t, call.Hangup())
		settled(t, ctx, s, g)

		one = printed(t, ctx, s, "calls")
		keys(t, "calls", one, callKeys)
		decimal(t, one, "cost", "1.80")
		for _, key := range []string{"started", "answered", "ended"} {
			moment(t, one, key)
		}
		if one["billed_seconds"] != 60.0 || one["number"] != "37111111111" || one["route"] != "Latvia" || one["server"] != "pbx1" ||
			one["tenant"] != "acme" || one["extension"] != "101" || one["reason"] != "" {
			t.Errorf("a call: %v", one)
		}
		for _, flag := range []string{"--day", "--month"} {
			row := printed(t, ctx, s, "ledger", flag, "--tenant", "acme")
			keys(t, "ledger "+flag, row, "tenant extension period cost billed_seconds calls attempts")
			decimal(t, row, "cost", "1.80")
			if form := map[string]int{"--day": len("2026-11-21"), "--month": len("2026-11")}[flag]; len(row["period"].(string)) != form ||
				row["billed_seconds"] != 60.0 || row["calls"] != 1.0 || row["attempts"] != 1.0 {
				t.Errorf("ledger %s: %v", flag, row)
			}
		}
		sameAsBill(t, ctx, s)
		contractsOfBlocks(t, ctx, s)
		contractsOfState(t, ctx, s)
		for _, args := range [][]string{{"nonsense"}, {"calls", "--limit", "0"}, {"block", "101"}, {"ledger", "--day", "--month"},
			{"rates", "import", s.DeckPath()}, {"explain"}, {"status", "--nonsense"}} {
			command(t, ctx, s, 2, args...)
		}
		for _, args := range [][]string{{"unblock", "acme/999"}, {"explain", "nonsense"}, {"rates", "import", "/nonsense.csv", "--deck", "x"}} {
			command(t, ctx, s, 1, args...)
		}
	}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"5.00\"\n", Answers: map[string]sip.Behaviour{"00442022": {RingFor: time.Second}}})
}

func contractsOfBlocks(t *testing.T, ctx context.Context, s *site.Site) {
	t.Helper()
	command(t, ctx, s, 0, "block", "acme/102", "--for", "1h", "--reason", "stolen")
	block := printed(t, ctx, s, "blocks")
	keys(t, "blocks", block, "id target reason source since until lifted lifted_by")
	moment(t, block, "since")
	moment(t, block, "until")
	if block["target"] != "acme/102" || block["reason"] != "stolen" || block["source"] != "root" || block["lifted"] != nil {
		t.Errorf("a block: %v", block)
	}
	const incidentKeys = "id at server rule tenant extension number leg seen evidence actions observed urgent"
	incident := printed(t, ctx, s, "incidents")
	keys(t, "incidents", incident, incidentKeys)
	moment(t, incident, "at")
	if incident["rule"] != "block" || incident["observed"] != false {
		t.Errorf("an incident: %v", incident)
	}
	keys(t, "explain", printed(t, ctx, s, "explain", incident["id"].(string)), incidentKeys)
}

func contractsOfState(t *testing.T, ctx context.Context, s *site.Site) {
	t.Helper()
	status := printed(t, ctx, s, "status")
	keys(t, "status", status, "version mode started timezone currency servers deck store notices_waiting live_legs blocks not_guarded")
	server, _ := status["servers"].([]any)[0].(map[string]any)
	keys(t, "status: server", server, "name state since detail events dropped reconnects")
	moment(t, status, "started")
	moment(t, server, "since")
	if list, ok := status["not_guarded"].([]any); !ok || len(list) != 0 || server["state"] != "up" || status["blocks"] != 1.0 {
		t.Errorf("status: %v", status)
	}
	rate := printed(t, ctx, s, "rates", "lookup", "+37111111111")
	keys(t, "rates lookup", rate, "server tenant trunk dialled steps number country class international currency deck edition priced closed prefix route "+
		"per_minute connect first next minimum grace tiers valid_from valid_until selling rule reason")
	decimal(t, rate, "per_minute", "1.80")
	if rate["priced"] != true || rate["first"] != 60.0 || rate["country"] != "LV" || rate["prefix"] != "371" {
		t.Errorf("rates lookup: %v", rate)
	}
	deck := printed(t, ctx, s, "rates", "list")
	keys(t, "rates list", deck, "name edition currency timezone rates valid_from saved file state in_force")
	moment(t, deck, "saved")
	if deck["name"] != "default" || deck["in_force"] != true {
		t.Errorf("rates list: %v", deck)
	}
}
