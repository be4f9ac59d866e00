package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// goodServer is a server in one line.
const goodServer = `server = [{name = "pbx1", ami = "127.0.0.1:5038", ami_user = "a", ami_secret = "b", ` +
	`ari = "http://127.0.0.1:8088/ari", ari_user = "c", ari_password = "d", trunks = ["PJSIP/carrier"], country = "IT"}]`

// secretText stands wherever the golden file has a secret. No error may repeat it.
const secretText = "tell-nobody"

// faultCase is one configuration of the golden file, and what is said of it.
type faultCase struct{ name, text, refused string }

// readFaults takes the golden file apart: what stands before the first case, and the cases.
func readFaults(t *testing.T, path string) (preface string, cases []faultCase) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "=== ")
	for _, part := range parts[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		text, refused, ok := strings.Cut(rest, "--- refused\n")
		if !ok {
			t.Fatalf("case %q has no line %q", name, "--- refused")
		}
		cases = append(cases, faultCase{name, text, strings.TrimRight(refused, "\n")})
	}
	return parts[0], cases
}

func writeFaults(t *testing.T, path, preface string, cases []faultCase) {
	t.Helper()
	var b strings.Builder
	b.WriteString(preface)
	for i, c := range cases {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("=== " + c.name + "\n" + c.text + "--- refused\n" + c.refused + "\n")
	}
	writeFile(t, path, b.String())
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFaults: each faulty configuration is refused with the file, the line, and what to write
// instead, always in the same words and order, and without any secret.
func TestFaults(t *testing.T) {
	golden := filepath.Join("testdata", "faults.txt")
	preface, cases := readFaults(t, golden)
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			said := refusalOf(t, c.text)
			if *update {
				c.refused = said
			}
			if said != c.refused {
				t.Errorf("said\n%s\nwant\n%s", said, c.refused)
			}
			if strings.Contains(said, secretText) {
				t.Errorf("the error holds a secret:\n%s", said)
			}
		})
	}
	if *update {
		writeFaults(t, golden, preface, cases)
	}
}

// refusalOf gives what is said of a faulty configuration, which is the same each time.
func refusalOf(t *testing.T, text string) string {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "empty"), "\n")
	writeFile(t, filepath.Join(folder, "large"), strings.Repeat("x", maxSecret+1))
	writeFile(t, filepath.Join(folder, "secret"), secretText+"\n")
	writeFile(t, filepath.Join(folder, "lines"), "one\ntwo\n")
	path := filepath.Join(folder, "fraudguard.toml")
	writeFile(t, path, strings.NewReplacer("@server", goodServer, "@folder", folder).Replace(text))
	said := ""
	for range 20 {
		c, err := Load(path)
		if err == nil || c != nil {
			t.Fatalf("it was accepted: %v", err)
		}
		now := strings.ReplaceAll(err.Error(), folder, "@folder")
		if said != "" && now != said {
			t.Fatalf("said at first\n%s\nand then\n%s", said, now)
		}
		said = now
	}
	return said
}

// TestFilesThatAreNone: what cannot be read is no configuration.
func TestFilesThatAreNone(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "large.toml")
	writeFile(t, large, goodServer+"\n"+strings.Repeat("#", maxFile))
	for _, test := range []struct{ name, path, want string }{
		{"missing", filepath.Join(folder, "absent.toml"), "the configuration cannot be read: "},
		{"a directory", folder, "is a directory"},
		{"too large", large, "is larger than 1 MiB"},
		{"endless", "/dev/zero", "is no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Load(test.path)
			if err == nil || c != nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
				t.Errorf("got %v, want an error with %q and the path", err, test.want)
			}
		})
	}
	if _, err := Load(filepath.Join(folder, "absent.toml")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "--config") {
		t.Errorf("of a missing file: %v", err)
	}
	if err := os.Truncate(large, maxFile); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(large); err != nil {
		t.Errorf("of the largest file: %v", err)
	}
}
