package ari

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/ari/aritest"
)

func TestNewNamesTheMistake(t *testing.T) {
	const secret = "hunter2"
	good := Config{URL: "http://127.0.0.1:8088/ari", User: "guard", Password: secret, Application: "fraudguard"}
	for name, test := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"no address":        {func(c *Config) { c.URL = "" }, []string{"ari:", "http://127.0.0.1:8088/ari"}},
		"no scheme":         {func(c *Config) { c.URL = "127.0.0.1:8088" }, []string{"ari:"}},
		"another scheme":    {func(c *Config) { c.URL = "ws://127.0.0.1:8088/ari" }, []string{"ari:", "http://"}},
		"no host":           {func(c *Config) { c.URL = "http:///ari" }, []string{"ari:", "no host"}},
		"only a port":       {func(c *Config) { c.URL = "http://:8088/ari" }, []string{"ari:", "no host"}},
		"opaque":            {func(c *Config) { c.URL = "http:localhost/ari" }, []string{"ari:", "no host"}},
		"query":             {func(c *Config) { c.URL += "?app=x" }, []string{"ari:", "without ?"}},
		"empty query":       {func(c *Config) { c.URL += "?" }, []string{"ari:", "without ?"}},
		"fragment":          {func(c *Config) { c.URL += "#x" }, []string{"ari:", "without ?"}},
		"empty fragment":    {func(c *Config) { c.URL += "#" }, []string{"ari:", "without ?"}},
		"dots":              {func(c *Config) { c.URL += "/../x" }, []string{"ari:", ".. part"}},
		"credentials":       {func(c *Config) { c.URL = "http://guard:" + secret + "@h/ari" }, []string{"ari:", "ari_password_file"}},
		"broken secret":     {func(c *Config) { c.URL = "http://guard:" + secret + "#x@h/ari" }, []string{"ari:", "ari_password_file"}},
		"line break":        {func(c *Config) { c.URL = "http://h/a\r\nri" }, []string{"ari:"}},
		"no user":           {func(c *Config) { c.User = "" }, []string{"ari_user:"}},
		"user with colon":   {func(c *Config) { c.User = "a:b" }, []string{"ari_user:"}},
		"no password":       {func(c *Config) { c.Password = "" }, []string{"ari_password:", "ari_password_file"}},
		"newline":           {func(c *Config) { c.Password = secret + "\n" }, []string{"ari_password:", "line break"}},
		"no application":    {func(c *Config) { c.Application = "" }, []string{"application"}},
		"application a,b":   {func(c *Config) { c.Application = "a,b" }, []string{"application"}},
		"negative timeout":  {func(c *Config) { c.Timeout = -1 }, []string{"timeout"}},
		"two mistakes":      {func(c *Config) { c.URL, c.User = "", "" }, []string{"ari:", "ari_user:"}},
		"a very long thing": {func(c *Config) { c.Application = strings.Repeat("é", 10_000) }, []string{"application"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			test.change(&config)
			_, err := New(config)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) || len(err.Error()) > 1000 {
				t.Errorf("%q tells the password, or too much", err)
			}
		})
	}
	for _, address := range []string{"http://127.0.0.1:8088/ari", "https://pbx.example/", "http://[::1]:8088/asterisk/ari/", "http://pbx"} {
		config := good
		config.URL = address
		client, err := New(config)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		} else if client.requests.Proxy != nil || client.streams.Proxy != nil {
			t.Error("a proxy of the environment would receive the password")
		}
	}
}

func TestBasePathIsKept(t *testing.T) {
	var seen string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.RequestURI
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	client := clientOf(t, server.URL+"/a%20b/ari/")
	if err := client.Hangup(within(t), "x", ReasonNormal); err != nil {
		t.Fatal(err)
	}
	if want := "/a%20b/ari/channels/x?reason=normal"; seen != want {
		t.Errorf("asked for %q, want %q", seen, want)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ping":"pong"}`))
	}))
	server.Config.ErrorLog = silent()
	server.StartTLS()
	defer server.Close()
	trusting := server.Client().Transport.(*http.Transport).TLSClientConfig
	client := clientOf(t, server.URL+"/ari", func(c *Config) { c.TLS = trusting })
	if err := client.Ping(within(t)); err != nil {
		t.Errorf("with the server's authority: %v", err)
	}
	var unverified *tls.CertificateVerificationError
	if err := clientOf(t, server.URL+"/ari").Ping(within(t)); !errors.As(err, &unverified) {
		t.Errorf("with the system's authorities: %v", err)
	}
	plain := strings.Replace(server.URL, "https", "http", 1)
	if err := clientOf(t, plain+"/ari").Ping(within(t)); !errors.Is(err, ErrNotARI) {
		t.Errorf("without TLS: %v", err)
	}

	unencrypted := aritest.Start(t)
	crypted := strings.Replace(unencrypted.URL(), "http", "https", 1)
	for _, err := range []error{clientOf(t, crypted).Ping(within(t)), firstBreak(t, clientOf(t, crypted))} {
		if !errors.Is(err, ErrNotARI) || !strings.Contains(err.Error(), "tlsbindaddr") {
			t.Errorf("with TLS to a port without it: %v", err)
		}
	}
}
