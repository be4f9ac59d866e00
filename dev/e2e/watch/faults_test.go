package watch

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/web"
)

// closedPort is an address on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	return l.Addr().String()
}

// complaint is a configuration that does not fit its Asterisk, and what status says of it.
type complaint struct {
	name     string
	from, to string // in the configuration
	words    []string
}

// complaints lists what an administrator gets wrong, with the essential words of each answer.
func complaints(t *testing.T, s *site.Site) []complaint {
	user := func(name string) string {
		return "ami_user = \"" + name + "\"\nami_secret = \"" + s.Asterisk.AMISecret(name) + "\""
	}
	address := func(a string) string { return `ami = "` + a + `"` }
	http := strings.TrimSuffix(strings.TrimPrefix(s.Asterisk.ARIURL, "http://"), "/ari")
	password := `ari_password = "` + s.Asterisk.ARIPassword("guard") + `"`
	return []complaint{
		{"AMI secret", s.Asterisk.AMISecret("guard"), "wrong", []string{"no link to Asterisk", `login refused for user "guard"`, "check ami_user and ami_secret", "manager.conf"}},
		{"AMI port closed", address(s.Asterisk.AMIAddr), address(closedPort(t)), []string{"no link to Asterisk", "connection refused"}},
		{"AMI port of SIP", address(s.Asterisk.AMIAddr), address(greeter(t)), []string{"is not an AMI port", `it answered "220 mail"`, "check `ami` of server pbx1"}},
		{"AMI port of HTTP", address(s.Asterisk.AMIAddr), address(http), []string{"did not say that it is an AMI port", "check `ami` of server pbx1"}},
		{"AMI without call", user("guard"), user("nocall"), []string{`user "nocall" may not Setvar: add "call" to its write= line in manager.conf`}},
		{"AMI without system", user("guard"), user("nosystem"), []string{`user "nosystem" may not Filter: add "system" to its write= line`, `may not DBPut`}},
		{"AMI without security", user("guard"), user("nosecurity"), []string{`user "nosecurity" does not see "security" events: add "security" to its read= line in manager.conf`}},
		{"ARI password", password, `ari_password = "wrong"`, []string{"the REST interface does not work, hang-ups go by AMI", "check ari_user and ari_password", "ari.conf"}},
		{"ARI port", "\nari = \"" + s.Asterisk.ARIURL, "\nari = \"http://" + s.Asterisk.AMIAddr, []string{"the REST interface does not work", "check the port and path of ari", "http.conf"}},
	}
}

// greeter is something else that speaks first, as mail servers do.
func greeter(t *testing.T) string {
	t.Helper()
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("220 mail\r\n"))
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestComplaints: each thing that keeps the guard from its work is said in one sentence with what
// to change, and is gone once it is mended.
func TestComplaints(t *testing.T) {
	const read, write = "call,cdr,dialplan,security,system", "call,system"
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		good := must[[]byte](t)(os.ReadFile(s.ConfigPath()))
		g := begin(t, ctx, s)
		check(t, g.WaitStatus(ctx, "nothing is amiss", func(st web.Status) bool { return len(st.NotGuarded) == 0 }))
		for _, c := range complaints(t, s) {
			edit(t, s, c.from, c.to)
			command(t, ctx, s, 0, "reload")
			check(t, g.WaitStatus(ctx, c.name+" is told", func(st web.Status) bool {
				return hasWords(strings.Join(st.NotGuarded, "\n"), c.words)
			}))
			says(t, command(t, ctx, s, 0, "status").out, append(c.words, "NOT GUARDED")...)
			if strings.Contains(s.Log(), s.Asterisk.AMISecret("guard")) || strings.Contains(s.Log(), s.Asterisk.ARIPassword("guard")) {
				t.Errorf("%s: a secret stands in the log", c.name)
			}
			check(t, os.WriteFile(s.ConfigPath(), good, 0o600))
		}
		command(t, ctx, s, 0, "reload")
		check(t, g.WaitStatus(ctx, "nothing is amiss any more", func(st web.Status) bool {
			return len(st.NotGuarded) == 0 && st.Servers[0].State == "up"
		}))
	}, site.Options{AMIUsers: []asterisk.AMIUser{
		{Name: "nocall", Read: read, Write: "system"},
		{Name: "nosystem", Read: read, Write: "call"},
		{Name: "nosecurity", Read: "call,cdr,dialplan,system", Write: write},
	}})
}

