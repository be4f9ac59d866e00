// Package records plays calls that the guard sees in part or not at all, and brings its ledger to the
// carrier's bill by Asterisk's own call records and by the carrier's bill itself. It needs root and
// Debian.
package records

import (
	"flag"
	"os"
	"testing"

	"github.com/fraudguard/fraudguard/dev/site"
)

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "4") // sites mostly wait for calls to last; the flag is there in every test
	os.Exit(site.Tests(&program, m.Run))
}
