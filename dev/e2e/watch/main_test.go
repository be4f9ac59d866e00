// Package watch plays whole calls against a real Asterisk, the real fraudguard and a carrier that
// keeps its own bill. It needs root and Debian.
package watch

import (
	"context"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/site"
	"github.com/fraudguard/fraudguard/money"
)

var program string

// sites is how many sites are up at the same time. They mostly wait for calls to last, so there
// can be more of them than processors.
const sites = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", sites) // the flag is there in every test
	os.Exit(site.Tests(&program, m.Run))
}

// prices are those of the demo evening: what premium numbers cost, and what people dial.
var prices = []site.Price{
	{Prefix: "39", Route: "Italy", PerMinute: "0.012", First: 1, Next: 1},
	{Prefix: "44", Route: "United Kingdom", PerMinute: "0.03", First: 1, Next: 1},
	{Prefix: "4490", Route: "United Kingdom premium", PerMinute: "3.00", First: 1, Next: 1},
	{Prefix: "371", Route: "Latvia", PerMinute: "1.80", First: 60, Next: 60},
}

// each plays a test on both Asterisks, beside other tests.
func each(t *testing.T, play func(t *testing.T, ctx context.Context, s *site.Site), o site.Options) {
	t.Parallel()
	for _, version := range asterisk.Versions() {
		t.Run("Asterisk "+version, func(t *testing.T) {
			t.Parallel()
			o := o
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			o.Version = version
			if o.Prices == nil {
				o.Prices = prices
			}
			if o.Phones == nil {
				o.Phones = map[string][]string{"acme": {"101", "102"}, "globex": {"201"}}
			}
			s, err := site.New(ctx, program, o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if t.Failed() {
					t.Log(s.Log())
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			play(t, ctx, s)
		})
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func amount(t *testing.T, text string) money.Amount {
	t.Helper()
	return must[money.Amount](t)(money.Parse(text))
}

// begin starts the guard with its price list.
func begin(t *testing.T, ctx context.Context, s *site.Site) *site.Guard {
	t.Helper()
	g := must[*site.Guard](t)(s.StartGuard(ctx))
	check(t, s.ImportPrices(ctx))
	return g
}
