package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/limits"
)

// warnings lists what a configuration allows and its owner may not want.
func warnings(path string, c *config.Config) []string {
	var all []string
	warn := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if c.Mode == "observe" {
		warn("mode is observe: fraudguard decides and tells, and stops nothing")
	}
	if c.Notify.Email.Server == "" && c.Notify.Webhook.URL == "" {
		warn("nobody is told of incidents: write [notify.email] or [notify.webhook]")
	}
	caps := c.Rules().Caps.Values
	for _, cap := range []struct {
		scope     limits.Scope
		kind      limits.Kind
		key, what string
	}{
		{limits.PerExtension, limits.CostPerDay, "caps.extension.cost_per_day", "one extension may spend without limit in a day"},
		{limits.PerTenant, limits.CostPerDay, "caps.tenant.cost_per_day", "a tenant may spend without limit in a day"},
		{limits.PerTenant, limits.CostPerMonth, "caps.tenant.cost_per_month", "a tenant may spend without limit in a month"},
		{limits.PerExtension, limits.RouteCostPerMinute, limits.RouteCap, "the dearest destinations may be dialled"},
	} {
		// Whoever writes "none" knows what he does.
		if _, set := caps[limits.Subject{Scope: cap.scope}][cap.kind]; !set {
			warn("%s is not set: %s", cap.key, cap.what)
		}
	}
	if c.Abuse.RepeatedNumber.Calls == 0 {
		warn("abuse.repeated_number is off: no detector watches")
	}
	for i := range c.Server {
		s := &c.Server[i]
		if host, _, err := net.SplitHostPort(s.AMI); err == nil && !s.AMITLS && !config.IsLocal(host) {
			warn("server %s: ami %s is another machine, and without ami_tls anybody on the way can read along", s.Name, s.AMI)
		}
		if u, err := url.Parse(s.ARI); err == nil && u.Scheme == "http" && !config.IsLocal(u.Hostname()) {
			warn("server %s: ari %s is another machine, and without https anybody on the way can read the password", s.Name, s.ARI)
		}
	}
	if u, err := url.Parse(c.Store.URL); err == nil && u.Scheme != "sqlite" && !config.IsLocal(u.Hostname()) && u.Hostname() != "" &&
		!strings.HasPrefix(u.Query().Get("sslmode"), "verify-") {
		warn("store %s is another machine, and without sslmode=verify-full anybody on the way can pose as it", u.Host)
	}
	if c.MetricsAreOpen() {
		warn("metrics = %q is open to other machines, and has no password: let a firewall decide who reads how much you telephone", c.Metrics)
	}
	return append(all, openSecrets(path, c)...)
}

// openSecrets warns of files with secrets that every user of the machine may read.
func openSecrets(path string, c *config.Config) []string {
	var all []string
	inline := false
	text, _ := os.ReadFile(path) // config.Load has read it a moment ago
	look := func(secret config.Secret, file string) {
		if file == "" {
			inline = inline || secret != "" && strings.Contains(string(text), secret.Reveal())
		} else if readableByOthers(file) {
			all = append(all, fmt.Sprintf("everybody on this machine can read the secret in %s: chmod o-rwx %s", file, file))
		}
	}
	for i := range c.Server {
		look(c.Server[i].AMISecret, c.Server[i].AMISecretFile)
		look(c.Server[i].ARIPassword, c.Server[i].ARIPasswordFile)
	}
	look(c.Store.Password, c.Store.PasswordFile)
	look(c.Notify.Webhook.Secret, c.Notify.Webhook.SecretFile)
	look(c.Notify.Email.Password, c.Notify.Email.PasswordFile)
	if inline && readableByOthers(path) {
		all = append(all, fmt.Sprintf("everybody on this machine can read the secrets in %s: chmod o-rwx %s, or keep them in files", path, path))
	}
	return all
}
