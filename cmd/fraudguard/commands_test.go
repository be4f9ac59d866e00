package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/web/webtest"
)

// TestCommandsAreWhole: the commands are those that scripts know, and each one says what it does
// and shows it by examples that work.
func TestCommandsAreWhole(t *testing.T) {
	var names []string
	eachCommand(newRootCommand(), func(c *cobra.Command) {
		names = append(names, c.CommandPath())
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.Contains(c.Short, "\n") {
			t.Errorf("%s: Short is %q: write one sentence without a full stop", c.CommandPath(), c.Short)
		}
		for _, line := range strings.Split(c.Example, "\n") {
			for _, part := range strings.Split(line, "&&") {
				part, _, _ = strings.Cut(part, "|")
				words := strings.Fields(strings.ReplaceAll(part, `"`, ""))
				if len(words) > 0 && words[0] == "mv" {
					continue
				}
				if len(words) == 0 || words[0] != "fraudguard" {
					t.Errorf("%s: example %q is no use of fraudguard", c.CommandPath(), line)
					continue
				}
				found, rest, err := newRootCommand().Find(words[1:])
				if err != nil {
					t.Errorf("%s: example %q: %v", c.CommandPath(), line, err)
				} else if err := found.ParseFlags(rest); err != nil {
					t.Errorf("%s: example %q: %v", c.CommandPath(), line, err)
				}
			}
		}
	})
	slices.Sort(names)
	want := []string{"fraudguard"}
	for _, name := range []string{"backup", "block", "blocks", "calls", "caps", "caps list", "caps set", "caps unset", "check", "explain", "import", "import cdr", "incidents", "init", "ledger", "migrate", "prune", "rates", "rates diff", "rates export", "rates import",
		"rates list", "rates lookup", "reconcile", "reload", "run", "status", "unblock", "verify", "version"} {
		want = append(want, "fraudguard "+name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("commands %q\nwant     %q", names, want)
	}
}

// TestFlagsAreThere: --json for all that answer, --socket for all that ask, --config for those that read it.
func TestFlagsAreThere(t *testing.T) {
	for name, want := range map[string]string{
		"run": "config log", "check": "config json", "version": "json", "status": "json socket", "calls": "extension json limit live socket tenant",
		"ledger": "day extension json month socket tenant", "blocks": "all json socket", "block": "for json keep-live reason socket yes", "unblock": "json socket",
		"caps list": "json socket", "caps set": "json reason socket", "caps unset": "json socket",
		"init": "config dialplan force json output server", "incidents": "extension json limit rule socket tenant", "explain": "json socket", "reload": "json socket", "rates list": "json socket",
		"verify": "from json socket to", "prune": "before dry-run json socket yes", "backup": "config json",
		"rates lookup": "json server socket tenant trunk", "rates diff": "json limit socket", "rates export": "json socket",
		"rates import": "currency dates decimal deck dry-run increments json map max-price socket valid-from yes",
	} {
		c, _, err := newRootCommand().Find(strings.Fields(name))
		if err != nil {
			t.Fatal(err)
		}
		var flags []string
		for _, match := range regexp.MustCompile(`(?m)^ +--([a-z-]+)`).FindAllStringSubmatch(c.LocalFlags().FlagUsages(), -1) {
			flags = append(flags, match[1])
		}
		slices.Sort(flags)
		if strings.Join(flags, " ") != want {
			t.Errorf("%s has flags %q, want %s", name, flags, want)
		}
	}
}

// TestOutput compares what people and what scripts see, for a daemon on a busy day and a fresh one.
func TestOutput(t *testing.T) {
	list := filepath.Join(shortDir(t), "carrier.csv")
	write(t, list, carrier)
	bad := filepath.Join(shortDir(t), "bad.csv")
	write(t, bad, "prefix,route,price\n39,Italy,cheap\n3x,Nowhere,1\n")
	for state, backend := range map[string]func() *webtest.Backend{"busy": func() *webtest.Backend { return busy(t) }, "empty": empty} {
		for name, args := range map[string][]string{
			"status":          {"status"},
			"calls":           {"calls"},
			"calls_live":      {"calls", "--live"},
			"calls_of":        {"calls", "--tenant", "default", "--extension", "101", "--limit", "1"},
			"ledger":          {"ledger"},
			"ledger_day":      {"ledger", "--day", "2026-11-20"},
			"ledger_month":    {"ledger", "--month", "--extension=101"},
			"blocks":          {"blocks"},
			"blocks_all":      {"blocks", "--all"},
			"incidents":       {"incidents"},
			"incidents_rule":  {"incidents", "--rule", "abuse.repeated_number"},
			"explain":         {"explain", "hcvzzz00001"},
			"explain_urgent":  {"explain", "hcw0aa11bb2"},
			"explain_observe": {"explain", "hcvzzz00000"},
			"unblock":         {"unblock", "default/102"},
			"caps":            {"caps", "list"},
			"caps_of":         {"caps", "list", "default/101"},
			"caps_each":       {"caps", "list", "default/*"},
			"caps_set":        {"caps", "set", "default/*", "minutes_per_day", "600", "--reason", "fair"},
			"caps_unset":      {"caps", "unset", "default/101", "cost_per_day"},
			"reload":          {"reload"},
			"verify":          {"verify"},
			"verify_of":       {"verify", "--from", "2026-11-01", "--to", "2026-11-20"},
			"prune":           {"prune", "--yes"},
			"prune_dry":       {"prune", "--dry-run", "--before", "2026-09-01"},
			"prune_unasked":   {"prune"},
			"rates_list":      {"rates", "list"},
			"rates_lookup":    {"rates", "lookup", "+390612345678"},
			"rates_unpriced":  {"rates", "lookup", "004930123456", "--server", "pbx1"},
			"rates_letters":   {"rates", "lookup", "0x123"},
			"rates_import":    {"rates", "import", list, "--deck", "default"},
			"rates_import_b":  {"rates", "import", list, "--deck", "other", "--increments", "30/6", "--max-price", "10"},
			"rates_bad":       {"rates", "import", bad, "--deck", "default"},
			"rates_dry":       {"rates", "import", list, "--deck", "default", "--dry-run", "--map", "price=price"},
			"rates_diff":      {"rates", "diff", "default@1", "default"},
			"rates_export":    {"rates", "export", "default"},
		} {
			for suffix, args := range map[string][]string{"": args, "_json": append(slices.Clone(args), "--json")} {
				r := fraudguard(t, serve(t, backend()), args...)
				golden(t, state+"_"+name+suffix, args, r, filepath.Dir(list), "DIR", filepath.Dir(bad), "DIR")
			}
		}
	}
}

// TestCompletion: the shell offers the kinds of caps where one is asked for.
func TestCompletion(t *testing.T) {
	for _, command := range []string{"set", "unset"} {
		r := fraudguard(t, "", "__complete", "caps", command, "acme/101", "")
		for _, kind := range limits.Kinds() {
			if !strings.Contains(r.out, "\n"+kind.String()+"\t"+kind.What()+"\n") && !strings.HasPrefix(r.out, kind.String()+"\t") {
				t.Errorf("caps %s does not offer %s: %q", command, kind, r.out)
			}
		}
		if r := fraudguard(t, "", "__complete", "caps", command, ""); strings.Contains(r.out, "cost_per_day") {
			t.Errorf("caps %s offers a cap for a subject: %q", command, r.out)
		}
	}
}

// TestCalm: a daemon that guards everything says so.
func TestCalm(t *testing.T) {
	backend := busy(t)
	backend.How.NotGuarded, backend.How.Servers, backend.How.Store = nil, backend.How.Servers[:1], empty().How.Store
	golden(t, "calm_status", []string{"status"}, fraudguard(t, serve(t, backend), "status"))
}

// TestPeriod: each way to write a day or a month is understood.
func TestPeriod(t *testing.T) {
	for _, c := range []struct {
		day, month, argument string
		want                 limits.Period
		key                  string
	}{
		{want: limits.Day},
		{day: running, want: limits.Day},
		{month: running, want: limits.Month},
		{day: running, argument: "2026-11-21", want: limits.Day, key: "2026-11-21"},
		{day: "2026-11-21", want: limits.Day, key: "2026-11-21"},
		{month: running, argument: "2026-11", want: limits.Month, key: "2026-11"},
		{month: "2026-11", want: limits.Month, key: "2026-11"},
		{argument: "2026-11-21", want: limits.Day, key: "2026-11-21"},
		{argument: "2026-11", want: limits.Month, key: "2026-11"},
	} {
		var args []string
		if c.argument != "" {
			args = []string{c.argument}
		}
		if p, key, err := period(c.day, c.month, args); p != c.want || key != c.key || err != nil {
			t.Errorf("%+v: %v %q, %v", c, p, key, err)
		}
	}
}

// TestBlock: a block is set as asked, in the name of who runs the command.
func TestBlock(t *testing.T) {
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	backend := busy(t)
	socket := serve(t, backend)
	for _, c := range []struct {
		args []string
		out  string
	}{
		{[]string{"block", "default/103", "--for", "90m", "--reason", "password stolen"}, "default/103 is blocked until 2026-11-21 11:45:03 CET.\n"},
		{[]string{"block", "+390612"}, "+390612 is blocked until it is lifted: fraudguard unblock +390612\n"},
		{[]string{"block", "+8821*", "--keep-live"}, "+8821* is blocked until it is lifted: fraudguard unblock \"+8821*\"\n"},
		{[]string{"block", "acme/*", "--for", "1h"}, "acme/* is blocked until 2026-11-21 11:15:03 CET.\n"},
		{[]string{"block", "country:GB", "--for", "1h"}, "country:GB is blocked until 2026-11-21 11:15:03 CET.\n"},
		{[]string{"block", "server:pbx1", "--for", "1h"}, "server:pbx1 is blocked until 2026-11-21 11:15:03 CET.\n"},
		{[]string{"block", "acme/101:+390612", "--for", "1h"}, "acme/101:+390612 is blocked until 2026-11-21 11:15:03 CET.\n"},
		{[]string{"block", "everything", "--for", "1h", "--yes"}, "everything is blocked until 2026-11-21 11:15:03 CET.\n"},
	} {
		if r := fraudguard(t, socket, c.args...); r.code != 0 || r.out != c.out || r.errs != "" {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
	r := fraudguard(t, socket, "block", "default/104", "--for=24h", "--json")
	var block map[string]any
	if err := json.Unmarshal([]byte(r.out), &block); err != nil || r.code != 0 {
		t.Fatalf("%+v: %v", r, err)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(block)), " "); got != "id lifted lifted_by reason since source target until" {
		t.Error(got)
	}
	if block["source"] != u.Username || block["until"] != "2026-11-22T09:15:03Z" {
		t.Error(block)
	}
	want := []string{"block default/103 for 1h30m0s: password stolen", "block +390612 for 0s: ", "block, keeping what is live, +8821* for 0s: ",
		"block acme/* for 1h0m0s: ", "block country:GB for 1h0m0s: ", "block server:pbx1 for 1h0m0s: ", "block acme/101:+390612 for 1h0m0s: ",
		"block everything for 1h0m0s: ", "block default/104 for 24h0m0s: "}
	for i := range want {
		want[i] = u.Username + ": " + want[i]
	}
	if got := backend.Asked(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestContract holds the JSON of the commands to the keys that scripts use, none more and none less.
func TestContract(t *testing.T) {
	socket := serve(t, busy(t))
	for line, want := range map[string]string{
		"calls":                               "answered billed_seconds cost ended extension id number reason route server started tenant verdict",
		"ledger":                              "attempts billed_seconds calls cost extension period tenant",
		"incidents":                           "actions at evidence extension id leg number observed rule seen server tenant urgent",
		"explain hcvzzz00001":                 "actions at evidence extension id leg number observed rule seen server tenant urgent",
		"caps list":                           "cap left set set_for source subject unit used value",
		"caps list default/101":               "cap left set set_for source subject unit used value",
		"caps set a/1 warn_at 5":              "cap left set set_for source subject unit used value",
		"caps unset default/101 cost_per_day": "cap subject",
		"blocks":                              "id lifted lifted_by reason since source target until",
		"status":                              "blocks currency deck live_legs mode not_guarded notices_waiting servers started store timezone version",
		"rates list":                          "currency edition file in_force name rates saved state timezone valid_from",
		"rates lookup +390612345678":          "class closed connect country currency deck dialled edition first grace international minimum next number per_minute prefix priced reason route rule selling server steps tenant tiers trunk valid_from valid_until",
		"verify":                              "days discrepancies from months more pruned_calls routes to",
		"prune --dry-run":                     "before calls dry_run numbers",
		"version":                             "go version",
		"check --config /nonexistent":         "caps config currency deck detectors errors mode notify servers socket store timezone warnings",
	} {
		r := fraudguard(t, socket, append(strings.Fields(line), "--json")...)
		var one map[string]any
		var list []map[string]any
		if json.Unmarshal([]byte(r.out), &list) == nil && len(list) > 0 {
			one = list[0]
		} else if err := json.Unmarshal([]byte(r.out), &one); err != nil {
			t.Errorf("%s: %v: %+v", line, err, r)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(one)), " "); got != want {
			t.Errorf("%s has %s\nwant %s", line, got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	if r := fraudguard(t, "", "version"); r.code != 0 || !strings.HasPrefix(r.out, "fraudguard "+testVersion+" (go") {
		t.Errorf("%+v", r)
	}
	if r := fraudguard(t, "", "--version"); r.code != 0 || r.out != "fraudguard "+testVersion+"\n" {
		t.Errorf("%+v", r)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
