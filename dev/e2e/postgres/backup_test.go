package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/fraudguard/fraudguard/dev/postgres"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/limits"
	"github.com/fraudguard/fraudguard/store"
	engine "github.com/fraudguard/fraudguard/store/postgres"
)

// manualConfig guards an Asterisk that is not there: nobody listens on port 1.
const manualConfig = `socket = "%[1]s/s"
[store]
url = "%[2]s"
password_file = "%[1]s/store.password"
journal = "%[1]s/journal"
[[server]]
name = "pbx1"
ami = "127.0.0.1:1"
ami_user = "fraudguard"
ami_secret = "x"
ari = "http://127.0.0.1:1/ari"
ari_user = "fraudguard"
ari_password = "x"
trunks = ["PJSIP/carrier"]
country = "IT"
`

// administrator does at a server what the manual says, line by line.
type administrator struct {
	t       *testing.T
	s       *postgres.Server
	program string
	folder  string // with the configuration and the socket
	daemon  *exec.Cmd
	dump    string // the name of the copy in the server's folder
}

func newAdministrator(t *testing.T, s *postgres.Server, program string) *administrator {
	t.Helper()
	folder, err := os.MkdirTemp("", "fg") // a socket's path is short
	check(t, err)
	a := &administrator{t: t, s: s, program: program, folder: folder, dump: "fraudguard.dump"}
	t.Cleanup(func() {
		a.stop()
		check(t, os.RemoveAll(folder))
	})
	// What libpq does not know in a URL, ours does.
	url := s.URL("fraudguard", "fraudguard") + "&pool_max_conns=4&statement_timeout=20000"
	check(t, os.WriteFile(a.path("fraudguard.toml"), fmt.Appendf(nil, manualConfig, folder, url), 0o600))
	check(t, os.WriteFile(a.path("store.password"), []byte(guardPassword), 0o600))
	return a
}

func (a *administrator) path(name string) string { return filepath.Join(a.folder, name) }

// manual gives the commands of the first block of shell lines behind a heading of the manual.
func manual(t *testing.T, heading string) []string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/operating.md")
	check(t, err)
	_, behind, found := strings.Cut(string(text), heading)
	_, block, fenced := strings.Cut(behind, "```sh\n")
	block, _, ended := strings.Cut(block, "```\n")
	if !found || !fenced || !ended {
		t.Fatalf("docs/operating.md has no commands behind %q", heading)
	}
	return strings.Split(strings.TrimSpace(block), "\n")
}

// follow carries out lines of the manual, with the server's socket and folder in the place of Debian's.
func (a *administrator) follow(lines ...string) {
	a.t.Helper()
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "   #")
		line = strings.ReplaceAll(line, "/var/backups/fraudguard.dump", a.s.Inside(a.dump))
		switch {
		case line == "systemctl stop fraudguard":
			a.stop()
		case line == "systemctl start fraudguard":
			a.start()
		case strings.HasPrefix(line, "fraudguard "):
			a.run(strings.ReplaceAll(line, "/run/postgresql", filepath.Join(a.s.Folder, "run")))
		default:
			if strings.Contains(line, "--pwprompt") {
				line = fmt.Sprintf(`printf '%%s\n' "$PASSWORD" "$PASSWORD" | %s`, line)
			}
			_, err := a.s.Run(a.t.Context(), line, "PASSWORD="+guardPassword)
			check(a.t, err)
		}
	}
}

// command is a line of the shell that runs the program.
func (a *administrator) command(line string) *exec.Cmd {
	_, port, _ := strings.Cut(a.s.Address(), ":")
	c := exec.CommandContext(a.t.Context(), "sh", "-c", "exec "+line)
	c.Env = append(os.Environ(), "PATH="+filepath.Dir(a.program)+":"+os.Getenv("PATH"), "FRAUDGUARD_SOCKET="+a.path("s"), "PGPORT="+port)
	return c
}

func (a *administrator) run(line string) string {
	a.t.Helper()
	out, err := a.command(line).Output()
	if err != nil {
		var failed *exec.ExitError
		errors.As(err, &failed)
		a.t.Fatalf("%s: %v\n%s%s", line, err, out, failed.Stderr)
	}
	return string(out)
}

