package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/spf13/cobra"
)

// upOptions are the flags of "up".
type upOptions struct {
	version    string
	count      int
	tenants    []string
	extensions int
	trunk      string
	json       bool
}

func upCommand(out, progress io.Writer) *cobra.Command {
	var o upOptions
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start servers and keep them until Ctrl-C",
		Long: "Start servers, print where they listen and who may log in, and keep them until Ctrl-C.\n" +
			"The extensions of the first tenant are 101, 102, …, of the second 201, 202, ….",
		Example: "  go run ./dev/asterisk/cmd up\n" +
			"  go run ./dev/asterisk/cmd up --version 16 --tenants acme,globex --trunk 127.0.0.1:5070\n" +
			"  go run ./dev/asterisk/cmd up --count 2 --json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return up(cmd, o, out, progress) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.version, "version", asterisk.DefaultVersion, "Asterisk version: "+strings.Join(asterisk.Versions(), " or "))
	flags.IntVar(&o.count, "count", 1, "how many servers")
	flags.StringSliceVar(&o.tenants, "tenants", []string{"acme"}, "names of the tenants")
	flags.IntVar(&o.extensions, "extensions", 2, "phones for each tenant")
	flags.StringVar(&o.trunk, "trunk", "", "IP:port of a carrier that listens on UDP; empty for no trunk")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// most is a bound against typing errors, not of what the machine can do.
const most = 99

func up(cmd *cobra.Command, o upOptions, out, progress io.Writer) error {
	if o.count < 1 || o.count > most || o.extensions < 0 || o.extensions > most {
		return fmt.Errorf("--count must be 1 to %d, --extensions 0 to %d", most, most)
	}
	if _, err := asterisk.Prepare(cmd.Context(), o.version, progress); err != nil {
		return err
	}
	var servers []*asterisk.Server
	defer func() {
		for _, server := range servers {
			if err := server.Stop(); err != nil {
				fmt.Fprintln(progress, "error:", err)
			}
		}
	}()
	for range o.count {
		server, err := asterisk.Start(cmd.Context(), o.server())
		if err != nil {
			return err
		}
		servers = append(servers, server)
	}
	if err := show(out, servers, o.json); err != nil {
		return err
	}
	fmt.Fprintln(progress, "Ctrl-C ends them.")
	<-cmd.Context().Done()
	return nil
}

func (o upOptions) server() asterisk.Options {
	options := asterisk.Options{Version: o.version, TimestampEvents: true}
	if o.trunk != "" {
		options.Trunks = []asterisk.Trunk{{Name: "carrier", Addr: o.trunk}}
	}
	for i, name := range o.tenants {
		tenant := asterisk.Tenant{Name: name}
		for j := range o.extensions {
			tenant.Extensions = append(tenant.Extensions, asterisk.Extension{Number: strconv.Itoa(100*(i+1) + j + 1)})
		}
		options.Tenants = append(options.Tenants, tenant)
	}
	return options
}

// description is what "up --json" prints for each server.
type description struct {
	Version    string            `json:"version"`
	AMI        string            `json:"ami"`
	ARI        string            `json:"ari"`
	SIP        string            `json:"sip"`
	Folder     string            `json:"folder"`
	AMISecrets map[string]string `json:"ami_secrets"`
	ARIUser    string            `json:"ari_user"`
	ARISecret  string            `json:"ari_password"`
	Phones     []phone           `json:"phones"`
}

type phone struct {
	Tenant   string `json:"tenant"`
	User     string `json:"user"`
	Password string `json:"password"`
}

func describe(server *asterisk.Server) description {
	d := description{
		Version: server.Version, AMI: server.AMIAddr, ARI: server.ARIURL, SIP: server.SIPAddr, Folder: server.Folder,
		AMISecrets: map[string]string{"admin": server.AMISecret("admin"), "guard": server.AMISecret("guard")},
		ARIUser:    "guard", ARISecret: server.ARIPassword("guard"),
		Phones: []phone{},
	}
	for _, extension := range server.Extensions() {
		d.Phones = append(d.Phones, phone{Tenant: extension.AccountCode, User: extension.Endpoint, Password: extension.Password})
	}
	return d
}

func show(out io.Writer, servers []*asterisk.Server, asJSON bool) error {
	all := make([]description, len(servers))
	for i, server := range servers {
		all[i] = describe(server)
	}
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, d := range all {
		fmt.Fprintf(w, "server %d\tAsterisk %s\t%s\n", i+1, d.Version, d.Folder)
		fmt.Fprintf(w, "AMI\t%s\tadmin %s\n\t\tguard %s\n", d.AMI, d.AMISecrets["admin"], d.AMISecrets["guard"])
		fmt.Fprintf(w, "ARI\t%s\t%s %s\n", d.ARI, d.ARIUser, d.ARISecret)
		fmt.Fprintf(w, "SIP\t%s\tudp\n", d.SIP)
		for _, p := range d.Phones {
			fmt.Fprintf(w, "phone\t%s\t%s %s\n", p.Tenant, p.User, p.Password)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
