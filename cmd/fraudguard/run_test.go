package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemonConfig guards an Asterisk that is not there: nobody listens on port 1.
const daemonConfig = `socket = "%[1]s/s"
[store]
url = "sqlite:%[1]s/%[2]s.db"
[[server]]
name = "pbx1"
ami = "127.0.0.1:1"
ami_user = "fraudguard"
ami_secret = "x"
ari = "http://127.0.0.1:1/ari"
ari_user = "fraudguard"
ari_password = "x"
trunks = ["PJSIP/carrier"]
country = "IT"
`

// startDaemon runs the daemon with a store of its own, and waits until its socket answers.
func startDaemon(t *testing.T, dir, store string) (daemon *exec.Cmd, ended func() int) {
	t.Helper()
	c, _, ended := runDaemon(t, daemonFile(t, dir, store))
	return c, ended
}

// runDaemon runs the daemon with a configuration, and waits until its socket answers; said is its log until then.
func runDaemon(t testing.TB, config string) (daemon *exec.Cmd, said string, ended func() int) {
	t.Helper()
	c := command(t, "", "run", "--config", config)
	log, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for !strings.Contains(lines.Text(), "msg=guarding") {
		if !lines.Scan() {
			t.Fatalf("the daemon ended: %v\n%s", c.Wait(), said)
		}
		said += lines.Text() + "\n"
	}
	return c, said, func() int {
		_, _ = io.Copy(io.Discard, log)
		return codeOf(t, c.Wait())
	}
}

func daemonFile(t *testing.T, dir, store string) string {
	t.Helper()
	path := filepath.Join(dir, store+".toml")
	write(t, path, fmt.Sprintf(daemonConfig, dir, store))
	return path
}

func send(t testing.TB, c *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := c.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// TestRun: the daemon answers on its socket and says what it cannot guard; a second one on the same
// socket is refused and disturbs nothing; one that was killed is replaced; one that is told to end
// takes its socket with it.
func TestRun(t *testing.T) {
	dir := shortDir(t)
	socket := filepath.Join(dir, "s")
	first, ended := startDaemon(t, dir, "first")
	if r := fraudguard(t, socket, "status"); r.code != 0 || !strings.HasPrefix(r.out, "NOT GUARDED\n") || !strings.Contains(r.out, "pbx1") {
		t.Errorf("%+v", r)
	}
	if r := fraudguard(t, "", "run", "--config", daemonFile(t, dir, "second")); r.code != exitFailed || !strings.Contains(r.errs, "another fraudguard is running on "+socket) {
		t.Errorf("a second daemon: %+v", r)
	}
	if r := fraudguard(t, socket, "block", "default/101"); r.code != 0 {
		t.Errorf("after a second daemon: %+v", r)
	}
	send(t, first, syscall.SIGKILL)
	ended()
	if r := fraudguard(t, socket, "status"); r.code != exitFailed || !strings.HasPrefix(r.errs, "fraudguard: nobody listens on "+socket) {
		t.Errorf("after a kill: %+v", r)
	}
	third, ended := startDaemon(t, dir, "third")
	if r := fraudguard(t, socket, "reload"); r.code != 0 {
		t.Errorf("%+v", r)
	}
	write(t, filepath.Join(dir, "third.toml"), "mode = \"strict\"\n")
	if r := fraudguard(t, socket, "reload"); r.code != exitWrong || !strings.Contains(r.errs, "third.toml:1: ") {
		t.Errorf("a faulty configuration: %+v", r)
	}
	send(t, third, syscall.SIGTERM)
	if code := ended(); code != 0 {
		t.Errorf("the daemon ended with %d", code)
	}
	if _, err := os.Lstat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket stays: %v", err)
	}
	if r := fraudguard(t, "", "run", "--config", filepath.Join(dir, "third.toml")); r.code != exitWrong || !strings.Contains(r.errs, "third.toml:1: ") {
		t.Errorf("run with a faulty configuration: %+v", r)
	}
}

// TestTwoGuards: a second daemon with the same store is refused and told who has the server, and the
// first goes on; after a kill the next one starts at once, and after an orderly end too.
func TestTwoGuards(t *testing.T) {
	one, two := shortDir(t), shortDir(t)
	first, ended := startDaemon(t, one, "same")
	file := filepath.Join(two, "same.toml")
	write(t, file, strings.Replace(fmt.Sprintf(daemonConfig, two, "same"), two+"/same.db", one+"/same.db", 1))
	r := fraudguard(t, "", "run", "--config", file)
	who := fmt.Sprintf("fraudguard: another fraudguard guards server pbx1 already, with the same store: process %d on ", first.Process.Pid)
	if r.code != exitFailed || !strings.Contains(r.errs, who) {
		t.Errorf("a second daemon: %+v", r)
	}
	if r := fraudguard(t, filepath.Join(one, "s"), "status"); r.code != 0 || strings.Contains(r.out, "another fraudguard") {
		t.Errorf("the first, after a second: %+v", r)
	}
	send(t, first, syscall.SIGKILL)
	ended()
	began := time.Now()
	third, ended := startDaemon(t, one, "same")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("after a kill the next one took %s", took)
	}
	send(t, third, syscall.SIGTERM)
	if code := ended(); code != 0 {
		t.Errorf("the third ended with %d", code)
	}
	if err := os.Rename(filepath.Join(one, "same.db"), filepath.Join(two, "same.db")); err != nil {
		t.Fatal(err)
	}
	fourth, ended := startDaemon(t, two, "same")
	send(t, fourth, syscall.SIGTERM)
	if code := ended(); code != 0 {
		t.Errorf("the fourth ended with %d", code)
	}
}
