// Package debian makes root folders with a small Debian in each, from which disposable real servers
// run that the host itself does not have or must not be asked for: see dev/asterisk and dev/postgres.
//
//	CACHE/asterisk-22/                       one root for each version
//	CACHE/asterisk-22/srv/fraudguard/3f9c…/  one folder for each server
package debian

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// InstancesFolder holds one folder for each server, seen from inside a root.
const InstancesFolder = "/srv/fraudguard"

// Root is a root folder.
type Root struct {
	// Name is that of the folder in the cache: "asterisk-22".
	Name string
	// Suite is Debian's: "sid".
	Suite string
	// Packages are installed beside the least that a Debian needs.
	Packages []string
	// Check looks whether a new root has what it is for, and says what that is: "Asterisk 22.4.1".
	Check func(ctx context.Context, folder string) (found string, err error)
}

// Folder is where the root is, once it is prepared.
func (r Root) Folder() string { return filepath.Join(CacheFolder(), r.Name) }

// CacheFolder is where the roots are kept: $FRAUDGUARD_CACHE, or
// /var/cache/fraudguard-dev where that is not set.
func CacheFolder() string {
	if folder := os.Getenv("FRAUDGUARD_CACHE"); folder != "" {
		return folder
	}
	return "/var/cache/fraudguard-dev"
}

// NeedRoot says so where the process is not root's.
func NeedRoot() error {
	if os.Geteuid() != 0 {
		return errors.New("a disposable server needs root (chroot and debootstrap do): run this with sudo or in a container as root")
	}
	return nil
}
