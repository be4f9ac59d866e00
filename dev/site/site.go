// Package site sets up a whole site for the demo and the end-to-end tests: a disposable Asterisk,
// a carrier that keeps its own bill, and the real fraudguard as a process of its own, with a
// configuration, a database and a socket in a folder that goes away with the site.
package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/web"
)

// Price is one line of the price list that the carrier and the guard both get.
type Price struct {
	Prefix, Route string // E.164 digits
	PerMinute     string
	First, Next   int // seconds
}

// Options say what the site is.
type Options struct {
	// Version is the Asterisk's; empty is asterisk.DefaultVersion.
	Version string
	// Phones are extension numbers by tenant; unique over all tenants.
	Phones map[string][]string
	Prices []Price
	// Answers say how the carrier treats calls, by dialled prefix; others are answered at once.
	Answers map[string]sip.Behaviour
	// Rules are caps, abuse and other tables of the configuration, as TOML; Top are keys that stand
	// before the first table.
	Rules, Top string
	// Name is the server's; empty is "pbx1".
	Name string
	// Server are further keys of the [[server]] table.
	Server string
	// Store are the keys of the [store] table but for the journal, which is in the site's folder; empty is a
	// SQLite file there.
	Store string
	// Dialplan is added to Asterisk's, as are files and modules: see asterisk.Options.
	Dialplan string
	Files    map[string]string
	Modules  []string
	// Trunks are further trunks beside "carrier": the addresses of carriers, by name.
	Trunks map[string]string
	// Ask makes calls ask before they dial, by the dialplan that "fraudguard init" writes.
	Ask bool
	// Cables puts lines that can be cut between the guard and Asterisk.
	Cables bool
	// AMIUser logs in to the manager interface; empty is "guard", which may do what the README says.
	AMIUser string
	// AMIUsers are further users of the manager interface, ARIUsers of the REST interface.
	AMIUsers []asterisk.AMIUser
	ARIUsers []asterisk.ARIUser
}

// Site is a running site. The guard is not running yet; StartGuard brings it up.
type Site struct {
	Asterisk *asterisk.Server
	Carrier  *sip.Carrier
	// AMI and ARI are the lines between the guard and Asterisk, where the options want them.
	AMI, ARI *Cable
	// Folder holds all that the guard writes.
	Folder string

	options Options
	program string
	mu      sync.Mutex
	phones  []*sip.Phone
	guard   *Guard
}

// Program builds fraudguard into a folder, and gives the path.
func Program(ctx context.Context, folder string, race bool) (string, error) {
	path := filepath.Join(folder, "fraudguard")
	args := []string{"build", "-o", path}
	if race {
		args = append(args, "-race")
	}
	build := exec.CommandContext(ctx, "go", append(args, "github.com/fraudguard/fraudguard/cmd/fraudguard")...)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fraudguard cannot be built: %w\n%s", err, out)
	}
	return path, nil
}

