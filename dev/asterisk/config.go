package asterisk

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// ports are where one server listens on 127.0.0.1.
type ports struct {
	ami, http uint16 // TCP
	sip       uint16 // UDP
}

// layout knows where a server's folders are, from outside the root and from inside it.
type layout struct {
	root string // the version's root folder
	id   string // random, so that a command line names exactly one server
}

func (l layout) outside(elements ...string) string {
	return filepath.Join(append([]string{l.root, debian.InstancesFolder, l.id}, elements...)...)
}

func (l layout) inside(elements ...string) string {
	return filepath.Join(append([]string{debian.InstancesFolder, l.id}, elements...)...)
}

// mainConfig is asterisk.conf as Asterisk sees it. It also identifies the
// server's process among all processes of the machine.
func (l layout) mainConfig() string { return l.inside("etc", "asterisk.conf") }

// folders are made for each server, those for call records too, which Asterisk does not make. The database folder is one of them because
// the package's own belongs to nobody we know: an Asterisk that cannot write
// its database exits at start.
func folders() []string {
	return []string{"etc", "db", "run", "log/cdr-csv", "log/cdr-custom", "spool/outgoing", "spool/tmp", "cache", "var/keys"}
}

func (l layout) writeConfig(o Options, p ports) error {
	modules, err := modulesConfig(l, o.WithModules, o.WithoutModules)
	if err != nil {
		return err
	}
	files := map[string]string{
		"asterisk.conf":    asteriskConfig(l),
		"modules.conf":     modules,
		"logger.conf":      "[general]\ndateformat=%F %T.%3q\n[logfiles]\nfull => notice,warning,error,verbose,security\n",
		"manager.conf":     managerConfig(o, p),
		"http.conf":        fmt.Sprintf("[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=%d\n", p.http),
		"ari.conf":         ariConfig(o),
		"pjsip.conf":       pjsipConfig(o, p),
		"extensions.conf":  dialplan(o),
		"features.conf":    "[general]\n[featuremap]\nblindxfer => #1\natxfer => *2\n",
		"rtp.conf":         "[general]\nrtpstart=16384\nrtpend=32767\nicesupport=no\n",
		"cdr.conf":         "[general]\nenable=yes\nunanswered=yes\ncongestion=yes\nendbeforehexten=no\n",
		"cdr_manager.conf": "[general]\nenabled=yes\n[mappings]\nlinkedid => LinkedID\nsequence => Sequence\n",
		"indications.conf": "[general]\ncountry=us\n[us]\ndescription=tones\nringcadence=2000,4000\ndial=350+440\nbusy=480+620/500,0/500\nring=440+480/2000,0/4000\ncongestion=480+620/250,0/250\n",
	}
	// Asterisk complains about a file that is missing, not about one that says nothing.
	for _, blank := range []string{
		"acl.conf", "ccss.conf", "cel.conf", "cli.conf", "cli_aliases.conf", "cli_permissions.conf", "codecs.conf",
		"dnsmgr.conf", "dsp.conf", "extconfig.conf", "pjproject.conf", "sorcery.conf", "stasis.conf", "udptl.conf", "websocket_client.conf",
	} {
		files[blank] = "; defaults\n"
	}
	maps.Copy(files, o.Files)
	for file, text := range files {
		// They hold secrets, though only of a server that lives for minutes.
		if err := os.WriteFile(l.outside("etc", file), []byte(text), 0o600); err != nil {
			return fmt.Errorf("writing the configuration of a disposable asterisk: %w", err)
		}
	}
	return nil
}

func asteriskConfig(l layout) string {
	var b strings.Builder
	b.WriteString("[directories]\n")
	for _, folder := range [][2]string{
		{"astetcdir", "etc"}, {"astdbdir", "db"}, {"astrundir", "run"}, {"astlogdir", "log"},
		{"astspooldir", "spool"}, {"astcachedir", "cache"}, {"astkeydir", "var"},
	} {
		fmt.Fprintf(&b, "%s => %s\n", folder[0], l.inside(folder[1]))
	}
	// Modules, sounds and the XML documentation are the package's.
	fmt.Fprintf(&b, "astvarlibdir => /var/lib/asterisk\nastdatadir => /usr/share/asterisk\nastmoddir => %s\n", modulesFolder(l.root))
	b.WriteString("[options]\nverbose = 3\ndocumentation_language = en_US\nsystemname =\n")
	return b.String()
}

func managerConfig(o Options, p ports) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[general]\nenabled=yes\nwebenabled=no\nbindaddr=127.0.0.1\nport=%d\ntimestampevents=%s\n", p.ami, yesNo(o.TimestampEvents))
	for _, user := range o.AMIUsers {
		fmt.Fprintf(&b, "[%s]\nsecret=%s\nread=%s\nwrite=%s\n", user.Name, user.Secret, user.Read, user.Write)
		if user.WriteTimeout > 0 {
			fmt.Fprintf(&b, "writetimeout=%d\n", user.WriteTimeout.Milliseconds())
		}
	}
	return b.String()
}

func ariConfig(o Options) string {
	var b strings.Builder
	b.WriteString("[general]\nenabled=yes\npretty=no\n")
	for _, user := range o.ARIUsers {
		fmt.Fprintf(&b, "[%s]\ntype=user\nread_only=%s\npassword=%s\npassword_format=plain\n", user.Name, yesNo(user.ReadOnly), user.Password)
	}
	return b.String()
}

// Phones and carriers all live on 127.0.0.1, so an address tells nobody apart:
// phones are told by their user name, carriers by the host and port in their
// Contact header. Who is neither is a stranger, and shows as one in the
// security events.
func pjsipConfig(o Options, p ports) string {
	var b strings.Builder
	fmt.Fprintf(&b, `[global]
type=global
endpoint_identifier_order=auth_username,username,header
[local]
type=transport
protocol=udp
bind=127.0.0.1:%d
`, p.sip)
	for _, trunk := range o.Trunks {
		fmt.Fprintf(&b, `[%[1]s]
type=endpoint
transport=local
context=from-%[1]s
disallow=all
allow=ulaw,alaw
direct_media=no
aors=%[1]s
media_address=127.0.0.1
bind_rtp_to_media_address=yes
[%[1]s]
type=aor
contact=sip:%[2]s
qualify_frequency=0
[%[1]s]
type=identify
endpoint=%[1]s
match_header=Contact: /%[3]s/
`, trunk.Name, trunk.Addr, strings.ReplaceAll(trunk.Addr, ".", "\\."))
	}
	for _, tenant := range o.Tenants {
		for _, extension := range tenant.Extensions {
			writeEndpoint(&b, extension)
		}
	}
	return b.String()
}

func writeEndpoint(b *strings.Builder, extension Extension) {
	fmt.Fprintf(b, `[%[1]s]
type=endpoint
transport=local
context=%[2]s
accountcode=%[3]s
callerid=%[4]s <%[4]s>
identify_by=auth_username,username
disallow=all
allow=ulaw,alaw
direct_media=no
auth=%[1]s
aors=%[1]s
media_address=127.0.0.1
bind_rtp_to_media_address=yes
[%[1]s]
type=auth
auth_type=userpass
username=%[1]s
password=%[5]s
[%[1]s]
type=aor
max_contacts=1
remove_existing=yes
qualify_frequency=0
`, extension.Endpoint, extension.Context, extension.AccountCode, extension.Number, extension.Password)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
