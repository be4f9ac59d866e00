package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/limits"
)

// checked is what was understood of a configuration. Without errors all of it counts, with errors
// nothing but them.
type checked struct {
	Config    string          `json:"config"`
	Errors    []string        `json:"errors"`
	Warnings  []string        `json:"warnings"`
	Mode      string          `json:"mode"`
	Currency  string          `json:"currency"`
	Timezone  string          `json:"timezone"`
	Socket    string          `json:"socket"`
	Store     string          `json:"store"`
	Deck      string          `json:"deck"`
	Servers   []checkedServer `json:"servers"`
	Caps      []checkedRule   `json:"caps"`
	Detectors []checkedRule   `json:"detectors"`
	Notify    []checkedRule   `json:"notify"`
}

type checkedServer struct {
	Name    string   `json:"name"`
	AMI     string   `json:"ami"`
	ARI     string   `json:"ari"`
	Country string   `json:"country"`
	Trunks  []string `json:"trunks"`
}

// checkedRule is a cap, a detector or a channel of notices, and how it is set.
type checkedRule struct {
	Name    string `json:"name"`
	Setting string `json:"setting"`
}

func newCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "check",
		Short:   "Check a configuration, and show what it means and what is worth a warning",
		Example: "  fraudguard check\n  fraudguard check --config new.toml && mv new.toml /etc/fraudguard/fraudguard.toml",
		Args:    arguments(),
	}
	path, asJSON := configFlag(c), jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := config.Load(*path)
		if err != nil {
			if !*asJSON {
				return wrongUse(err)
			}
			bad := checked{Config: *path, Errors: strings.Split(err.Error(), "\n")}
			return errors.Join(printJSON(c.OutOrStdout(), bad.full()), wrongUse(errors.New("the configuration cannot be used")))
		}
		result := understand(*path, cfg).full()
		if *asJSON {
			return printJSON(c.OutOrStdout(), result)
		}
		var to page
		writeChecked(&to, result)
		return to.print(c.OutOrStdout())
	}
	return c
}

// full makes missing lists empty ones.
func (r checked) full() checked {
	r.Errors, r.Warnings = append([]string{}, r.Errors...), append([]string{}, r.Warnings...)
	r.Servers = append([]checkedServer{}, r.Servers...)
	r.Caps, r.Detectors = append([]checkedRule{}, r.Caps...), append([]checkedRule{}, r.Detectors...)
	r.Notify = append([]checkedRule{}, r.Notify...)
	return r
}

// understand says what a configuration means.
func understand(path string, c *config.Config) checked {
	r := checked{
		Config: path, Mode: c.Mode, Currency: c.Currency, Timezone: c.Timezone, Socket: c.Socket,
		Store: c.Store.URL, Deck: c.Rates.Deck, Warnings: warnings(path, c),
	}
	for i := range c.Server {
		s := &c.Server[i]
		r.Servers = append(r.Servers, checkedServer{Name: s.Name, AMI: s.AMI, ARI: s.ARI, Country: s.Country, Trunks: s.Trunks})
	}
	caps := c.Rules().Caps.Values
	for _, subject := range slices.SortedFunc(maps.Keys(caps), bySubject) {
		for _, kind := range slices.Sorted(maps.Keys(caps[subject])) {
			r.Caps = append(r.Caps, checkedRule{config.CapKey(subject, kind), capText(kind, caps[subject][kind], c.Currency)})
		}
	}
	if d := c.Abuse.RepeatedNumber; d.Calls > 0 {
		setting := fmt.Sprintf("more than %d calls to one international number in %s: %s", d.Calls, length(d.Within), d.Action)
		if d.Action == "block" && d.BlockFor > 0 {
			setting += " for " + length(d.BlockFor)
		} else if d.Action == "block" {
			setting += " until lifted"
		}
		r.Detectors = append(r.Detectors, checkedRule{"abuse.repeated_number", setting})
	}
	if e := c.Notify.Email; e.Server != "" {
		r.Notify = append(r.Notify, checkedRule{"email", strings.Join(e.To, ", ") + " by " + e.Server})
	}
	if w := c.Notify.Webhook; w.URL != "" {
		r.Notify = append(r.Notify, checkedRule{"webhook", host(w.URL)})
	}
	return r
}

// bySubject orders the subjects of caps: first everybody, then tenant by tenant.
func bySubject(a, b limits.Subject) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Extension, b.Extension), cmp.Compare(a.Scope, b.Scope))
}

// host gives the part of a webhook's URL that is no secret: many services put a key into the path.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// length writes a length of time as the configuration does: "5m", not "5m0s".
func length(d config.Duration) string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func writeChecked(to *page, r checked) {
	to.line("%s can be used.", r.Config)
	for _, w := range r.Warnings {
		to.line("  ! %s", w)
	}
	to.gap()
	to.table(
		[]string{"Mode", r.Mode},
		[]string{"Money and time", r.Currency + ", " + r.Timezone},
		[]string{"Store", r.Store},
		[]string{"Socket", r.Socket},
		[]string{"Price list", r.Deck + " (whether it is there, the daemon knows: fraudguard status)"},
	)
	to.gap()
	rows := [][]string{{"SERVER", "AMI", "ARI", "COUNTRY", "TRUNKS"}}
	for _, s := range r.Servers {
		rows = append(rows, []string{s.Name, s.AMI, s.ARI, s.Country, strings.Join(s.Trunks, ", ")})
	}
	to.table(rows...)
	for _, part := range []struct {
		head  string
		rules []checkedRule
	}{{"CAP", r.Caps}, {"DETECTOR", r.Detectors}, {"TOLD BY", r.Notify}} {
		to.gap()
		rows := [][]string{{part.head, "SETTING"}}
		if len(part.rules) == 0 {
			rows = append(rows, []string{"none", ""})
		}
		for _, rule := range part.rules {
			rows = append(rows, []string{rule.Name, rule.Setting})
		}
		to.table(rows...)
	}
}

// readableByOthers says whether users outside the file's group may read it.
func readableByOthers(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o004 != 0
}
