package debian

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHostMirror(t *testing.T) {
	const debian = "ID=debian\nVERSION_CODENAME=bookworm\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"new format": {
			files: map[string]string{
				"etc/os-release":                          debian,
				"etc/apt/sources.list.d/debian.sources":   "Types: deb\n# http://snapshot.example/old\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n",
				"etc/apt/sources.list.d/anything.sources": "Types: deb\nURIs: https://packages.example/debian-extras\nSuites: stable\n",
			},
			want: "http://mirror.example/debian",
		},
		"old format with options": {
			files: map[string]string{
				"etc/os-release":       "ID=\"debian\"\nVERSION_CODENAME='bookworm'\n",
				"etc/apt/sources.list": "# deb http://commented.example/debian bookworm main\ndeb-src http://source.example/debian bookworm main\ndeb [arch=amd64 signed-by=/x] https://mirror.example/debian bookworm main\n",
			},
			want: "https://mirror.example/debian",
		},
		"only parts of debian": {
			files: map[string]string{
				"etc/os-release":                  debian,
				"etc/apt/sources.list":            "deb http://security.example/debian-security bookworm main\ndeb http://snapshot.example/debian bookworm main\ndeb cdrom:[debian] bookworm main\n",
				"etc/apt/sources.list.d/x.list":   "deb https://vendor.example/repo bookworm main\ndeb http://mirror.example/debian bookworm-backports main\n",
				"etc/apt/sources.list.d/y.source": "URIs: http://mirror.example/debian\n",
			},
		},
		"disabled": {
			files: map[string]string{
				"etc/os-release":                   debian,
				"etc/apt/sources.list.d/x.sources": "Enabled: no\nTypes: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n",
			},
		},
		"not debian": {
			files: map[string]string{
				"etc/os-release":       "ID=ubuntu\nVERSION_CODENAME=noble\n",
				"etc/apt/sources.list": "deb http://mirror.example/debian noble main\n",
			},
		},
		"nothing at all": {},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for path, text := range test.files {
				file := filepath.Join(root, path)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := hostMirror(root); got != test.want {
				t.Errorf("hostMirror = %q, want %q", got, test.want)
			}
		})
	}
}

func TestStepsAreShortened(t *testing.T) {
	var shown strings.Builder
	w := &stepWriter{out: &shown}
	text := "I: Checking Release signature\n" + strings.Repeat("I: Retrieving libc6\n", 100) + "W: something odd\nE: Couldn't download libc6\n"
	// Lines arrive in pieces.
	for len(text) > 0 {
		n := min(7, len(text))
		if _, err := w.Write([]byte(text[:n])); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	if got, want := shown.String(), "  Checking Release signature\n  Retrieving libc6\n  Retrieving libc6\n"; got != want {
		t.Errorf("shown %q, want %q", got, want)
	}
	if !strings.HasSuffix(w.last(), "W: something odd\nE: Couldn't download libc6") {
		t.Errorf("the end is lost: %q", w.last())
	}
	if got := explain(w.last()); !strings.Contains(got, "network") {
		t.Errorf("explain = %q", got)
	}
}
