package payers

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fraudguard/fraudguard/ami"
)

// record writes what Asterisk's manager says while each shape is played, one shape after the other.
var record = flag.Bool("record", false, "write the manager's events of each shape to $FRAUDGUARD_RECORDINGS")

// recording writes down the manager's events until the function that it gives is called.
func (p *play) recording() func() {
	if !*record {
		return func() {}
	}
	ctx, cancel := context.WithCancel(p.ctx)
	session := must(p, func() (*ami.Session, error) { return p.manager(ctx) })
	var text []byte
	var work sync.WaitGroup
	work.Go(func() {
		for {
			e, err := session.Next(ctx)
			if err != nil {
				return
			}
			text = bytes.TrimSuffix(e.Event.AppendTo(text), []byte("\r\n"))
			text = fmt.Appendf(text, "Timestamp: %.6f\r\n\r\n", float64(e.At.UnixMicro())/1e6)
		}
	})
	return func() {
		p.pause(500 * time.Millisecond)
		cancel()
		work.Wait()
		session.Close()
		folder := filepath.Join(os.Getenv("FRAUDGUARD_RECORDINGS"), "asterisk"+p.Asterisk.Version)
		p.check(os.MkdirAll(folder, 0o755))
		p.check(os.WriteFile(filepath.Join(folder, p.slug+".ami"), text, 0o644))
	}
}
