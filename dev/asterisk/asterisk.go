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
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// DefaultVersion is the Asterisk that is started when nobody asks for another.
const DefaultVersion = "22"

// instancesFolder holds one folder for each server, seen from inside a root.
const instancesFolder = "/srv/fraudguard"

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

// CacheFolder is where the roots are kept: $FRAUDGUARD_CACHE, or
// /var/cache/fraudguard-dev where that is not set.
func CacheFolder() string {
	if folder := os.Getenv("FRAUDGUARD_CACHE"); folder != "" {
		return folder
	}
	return "/var/cache/fraudguard-dev"
}

func rootOf(version string) string {
	return filepath.Join(CacheFolder(), "asterisk-"+version)
}

func needRoot() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("a disposable Asterisk needs root (chroot and debootstrap do): run this with sudo or in a container as root")
	}
	return nil
}
