package asterisk

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// Sweep removes the folders of servers whose supervisor is dead, for example
// after a crash of the machine, and kills an Asterisk that still runs in one
// of them. It returns the folders that it removed. Servers that live are left
// alone, and so is every Asterisk that was not started by this package.
func Sweep() ([]string, error) {
	var removed []string
	var failed []error
	for version, suite := range suites() {
		root := rootOf(version, suite).Folder()
		folders, err := debian.Abandoned(root)
		failed = append(failed, err)
		for _, folder := range folders {
			l := layout{root: root, id: filepath.Base(folder)}
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