// start starts the daemon, and waits until it guards.
func (a *administrator) start() {
	a.t.Helper()
	a.daemon = exec.Command(a.program, "run", "--config", a.path("fraudguard.toml"))
	a.daemon.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := a.daemon.StderrPipe()
	check(a.t, err)
	check(a.t, a.daemon.Start())
	lines := bufio.NewScanner(log)
	var said strings.Builder
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "msg=guarding") {
			go func() {
				for lines.Scan() {
				}
			}()
			return
		}
	}
	a.t.Fatalf("the daemon ended: %v\n%s", a.daemon.Wait(), said.String())
}

func (a *administrator) stop() {
	if a.daemon == nil {
		return
	}
	_ = a.daemon.Process.Signal(syscall.SIGTERM)
	if err := a.daemon.Wait(); err != nil {
		a.t.Errorf("the daemon ended: %v", err)
	}
	a.daemon = nil
}

// backup runs what "fraudguard backup" says, with the daemon's role and its password.
func (a *administrator) backup() {
	a.t.Helper()
	out, err := a.command("fraudguard backup " + a.s.Inside(a.dump) + " --config " + a.path("fraudguard.toml")).CombinedOutput()
	_, line, found := strings.Cut(string(out), "pg_dump ")
	if err == nil || !found {
		a.t.Fatalf("fraudguard backup: %v\n%s", err, out)
	}
	_, err = a.s.Run(a.t.Context(), "pg_dump "+strings.TrimSpace(line), "PGPASSWORD="+guardPassword)
	check(a.t, err)
}

// shown is what commands say of the store.
func (a *administrator) shown() map[string]string {
	a.t.Helper()
	said := make(map[string]string)
	for _, line := range []string{"calls --limit 1000", "ledger --month 2026-11", "ledger --day 2026-11-21", "caps list", "blocks --all", "incidents --limit 1000", "rates list",
		"verify --from 2026-11-01"} {
		said[line] = a.run("fraudguard " + line + " --json")
	}
	return said
}

// rows is all that a database holds, by table and view; a lease is renewed all the time.
func rows(t *testing.T, s *postgres.Server, database string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, name := range strings.Fields(value(t, s, database, `SELECT string_agg(relname, ' ') FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname <> 'leases'`)) {
		all[name] = value(t, s, database, "SELECT count(*) || ' ' || coalesce(md5(string_agg(r::text, E'\\n' ORDER BY r::text)), '') FROM "+name+" AS r")
	}
	return all
}

func same(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	if len(before) == 0 || len(before) != len(after) {
		t.Errorf("%s: there were %d, and are %d", what, len(before), len(after))
	}
	for name, want := range before {
		if after[name] != want {
			t.Errorf("%s: %s was\n%s\nand is\n%s", what, name, want, after[name])
		}
	}
}

// posting saves batches of calls until stop, and counts those that are saved; some are when it returns.
func (a *administrator) posting(saved *atomic.Int64) (stop func()) {
	a.t.Helper()
	begun := make(chan struct{})
	opened, err := engine.Open(a.t.Context(), a.s.URL("fraudguard", "fraudguard"), guardPassword)
	check(a.t, err)
	ctx, cancel := context.WithCancel(a.t.Context())
	ended := make(chan error, 1)
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			if err := opened.Save(context.WithoutCancel(ctx), calls(fmt.Sprint(n)), []string{"mail"}); err != nil {
				ended <- err
				return
			}
			if saved.Add(1) == 3 {
				close(begun)
			}
		}
		ended <- nil
	}()
	select {
	case <-begun:
	case err := <-ended:
		a.t.Fatal(err)
	}
	return func() {
		cancel()
		check(a.t, errors.Join(<-ended, opened.Close()))
	}
}

// batches counts the batches of calls that a restored database has, each with all that belongs to its calls.
func batches(t *testing.T, s *postgres.Server) int {
	t.Helper()
	var legs, charges, incidents, notices int
	_, err := fmt.Sscan(value(t, s, "fraudguard", `SELECT (SELECT count(*) FROM legs) || ' ' || (SELECT count(*) FROM charges) || ' ' ||
		(SELECT count(*) FROM incidents WHERE leg <> '') || ' ' || (SELECT count(*) FROM outbox)`), &legs, &charges, &incidents, &notices)
	check(t, err)
	if legs%batchSize != 0 || charges != legs || incidents != legs || notices != legs {
		t.Errorf("batches of %d, and there are %d legs, %d charges, %d incidents, %d notices", batchSize, legs, charges, incidents, notices)
	}
	return legs / batchSize
}

