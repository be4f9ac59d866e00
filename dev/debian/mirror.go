package debian

import (
	"os"
	"path/filepath"
	"strings"
)

// hostMirror finds where the host itself gets its Debian packages from, so
// that a company's or a laboratory's own mirror is used here too. It returns
// "" where the host is no Debian or names nothing usable; debootstrap then
// uses its default.
func hostMirror(root string) string {
	release := assignments(filepath.Join(root, "etc/os-release"))
	if release["ID"] != "debian" || release["VERSION_CODENAME"] == "" {
		return ""
	}
	lists, _ := filepath.Glob(filepath.Join(root, "etc/apt/sources.list.d/*.list"))
	lists = append([]string{filepath.Join(root, "etc/apt/sources.list")}, lists...)
	for _, list := range lists {
		if mirror := fromOneLine(list, release["VERSION_CODENAME"]); mirror != "" {
			return mirror
		}
	}
	stanzas, _ := filepath.Glob(filepath.Join(root, "etc/apt/sources.list.d/*.sources"))
	for _, file := range stanzas {
		if mirror := fromStanzas(file, release["VERSION_CODENAME"]); mirror != "" {
			return mirror
		}
	}
	return ""
}

// assignments reads a file of KEY=value lines.
func assignments(file string) map[string]string {
	values := make(map[string]string)
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = strings.Trim(value, `"'`)
		}
	}
	return values
}

// fromOneLine reads the old format: deb [options] URI suite component…
func fromOneLine(file, suite string) string {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		rest, ok := strings.CutPrefix(line, "deb ")
		if !ok {
			continue
		}
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "[") {
			_, rest, _ = strings.Cut(rest, "]")
		}
		fields := strings.Fields(rest)
		if len(fields) >= 3 && fields[1] == suite && wholeArchive(fields[0]) {
			return fields[0]
		}
	}
	return ""
}

// fromStanzas reads the new format: paragraphs of "Key: value" lines.
func fromStanzas(file, suite string) string {
	text, _ := os.ReadFile(file)
	for stanza := range strings.SplitSeq(string(text), "\n\n") {
		fields := make(map[string][]string)
		for line := range strings.Lines(stanza) {
			if key, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
				fields[key] = strings.Fields(value)
			}
		}
		if !has(fields["Types"], "deb") || !has(fields["Suites"], suite) || has(fields["Enabled"], "no") {
			continue
		}
		for _, uri := range fields["URIs"] {
			if wholeArchive(uri) {
				return uri
			}
		}
	}
	return ""
}

func has(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

// wholeArchive leaves out archives that hold only a part of Debian, or only
// its past: they have no sid.
func wholeArchive(uri string) bool {
	if !strings.HasPrefix(uri, "http://") && !strings.HasPrefix(uri, "https://") {
		return false
	}
	for _, part := range []string{"snapshot", "security", "ports", "archive.debian", "backports"} {
		if strings.Contains(uri, part) {
			return false
		}
	}
	return strings.Contains(uri, "debian")
}
