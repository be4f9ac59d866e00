package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/money"
	"github.com/fraudguard/fraudguard/web"
)

// TestTwoGuards lets two guards on one database guard an Asterisk each, one of every version. What is blocked,
// lifted and capped at one of them or by SQL holds at the other at once.
func TestTwoGuards(t *testing.T) {
	eachPair(t, "", func(p *pair) {
		p.blockAtOne()
		p.blockBySQL()
		p.caps()
		p.outOfHearing()
		p.restart()
		p.settle()
	})
}

// eachPair runs a test of two guards, of the same rules, on each version of the server.
func eachPair(t *testing.T, rules string, test func(p *pair)) {
	folder := t.TempDir()
	program, err := site.Program(t.Context(), folder, true)
	check(t, err)
	secret := filepath.Join(folder, "store.password")
	check(t, os.WriteFile(secret, []byte(guardPassword+"\n"), 0o600))
	each(t, func(t *testing.T, s *postgres.Server) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
		defer cancel()
		p := &pair{t: t, ctx: ctx, server: s, database: newDatabase(t, s)}
		for i, name := range []string{"north", "south"} {
			versions := asterisk.Versions()
			home, err := site.New(ctx, program, site.Options{
				Version: versions[i%len(versions)], Name: name, Rules: rules,
				Phones: map[string][]string{"acme": {"101", "102"}},
				Prices: []site.Price{{Prefix: "44", Route: "United Kingdom", PerMinute: "0.03", First: 1, Next: 1}},
				// Long enough to be refused before it is billed.
				Answers: map[string]sip.Behaviour{ringsFirst: {RingFor: 2 * time.Second}},
				Store:   fmt.Sprintf("url = %q\npassword_file = %q", s.URL(guardRole, p.database), secret),
			})
			check(t, err)
			defer func() {
				if t.Failed() {
					t.Log(name + ":\n" + home.Log())
				}
				check(t, home.Close())
			}()
			g, err := home.StartGuard(ctx)
			check(t, err)
			check(t, home.ImportPrices(ctx))
			p.homes, p.guards = append(p.homes, home), append(p.guards, g)
		}
		test(p)
	})
}

// ringsFirst begins the numbers that are not answered at once.
const ringsFirst = "004420555"

// pair is two guards, each with its Asterisk.
type pair struct {
	t        *testing.T
	ctx      context.Context
	server   *postgres.Server
	database string
	homes    []*site.Site
	guards   []*site.Guard
}

// atOnce is how long it may take until what is done at one guard holds at the other.
const atOnce = time.Second

// soon waits until the other guard knows of what was done, and says how long that took.
func (p *pair) soon(what string, since time.Time, good func() bool) {
	p.t.Helper()
	check(p.t, p.guards[1].Wait(p.ctx, what, good))
	took := time.Since(since)
	p.t.Logf("%s: after %s", what, took.Round(time.Millisecond))
	if took > atOnce+200*time.Millisecond { // the reading and the looking take their time too
		p.t.Errorf("%s took %s", what, took)
	}
}

func (p *pair) sql(text string) {
	p.t.Helper()
	execute(p.t, p.server, p.database, text)
}

// blocks are the targets that are blocked at a guard.
func (p *pair) blocks(i int) string {
	client := p.homes[i].Client()
	defer client.Close()
	blocks, err := client.Blocks(p.ctx, false)
	check(p.t, err)
	var targets []string
	for _, b := range blocks {
		targets = append(targets, b.Target)
	}
	return strings.Join(targets, " ")
}

func (p *pair) incidents(rule string) string {
	return value(p.t, p.server, p.database, "SELECT count(*) FROM incidents WHERE rule = '"+rule+"' AND leg = ''")
}

// blockAtOne blocks an extension at the first guard while it talks at the second.
func (p *pair) blockAtOne() {
	_, answered := dial(p.t, p.ctx, p.homes[1], "101", "00442011111111")
	halfway(p.ctx, answered)
	output(p.t, p.ctx, p.homes[0], "block", "acme/101")
	began := time.Now()
	p.soon("the block ends the call at the other", began, func() bool { return p.homes[1].Carrier.Live() == 0 })
	if got := p.blocks(1); got != "acme/101" {
		p.t.Errorf("blocked at the other are %q", got)
	}
	output(p.t, p.ctx, p.homes[1], "unblock", "acme/101")
	began = time.Now()
	p.soon("it is lifted at the first", began, func() bool { return p.blocks(0) == "" })
	if got := value(p.t, p.server, p.database, "SELECT count(*) || ' ' || count(lifted) FROM blocks") + " " + p.incidents("block"); got != "1 1 1" {
		p.t.Errorf("blocks, those lifted, and incidents: %s", got)
	}
}