func hasWords(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// TestBlindToRecords: that a user may not read call records shows only by their absence, so status
// keeps saying it beside the link, after calls too, until it is mended.
func TestBlindToRecords(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		g := begin(t, ctx, s)
		passes(t, ctx, must[*sip.Phone](t)(s.Phone(ctx, "101")), "00442012345678")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		out := command(t, ctx, s, 0, "status").out
		says(t, out, `no "cdr" event seen yet`, `add "cdr" to the read= line of user "nocdr" in manager.conf`)
		if strings.Contains(out, `no "call" event seen yet`) {
			t.Errorf("events of calls have been seen: %s", out)
		}
	}, site.Options{AMIUser: "nocdr", AMIUsers: []asterisk.AMIUser{
		{Name: "nocdr", Read: "call,dialplan,security,system", Write: "call,system"},
	}})
}

// TestWithoutREST: where the REST interface refuses, hang-ups go by AMI, at once.
func TestWithoutREST(t *testing.T) {
	for name, user := range map[string]asterisk.ARIUser{
		"wrong password": {Name: "guard", Password: "another"},
		"read only":      {Name: "guard", Password: "right", ReadOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
				if !user.ReadOnly {
					edit(t, s, `ari_password = "another"`, `ari_password = "wrong"`)
				}
				g := begin(t, ctx, s)
				phone := must[*sip.Phone](t)(s.Phone(ctx, "101"))
				must[*sip.Call](t)(phone.Dial(ctx, "00449001111111"))
				up(t, ctx, s, g, 1)
				settled(t, ctx, s, g)
				sameAsBill(t, ctx, s)
				if bill := amount(t, s.Carrier.Total()); bill > amount(t, "0.10") || s.Carrier.Bills()[0].EndedBy != "customer" {
					t.Errorf("%s of a cap of 0.10: %+v", bill, s.Carrier.Bills())
				}
				refused(t, ctx, s, phone, "00442022222222")
				settled(t, ctx, s, g)
				if found := incidents(t, ctx, s, "hangup.unconfirmed"); len(found) != 0 {
					t.Errorf("hang-ups that went by AMI are told as an alarm: %+v", found)
				}
				says(t, s.Log(), "Asterisk did not take a hang-up", "ari.conf")
				says(t, command(t, ctx, s, 0, "status").out, "the REST interface does not work, hang-ups go by AMI", "ari.conf")
			}, site.Options{Rules: "[caps.extension]\ncost_per_day = \"0.10\"\n", ARIUsers: []asterisk.ARIUser{user},
				Answers: map[string]sip.Behaviour{"00442022": {RingFor: 5 * time.Second}}})
		})
	}
}

// TestBadFiles: a configuration and a price list with mistakes are refused with file, line and what
// to write, and what was in force stays.
func TestBadFiles(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context, s *site.Site) {
		good := must[[]byte](t)(os.ReadFile(s.ConfigPath()))
		edit(t, s, "trunks =", "trunk =")
		for _, args := range [][]string{{"run", "--config", s.ConfigPath()}, {"check", "--config", s.ConfigPath()}} {
			says(t, command(t, ctx, s, 2, args...).said, s.ConfigPath()+":14: unknown key \"server.trunk\"", "allowed here are", "trunks")
		}
		check(t, os.WriteFile(s.ConfigPath(), good, 0o600))
		says(t, command(t, ctx, s, 2, "run", "--config", filepath.Join(s.Folder, "none.toml")).said, "none.toml", "--config")

		g := begin(t, ctx, s)
		bad := filepath.Join(s.Folder, "bad.csv")
		check(t, os.WriteFile(bad, []byte("prefix,destination,rate per minute,increment\n44,United Kingdom,0.01,1/1\n4x,Nowhere,0.01,1/1\n45,Denmark,cheap,60/60\n46,Sweden,0.01,0/60\n"), 0o600))
		said := command(t, ctx, s, 1, "rates", "import", bad, "--deck", "default").said
		says(t, said, []string{`bad.csv:3: column "prefix": prefix "4x"`, `bad.csv:4: column "rate per minute": "cheap"`, `bad.csv:5: column "increment": "0/60"`}...)
		passes(t, ctx, must[*sip.Phone](t)(s.Phone(ctx, "101")), "00442012345678")
		settled(t, ctx, s, g)
		sameAsBill(t, ctx, s)
		if got := ledger(t, ctx, s, "101"); got != amount(t, "0.0005") {
			t.Errorf("a second by the old price list costs %s", got)
		}
	}, site.Options{})
}
