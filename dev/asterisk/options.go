package asterisk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Options says what a server has. The zero value is a server of
// [DefaultVersion] with the AMI users "admin" and "guard", the ARI user
// "guard", and nobody who could call.
type Options struct {
	Version string // one of [Versions]; empty for [DefaultVersion]

	Tenants []Tenant
	Trunks  []Trunk

	AMIUsers []AMIUser // besides "admin" and "guard", which always exist and may be given here to change them
	ARIUsers []ARIUser // besides "guard"

	// StasisApp is the application that the "ask-…" contexts enter;
	// empty for "fraudguard".
	StasisApp string

	// Dialplan is added to extensions.conf as it is. A context that exists
	// already is extended.
	Dialplan string

	// Files are configuration files by name, such as "queues.conf". They are written as they are, and
	// take the place of what a server has otherwise.
	Files map[string]string

	// WithModules are loaded although a server does without them mostly, for example "app_queue.so".
	WithModules []string
	// WithoutModules are not loaded, for example "cdr_manager.so".
	WithoutModules []string

	// TimestampEvents puts a Timestamp header into each AMI event.
	TimestampEvents bool
}

// Tenant is a customer with phones. Its phones dial from the context
// "tenant-NAME", or from "ask-NAME" where the call asks in Stasis first.
type Tenant struct {
	Name       string
	Extensions []Extension
	Trunk      string // where its outgoing calls go; empty for the first trunk
	Ask        bool   // its phones use "ask-NAME" instead of "tenant-NAME"
}

// Extension is one phone.
type Extension struct {
	Number      string // what colleagues dial
	Endpoint    string // the PJSIP endpoint and SIP user; empty for the number. Unique on the server
	Password    string // empty for a random one, see [Server.Password]
	AccountCode string // empty for the tenant's name
	Context     string // empty for the tenant's
}

// Trunk is a way to a carrier. Calls that come from it enter the context
// "from-NAME", which knows all extensions by number.
type Trunk struct {
	Name string
	Addr string // where the carrier listens, UDP, for example "127.0.0.1:5070"
}

// AMIUser may log in to the manager interface with the given classes.
type AMIUser struct {
	Name         string
	Secret       string        // empty for a random one
	Read, Write  string        // classes as manager.conf writes them: "all", "call,cdr", or empty
	WriteTimeout time.Duration // how long Asterisk waits for a slow reader; zero for Asterisk's own default
}

// ARIUser may use the REST interface.
type ARIUser struct {
	Name     string
	Password string // empty for a random one
	ReadOnly bool
}

// The classes that the guard needs, and no more. To read: call for channels,
// dials, bridges and transfers; cdr; security; dialplan for VarSet; system for
// FullyBooted and ContactStatus. To write: call for Setvar and Hangup; system
// for Filter, DBPut, DBDel, CoreShowChannels, CoreSettings and ModuleCheck.
const (
	guardRead  = "call,cdr,dialplan,security,system"
	guardWrite = "call,system"
)

// name is what may stand in a section header, a dialplan line and a file name alike.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// completed returns the options with all defaults filled in, or says what is
// wrong with them. The configuration files are written from the result as it
// is, so nothing may pass here that could begin another line or section.
func (o Options) completed() (Options, error) {
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if _, err := suiteOf(o.Version); err != nil {
		return o, err
	}
	if o.StasisApp == "" {
		o.StasisApp = "fraudguard"
	}
	o.AMIUsers = completeAMIUsers(o.AMIUsers)
	o.ARIUsers = completeARIUsers(o.ARIUsers)
	o.Tenants = completeTenants(o.Tenants, o.Trunks)
	return o, o.check()
}

func completeAMIUsers(given []AMIUser) []AMIUser {
	users := []AMIUser{
		{Name: "admin", Read: "all", Write: "all", WriteTimeout: 10 * time.Second},
		{Name: "guard", Read: guardRead, Write: guardWrite, WriteTimeout: 10 * time.Second},
	}
	for _, user := range given {
		switch user.Name {
		case "admin":
			users[0] = user
		case "guard":
			users[1] = user
		default:
			users = append(users, user)
		}
	}
	for i := range users {
		users[i].Secret = orRandom(users[i].Secret)
	}
	return users
}

func completeARIUsers(given []ARIUser) []ARIUser {
	users := []ARIUser{{Name: "guard"}}
	for _, user := range given {
		if user.Name == "guard" {
			users[0] = user
			continue
		}
		users = append(users, user)
	}
	for i := range users {
		users[i].Password = orRandom(users[i].Password)
	}
	return users
}

