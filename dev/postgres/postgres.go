// Package postgres starts disposable real PostgreSQL servers, for tests and benchmarks. The host's own
// cluster is never touched: the servers run from root folders of their own, which dev/debian makes, with
// a data folder, a socket and a port of 127.0.0.1 for each.
//
// A server never outlives the process that started it, however that process ends: see supervisor.sh.
// What a crash of the whole machine leaves behind, [Sweep] removes.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// suites tells which suite of Debian carries which version of PostgreSQL.
func suites() map[string]string {
	return map[string]string{"15": "bookworm", "18": "sid"}
}

// Versions lists what [Start] accepts, the oldest first.
func Versions() []string { return slices.Sorted(maps.Keys(suites())) }

func rootOf(version string) (debian.Root, error) {
	suite, ok := suites()[version]
	if !ok {
		return debian.Root{}, fmt.Errorf("postgresql version %q is not known: use one of %s", version, strings.Join(Versions(), ", "))
	}
	return debian.Root{Name: "postgres-" + version, Suite: suite, Packages: []string{"postgresql"},
		Check: func(ctx context.Context, folder string) (string, error) {
			found, err := exec.CommandContext(ctx, "chroot", folder, "/usr/lib/postgresql/"+version+"/bin/postgres", "--version").Output()
			if err != nil {
				return "", fmt.Errorf("suite %s of Debian has no postgresql %s any more, and the table of suites in dev/postgres needs a change: %w", suite, version, err)
			}
			return string(bytes.TrimSpace(found)), nil
		}}, nil
}

// Prepare makes sure that the root folder with a version exists, and returns it: see
// [debian.Root.Prepare].
func Prepare(ctx context.Context, version string, progress io.Writer) (string, error) {
	root, err := rootOf(version)
	if err != nil {
		return "", err
	}
	return root.Folder(), root.Prepare(ctx, progress)
}

// Sweep removes the folders of servers whose supervisor is dead, and returns them. Their processes died
// with it.
func Sweep() ([]string, error) {
	var removed []string
	var failed []error
	for _, version := range Versions() {
		root, _ := rootOf(version)
		folders, err := debian.Abandoned(root.Folder())
		failed = append(failed, err)
		for _, folder := range folders {
			if err := os.RemoveAll(folder); err != nil {
				failed = append(failed, err)
				continue
			}
			removed = append(removed, folder)
		}
	}
	return removed, errors.Join(failed...)
}