// blockBySQL does the same by hand.
func (p *pair) blockBySQL() {
	_, answered := dial(p.t, p.ctx, p.homes[1], "102", "00442022222222")
	halfway(p.ctx, answered)
	began := time.Now()
	p.sql("INSERT INTO blocks (tenant, extension, source) VALUES ('acme', '102', 'jo')")
	p.soon("SQL ends the call", began, func() bool { return p.homes[1].Carrier.Live() == 0 })
	check(p.t, p.guards[0].Wait(p.ctx, "it holds at the first too", func() bool { return p.blocks(0) == "acme/102" }))
	began = time.Now()
	p.sql("UPDATE blocks SET lifted = (extract(epoch FROM now()) * 1000000)::bigint, lifted_by = 'jo' WHERE lifted IS NULL")
	p.soon("SQL lifts it", began, func() bool { return p.blocks(1) == "" })
	// What is no target ends nobody's calls.
	staying, answered := dial(p.t, p.ctx, p.homes[1], "102", "00442022222222")
	p.sql("INSERT INTO blocks (reason) VALUES ('nothing'); INSERT INTO blocks (tenant, prefix) VALUES ('acme', '44')")
	check(p.t, p.guards[1].Wait(p.ctx, "they are told of", func() bool {
		return strings.Count(p.homes[1].Log(), "is on no target or on several") >= 2
	}))
	halfway(p.ctx, answered)
	if p.homes[1].Carrier.Live() != 1 || p.blocks(1) != "" {
		p.t.Error("a block without a target has ended a call")
	}
	check(p.t, staying.Hangup())
	p.sql("DELETE FROM blocks WHERE source = session_user")
}

// cap is what people have capped, as a guard knows it.
func (p *pair) cap(i int) string {
	client := p.homes[i].Client()
	defer client.Close()
	caps, err := client.Caps(p.ctx, nil)
	check(p.t, err)
	var all []string
	for _, c := range caps {
		if c.Source != "configuration" {
			all = append(all, fmt.Sprintf("%s %s %s %s", c.SetFor, c.Cap, c.Value, c.Source))
		}
	}
	return strings.Join(all, ", ")
}

// caps sets caps and takes them back, at the first guard and by SQL.
func (p *pair) caps() {
	_, answered := dial(p.t, p.ctx, p.homes[1], "101", "00442033333333")
	halfway(p.ctx, answered)
	output(p.t, p.ctx, p.homes[0], "caps", "set", "acme/101", "minutes_per_day", "0")
	began := time.Now()
	p.soon("the cap ends the call at the other", began, func() bool { return p.homes[1].Carrier.Live() == 0 })
	output(p.t, p.ctx, p.homes[0], "caps", "unset", "acme/101", "minutes_per_day")
	began = time.Now()
	p.soon("the cap is taken back", began, func() bool { return p.cap(1) == "" })
	began = time.Now()
	p.sql("INSERT INTO caps (subject, kind, value, who) VALUES ('acme/101', 'concurrent_calls', 3, 'jo')")
	p.soon("a cap by SQL", began, func() bool { return strings.HasSuffix(p.cap(1), " jo") })
	began = time.Now()
	p.sql("DELETE FROM caps")
	p.soon("and its end", began, func() bool { return p.cap(1) == "" })
}

// outOfHearing changes things while no connection of a guard is let in.
func (p *pair) outOfHearing() {
	p.sql("ALTER DATABASE " + p.database + " CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + guardRole + "'")
	p.sql("INSERT INTO blocks (prefix, source) VALUES ('4420', 'jo')")
	for i, g := range p.guards {
		check(p.t, g.Wait(p.ctx, "it is told of", func() bool { return strings.Contains(p.homes[i].Log(), "is not heard of until") }))
	}
	p.sql("ALTER DATABASE " + p.database + " CONNECTION LIMIT -1")
	for i, g := range p.guards {
		check(p.t, g.Wait(p.ctx, "what was missed holds", func() bool { return p.blocks(i) == "+4420*" }))
	}
	began := time.Now()
	p.sql("DELETE FROM blocks WHERE source = 'jo'")
	p.soon("it is heard of again", began, func() bool { return p.blocks(1) == "" })
}

// restart shows that a guard that starts leaves the calls of the other one alone.
func (p *pair) restart() {
	staying, answered := dial(p.t, p.ctx, p.homes[1], "101", "00442044444444")
	check(p.t, p.guards[1].WaitStatus(p.ctx, "the leg is stored", func(st web.Status) bool { return st.LiveLegs == 1 && st.Store.Waiting == 0 }))
	p.guards[0].Kill()
	g, err := p.homes[0].StartGuard(p.ctx)
	check(p.t, err)
	p.guards[0] = g
	check(p.t, g.WaitStatus(p.ctx, "it guards", func(st web.Status) bool { return st.LiveLegs == 0 }))
	halfway(p.ctx, answered)
	check(p.t, staying.Hangup())
}

// settle compares what both guards have recorded with what both carriers bill.
func (p *pair) settle() {
	var sum money.Amount
	for i, g := range p.guards {
		check(p.t, g.WaitStatus(p.ctx, "all is stored", func(st web.Status) bool { return st.LiveLegs == 0 && st.Store.Waiting == 0 }))
		sum += total(p.t, p.homes[i])
	}
	if got := value(p.t, p.server, p.database, "SELECT sum(cost) = "+sum.String()+" FROM ledger_daily"); got != "true" || sum == 0 {
		p.t.Errorf("the carriers bill %s, and the ledger does not say that: %s", sum, value(p.t, p.server, p.database, "SELECT sum(cost) FROM ledger_daily"))
	}
	if got := value(p.t, p.server, p.database, "SELECT count(*) FROM calls WHERE ended IS NULL OR estimated"); got != "0" {
		p.t.Errorf("%s calls have not ended or are estimated", got)
	}
}