func completeTenants(given []Tenant, trunks []Trunk) []Tenant {
	tenants := make([]Tenant, len(given))
	for i, tenant := range given {
		if tenant.Trunk == "" && len(trunks) > 0 {
			tenant.Trunk = trunks[0].Name
		}
		extensions := make([]Extension, len(tenant.Extensions))
		for j, extension := range tenant.Extensions {
			if extension.Endpoint == "" {
				extension.Endpoint = extension.Number
			}
			if extension.AccountCode == "" {
				extension.AccountCode = tenant.Name
			}
			if extension.Context == "" {
				extension.Context = "tenant-" + tenant.Name
				if tenant.Ask {
					extension.Context = "ask-" + tenant.Name
				}
			}
			extension.Password = orRandom(extension.Password)
			extensions[j] = extension
		}
		tenant.Extensions = extensions
		tenants[i] = tenant
	}
	return tenants
}

func orRandom(secret string) string {
	if secret != "" {
		return secret
	}
	return rand.Text()
}

// check reports every mistake at once, so that a test's author fixes them in one go.
func (o Options) check() error {
	var wrong []error
	needName := func(what, value string) {
		if !name.MatchString(value) {
			wrong = append(wrong, fmt.Errorf("%s %q: use letters, digits, dot, dash and underscore", what, value))
		}
	}
	needSecret := func(whose, value string) {
		if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || r == ';' || r == '\\' }) {
			wrong = append(wrong, fmt.Errorf("the secret of %q: use printable ASCII without space, semicolon and backslash", whose))
		}
	}

	needName("stasis application", o.StasisApp)
	for _, module := range append(slices.Clone(o.WithModules), o.WithoutModules...) {
		needName("module", module)
	}
	for file := range o.Files {
		needName("configuration file", file)
	}
	trunks := make(map[string]bool)
	endpoints := make(map[string]bool)
	for _, trunk := range o.Trunks {
		needName("trunk", trunk.Name)
		if _, err := netip.ParseAddrPort(trunk.Addr); err != nil {
			wrong = append(wrong, fmt.Errorf("trunk %q: address %q: use IP:port, for example 127.0.0.1:5070", trunk.Name, trunk.Addr))
		}
		if trunks[trunk.Name] {
			wrong = append(wrong, fmt.Errorf("trunk %q stands twice", trunk.Name))
		}
		trunks[trunk.Name], endpoints[trunk.Name] = true, true
	}
	for _, tenant := range o.Tenants {
		needName("tenant", tenant.Name)
		if tenant.Trunk != "" && !trunks[tenant.Trunk] {
			wrong = append(wrong, fmt.Errorf("tenant %q: trunk %q is not among the trunks", tenant.Name, tenant.Trunk))
		}
		for _, extension := range tenant.Extensions {
			needName("extension", extension.Number)
			needName("endpoint", extension.Endpoint)
			needName("account code", extension.AccountCode)
			needName("context", extension.Context)
			needSecret(extension.Endpoint, extension.Password)
			if endpoints[extension.Endpoint] {
				wrong = append(wrong, fmt.Errorf("endpoint %q stands twice: give extensions of different tenants different endpoints", extension.Endpoint))
			}
			endpoints[extension.Endpoint] = true
		}
	}
	wrong = append(wrong, o.checkUsers(needName, needSecret)...)
	return errors.Join(wrong...)
}

var classes = regexp.MustCompile(`^[a-z]*(,[a-z]+)*$`)

func (o Options) checkUsers(needName, needSecret func(what, value string)) []error {
	var wrong []error
	seen := make(map[string]bool)
	for _, user := range o.AMIUsers {
		needName("AMI user", user.Name)
		needSecret(user.Name, user.Secret)
		if !classes.MatchString(user.Read) || !classes.MatchString(user.Write) {
			wrong = append(wrong, fmt.Errorf("AMI user %q: classes are written like \"call,cdr\"", user.Name))
		}
		if seen[user.Name] || user.Name == "general" {
			wrong = append(wrong, fmt.Errorf("AMI user %q stands twice or is a reserved word", user.Name))
		}
		seen[user.Name] = true
	}
	clear(seen)
	for _, user := range o.ARIUsers {
		needName("ARI user", user.Name)
		needSecret(user.Name, user.Password)
		if seen[user.Name] || user.Name == "general" {
			wrong = append(wrong, fmt.Errorf("ARI user %q stands twice or is a reserved word", user.Name))
		}
		seen[user.Name] = true
	}
	return wrong
}
