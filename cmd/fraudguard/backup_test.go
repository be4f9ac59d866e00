package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fraudguard/fraudguard/guard"
	"github.com/fraudguard/fraudguard/store"
	"github.com/fraudguard/fraudguard/store/engine"
	"github.com/fraudguard/fraudguard/store/storetest"
)

// TestBackup: the store is copied beside a daemon that runs, and after it; a daemon starts on the copy.
func TestBackup(t *testing.T) {
	dir := shortDir(t)
	socket, copied := filepath.Join(dir, "s"), filepath.Join(dir, "restored.db")
	daemon, ended := startDaemon(t, dir, "first")
	config := filepath.Join(dir, "first.toml")
	if r := fraudguard(t, socket, "caps", "set", "default/101", "cost_per_day", "5.00"); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	r := result{}
	for range 200 { // the cap is recorded a moment after it is in force
		if r = fraudguard(t, "", "backup", copied, "--config", config); r.code != 0 {
			t.Fatalf("%+v", r)
		}
		if s, err := engine.Open(t.Context(), "sqlite:"+copied, ""); err != nil {
			t.Fatal(err)
		} else if state, err := s.Load(t.Context(), "2026-11-21", now); err != nil || s.Close() != nil {
			t.Fatal(err)
		} else if len(state.Overrides) == 1 {
			break
		}
		if err := os.Remove(copied); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(r.out, copied+" holds the store, ") {
		t.Errorf("%+v", r)
	}
	if r := fraudguard(t, "", "backup", copied, "--config", config); r.code != exitFailed || !strings.Contains(r.errs, "overwrites nothing") {
		t.Errorf("over another file: %+v", r)
	}
	if r := fraudguard(t, "", "backup", filepath.Join(dir, "x"), "--config", filepath.Join(dir, "none.toml")); r.code != exitWrong {
		t.Errorf("without a configuration: %+v", r)
	}
	send(t, daemon, syscall.SIGKILL)
	ended()
	if r := fraudguard(t, "", "backup", filepath.Join(dir, "after.db"), "--config", config, "--json"); r.code != 0 || !strings.Contains(r.out, `"bytes"`) {
		t.Errorf("after a kill: %+v", r)
	}
	daemon, ended = startDaemon(t, dir, "restored")
	if r := fraudguard(t, socket, "caps", "list", "default/101"); r.code != 0 || !strings.Contains(r.out, "5.00") {
		t.Errorf("the restored store: %+v", r)
	}
	if r := fraudguard(t, socket, "verify"); r.code != 0 {
		t.Errorf("verify: %+v", r)
	}
	send(t, daemon, syscall.SIGTERM)
	if code := ended(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

// poster saves calls with their charges into a store, one after the other, until end.
type poster struct {
	t      *testing.T
	store  store.Store
	saved  chan string // the ID of each call that is saved
	cancel context.CancelFunc
}

func newPoster(t *testing.T, path string) *poster {
	t.Helper()
	s, err := engine.Open(t.Context(), "sqlite:"+path, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p := &poster{t: t, store: s, saved: make(chan string, 100_000), cancel: cancel}
	go func() {
		defer close(p.saved)
		for n := 0; n < cap(p.saved) && ctx.Err() == nil; n++ {
			id := fmt.Sprint(n)
			if err := s.Save(context.WithoutCancel(ctx), storetest.Call(id), []string{"mail"}); err != nil {
				t.Errorf("call %s: %v", id, err)
				return
			}
			p.saved <- id
		}
	}()
	return p
}

// sofar gives the calls that were saved since it was asked last, one at least.
func (p *poster) sofar() (ids []string) {
	ids = append(ids, <-p.saved)
	for len(p.saved) > 0 {
		ids = append(ids, <-p.saved)
	}
	return ids
}

func (p *poster) end() (ids []string) {
	p.t.Helper()
	p.cancel()
	for id := range p.saved {
		ids = append(ids, id)
	}
	if err := p.store.Close(); err != nil {
		p.t.Error(err)
	}
	return ids
}

// restoreAsManual gives the lines by which the manual restores a copy, for a store and a copy elsewhere; what is
// no command of ours or of systemd is run by the shell.
func restoreAsManual(t *testing.T, store, copied string, ours func(line string)) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, manual, found := strings.Cut(string(text), "\nTo restore a copy:\n\n```sh\n")
	manual, _, _ = strings.Cut(manual, "```\n")
	if !found {
		t.Fatal("docs/operating.md does not say how to restore a copy")
	}
	for line := range strings.Lines(manual) {
		line = strings.NewReplacer("-o fraudguard -g fraudguard ", "", "/var/backups/fraudguard-2026-11-21.db", copied,
			"/var/lib/fraudguard/fraudguard.db", store).Replace(strings.TrimSpace(line))
		if strings.HasPrefix(line, "systemctl ") || strings.HasPrefix(line, "fraudguard ") {
			ours(line)
		} else if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
}

// TestBackupWhilePosting copies a store while charges are posted to it, and restores the copy as the manual says: what
// was posted before the command was given is in it, whole, and the ledger is the sum of its charges.
func TestBackupWhilePosting(t *testing.T) {
	dir := shortDir(t)
	path, copied, socket := filepath.Join(dir, "first.db"), filepath.Join(dir, "copied.db"), filepath.Join(dir, "s")
	daemon, ended := startDaemon(t, dir, "first")
	p := newPoster(t, path)
	var before, meanwhile []string
	for round := 0; len(meanwhile) < 3; round++ { // until the copying met some
		if err := os.Remove(copied); err != nil && !os.IsNotExist(err) || round == 50 {
			t.Fatal(round, err)
		}
		before = append(append(before, meanwhile...), p.sofar()...)
		if r := fraudguard(t, "", "backup", copied, "--config", filepath.Join(dir, "first.toml")); r.code != 0 {
			t.Fatalf("%+v", r)
		}
		meanwhile = p.sofar()
	}
	after := len(meanwhile) + len(p.end())
	end := func() {
		send(t, daemon, syscall.SIGTERM)
		if code := ended(); code != 0 {
			t.Errorf("it ended with %d", code)
		}
	}
	restoreAsManual(t, path, copied, func(line string) {
		switch line {
		case "systemctl stop fraudguard":
			end()
		case "systemctl start fraudguard":
			daemon, ended = startDaemon(t, dir, "first")
		default:
			if r := fraudguard(t, socket, strings.Fields(line)[1:]...); r.code != 0 {
				t.Errorf("%s: %+v", line, r)
			}
		}
	})
	end()
	holdsWhole(t, path, before, after)
}

// holdsWhole looks for calls that a poster has saved before a copy, each with its charge, and for no more than those and
// so many that it saved after.
func holdsWhole(t *testing.T, path string, before []string, after int) {
	t.Helper()
	restored, err := engine.Open(t.Context(), "sqlite:"+path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	legs, err := restored.Calls(t.Context(), store.CallsQuery{Limit: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	have := make(map[string]guard.Leg)
	for _, l := range legs {
		have[l.ID] = l
	}
	for _, id := range before {
		if l := have[id]; l.Cost != 12_500 || l.BilledSeconds != 60 {
			t.Errorf("call %s was saved before, and the copy has %+v", id, l)
		}
	}
	if len(legs) < len(before) || len(legs) > len(before)+after {
		t.Errorf("%d calls were saved before, %d after, and the copy has %d", len(before), after, len(legs))
	}
	proof, err := restored.Verify(t.Context(), "2026-11-01", "2026-11-30")
	if err != nil || len(proof.Discrepancies) != 0 || proof.Days != 1 {
		t.Errorf("%+v, %v", proof, err)
	}
}
