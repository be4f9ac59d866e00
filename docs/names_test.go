package docs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fraudguard/fraudguard/limits"
)

// TestDependencies compares the table of libraries with go.mod.
func TestDependencies(t *testing.T) {
	direct := between(t, read(t, "go.mod"), "require (\n", "\n)")
	var exist, told []string
	for line := range strings.Lines(direct) {
		exist = append(exist, strings.Fields(line)[0])
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9./_-]+)` \\|").FindAllStringSubmatch(read(t, "docs/adr/0006-dependencies.md"), -1) {
		told = append(told, row[1])
	}
	compare(t, "module", exist, told)
}

// TestViews compares the views that reports may use with those of the store, which are the same in
// every engine.
func TestViews(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { checkViews(t, engine) })
	}
}

func checkViews(t *testing.T, engine string) {
	t.Helper()
	var exist, told []string
	steps, err := filepath.Glob(filepath.Join(top, "store/migrations", engine, "*.sql"))
	if err != nil || len(steps) == 0 {
		t.Fatal(steps, err)
	}
	for _, step := range steps {
		text, err := os.ReadFile(step)
		if err != nil {
			t.Fatal(err)
		}
		for _, view := range regexp.MustCompile(`CREATE VIEW (\w+)`).FindAllSubmatch(text, -1) {
			exist = append(exist, string(view[1]))
		}
	}
	section := between(t, read(t, "docs/operating.md"), "\n## Reports\n", "\n## Backup")
	for line := range strings.Lines(section) {
		if cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |"); strings.HasPrefix(line, "| `") {
			for _, view := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(cell, -1) {
				told = append(told, view[1])
			}
		}
	}
	compare(t, "view", exist, told)
}

// TestCaps looks for the row of each kind of cap, with its unit and its meaning.
func TestCaps(t *testing.T) {
	var exist, told []string
	units := map[limits.Unit]string{limits.InMoney: "money", limits.InMinutes: "minutes", limits.InCount: "count", limits.InPercent: "per cent"}
	for _, kind := range limits.Kinds() {
		exist = append(exist, kind.String()+" in "+units[kind.Unit()]+": "+kind.What())
	}
	section := between(t, read(t, "docs/operating.md"), "\n## Caps\n", "\n## Price lists\n")
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.+?) \\| (.+?)(?:[:;,] .*)? \\|$").FindAllStringSubmatch(section, -1)
	for _, row := range rows {
		told = append(told, row[1]+" in "+row[2]+": "+row[3])
	}
	compare(t, "cap", exist, told)
}

// TestStatusSentences looks in the code for each sentence that an administrator may look up, word by
// word between its gaps.
func TestStatusSentences(t *testing.T) {
	var code bytes.Buffer
	for _, folder := range []string{"daemon", "ami", "cmd/fraudguard", "web", "journal"} {
		files, err := filepath.Glob(filepath.Join(top, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	plain := strings.ReplaceAll(code.String(), `\"`, `"`)
	looked := 0
	for _, span := range [][2]string{{"\n## Status, and what to do\n", "\nIf a paid call"}, {"\n## Log lines\n", "| `ending`"}} {
		section := between(t, read(t, "docs/operating.md"), span[0], span[1])
		for _, row := range regexp.MustCompile("(?m)^\\| (`.+?`) \\|").FindAllStringSubmatch(section, -1) {
			for _, sentence := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
				for _, piece := range strings.Split(sentence[1], "…") {
					if piece = strings.TrimSpace(piece); piece == "" {
						continue
					}
					looked++
					if !strings.Contains(plain, piece) {
						t.Errorf("%q is nowhere in the code", piece)
					}
				}
			}
		}
	}
	if looked < 20 {
		t.Errorf("only %d sentences were found", looked)
	}
}

// TestRules looks for a row for each rule that an incident can name.
func TestRules(t *testing.T) {
	text := between(t, read(t, "docs/operating.md"), "\n## Incidents, and what to do\n", "\n## Status")
	constant := regexp.MustCompile(`(?:rule[A-Z]\w+|RouteCap|\w+Rule)\s+= "([a-z_.]+)"|Rule:\s+"([a-z_.]+)"`)
	names := []string{"caps.extension.cost_per_day", "caps.tenant.cost_per_day", "caps.tenant.cost_per_month"}
	for _, folder := range []string{"guard", "limits", "abuse"} {
		files, err := filepath.Glob(filepath.Join(top, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, found := range constant.FindAllSubmatch(source, -1) {
				names = append(names, string(found[1])+string(found[2]))
			}
		}
	}
	if len(names) < 9 {
		t.Errorf("only the rules %q were found", names)
	}
	for _, name := range names {
		if !strings.Contains(text, "| `"+name+"` |") {
			t.Errorf("rule %s has no row", name)
		}
	}
}
