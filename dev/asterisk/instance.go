package asterisk

import (
	"crypto/rand"
	"encoding/hex"
	"os"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// newInstance makes a server's folder and takes its lock.
func newInstance(root string) (layout, *os.File, error) {
	id := make([]byte, 8)
	rand.Read(id)
	l := layout{root: root, id: hex.EncodeToString(id)}
	lock, err := debian.MakeFolder(l.outside(), folders()...)
	return l, lock, err
}

func freePorts() (ports, error) {
	var p ports
	var err error
	if p.ami, err = debian.FreePort("tcp"); err != nil {
		return p, err
	}
	for p.http == 0 || p.http == p.ami {
		if p.http, err = debian.FreePort("tcp"); err != nil {
			return p, err
		}
	}
	p.sip, err = debian.FreePort("udp")
	return p, err
}
