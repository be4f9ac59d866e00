package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLinks follows each link to a file and to a heading in it.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	followed := 0
	for name, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(found[1], "https://") {
				continue
			}
			followed++
			file, heading, _ := strings.Cut(found[1], "#")
			path := name
			if file != "" {
				path = filepath.Join(filepath.Dir(name), file)
			}
			info, err := os.Stat(filepath.Join(top, path))
			if err != nil {
				t.Errorf("%s: link to %s: %v", name, found[1], err)
				continue
			}
			if heading != "" && (info.IsDir() || !slices.Contains(headings(read(t, path)), heading)) {
				t.Errorf("%s: link to %s: there is no such heading", name, found[1])
			}
		}
	}
	if followed < 20 {
		t.Errorf("only %d links were found", followed)
	}
}

// headings gives the anchors of a document's headings.
func headings(text string) []string {
	var anchors []string
	for _, h := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		kept := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(h[1]), "")
		anchors = append(anchors, strings.ReplaceAll(kept, " ", "-"))
	}
	return anchors
}

// TestPaths looks for each file and folder of the repository that a document names in `code`.
func TestPaths(t *testing.T) {
	entries, err := os.ReadDir(top)
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("`([A-Za-z0-9_./-]+)`")
	looked := 0
	for name, text := range documents(t) {
		for _, found := range code.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			first, _, nested := strings.Cut(strings.TrimPrefix(found[1], "./"), "/")
			ours := nested && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == first })
			if !ours || first == "fraudguard" {
				continue
			}
			looked++
			_, fromTop := os.Stat(filepath.Join(top, found[1]))
			_, fromHere := os.Stat(filepath.Join(top, filepath.Dir(name), found[1]))
			if fromTop != nil && fromHere != nil {
				t.Errorf("%s: there is no %s", name, found[1])
			}
		}
	}
	if looked < 20 {
		t.Errorf("only %d paths were found", looked)
	}
}

// TestMakeTargets looks for each target that a document runs.
func TestMakeTargets(t *testing.T) {
	makefile := read(t, "Makefile")
	looked := 0
	for name, text := range documents(t) {
		for _, found := range regexp.MustCompile("(?m)(?:^|`|=\\d? )make ([a-z]+)").FindAllStringSubmatch(text, -1) {
			looked++
			if !regexp.MustCompile(`(?m)^` + found[1] + `:`).MatchString(makefile) {
				t.Errorf("%s: there is no target %s", name, found[1])
			}
		}
	}
	if looked < 8 {
		t.Errorf("only %d targets were found", looked)
	}
}

// TestPackaging looks for what the container files take from the checkout, and compares what the README
// says of Asterisk's configuration with the snippets.
func TestPackaging(t *testing.T) {
	for _, name := range []string{"docker-compose.yml", "packaging/docker/asterisk.Dockerfile", "packaging/docker/fraudguard.Dockerfile"} {
		paths := regexp.MustCompile(`(?:packaging|docs)/[A-Za-z0-9_./-]+\w`).FindAllString(read(t, name), -1)
		for _, path := range paths {
			if _, err := os.Stat(filepath.Join(top, path)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if name != "packaging/docker/fraudguard.Dockerfile" && len(paths) < 3 {
			t.Errorf("%s: only %q were found", name, paths)
		}
	}
	readme := read(t, "README.md")
	lines := regexp.MustCompile(`(?m)^(deny|permit|read|write) = .+$`).FindAllString(read(t, "packaging/manager.conf"), -1)
	if len(lines) != 4 {
		t.Errorf("packaging/manager.conf has %q", lines)
	}
	for _, line := range lines {
		if !strings.Contains(readme, "\n"+line+"\n") {
			t.Errorf("README.md lacks the line %q", line)
		}
	}
}
