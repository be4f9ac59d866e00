package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
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

// TestSite plays calls through a real Asterisk with the ledger in PostgreSQL: one that ends by itself, one that
// a block ends, one that lives on while the guard is killed. In the end the ledger is the carrier's bill.
func TestSite(t *testing.T) {
	folder := t.TempDir()
	program, err := site.Program(t.Context(), folder, true)
	check(t, err)
	secret := filepath.Join(folder, "store.password")
	check(t, os.WriteFile(secret, []byte(guardPassword+"\n"), 0o600))
	for i, version := range asterisk.Versions() {
		t.Run("Asterisk "+version, func(t *testing.T) {
			s := servers[postgres.Versions()[i%len(servers)]]
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			database := emptyDatabase(t, s)
			home, err := site.New(ctx, program, site.Options{
				Version: version,
				Phones:  map[string][]string{"acme": {"101", "102"}},
				Prices:  []site.Price{{Prefix: "44", Route: "United Kingdom", PerMinute: "0.03", First: 1, Next: 1}},
				Store:   fmt.Sprintf("url = %q\npassword_file = %q", s.URL(guardRole, database), secret),
			})
			check(t, err)
			defer func() {
				if t.Failed() {
					t.Log(home.Log())
				}
				check(t, home.Close())
			}()
			prepare(t, ctx, program, home, s.OwnerURL(database))
			playCalls(t, ctx, home)
			for _, text := range []string{home.Log(), output(t, ctx, home, "status"), output(t, ctx, home, "status", "--json")} {
				if strings.Contains(text, guardPassword) {
					t.Error("the password of the store is shown")
				}
			}
			if got := value(t, s, database, "SELECT sum(cost) = "+total(t, home).String()+" FROM ledger_daily"); got != "true" {
				t.Errorf("the view does not say what the carrier bills, %s", total(t, home))
			}
			if got := value(t, s, database, "SELECT count(*) FROM blocks_readable WHERE target = 'acme/102' AND lifted IS NULL"); got != "1" {
				t.Errorf("%s blocks are in force", got)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, ctx context.Context, home *site.Site, args ...string) string {
	t.Helper()
	out, err := home.Run(ctx, args...)
	check(t, err)
	return out
}

// prepare shows that the daemon does not start on an empty database, which its role may not change; then
// the owner brings it up, as the manual says.
func prepare(t *testing.T, ctx context.Context, program string, home *site.Site, owner string) {
	t.Helper()
	g, err := home.LaunchGuard()
	check(t, err)
	code, err := g.WaitExit(ctx)
	check(t, err)
	if want := `fraudguard migrate --grants guard`; code != 1 || !strings.Contains(home.Log(), want) {
		t.Errorf("exit code %d, and %q is not in the log", code, want)
	}
	for _, step := range []struct{ flag, want string }{{"--dry-run", "needs these steps:\n  00001_begin.sql\n"}, {"--json=false", "up to date now, by these steps:\n  00001_begin.sql\n"}} {
		out, err := exec.CommandContext(ctx, program, "migrate", "--url", owner, "--grants", guardRole, step.flag).CombinedOutput()
		if err != nil || !strings.Contains(string(out), step.want) || !strings.Contains(string(out), `GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "public"."legs" TO "guard";`) {
			t.Fatalf("migrate %s: %v\n%s", step.flag, err, out)
		}
	}
	out, err := exec.CommandContext(ctx, program, "migrate", "--config", home.ConfigPath()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is up to date.") {
		t.Errorf("migrate as the daemon's role: %v\n%s", err, out)
	}
}

func playCalls(t *testing.T, ctx context.Context, home *site.Site) {
	t.Helper()
	g, err := home.StartGuard(ctx)
	check(t, err)
	check(t, home.ImportPrices(ctx))
	honest, answered := dial(t, ctx, home, "101", "00442011111111")
	halfway(ctx, answered)
	check(t, honest.Hangup())
	_, answered = dial(t, ctx, home, "102", "00442022222222")
	halfway(ctx, answered)
	output(t, ctx, home, "block", "acme/102")
	check(t, home.Carrier.Wait(ctx, "the block ends the call", func([]sip.Bill) bool { return home.Carrier.Live() == 0 }))
	check(t, g.WaitStatus(ctx, "all is stored", func(st web.Status) bool { return st.LiveLegs == 0 && st.Store.Waiting == 0 }))

	staying, answered := dial(t, ctx, home, "101", "00442033333333")
	check(t, g.WaitStatus(ctx, "the leg is stored", func(st web.Status) bool { return st.LiveLegs == 1 && st.Store.Waiting == 0 }))
	g.Kill()
	g, err = home.StartGuard(ctx)
	check(t, err)
	check(t, g.WaitStatus(ctx, "the leg lives on", func(st web.Status) bool { return st.LiveLegs == 1 && st.Blocks == 1 }))
	halfway(ctx, answered)
	check(t, staying.Hangup())
	check(t, g.WaitStatus(ctx, "all is stored", func(st web.Status) bool {
		return st.LiveLegs == 0 && st.Store.Waiting == 0 && st.Store.Error == "" && len(st.NotGuarded) == 0
	}))

	client := home.Client()
	defer client.Close()
	rows, err := client.Ledger(ctx, web.LedgerQuery{})
	check(t, err)
	var sum money.Amount
	for _, r := range rows {
		sum += r.Cost
	}
	if want := total(t, home); sum != want || sum == 0 {
		t.Errorf("the ledger says %s, the carrier bills %s: %+v", sum, want, home.Carrier.Bills())
	}
}

// halfway lets a call last until the middle of a second, so that no moment counts on either side of one.
func halfway(ctx context.Context, answered time.Time) {
	talk := time.Since(answered).Truncate(time.Second) + 1500*time.Millisecond
	timer := time.NewTimer(time.Until(answered.Add(talk)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// dial makes a call, and says when it was answered.
func dial(t *testing.T, ctx context.Context, home *site.Site, extension, number string) (*sip.Call, time.Time) {
	t.Helper()
	phone, err := home.Phone(ctx, extension)
	check(t, err)
	call, err := phone.Dial(ctx, number)
	check(t, err)
	check(t, call.WaitAnswered(ctx))
	return call, time.Now()
}

func total(t *testing.T, home *site.Site) money.Amount {
	t.Helper()
	sum, err := money.Parse(home.Carrier.Total())
	check(t, err)
	return sum
}
