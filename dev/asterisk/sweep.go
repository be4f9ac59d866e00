package asterisk

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// beingMade is how long a folder may be in the making, see newInstance. It
// takes milliseconds.
const beingMade = time.Minute

// Sweep removes the folders of servers whose supervisor is dead, for example
// after a crash of the machine, and kills an Asterisk that still runs in one
// of them. It returns the folders that it removed. Servers that live are left
// alone, and so is every Asterisk that was not started by this package.
func Sweep() ([]string, error) {
	var removed []string
	var failed []error
	for _, version := range Versions() {
		root := rootOf(version)
		entries, err := os.ReadDir(filepath.Join(root, instancesFolder))
		if err != nil {
			if !os.IsNotExist(err) {
				failed = append(failed, err)
			}
			continue
		}
		for _, entry := range entries {
			l := layout{root: root, id: entry.Name()}
			if info, err := entry.Info(); strings.HasPrefix(l.id, ".") && (err != nil || time.Since(info.ModTime()) < beingMade) {
				continue
			}
			if held(l.outside(lockFile)) {
				continue
			}
			killLeft(l)
			if err := os.RemoveAll(l.outside()); err != nil {
				failed = append(failed, err)
				continue
			}
			removed = append(removed, l.outside())
		}
	}
	return removed, errors.Join(failed...)
}

// held tells whether a supervisor lives. A folder without a lock file has none.
func held(lock string) bool {
	file, err := os.Open(lock)
	if err != nil {
		return false
	}
	defer file.Close()
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// killLeft finds the process by the configuration file in its command line,
// whose random name nobody else has, and by its root folder.
func killLeft(l layout) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		root, err := os.Readlink(filepath.Join(process, "root"))
		if err != nil || root != l.root {
			continue
		}
		line, err := os.ReadFile(filepath.Join(process, "cmdline"))
		if err != nil || !strings.Contains(string(line)+"\x00", "\x00"+l.mainConfig()+"\x00") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(process)); err == nil {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