// TestBackup makes a database as the manual says, copies it while charges are posted, restores the copy as the
// manual says, and the copy of that on a new server; a guard goes on where the copy was made.
func TestBackup(t *testing.T) {
	program, err := site.Program(t.Context(), t.TempDir(), false) // the race detector ends a second late, each time
	check(t, err)
	setUp, restore := manual(t, "\n## PostgreSQL\n"), manual(t, "\nTo restore, as PostgreSQL's administrator.")
	each(t, func(t *testing.T, s *postgres.Server) {
		a := newAdministrator(t, s, program)
		t.Cleanup(func() {
			a.stop()
			for _, text := range []string{"DROP DATABASE IF EXISTS fraudguard WITH (FORCE)", "DROP DATABASE IF EXISTS fraudguard_before WITH (FORCE)",
				"DROP ROLE IF EXISTS fraudguard", "DROP ROLE IF EXISTS fraudguard_owner"} {
				check(t, s.Exec(context.Background(), "postgres", text))
			}
		})
		a.follow(setUp...)
		for _, line := range manual(t, "\n### Upgrades\n") {
			if strings.HasPrefix(line, "fraudguard migrate ") {
				a.follow(line)
			}
		}
		a.start()
		a.run("fraudguard caps set acme/101 cost_per_day 50.00 --reason fair")
		a.run("fraudguard block acme/102 --reason stolen")
		a.run("fraudguard unblock acme/102")
		a.run("fraudguard block '+8821*'")
		a.run("fraudguard rates import ../../../docs/deck.example.csv --deck carrier")
		waitFor(t, s, "fraudguard", "SELECT (SELECT count(*) FROM blocks) = 2 AND (SELECT count(*) FROM caps) = 1 AND (SELECT count(*) FROM rates) > 0")

		var saved atomic.Int64
		stop := a.posting(&saved)
		before := saved.Load()
		a.backup()
		stop()
		original := rows(t, s, "fraudguard")
		a.follow(restore...)
		have := batches(t, s)
		if int64(have) < before || int64(have) > saved.Load() {
			t.Errorf("%d batches were saved before the copy, %d in all, and it has %d", before, saved.Load(), have)
		}
		restored := rows(t, s, "fraudguard")
		for _, name := range []string{"blocks", "caps", "decks", "rates", "goose_db_version"} {
			if restored[name] != original[name] {
				t.Errorf("%s was %s, and is %s", name, original[name], restored[name])
			}
		}
		a.onNewServer(setUp, restore, restored)
	})
}

// onNewServer copies what is there, and restores it on a new server of the newest version.
func (a *administrator) onNewServer(setUp, restore []string, want map[string]string) {
	t := a.t
	versions := postgres.Versions()
	fresh, err := postgres.Start(t.Context(), postgres.Options{Version: versions[len(versions)-1]})
	check(t, err)
	defer func() { check(t, fresh.Stop()) }()
	a.backup()
	said := a.shown()
	a.stop()
	copied, err := os.ReadFile(filepath.Join(a.s.Folder, a.dump))
	check(t, err)
	check(t, os.WriteFile(filepath.Join(fresh.Folder, a.dump), copied, 0o644))
	b := newAdministrator(t, fresh, a.program)
	defer b.stop()
	for _, line := range append(setUp[:2:2], restore...) { // the roles, and then no database to rename
		if !strings.HasPrefix(line, "psql ") {
			b.follow(line)
		}
	}
	same(t, "rows", want, rows(t, fresh, "fraudguard"))
	same(t, "what commands say", said, b.shown())
	opened, err := engine.Open(t.Context(), fresh.URL("fraudguard", "fraudguard"), guardPassword)
	check(t, err)
	check(t, opened.Save(t.Context(), calls("afterwards"), []string{"mail"}))
	totals, err := opened.Ledger(t.Context(), store.LedgerQuery{Period: limits.Month})
	check(t, errors.Join(err, opened.Close()))
	if len(totals) != 1 || int(totals[0].Calls) != batchSize*batches(t, fresh) {
		t.Errorf("the ledger goes on with %+v", totals)
	}
}
