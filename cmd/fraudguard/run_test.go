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
	c := command(t, "", "run", "--config", daemonFile(t, dir, store))
	log, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	var said strings.Builder
	for {
		if !lines.Scan() {
			t.Fatalf("the daemon ended: %v\n%s", c.Wait(), said.String())
		}
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "msg=guarding") {
			break
		}
	}
	return c, func() int {
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

func send(t *testing.T, c *exec.Cmd, s syscall.Signal) {
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
