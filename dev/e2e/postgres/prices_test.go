package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/web"
)

// TestPricesOfAnother imports price lists at one of two guards on one database. They count at the other at their
// moment, without a word to it; a call in progress keeps its price.
func TestPricesOfAnother(t *testing.T) {
	eachPair(t, "[caps.route]\ncost_per_minute = \"0.50\"\n", func(p *pair) {
		p.pricesAtOnce()
		p.pricesToCome()
		p.pricesMissed()
		p.settle()
	})
}

// importPrice imports a list with one price for all of +44 at a guard.
func (p *pair) importPrice(i int, price string, more ...string) {
	p.t.Helper()
	path := filepath.Join(p.homes[i].Folder, "next.csv")
	check(p.t, os.WriteFile(path, fmt.Appendf(nil, "prefix,destination,rate per minute,increment\n44,United Kingdom,%s,1/1\n", price), 0o600))
	output(p.t, p.ctx, p.homes[i], append([]string{"rates", "import", path, "--deck", "default"}, more...)...)
}

// price is what a minute to London costs at a guard, and by which edition.
func (p *pair) price(i int) string {
	client := p.homes[i].Client()
	defer client.Close()
	found, err := client.LookupRate(p.ctx, web.LookupQuery{Number: "00442011111111", Tenant: "acme"})
	check(p.t, err)
	if found.PerMinute == nil {
		return "none"
	}
	return fmt.Sprintf("%s@%d", found.PerMinute, found.Edition)
}

// verdict dials London at the second guard, and gives what it says of that.
func (p *pair) verdict() string {
	p.t.Helper()
	const judged = "SELECT count(*) FROM calls WHERE server = 'south' AND extension = '102' AND ended IS NOT NULL"
	before := value(p.t, p.server, p.database, judged)
	phone, err := p.homes[1].Phone(p.ctx, "102")
	check(p.t, err)
	call, err := phone.Dial(p.ctx, ringsFirst+"5555")
	check(p.t, err)
	if call.WaitAnswered(p.ctx) == nil {
		halfway(p.ctx, time.Now())
		_ = call.Hangup() // the guard may have been first
	}
	waitFor(p.t, p.server, p.database, strings.Replace(judged, "count(*)", "count(*) > "+before, 1))
	return value(p.t, p.server, p.database, "SELECT verdict || ' ' || deck || '/' || reason FROM calls WHERE server = 'south' AND extension = '102' ORDER BY started DESC LIMIT 1")
}

// pricesAtOnce imports a dear list at the first guard while somebody talks at the second.
func (p *pair) pricesAtOnce() {
	if got := p.price(0) + " " + p.price(1); got != "0.03@1 0.03@1" {
		p.t.Fatalf("in the beginning a minute costs %s", got)
	}
	staying, answered := dial(p.t, p.ctx, p.homes[1], "101", "00442011111111")
	p.importPrice(0, "2.00")
	began := time.Now()
	p.soon("the list of the first counts at the other", began, func() bool { return p.price(1) == "2.00@2" })
	if got := p.verdict(); got != "deny default@2/caps.route.cost_per_minute" {
		p.t.Errorf("the verdict on a dear call is %q", got)
	}
	halfway(p.ctx, answered)
	if p.homes[1].Carrier.Live() != 1 {
		p.t.Error("the call in progress was ended")
	}
	check(p.t, staying.Hangup())
	waitFor(p.t, p.server, p.database, "SELECT count(*) = 1 FROM calls WHERE extension = '101' AND ended IS NOT NULL AND deck = 'default@1' AND cost > 0")
	if strings.Contains(p.homes[0].Log(), "of another program") {
		p.t.Error("the first has read its own list")
	}
}

// pricesToCome imports a cheap list that is to count from a moment on.
func (p *pair) pricesToCome() {
	coming := time.Now().Add(6 * time.Second)
	p.importPrice(0, "0.03", "--valid-from", coming.Format(time.RFC3339Nano))
	check(p.t, p.guards[1].Wait(p.ctx, "the other has it", func() bool {
		return strings.Contains(p.homes[1].Log(), `"edition":3`)
	}))
	if got := p.price(0) + " " + p.price(1); got != "2.00@2 2.00@2" && time.Now().Before(coming) {
		p.t.Errorf("before its moment a minute costs %s", got)
	}
	p.soon("it takes over", coming, func() bool { return p.price(1) == "0.03@3" })
	if time.Now().Before(coming) {
		p.t.Error("it took over too early")
	}
	if got := p.price(0); got != "0.03@3" {
		p.t.Errorf("where it was imported a minute costs %s", got)
	}
	if got := p.verdict(); got != "allow default@3/" {
		p.t.Errorf("the verdict on a cheap call is %q", got)
	}
}

// pricesMissed adds an edition while no connection of a guard is let in, and one behind the back of a
// listening connection that was cut.
func (p *pair) pricesMissed() {
	p.sql("ALTER DATABASE " + p.database + " CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + guardRole + "'")
	p.sql(`INSERT INTO decks (name, edition, currency, size, valid_from, saved, timezone, file, digest)
			SELECT name, 4, currency, size, (extract(epoch FROM now()) * 1000000)::bigint, saved, timezone, file, '' FROM decks WHERE edition = 3;
		INSERT INTO rates (deck, position, prefix, route, per_minute, connect, first_increment, next_increment, minimum, grace, tiers, closed)
			SELECT (SELECT id FROM decks WHERE edition = 4), position, prefix, route, 3000000, connect, first_increment, next_increment, minimum, grace, tiers, closed
			FROM rates WHERE deck = (SELECT id FROM decks WHERE edition = 3)`)
	for i, g := range p.guards {
		check(p.t, g.Wait(p.ctx, "it is told of", func() bool { return strings.Contains(p.homes[i].Log(), "is not heard of until") }))
	}
	p.sql("ALTER DATABASE " + p.database + " CONNECTION LIMIT -1")
	for i, g := range p.guards {
		check(p.t, g.Wait(p.ctx, "what was missed counts", func() bool { return p.price(i) == "3.00@4" }))
	}
	p.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + guardRole + "' AND query IN ('LISTEN fraudguard', '-- ping')")
	p.importPrice(0, "0.03")
	check(p.t, p.guards[1].Wait(p.ctx, "what was imported meanwhile counts", func() bool { return p.price(1) == "0.03@5" }))
	if got := p.verdict(); got != "allow default@5/" {
		p.t.Errorf("the verdict on a cheap call is %q", got)
	}
}
