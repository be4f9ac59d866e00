package asterisk

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
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
)

// lockFile stands in each server's folder. Its supervisor holds a lock on it
// for as long as it lives.
const lockFile = "lock"

// newInstance makes a server's folder and takes its lock.
func newInstance(root string) (layout, *os.File, error) {
	id := make([]byte, 8)
	rand.Read(id)
	l := layout{root: root, id: hex.EncodeToString(id)}
	if err := os.MkdirAll(filepath.Join(root, instancesFolder), 0o755); err != nil {
		return l, nil, err
	}
	// The folder gets its name with its lock already held, so that a sweep in
	// another process cannot find it unlocked. It leaves new dotted ones alone.
	making := filepath.Join(root, instancesFolder, "."+l.id)
	if err := os.Mkdir(making, 0o755); err != nil {
		return l, nil, err
	}
	lock, err := os.Create(filepath.Join(making, lockFile))
	if err != nil {
		return l, nil, errors.Join(err, os.RemoveAll(making))
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return l, nil, errors.Join(err, lock.Close(), os.RemoveAll(making))
	}
	for _, folder := range folders() {
		if err := os.MkdirAll(filepath.Join(making, folder), 0o755); err != nil {
			return l, nil, errors.Join(err, lock.Close(), os.RemoveAll(making))
		}
	}
	if err := os.Rename(making, l.outside()); err != nil {
		return l, nil, errors.Join(err, lock.Close(), os.RemoveAll(making))
	}
	return l, lock, nil
}

// handOver gives the folder to the user that Debian's Asterisk becomes.
func (l layout) handOver() error {
	uid, gid, err := packageUser(l.root)
	if err != nil {
		return err
	}
	return filepath.WalkDir(l.outside(), func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// packageUser looks up "asterisk" in the root's own user list: the numbers
// mean somebody else outside.
func packageUser(root string) (uid, gid int, err error) {
	file, err := os.Open(filepath.Join(root, "etc/passwd"))
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 4 || fields[0] != "asterisk" {
			continue
		}
		uid, err1 := strconv.Atoi(fields[2])
		gid, err2 := strconv.Atoi(fields[3])
		return uid, gid, errors.Join(err1, err2)
	}
	return 0, 0, fmt.Errorf("%s/etc/passwd has no user asterisk: remove %s and prepare it again", root, root)
}

// Ports are taken from below the range that the kernel hands out by itself, so
// that no other program's outgoing connection sits on them by chance, and
// above what well-known services use. RTP has 16384 to 32767.
const lowestPort, highestPort = 6100, 16383

func freePorts() (ports, error) {
	var p ports
	var err error
	if p.ami, err = freePort("tcp"); err != nil {
		return p, err
	}
	for p.http == 0 || p.http == p.ami {
		if p.http, err = freePort("tcp"); err != nil {
			return p, err
		}
	}
	p.sip, err = freePort("udp")
	return p, err
}

func freePort(network string) (uint16, error) {
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
