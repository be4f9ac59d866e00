// Package payers plays every shape that a call can have against real Asterisks of both versions, with
// phones and carriers of its own, and holds the ledger to the carrier's bill leg by leg: which
// account, how many seconds, how much. It needs root and Debian.
//
// Package watch has, beside its caps: transfers by REFER and attended ones whose caller has gone, a
// caller who cancels, and busy and failed calls.
package payers

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/dev/asterisk"
	"github.com/fraudguard/fraudguard/dev/sip"
	"github.com/fraudguard/fraudguard/dev/site"
)

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	atOnce := "8" // shapes mostly wait for calls to last
	if *record != "" {
		atOnce = "1"
	}
	_ = flag.Set("test.parallel", atOnce) // the flag is there in every test
	os.Exit(site.Tests(&program, func() int {
		code := m.Run()
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}))
}

// shapes are all that a call can look like, by what they are about.
func shapes() []shape {
	return slices.Concat(plain(), transfers(), forwards(), groups(), originated(), redirected(), disguised())
}

// TestWhoPays plays all shapes on one site for each version. Each has a tenant and numbers of its own.
func TestWhoPays(t *testing.T) {
	for _, version := range asterisk.Versions() {
		t.Run("Asterisk "+version, func(t *testing.T) {
			t.Parallel()
			all := shapes()
			s := begin(t, version, all)
			t.Run("shapes", func(t *testing.T) {
				for i, sh := range all {
					t.Run(sh.name, func(t *testing.T) {
						t.Parallel()
						newPlay(t, s, i, sh).run()
					})
				}
			})
			if !t.Failed() {
				s.nothingElse(t)
			}
		})
	}
}

// stage is a running site, with a second carrier on the trunk "backup".
type stage struct {
	*site.Site
	backup *sip.Carrier

	mu sync.Mutex
	// owed is what each account has to have spent, in the end, by the carriers' bills.
	owed map[string]owed
}

// prices come in steps of some seconds, so that on a busy machine both sides can see a call begin or
// end at different moments, and count the same.
var prices = []site.Price{{Prefix: "44", Route: "United Kingdom", PerMinute: "0.60", First: step, Next: step}}

const step = 6 // seconds

func begin(t *testing.T, version string, all []shape) *stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := &stage{owed: make(map[string]owed)}
	tariff := sip.Tariff{Prefix: "", PerMinute: "0.60", First: step * time.Second, Next: step * time.Second}
	var err error
	if s.backup, err = sip.NewCarrier(sip.CarrierOptions{Tariffs: []sip.Tariff{tariff}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.backup.Close)
	o := site.Options{
		Version: version, Prices: prices, Phones: make(map[string][]string), Answers: make(map[string]sip.Behaviour),
		Trunks:  map[string]string{"backup": s.backup.Addr()},
		Modules: []string{"app_queue.so", "app_confbridge.so", "res_parking.so", "pbx_spool.so", "res_clioriginate.so"},
		Files: map[string]string{
			"features.conf":    "[general]\ntransferdigittimeout=1\n[featuremap]\nblindxfer => #1\natxfer => *2\nparkcall => #3\n",
			"confbridge.conf":  "[general]\n[default_bridge]\ntype=bridge\n[default_user]\ntype=user\nquiet=yes\n",
			"res_parking.conf": "[general]\n", "queues.conf": "[general]\n",
		},
	}
	for i, sh := range all {
		names := namesOf(i, sh)
		o.Phones[names.tenant()] = names.extensions()
		o.Dialplan += names.Replace(sh.dialplan) + "\n"
		for file, text := range sh.files {
			o.Files[file] += names.Replace(text) + "\n"
		}
		for number, behaviour := range sh.answers {
			o.Answers[names.Replace(number)] = behaviour
		}
	}
	if s.Site, err = site.New(ctx, program, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(s.Log(), 60))
			t.Log(s.Asterisk.LogTail())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.StartGuard(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.ImportPrices(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// tail gives the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