// New starts the Asterisk and the carrier. Program is the built fraudguard; an empty one makes a
// site without a guard.
func New(ctx context.Context, program string, o Options) (*Site, error) {
	s := &Site{options: o, program: program}
	if err := s.start(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Site) start(ctx context.Context) error {
	var tariffs []sip.Tariff
	for _, p := range s.options.Prices {
		for _, prefix := range []string{"00" + p.Prefix, national(p.Prefix)} {
			if prefix != "" {
				tariffs = append(tariffs, sip.Tariff{Prefix: prefix, PerMinute: p.PerMinute,
					First: time.Duration(p.First) * time.Second, Next: time.Duration(p.Next) * time.Second})
			}
		}
	}
	var err error
	s.Carrier, err = sip.NewCarrier(sip.CarrierOptions{Addr: "127.0.0.1:0", Answers: s.options.Answers, Tariffs: tariffs})
	if err != nil {
		return err
	}
	server := asterisk.Options{
		Version:  s.options.Version,
		Trunks:   []asterisk.Trunk{{Name: "carrier", Addr: s.Carrier.Addr()}},
		Dialplan: s.options.Dialplan,
		Files:    s.options.Files, WithModules: s.options.Modules,
		AMIUsers: s.options.AMIUsers,
		ARIUsers: s.options.ARIUsers,
	}
	if s.options.Ask {
		server.Dialplan = askingDialplan(s.options.Phones) + s.options.Dialplan
	}
	for name, addr := range s.options.Trunks {
		server.Trunks = append(server.Trunks, asterisk.Trunk{Name: name, Addr: addr})
	}
	for tenant, numbers := range s.options.Phones {
		t := asterisk.Tenant{Name: tenant}
		for _, n := range numbers {
			e := asterisk.Extension{Number: n}
			if s.options.Ask {
				e.Context = "asking-" + tenant
			}
			t.Extensions = append(t.Extensions, e)
		}
		server.Tenants = append(server.Tenants, t)
	}
	if s.Asterisk, err = asterisk.Start(ctx, server); err != nil || s.program == "" {
		return err
	}
	// What the guard writes goes away with the Asterisk, even if a test is killed.
	s.Folder = filepath.Join(s.Asterisk.Folder, "guard")
	if err := os.Mkdir(s.Folder, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(s.DeckPath(), []byte(s.deck()), 0o600); err != nil {
		return err
	}
	if s.options.Cables {
		if s.AMI, err = NewCable(s.Asterisk.AMIAddr); err != nil {
			return err
		}
		if s.ARI, err = NewCable(strings.TrimSuffix(strings.TrimPrefix(s.Asterisk.ARIURL, "http://"), "/ari")); err != nil {
			return err
		}
	}
	if err := s.Configure(s.options.Top, s.options.Rules); err != nil || !s.options.Ask {
		return err
	}
	return s.writeDialplan(ctx)
}

// askingDialplan lets the phones of each tenant ask before they dial out.
func askingDialplan(phones map[string][]string) string {
	var b strings.Builder
	b.WriteString("#tryinclude fraudguard.conf\n")
	for _, tenant := range slices.Sorted(maps.Keys(phones)) {
		fmt.Fprintf(&b, "[asking-%s]\n", tenant)
		for _, n := range phones[tenant] {
			fmt.Fprintf(&b, "exten => %s,1,Dial(PJSIP/%s,60,tT)\n", n, n)
		}
		for _, pattern := range []string{"_X.", "_+X."} {
			fmt.Fprintf(&b, `exten => %s,1,Set(FRAUDGUARD_TENANT=%s)
 same => n,Gosub(fraudguard,ask,1(${EXTEN}))
 same => n,Dial(PJSIP/${EXTEN}@carrier,60,tT)
 same => n,Hangup()
`, pattern, tenant)
		}
	}
	return b.String()
}

// writeDialplan gives Asterisk the dialplan that fraudguard writes for the configuration.
func (s *Site) writeDialplan(ctx context.Context) error {
	if _, err := s.Run(ctx, "init", "--config", s.ConfigPath(), "--dialplan", "plain", "--output", filepath.Join(s.Asterisk.Folder, "etc"), "--force"); err != nil {
		return err
	}
	_, err := s.Asterisk.Console(ctx, "dialplan reload")
	return err
}

// national is the prefix as it is dialled at home, in Italy.
func national(prefix string) string {
	home, _ := strings.CutPrefix(prefix, "39")
	if home == prefix {
		return ""
	}
	return home
}

// DeckPath is the price list's file.
func (s *Site) DeckPath() string { return filepath.Join(s.Folder, "carrier.csv") }

// ConfigPath is the configuration's file.
func (s *Site) ConfigPath() string { return filepath.Join(s.Folder, "fraudguard.toml") }

// Socket is the path of the guard's socket.
func (s *Site) Socket() string { return filepath.Join(s.Folder, "fraudguard.sock") }

// Client speaks to the guard. The caller closes it.
func (s *Site) Client() *web.Client { return web.NewClient(s.Socket()) }

func (s *Site) deck() string {
	var b strings.Builder
	b.WriteString("prefix,destination,rate per minute,increment\n")
	for _, p := range s.options.Prices {
		fmt.Fprintf(&b, "%s,%s,%s,%d/%d\n", p.Prefix, p.Route, p.PerMinute, p.First, p.Next)
	}
	return b.String()
}

// Configure writes the configuration. A guard that runs takes it with Reload.
func (s *Site) Configure(top, rules string) error {
	user := s.options.AMIUser
	if user == "" {
		user = "guard"
	}
	ami, ari, server := s.Asterisk.AMIAddr, s.Asterisk.ARIURL, s.options.Server
	if s.options.Cables {
		ami, ari = s.AMI.Addr(), "http://"+s.ARI.Addr()+"/ari"
	}
	if s.options.Ask {
		server = "admission = \"ask\"\n" + server
	}
	store := s.options.Store
	if store == "" {
		store = fmt.Sprintf("url = %q", "sqlite:"+filepath.Join(s.Folder, "fraudguard.db"))
	} else {
		store += fmt.Sprintf("\njournal = %q", filepath.Join(s.Folder, "fraudguard.journal"))
	}
	trunks := `"PJSIP/carrier"`
	for name := range s.options.Trunks {
		trunks += fmt.Sprintf(", %q", "PJSIP/"+name)
	}
	text := fmt.Sprintf(`socket = %q
%s
[store]
%s

[[server]]
name = %q
ami = %q
ami_user = %q
ami_secret = %q
ari = %q
ari_user = "guard"
ari_password = %q
trunks = [%s]
country = "IT"
%s

%s
`, s.Socket(), top, store,
		cmp.Or(s.options.Name, "pbx1"), ami, user, s.Asterisk.AMISecret(user), ari, s.Asterisk.ARIPassword("guard"), trunks, server, rules)
	return os.WriteFile(s.ConfigPath(), []byte(text), 0o600)
}

// Phone gives the registered phone of an extension.
func (s *Site) Phone(ctx context.Context, extension string) (*sip.Phone, error) {
	return s.PhoneWith(ctx, extension, sip.PhoneOptions{})
}

// PhoneWith gives the registered phone of an extension, which is and does what the options say.
func (s *Site) PhoneWith(ctx context.Context, extension string, o sip.PhoneOptions) (*sip.Phone, error) {
	o.User, o.Password, o.Registrar = extension, s.Asterisk.Password(extension), s.Asterisk.SIPAddr
	p, err := sip.NewPhone(o)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.phones = append(s.phones, p)
	s.mu.Unlock()
	return p, p.Register(ctx)
}

// Close takes everything down.
func (s *Site) Close() error {
	var all []error
	for _, p := range s.phones {
		p.Close()
	}
	if s.guard != nil {
		s.guard.Kill()
	}
	for _, cable := range []*Cable{s.AMI, s.ARI} {
		if cable != nil {
			cable.Close()
		}
	}
	if s.Asterisk != nil {
		all = append(all, s.Asterisk.Stop())
	}
	if s.Carrier != nil {
		s.Carrier.Close()
	}
	return errors.Join(all...)
}
