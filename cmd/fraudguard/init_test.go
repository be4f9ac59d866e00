package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/docs"
	"github.com/fraudguard/fraudguard/packaging/dialplan"
)

// asking is a site in ask mode, for which init writes a dialplan.
const asking = goodConfig + `[[server]]
name = "pbx2"
ami = "127.0.0.1:5039"
ami_user = "fraudguard"
ami_secret_file = "DIR/ami.secret"
ari = "http://localhost:8089/ari"
ari_user = "fraudguard"
ari_password_file = "DIR/ari.secret"
trunks = ["PJSIP/carrier"]
country = "DE"
outside_line = "0"
emergency = ["19222"]
tenant = "house"
admission = "ask"
fail_mode = "closed"
fail_modes = { acme = "open", "b-c" = "domestic" }
verdict_within = "400ms"
rewrite = [{ match = "^7$", replace = "0301234567" }]
`

// configured writes a configuration and the secrets that it names.
func configured(t *testing.T, text string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	for _, secret := range []string{"ami", "ari", "hook"} {
		if err := os.WriteFile(filepath.Join(dir, secret+".secret"), []byte("a secret of some length"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(dir, "fraudguard.toml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

func fileText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInitWritesConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fraudguard.toml")
	r := fraudguard(t, "", "init", "--config", path)
	if r.code != exitDone || !strings.Contains(r.out, path+" is written.") || !strings.Contains(r.out, "1. ") {
		t.Errorf("%+v", r)
	}
	if fileText(t, path) != docs.ExampleConfiguration {
		t.Error("it is not the example")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("there is more than the file: %v %v", left, err)
	}
	if r := fraudguard(t, "", "init", "--config", filepath.Join(path, "below", "x.toml")); r.code == exitDone {
		t.Errorf("in a folder that is none: %+v", r)
	}
}

func TestInitWritesDialplan(t *testing.T) {
	dir, path := configured(t, asking)
	run := func(args ...string) result {
		return fraudguard(t, "", append([]string{"init", "--config", path, "--server", "pbx2", "--output", dir}, args...)...)
	}
	r := run("--dialplan", "freepbx")
	if r.code != exitDone || strings.Contains(r.out, "admission") || !strings.Contains(r.out, "rewrite rules") {
		t.Errorf("%+v", r)
	}
	main := fileText(t, filepath.Join(dir, dialplan.Main))
	for _, line := range []string{
		"LOCAL(fg_wait)=0.400)", "LOCAL(fg_mode)=closed)", `"t${fg_tenant}" = "tacme"]?Set(LOCAL(fg_mode)=open)`,
		`"t${fg_tenant}" = "tb-c"]?Set(LOCAL(fg_mode)=domestic)`, "FRAUDGUARD_LIMIT=900.000)", "LOCAL(fg_tenant)=house)",
		"exten => 19222,1,Return()\n", "exten => 0112,1,Return()\n", "exten => +49110,1,Return()\n", "exten => _0.,1,Goto(fraudguard-number,${EXTEN:1},1)",
		"no number can be read",
	} {
		if !strings.Contains(main, line) {
			t.Errorf("%q is missing", line)
		}
	}
	if hook := fileText(t, filepath.Join(dir, "freepbx.conf")); !strings.Contains(hook, "[macro-dialout-trunk-predial-hook]") {
		t.Errorf("the hook: %s", hook)
	}
	if r := run("--dialplan", "freepbx"); r.code != exitDone {
		t.Errorf("again: %+v", r)
	}
	file := filepath.Join(dir, dialplan.Main)
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := run(); r.code != exitFailed || !strings.Contains(r.errs, "--force") || fileText(t, file) != "mine" {
		t.Errorf("over another file: %+v", r)
	}
	if r := run("--force"); r.code != exitDone || fileText(t, file) != main {
		t.Errorf("with --force: %+v", r)
	}
}

func TestInitPrints(t *testing.T) {
	_, path := configured(t, goodConfig)
	r := fraudguard(t, "", "init", "--config", path, "--output", "-", "--dialplan", "wazo")
	if r.code != exitDone || !strings.Contains(r.out, "\n[fraudguard]\n") || !strings.Contains(r.out, "\n[fraudguard-wazo]\n") ||
		strings.Contains(r.out, "dialplan reload") || !strings.Contains(r.errs, `admission = "ask"`) {
		t.Errorf("%d %s", r.code, r.errs)
	}
	dir := t.TempDir()
	r = fraudguard(t, "", "init", "--config", path, "--output", dir, "--json")
	var done struct{ Written, Steps []string }
	if err := json.Unmarshal([]byte(r.out), &done); err != nil || len(done.Written) != 1 || done.Written[0] != filepath.Join(dir, dialplan.Main) || len(done.Steps) < 3 {
		t.Errorf("%v %+v", err, r)
	}
}

func TestInitRefuses(t *testing.T) {
	_, two := configured(t, asking)
	_, bad := configured(t, badConfig)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--config", two}, "--server: pbx1, pbx2"},
		{[]string{"--config", two, "--server", "pbx3"}, "pbx1, pbx2"},
		{[]string{"--config", two, "--server", "pbx1", "--dialplan", "asterisk"}, "plain, freepbx, wazo"},
		{[]string{"--config", two, "--server", "pbx1", "--output", "-", "--json"}, "leave one out"},
		{[]string{"--config", bad}, "mode"},
		{[]string{"something"}, "no arguments"},
	} {
		if r := fraudguard(t, "", append([]string{"init"}, c.args...)...); r.code != exitWrong || !strings.Contains(r.errs, c.says) {
			t.Errorf("%v: %+v", c.args, r)
		}
	}
}
