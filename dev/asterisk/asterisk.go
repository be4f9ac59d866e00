// Package asterisk starts disposable real Asterisk servers on free ports of
// 127.0.0.1, for tests, for the demonstration and for trying things by hand.
//
// Debian 12 has no Asterisk package, and a host's own Asterisk must never be
// touched. So the servers run from a root folder of their own, which
// [Prepare] makes with debootstrap, and each [Server] has its own
// configuration, database, run, log and spool folders inside that root:
//
//	CACHE/asterisk-22/                       one root for each version
//	CACHE/asterisk-22/srv/fraudguard/3f9c…/  one folder for each server
//
// A server never outlives the process that started it, however that process
// ends: see supervisor.sh. What a crash of the whole machine leaves behind,
// [Sweep] removes.
package asterisk

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// DefaultVersion is the Asterisk that is started when nobody asks for another.
const DefaultVersion = "22"

// suites tells which suite of Debian carries which version of Asterisk.
func suites() map[string]string {
	return map[string]string{"16": "bullseye", "22": "sid"}
}

// Versions lists what [Prepare] and [Start] accept, in ascending order.
func Versions() []string {
	return slices.Sorted(maps.Keys(suites()))
}

func suiteOf(version string) (string, error) {
	suite, ok := suites()[version]
	if !ok {
		return "", fmt.Errorf("asterisk version %q is not known: use one of %s", version, strings.Join(Versions(), ", "))
	}
	return suite, nil
}

func rootOf(version, suite string) debian.Root {
	return debian.Root{Name: "asterisk-" + version, Suite: suite, Packages: []string{"asterisk"},
		Check: func(ctx context.Context, folder string) (string, error) {
			found, err := exec.CommandContext(ctx, "chroot", folder, "/usr/sbin/asterisk", "-V").Output()
			if err != nil {
				return "", fmt.Errorf("the new root has no working asterisk: %w", err)
			}
			if !strings.HasPrefix(string(found), "Asterisk "+version+".") {
				return "", fmt.Errorf("version %s is not what Debian %s has now, that is %q: the table of suites in dev/asterisk needs a change",
					version, suite, bytes.TrimSpace(found))
			}
			return string(bytes.TrimSpace(found)), nil
		}}
}

// Prepare makes sure that the root folder with the given version of Asterisk exists, and returns
// it: see [debian.Root.Prepare].
func Prepare(ctx context.Context, version string, progress io.Writer) (string, error) {
	suite, err := suiteOf(version)
	if err != nil {
		return "", err
	}
	root := rootOf(version, suite)
	return root.Folder(), root.Prepare(ctx, progress)
}
