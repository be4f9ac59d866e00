// Package docs_test holds the documents to the program: what they name has to exist, and what exists
// has to be named.
package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/config"
	"github.com/fraudguard/fraudguard/rates"
)

// top is the repository's top folder.
const top = ".."

var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "fraudguard-docs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "fraudguard")
	build := exec.Command("go", "build", "-o", program, "./cmd/fraudguard")
	build.Dir = top
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// documents gives each document's text by its path from the top folder.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md", "dev/bench/*.md"} {
		paths, err := filepath.Glob(filepath.Join(top, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, _ := filepath.Rel(top, path)
			found[name] = read(t, name)
		}
	}
	if len(found) < 10 {
		t.Fatalf("only %d documents were found", len(found))
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExampleConfiguration loads the example with its secrets in a folder of the test's, as it is
// and with its commented tables switched on.
func TestExampleConfiguration(t *testing.T) {
	example := read(t, "docs/fraudguard.example.toml")
	for name, text := range map[string]string{"as it is": example, "all of it": uncomment(example)} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for _, secret := range []string{"ami", "ari", "mail", "webhook"} {
				if err := os.WriteFile(filepath.Join(folder, secret+".secret"), []byte("a secret of some length\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(folder, "fraudguard.toml")
			text := strings.ReplaceAll(text, `"/etc/fraudguard/`, `"`+folder+"/")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.Mode != "observe" {
				t.Errorf("the example begins with mode %q, and has to touch nothing", c.Mode)
			}
			if name == "all of it" && (c.Notify.Email.Server == "" || c.Notify.Webhook.URL == "") {
				t.Error("the tables in comments were not switched on")
			}
		})
	}
}

// TestDialplan compares what is shipped with what the program writes for the example configuration.
func TestDialplan(t *testing.T) {
	folder := t.TempDir()
	for _, secret := range []string{"ami", "ari"} {
		if err := os.WriteFile(filepath.Join(folder, secret+".secret"), []byte("a secret of some length\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "fraudguard.toml")
	text := strings.ReplaceAll(read(t, "docs/fraudguard.example.toml"), `"/etc/fraudguard/`, `"`+folder+"/")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for kind, names := range map[string][]string{"plain": {"fraudguard.conf"}, "freepbx": {"fraudguard.conf", "freepbx.conf"}, "wazo": {"fraudguard.conf", "wazo.conf"}} {
		out := filepath.Join(folder, kind)
		if err := os.Mkdir(out, 0o700); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.Command(program, "init", "--config", path, "--dialplan", kind, "--output", out).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		for _, name := range names {
			written, err := os.ReadFile(filepath.Join(out, name))
			if err != nil {
				t.Fatal(err)
			}
			if string(written) != read(t, "packaging/dialplan/"+name) {
				t.Errorf("packaging/dialplan/%s is not what fraudguard init --dialplan %s writes: write it anew", name, kind)
			}
		}
	}
}

// uncomment takes the # off lines that are a key or a table.
func uncomment(text string) string {
	return regexp.MustCompile(`(?m)^# (\[+[a-z._]+\]+|[a-z_]+ = )`).ReplaceAllString(text, "$1")
}

func TestExampleDeck(t *testing.T) {
	list, err := rates.Read(strings.NewReader(read(t, "docs/deck.example.csv")), "deck.example.csv", rates.ReadOptions{})
	if err != nil || len(list.Rates) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
}

// TestConfigurationKeys compares the keys of the structs with the first column of the tables.
func TestConfigurationKeys(t *testing.T) {
	var exist []string
	keysOf(reflect.TypeFor[config.Config](), "", &exist)
	var told []string
	section := between(t, read(t, "docs/operating.md"), "\n## Configuration\n", "\n## Commands\n")
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9_.]+)` \\|").FindAllStringSubmatch(section, -1) {
		told = append(told, row[1])
	}
	compare(t, "key", exist, told)
}

func keysOf(of reflect.Type, prefix string, into *[]string) {
	for i := range of.NumField() {
		field := of.Field(i)
		key, inside := field.Tag.Get("toml"), field.Type
		if key == "-" {
			continue
		}
		if inside.Kind() == reflect.Slice {
			inside = inside.Elem()
		}
		if inside.Kind() == reflect.Struct {
			keysOf(inside, prefix+key+".", into)
		} else {
			*into = append(*into, prefix+key)
		}
	}
}

// TestDefaults compares the defaults that are plain texts with those of an empty configuration.
func TestDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "least.toml")
	least := `[[server]]
name = "a"
ami = "127.0.0.1:5038"
ami_user = "u"
ami_secret = "s"
ari = "http://127.0.0.1:8088/ari"
ari_user = "u"
ari_password = "s"
trunks = ["PJSIP/carrier"]
country = "IT"
`
	if err := os.WriteFile(path, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, "docs/operating.md")
	for key, value := range map[string]any{
		"mode": c.Mode, "currency": c.Currency, "timezone": c.Timezone, "socket": c.Socket, "store.url": c.Store.URL,
		"rates.deck": c.Rates.Deck, "rates.unpriced": c.Rates.Unpriced, "server.tenant": c.Server[0].Tenant,
		"server.admission": c.Server[0].Admission, "server.fail_mode": c.Server[0].FailMode,
		"server.verdict_within":       time.Duration(c.Server[0].VerdictWithin).String(),
		"abuse.repeated_number.calls": c.Abuse.RepeatedNumber.Calls, "abuse.repeated_number.action": c.Abuse.RepeatedNumber.Action,
		"notify.email.tls": c.Notify.Email.TLS,
	} {
		want := fmt.Sprintf("`%v`", value)
		if s, ok := value.(string); ok {
			want = fmt.Sprintf("`%q`", s)
		}
		row := regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(key) + "` .*$").FindString(text)
		if !strings.HasSuffix(row, "| "+want+" |") {
			t.Errorf("the default of %s is %s; the row says %s", key, want, row)
		}
	}
}

var (
	commandRow  = regexp.MustCompile("(?m)^\\| `fraudguard ([a-z ]+)` \\|")
	availableIn = regexp.MustCompile(`(?ms)^Available Commands:\n(.*?)\n\n`)
	commandName = regexp.MustCompile(`(?m)^  ([a-z]+) `)
)

// commands asks the program's help for its commands, by their words: "rates import".
func commands(t *testing.T, words ...string) []string {
	t.Helper()
	out, err := exec.Command(program, append(words, "--help")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	list := availableIn.FindSubmatch(out)
	if list == nil {
		return []string{strings.Join(words, " ")}
	}
	var all []string
	for _, name := range commandName.FindAllSubmatch(list[1], -1) {
		if word := string(name[1]); word != "help" && word != "completion" {
			all = append(all, commands(t, append(slices.Clone(words), word)...)...)
		}
	}
	return all
}

func TestCommands(t *testing.T) {
	exist := commands(t)
	if len(exist) < 10 {
		t.Fatalf("only %q were found", exist)
	}
	var told []string
	for _, row := range commandRow.FindAllStringSubmatch(read(t, "README.md"), -1) {
		told = append(told, row[1])
	}
	compare(t, "command in README.md", exist, told)
	operating := read(t, "docs/operating.md")
	for _, command := range exist {
		if !strings.Contains(operating, "fraudguard "+command) {
			t.Errorf("docs/operating.md does not show fraudguard %s", command)
		}
	}
}

var (
	fenced   = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```$")
	inline   = regexp.MustCompile("`(fraudguard [^`]+)`")
	quoted   = regexp.MustCompile(`"[^"]*"`)
	longFlag = regexp.MustCompile(`^--([a-z-]+)`)
)

// commandLines gives each line of a document that runs the program, without what follows it.
func commandLines(text string) []string {
	var lines []string
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			for _, part := range strings.Split(line, "&&") {
				if part = strings.TrimSpace(part); strings.HasPrefix(part, "fraudguard ") {
					lines = append(lines, part)
				}
			}
		}
	}
	for _, found := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		lines = append(lines, strings.ReplaceAll(found[1], "\n", " "))
	}
	return lines
}

// TestCommandLines runs the help of each command that the documents run, and looks for its flags.
func TestCommandLines(t *testing.T) {
	exist := commands(t)
	checked := 0
	for name, text := range documents(t) {
		for _, line := range commandLines(text) {
			words := strings.Fields(quoted.ReplaceAllString(strings.Split(strings.Split(line, " #")[0], "|")[0], "text"))[1:]
			command := longest(exist, words)
			if command == "" {
				t.Errorf("%s: %s: there is no such command", name, line)
				continue
			}
			help, err := exec.Command(program, append(strings.Fields(command), "--help")...).Output()
			if err != nil {
				t.Fatal(err)
			}
			checked++
			for _, word := range words {
				flag := longFlag.FindStringSubmatch(word)
				if flag != nil && !regexp.MustCompile(`(?m)^\s+(-\w, )?--`+flag[1]+`\b`).Match(help) {
					t.Errorf("%s: %s: there is no --%s", name, line, flag[1])
				}
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d command lines were found", checked)
	}
}

// longest is the command whose words begin the line.
func longest(exist []string, words []string) string {
	for n := min(2, len(words)); n > 0; n-- {
		if command := strings.Join(words[:n], " "); slices.Contains(exist, command) {
			return command
		}
	}
	return ""
}

func compare(t *testing.T, what string, exist, told []string) {
	t.Helper()
	for _, e := range exist {
		if !slices.Contains(told, e) {
			t.Errorf("%s %q exists and is not told", what, e)
		}
	}
	for _, e := range told {
		if !slices.Contains(exist, e) {
			t.Errorf("%s %q is told and does not exist", what, e)
		}
	}
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	inside, _, also := strings.Cut(rest, to)
	if !ok || !also {
		t.Fatalf("no section between %q and %q", from, to)
	}
	return inside
}
