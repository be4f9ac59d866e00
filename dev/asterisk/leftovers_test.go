package asterisk

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// startInAnotherProcess starts a server from a process of its own.
func startInAnotherProcess(t *testing.T, version string) (starter *exec.Cmd, pid int, folder string) {
	t.Helper()
	if err := debian.NeedRoot(); err != nil {
		t.Fatal(err)
	}
	starter = exec.Command(os.Args[0])
	starter.Env = append(os.Environ(), starterVariable+"="+version)
	starter.Stderr = os.Stderr
	out, err := starter.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		starter.Process.Kill()
		starter.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the starter said %q: %v", line, err)
	}
	if _, err := fmt.Sscan(line, &pid, &folder); err != nil {
		t.Fatalf("the starter said %q: %v", line, err)
	}
	if !processAlive(pid) || !exists(folder) {
		t.Fatalf("no server runs: process %d, folder %s", pid, folder)
	}
	return starter, pid, folder
}

func TestKilledStarterLeavesNothing(t *testing.T) {
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			starter, pid, folder := startInAnotherProcess(t, version)
			if err := starter.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			starter.Wait()
			eventually(t, "the process is gone", func() bool { return !processAlive(pid) })
			eventually(t, "the folder is gone", func() bool { return !exists(folder) })
		})
	}
}

// supervisorOf finds the supervisor: it is the parent of Asterisk.
func supervisorOf(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	rest := string(stat)[strings.LastIndexByte(string(stat), ')')+1:]
	parent, err := strconv.Atoi(strings.Fields(rest)[1])
	if err != nil {
		t.Fatal(err)
	}
	return parent
}

// The supervisor itself may be killed too, by the kernel when memory ends.
func TestSweepRemovesWhatNobodyHolds(t *testing.T) {
	living := start(t, Options{})
	_, pid, folder := startInAnotherProcess(t, DefaultVersion)
	if err := syscall.Kill(supervisorOf(t, pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lock is free", func() bool { return !debian.Held(folder) })
	if !processAlive(pid) {
		t.Fatal("asterisk went with its supervisor: there is nothing to sweep")
	}
	removed, err := Sweep()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(removed, folder) || exists(folder) {
		t.Errorf("%s was not removed, only %v", folder, removed)
	}
	eventually(t, "the process is gone", func() bool { return !processAlive(pid) })
	if slices.Contains(removed, living.Folder) {
		t.Error("a living server was swept away")
	}
	if got, err := login(living, "admin", living.AMISecret("admin")); err != nil || got != "Success" {
		t.Errorf("the living server after the sweep: %q, %v", got, err)
	}
}
