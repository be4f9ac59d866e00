package faults

import (
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stepSource is added to the package time of the program that TestClockSteps runs.
//
//go:embed testdata/step.go.txt
var stepSource string

// steppedProgram builds a fraudguard whose wall clock can be set, and whose monotonic clock and timers go
// on as they do where somebody sets a machine's clock. No process has a wall clock of its own on Linux:
// time namespaces leave it alone, and Go asks neither the C library, into which faketime goes, nor
// always the kernel. So the package time is built with another Now.
func steppedProgram(t *testing.T) string {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	check(err)
	standard := filepath.Join(strings.TrimSpace(string(root)), "src/time")
	source, err := os.ReadFile(filepath.Join(standard, "time.go"))
	check(err)
	const reads = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(source), reads) != 1 {
		t.Fatalf("the standard library's time.Now does not begin with %q any more", reads)
	}
	folder := t.TempDir()
	replace := map[string]string{"time.go": strings.Replace(string(source), reads, reads+"\tsec += step()\n", 1), "step.go": stepSource}
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	for name, text := range replace {
		path := filepath.Join(folder, name)
		check(os.WriteFile(path, []byte(text), 0o600))
		overlay.Replace[filepath.Join(standard, name)] = path
	}
	text, err := json.Marshal(overlay)
	check(err)
	check(os.WriteFile(filepath.Join(folder, "overlay.json"), text, 0o600))
	path := filepath.Join(folder, "fraudguard")
	build := exec.Command("go", "build", "-overlay", filepath.Join(folder, "overlay.json"), "-o", path, "github.com/fraudguard/fraudguard/cmd/fraudguard")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// noon is a zone in which it is noon, so that a clock that is set by an hour stays within the day.
func noon() string {
	east := 12 - time.Now().UTC().Hour()
	if east == 0 {
		return "Etc/GMT"
	}
	return fmt.Sprintf("Etc/GMT%+d", -east) // these names count westwards
}

// TestClockSteps: the clock is set by an hour while calls are up, and later set right again. Each call
// costs what the carrier takes, to the second; the stolen ones end at their cap, not before, not after.
func TestClockSteps(t *testing.T) {
	built := steppedProgram(t) // while nothing else runs: that takes both processors for a minute, the first time
	t.Parallel()
	for i, hours := range []int{1, -1} {
		t.Run(fmt.Sprintf("by %+d h", hours), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			mine := filepath.Join(t.TempDir(), "fraudguard") // its clock stands beside it
			clock, err := os.Create(mine + ".clock")
			if err == nil {
				defer clock.Close()
				err = errors.Join(os.Link(built, mine), clock.Truncate(8))
			}
			if err != nil {
				t.Fatal(err)
			}
			ofAsterisk, _ := pair(i)
			o := options(ofAsterisk)
			o.Top = fmt.Sprintf("timezone = %q\n", noon())
			e := open(t, ctx, mine, o)
			set := func(hours int) {
				t.Helper()
				_, err := clock.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(3600*hours)), 0)
				e.check(err)
			}
			e.begin()
			e.steal()
			phone := e.phone("101")
			through, ends := e.dial(phone, number("4420", 1)), e.dial(phone, number("4420", 2))
			e.live(4)
			set(hours)
			begins := e.dial(phone, number("4420", 3))
			e.refused(phone, number("4499", 1))
			e.hangUp(ends)
			e.hangUp(begins)
			e.refused(e.phone("201"), number("4499", 2))
			set(0)
			last := e.dial(phone, number("4420", 4))
			e.hangUp(through)
			e.hangUp(last)
			e.whole(0)
			e.capHeld("004490", theftCap, 2)
			legs, err := e.Legs(ctx, e.Socket())
			e.check(err)
			began := legs[number("4420", 3)].Started
			if off := time.Until(began) - time.Duration(hours)*time.Hour; off.Abs() > 5*time.Minute {
				t.Errorf("a call that began while the clock was wrong began at %s: the clock was not set", began)
			}
		})
	}
}
