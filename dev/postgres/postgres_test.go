package postgres

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/fraudguard/fraudguard/dev/debian"
)

// starterVariable makes this test binary a process that starts a server and waits to be killed.
const starterVariable = "FRAUDGUARD_TEST_STARTER"

func TestMain(m *testing.M) {
	if version := os.Getenv(starterVariable); version != "" {
		startAndWait(version)
	}
	goleak.VerifyTestMain(m)
}

func startAndWait(version string) {
	s, err := Start(context.Background(), Options{Version: version})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.supervisor.Process.Pid, s.Folder)
	select {}
}

// eventually tries again until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("not in 30 s: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// processes counts those of a server: its postmaster has the data folder in its command line, and the
// others of its namespace have its working directory.
func processes(folder string) (found int) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range all {
		if cwd, err := os.Readlink(filepath.Join(process, "cwd")); err == nil && strings.HasPrefix(cwd, folder) {
			found++
		}
	}
	return found
}

func TestServer(t *testing.T) {
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			if err := debian.NeedRoot(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // the first time prepares the root
			defer cancel()
			s, err := Start(ctx, Options{Version: version, Settings: []string{"max_connections=17"}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			conn, err := pgx.Connect(ctx, s.OwnerURL("postgres"))
			if err != nil {
				t.Fatal(err)
			}
			var server, sync, most, user string
			err = conn.QueryRow(ctx, "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('max_connections'), current_user").
				Scan(&server, &sync, &most, &user)
			if err != nil || !strings.HasPrefix(server, version+".") || sync != "on" || most != "17" || user != "postgres" {
				t.Errorf("version %s, fsync %s, %s connections, user %s: %v", server, sync, most, user, err)
			}
			if err := conn.Close(ctx); err != nil {
				t.Error(err)
			}
			if err := s.Exec(ctx, "postgres", "CREATE TABLE kept AS SELECT 1; CREATE ROLE guest LOGIN PASSWORD 'right'"); err != nil {
				t.Fatal(err)
			}
			if _, err := pgx.Connect(ctx, strings.Replace(s.URL("guest", "postgres"), "@", ":wrong@", 1)); err == nil {
				t.Error("a wrong password is taken")
			}
			if processes(s.Folder) == 0 {
				t.Error("no process is found: this test would see nothing")
			}
			if err := s.Kill(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "all processes are gone", func() bool { return processes(s.Folder) == 0 })
			if err := s.Restart(ctx); err != nil {
				t.Fatal(err)
			}
			if err := s.Exec(ctx, "postgres", "SELECT * FROM kept"); err != nil {
				t.Errorf("after a crash: %v", err)
			}
			for range 2 {
				if err := s.Stop(); err != nil {
					t.Error(err)
				}
			}
			if exists(s.Folder) || processes(s.Folder) > 0 {
				t.Errorf("%s is still there, or one of %d processes", s.Folder, processes(s.Folder))
			}
		})
	}
}

// startInAnotherProcess starts a server from a process of its own.
func startInAnotherProcess(t *testing.T, version string) (starter *exec.Cmd, supervisor int, folder string) {
	t.Helper()
	starter = exec.Command(os.Args[0])
	starter.Env = append(os.Environ(), starterVariable+"="+version)
	out, err := starter.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = starter.Process.Kill()
		_ = starter.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the starter said %q: %v", line, err)
	}
	if _, err := fmt.Sscan(line, &supervisor, &folder); err != nil {
		t.Fatalf("the starter said %q: %v", line, err)
	}
	if processes(folder) == 0 {
		t.Fatalf("no server runs in %s", folder)
	}
	return starter, supervisor, folder
}

func TestKilledStarterLeavesNothing(t *testing.T) {
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			starter, _, folder := startInAnotherProcess(t, version)
			if err := starter.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the processes are gone", func() bool { return processes(folder) == 0 })
			eventually(t, "the folder is gone", func() bool { return !exists(folder) })
		})
	}
}

// The supervisor itself may be killed too, by the kernel when memory ends.
func TestSweepRemovesWhatNobodyHolds(t *testing.T) {
	_, _, living := startInAnotherProcess(t, Versions()[0])
	_, supervisor, folder := startInAnotherProcess(t, Versions()[0])
	if err := syscall.Kill(supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the processes are gone with it", func() bool { return processes(folder) == 0 })
	eventually(t, "the lock is free", func() bool { return !debian.Held(folder) })
	if !exists(folder) {
		t.Fatal("there is nothing to sweep")
	}
	removed, err := Sweep()
	if err != nil || !slices.Contains(removed, folder) || exists(folder) {
		t.Errorf("%s was not removed, only %v: %v", folder, removed, err)
	}
	if slices.Contains(removed, living) || processes(living) == 0 {
		t.Error("a living server was swept away")
	}
}

func TestUnknownVersion(t *testing.T) {
	if _, err := Start(t.Context(), Options{Version: "9"}); err == nil || !strings.Contains(err.Error(), "use one of 15, 18") {
		t.Error(err)
	}
}
