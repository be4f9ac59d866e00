package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serverWith is a server whose two secrets are told as the lines say.
func serverWith(secret, password string) string {
	return "[[server]]\nname = \"pbx1\"\nami = \"127.0.0.1:5038\"\nami_user = \"a\"\n" + secret + "\n" +
		"ari = \"http://127.0.0.1:8088/ari\"\nari_user = \"c\"\n" + password + "\n" +
		"trunks = [\"PJSIP/carrier\"]\ncountry = \"IT\"\n"
}

// TestSecretsAreRead from where the file says that they are.
func TestSecretsAreRead(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"line": "from a file\n", "windows": "from a file\r\n", "bare": "from a file", "spaces": " from a file \n",
		"largest": strings.Repeat("x", maxSecret),
	} {
		writeFile(t, filepath.Join(folder, name), text)
	}
	t.Setenv("FRAUDGUARD_TEST_SECRET", "from the environment")
	file := func(name string) string { return fmt.Sprintf("ami_secret_file = %q", filepath.Join(folder, name)) }
	for _, test := range []struct{ name, line, want string }{
		{"as it stands", `ami_secret = "as it stands"`, "as it stands"},
		{"with a dollar sign", `ami_secret = "$pass{word}"`, "$pass{word}"},
		{"with half a variable", `ami_secret = "${password"`, "${password"},
		{"from the environment", `ami_secret = "${FRAUDGUARD_TEST_SECRET}"`, "from the environment"},
		{"from a file", file("line"), "from a file"},
		{"from a file of Windows", file("windows"), "from a file"},
		{"from a file without a line end", file("bare"), "from a file"},
		{"with spaces, which can be part of it", file("spaces"), " from a file "},
		{"as large as can be", file("largest"), strings.Repeat("x", maxSecret)},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := parse("test.toml", []byte(serverWith(test.line, `ari_password = "d"`)))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Server[0].AMISecret.Reveal(); got != test.want {
				t.Errorf("got %.40q, want %.40q", got, test.want)
			}
			if got := c.Server[0].ARIPassword.Reveal(); got != "d" {
				t.Errorf("the other secret is %.40q", got)
			}
		})
	}
}

// TestSecretsAreNotShown: whatever prints a configuration or a part of it, no secret is in it.
func TestSecretsAreNotShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	writeFile(t, file, secretText+"-file\n")
	t.Setenv("FRAUDGUARD_TEST_SECRET", secretText+"-environment")
	text := serverWith(fmt.Sprintf("ami_secret_file = %q", file), `ari_password = "${FRAUDGUARD_TEST_SECRET}"`) +
		"[notify.webhook]\nurl = \"https://alerts.example.org\"\nsecret = \"" + secretText + "-webhook\"\n" +
		"[notify.email]\nserver = \"mail.example.org:587\"\nuser = \"u\"\npassword = \"" + secretText + "-mail\"\n" +
		"from = \"a@example.org\"\nto = [\"b@example.org\"]\n"
	c, err := parse("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	secret := c.Server[0].AMISecret
	if !strings.HasPrefix(secret.Reveal(), secretText) {
		t.Fatalf("the secret is %q: this test would see nothing", secret.Reveal())
	}
	for _, value := range []any{c, *c, c.Server, c.Server[0], c.Notify, secret, &secret, []Secret{secret},
		map[string]Secret{"a": secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%10s", "%d", "%t"} {
			unseen(t, fmt.Sprintf("%s of %T", verb, value), fmt.Sprintf(verb, value))
		}
		unseen(t, fmt.Sprintf("an error about %T", value), fmt.Errorf("cannot use %v", value).Error())
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Errorf("JSON of %T: %v", value, err)
		}
		unseen(t, fmt.Sprintf("JSON of %T", value), string(encoded))
		var logged bytes.Buffer
		slog.New(slog.NewTextHandler(&logged, nil)).Info("m", "value", value)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("m", "value", value)
		unseen(t, fmt.Sprintf("a log line of %T", value), logged.String())
	}
}

func unseen(t *testing.T, what, text string) {
	t.Helper()
	hex := fmt.Sprintf("%x", secretText)
	if strings.Contains(text, secretText) || strings.Contains(strings.ToLower(text), hex) {
		t.Errorf("%s shows a secret: %.300s", what, text)
	}
}

// TestSecretOfNobody: a file that the user may not read, or a variable that is empty, is a fault and
// not an empty secret.
func TestSecretOfNobody(t *testing.T) {
	t.Setenv("FRAUDGUARD_TEST_SECRET", "")
	for _, line := range []string{`ami_secret = ""`, `ami_secret_file = ""`, `ami_secret = "${FRAUDGUARD_TEST_SECRET}"`, `ami_secret = "${}"`,
		`ami_secret_file = "/dev/zero"`, `ami_secret_file = "/dev/null"`, `ami_secret_file = "` + os.DevNull + `/x"`} {
		if c, err := parse("test.toml", []byte(serverWith(line, `ari_password = "d"`))); err == nil {
			t.Errorf("%s was accepted as %q", line, c.Server[0].AMISecret.Reveal())
		}
	}
}
