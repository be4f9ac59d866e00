package debian

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// LockFile stands in each server's folder. Who holds a lock on it keeps the folder.
const LockFile = "lock"

// beingMade is how long a folder may be in the making, see MakeFolder. It takes milliseconds.
const beingMade = time.Minute

// MakeFolder makes a server's folder with folders in it, and takes its lock. The server's supervisor
// holds that for as long as it lives.
func MakeFolder(folder string, inside ...string) (lock *os.File, err error) {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return nil, err
	}
	// The folder gets its name with its lock already held, so that a sweep in
	// another process cannot find it unlocked. It leaves new dotted ones alone.
	making := filepath.Join(filepath.Dir(folder), "."+filepath.Base(folder))
	if err := os.Mkdir(making, 0o755); err != nil {
		return nil, err
	}
	if lock, err = os.Create(filepath.Join(making, LockFile)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(making))
	}
	give := func(err error) (*os.File, error) {
		return nil, errors.Join(err, lock.Close(), os.RemoveAll(making))
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return give(err)
	}
	for _, name := range inside {
		if err := os.MkdirAll(filepath.Join(making, name), 0o755); err != nil {
			return give(err)
		}
	}
	if err := os.Rename(making, folder); err != nil {
		return give(err)
	}
	return lock, nil
}

// Abandoned lists the folders of servers in a root whose lock nobody holds.
func Abandoned(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, InstancesFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		if info, err := entry.Info(); strings.HasPrefix(entry.Name(), ".") && (err != nil || time.Since(info.ModTime()) < beingMade) {
			continue
		}
		if folder := filepath.Join(root, InstancesFolder, entry.Name()); !Held(folder) {
			found = append(found, folder)
		}
	}
	return found, nil
}

// Held tells whether somebody holds the lock of a folder. One without a lock file is held by nobody.
func Held(folder string) bool {
	file, err := os.Open(filepath.Join(folder, LockFile))
	if err != nil {
		return false
	}
	defer file.Close()
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// HandOver gives a folder in a root to a user of that root.
func HandOver(root, folder, user string) error {
	uid, gid, err := userOf(root, user)
	if err != nil {
		return err
	}
	return filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// userOf looks a user up in the root's own user list: the numbers
// mean somebody else outside.
func userOf(root, user string) (uid, gid int, err error) {
	file, err := os.Open(filepath.Join(root, "etc/passwd"))
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 4 || fields[0] != user {
			continue
		}
		uid, err1 := strconv.Atoi(fields[2])
		gid, err2 := strconv.Atoi(fields[3])
		return uid, gid, errors.Join(err1, err2)
	}
	return 0, 0, fmt.Errorf("%s/etc/passwd has no user %s: remove %s and prepare it again", root, user, root)
}

// Ports are taken from below the range that the kernel hands out by itself, so
// that no other program's outgoing connection sits on them by chance, and
// above what well-known services use. RTP has 16384 to 32767.
const lowestPort, highestPort = 6100, 16383

// FreePort gives a port of 127.0.0.1 that nobody listens on, "tcp" or "udp".
func FreePort(network string) (uint16, error) {
	for range 200 {
		n, err := rand.Int(rand.Reader, big.NewInt(highestPort-lowestPort+1))
		if err != nil {
			return 0, err
		}
		port := lowestPort + int(n.Int64())
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if network == "udp" {
			conn, err := net.ListenPacket(network, address)
			if err == nil {
				conn.Close()
				return uint16(port), nil
			}
			continue
		}
		listener, err := net.Listen(network, address)
		if err == nil {
			listener.Close()
			return uint16(port), nil
		}
	}
	return 0, fmt.Errorf("no free %s port on 127.0.0.1 between %d and %d", network, lowestPort, highestPort)
}
